"""``pip-userctl activate``: have this installation's policy hold in other environments too."""

from __future__ import annotations

import argparse

from pip_userctl import installation
from pip_userctl.answers import Answer
from pip_userctl.commands._reaching import Way, go
from pip_userctl.errors import Report, UserctlError
from pip_userctl.installation import Installation
from pip_userctl.reach import every, one

_WAY = Way(
    one.check,
    one.activate,
    every.check,
    every.activate,
    ("covered from now on", "was covered already, nothing to do"),
)


def run(options: argparse.Namespace) -> Answer:
    """Exit status 1 where one that is named cannot be covered; then none of them is."""
    return go(_WAY, options.rest, _own())


def _own() -> Installation:
    """This installation, if it is one that others can refer to."""
    here = installation.collect()
    if installation.is_borrowed():
        report = Report(
            "userctl-borrowed",
            "pip-userctl is not installed in this environment",
            f"it is the one of {here.folders[0]}",
            hint=f"run {here.command}",
        )
        raise UserctlError(report)
    return here
