"""``pip-userctl activate``: have this installation's policy hold in other environments too."""

from __future__ import annotations

import argparse
from typing import Sequence

from pip_userctl import installation
from pip_userctl.answers import Answer, Usage
from pip_userctl.errors import Report, UserctlError
from pip_userctl.installation import Installation
from pip_userctl.reach import every, one
from pip_userctl.reach.one import Change
from pip_userctl.reporting import sections

ALL = "--all-environments"
_DONE = {True: "covered from now on", False: "was covered already, nothing to do"}


def run(options: argparse.Namespace) -> Answer:
    """All that is named is checked first; nothing is written where one of them cannot be covered."""
    everywhere, names = wanted(options.rest)
    here = own()
    paths = [one.locate(name, here) for name in names]
    for path in paths:
        one.check(path, here)
    if everywhere:
        every.check(here)
    changes = [one.activate(path, here) for path in paths]
    whole = every.activate(here) if everywhere else None
    return answer(here, changes, whole, _DONE)


def own() -> Installation:
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


def wanted(arguments: Sequence[str]) -> tuple[bool, list[str]]:
    """(all environments, the environments that are named)."""
    names = [each for each in arguments if each != ALL]
    everywhere = len(names) < len(arguments)
    unknown = [each for each in names if each.startswith("-")]
    if unknown:
        raise Usage(f"unrecognized arguments: {' '.join(unknown)}")
    if not names and not everywhere:
        raise Usage(f"name an environment, or say {ALL}")
    return everywhere, names


def answer(here: Installation, changes: Sequence[Change], whole: Change | None, words: dict[bool, str]) -> Answer:
    """What was done where."""
    data = {
        "installation": {"command": here.command, "folders": list(here.folders)},
        "environments": [change._asdict() for change in changes],
        "all_environments": whole._asdict() if whole else None,
    }
    blocks = [(change.environment, _rows(change, words)) for change in changes]
    if whole is not None:
        blocks.append((f"every environment of {whole.environment}", _rows(whole, words)))
    return Answer(data, sections(blocks))


def _rows(change: Change, words: dict[bool, str]) -> list[tuple[str, str]]:
    return [("state", words[change.changed]), ("file", change.file)]
