"""``pip-userctl deactivate``: take back what ``activate`` did, byte for byte."""

from __future__ import annotations

import argparse

from pip_userctl import installation
from pip_userctl.answers import Answer
from pip_userctl.commands.activate import answer, wanted
from pip_userctl.reach import every, one

_DONE = {True: "not covered any more", False: "was not covered, nothing to do"}


def run(options: argparse.Namespace) -> Answer:
    """All that is named is checked first; nothing is removed where one of them cannot be."""
    everywhere, names = wanted(options.rest)
    here = installation.collect()
    paths = [one.locate(name, here) for name in names]
    for path in paths:
        one.check_removable(path, here)
    if everywhere:
        every.check_removable(here)
    changes = [one.deactivate(path, here) for path in paths]
    whole = every.deactivate(here) if everywhere else None
    return answer(here, changes, whole, _DONE)
