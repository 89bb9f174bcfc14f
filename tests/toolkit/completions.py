"""What the shells complete: the files that the wheel brings, made from the parser by shtab.

``python -m tests.toolkit.completions`` writes them.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import shtab

from pip_userctl.cli import VERBS, parsers
from pip_userctl.models import ACTIONS
from pip_userctl.policy import SITUATIONS
from tests.toolkit.cache import PROJECT

FOLDER = PROJECT / "pip_userctl" / "completions"
SHELLS = ("bash", "zsh", "fish")
#: What is completed where the parser does not say it, by the name of the value.
_FILES: Mapping[str, Any] = {"FILE": shtab.FILE, "PATH": shtab.FILE}
_VALUES: Mapping[str, Sequence[str]] = {"V": ACTIONS, "S": [key.name for key in SITUATIONS]}


def script(shell: str) -> str:
    """The completion script of a shell."""
    parser, verbs = parsers()
    for name, verb in VERBS.items():
        if verb.usage:
            _add_what_the_verb_takes_apart(verbs[name], verb.usage)
        for action in verbs[name]._actions:
            metavar = str(action.metavar)
            if metavar in _FILES:
                action.complete = _FILES[metavar]  # type: ignore[attr-defined]
            action.choices = action.choices or _VALUES.get(metavar)
    return str(shtab.complete(parser, shell))


def _add_what_the_verb_takes_apart(parser: argparse.ArgumentParser, usage: str) -> None:
    folders = "ENV" in usage
    if folders:
        parser.add_argument("--all-environments", action="store_true", help="all that are made from this interpreter")
    rest = parser.add_argument("rest", nargs="*", help=usage)
    rest.complete = shtab.DIRECTORY if folders else shtab.FILE  # type: ignore[attr-defined]


def file(shell: str) -> Path:
    """Where it is kept."""
    return FOLDER / f"pip-userctl.{shell}"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in SHELLS:
        file(each).write_text(script(each), encoding="utf-8")
