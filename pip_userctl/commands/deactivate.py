"""``pip-userctl deactivate``: take back what ``activate`` did, byte for byte."""

from __future__ import annotations

import argparse

from pip_userctl import installation
from pip_userctl.answers import Answer
from pip_userctl.commands._reaching import Way, go
from pip_userctl.reach import every, one

_WAY = Way(
    one.check_removable,
    one.deactivate,
    every.check_removable,
    every.deactivate,
    ("not covered any more", "was not covered, nothing to do"),
)


def run(options: argparse.Namespace) -> Answer:
    """Exit status 1 where one that is named cannot be changed; then none of them is."""
    return go(_WAY, options.rest, installation.collect())
