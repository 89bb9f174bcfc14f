"""All distributions of one directory, and what they make importable."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator

from pip_userctl.installed import SUFFIXES, InstalledDistribution, read_installed
from pip_userctl.models import canonical

_NOT_IMPORTED = {"__pycache__", "bin", "share", "include", "lib"}


def iter_installed(directory: str) -> Iterator[InstalledDistribution]:
    """Every distribution in one directory, by name of its metadata folder; nothing if it cannot be read."""
    try:
        with os.scandir(directory or ".") as found:
            names = sorted(each.name for each in found if each.name.endswith(SUFFIXES))
    except OSError:
        return
    for name in names:
        if not name.startswith("~"):  # pip's own leftovers of an interrupted uninstall
            yield read_installed(directory, name)


def installed_by_name(directory: str) -> dict[str, InstalledDistribution]:
    """The distributions in one directory by canonical name."""
    return {canonical(each.name): each for each in iter_installed(directory)}


def recorded_files(distribution: InstalledDistribution) -> list[str] | None:
    """The absolute paths of the files in its RECORD; None if it has no RECORD that can be read."""
    try:
        with open(os.path.join(distribution.metadata, "RECORD"), encoding="utf-8", newline="") as lines:
            rows = [row[0] for row in csv.reader(lines) if row and "\0" not in row[0]]
    except (OSError, UnicodeDecodeError, csv.Error):
        return None
    return [os.path.normpath(os.path.join(distribution.path, row)) for row in rows]


def top_level_names(distribution: InstalledDistribution) -> set[str]:
    """The top-level names that it makes importable, by its RECORD; they may differ from the distribution's."""
    names = set()
    for path in recorded_files(distribution) or ():
        first, *below = os.path.relpath(path, distribution.path).split(os.sep)
        name = first if below else _module(first)
        if name and name.isidentifier() and name not in _NOT_IMPORTED:
            names.add(name)
    return names


def importable_names(directory: str) -> dict[str, str]:
    """Top-level name → path of every module and regular package in one directory; namespace packages hide nothing."""
    found: dict[str, str] = {}
    try:
        with os.scandir(directory or ".") as listed:
            for each in listed:
                name = each.name if each.is_dir() else _module(each.name)
                if not name or not name.isidentifier() or name in _NOT_IMPORTED:
                    continue
                if not each.is_dir() or os.path.exists(os.path.join(each.path, "__init__.py")):
                    found[name] = each.path
    except OSError:
        pass
    return found


def _module(file: str) -> str:
    """``demo`` for demo.py and demo.cpython-311-x86_64-linux-gnu.so; empty for what is not a module."""
    stem, dot, rest = file.partition(".")
    return stem if dot and (rest == "py" or rest.split(".")[-1] in ("so", "pyd")) else ""
