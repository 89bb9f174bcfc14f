"""What ``activate`` and ``deactivate`` share: all that is named is checked, and only then anything is changed."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple, Sequence

from pip_userctl.answers import Answer, Usage
from pip_userctl.installation import Installation
from pip_userctl.page import sections
from pip_userctl.reach import one
from pip_userctl.reach.one import Change

ALL = "--all-environments"


class Way(NamedTuple):
    """One of the two. The checks raise UserctlError; done: what is said of a change, and where there was none to make."""

    check: Callable[[str, Installation], None]
    change: Callable[[str, Installation], Change]
    check_all: Callable[[Installation], None]
    change_all: Callable[[Installation], Change]
    done: tuple[str, str]


def go(way: Way, arguments: Sequence[str], here: Installation) -> Answer:
    """Nothing is written where one of those that are named cannot be changed."""
    everywhere, names = _wanted(arguments)
    paths = [one.locate(name, here) for name in names]
    for path in paths:
        way.check(path, here)
    if everywhere:
        way.check_all(here)
    changes = [way.change(path, here) for path in paths]
    whole = way.change_all(here) if everywhere else None
    data: dict[str, Any] = {
        "installation": {"command": here.command, "folders": list(here.folders)},
        "environments": [change._asdict() for change in changes],
        "all_environments": whole._asdict() if whole else None,
    }
    blocks = [(change.environment, _rows(change, way)) for change in changes]
    if whole is not None:
        blocks.append((f"every environment of {whole.environment}", _rows(whole, way)))
    return Answer(data, sections(blocks))


def _wanted(arguments: Sequence[str]) -> tuple[bool, list[str]]:
    """(all environments, the environments that are named)."""
    names = [each for each in arguments if each != ALL]
    everywhere = len(names) < len(arguments)
    unknown = [each for each in names if each.startswith("-")]
    if unknown:
        raise Usage(f"unrecognized arguments: {' '.join(unknown)}")
    if not names and not everywhere:
        raise Usage(f"name an environment, or say {ALL}")
    return everywhere, names


def _rows(change: Change, way: Way) -> list[tuple[str, str]]:
    changed, unchanged = way.done
    return [("state", changed if change.changed else unchanged), ("file", change.file)]
