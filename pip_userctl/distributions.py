"""Distributions as they lie in directories: found by the names of their metadata folders, without importing anything.

A directory of 1,000 distributions is one ``scandir``; metadata is opened only where a folder's name does not tell.
Pure: everything is asked of the file system by path, nothing of this process.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterable, Iterator

from pip_userctl.frozen import Frozen

_SUFFIXES = (".dist-info", ".egg-info")
_PYTHON_TAG = r"-py\d.*$"  # setuptools: demo-1.0-py3.11.egg-info
_NOT_IMPORTED = {"__pycache__", "bin", "share", "include", "lib"}


class Copy(Frozen):
    """One installed copy of a distribution.

    name: as its metadata folder spells it; version: empty where nothing tells; path: the directory that it lies in, an
    entry of ``sys.path``; metadata: its ``.dist-info`` or ``.egg-info``, a folder or (distutils) a file.
    """

    name: str
    version: str
    path: str
    metadata: str


def canonical(name: str) -> str:
    """The name under which a distribution is known, whatever its spelling."""
    # Not with a pattern: compiling one costs more than all the names of an install.
    name = name.lower().replace("_", "-").replace(".", "-")
    while "--" in name:
        name = name.replace("--", "-")
    return name


def entries(directory: str) -> Iterator[Copy]:
    """Every copy in one directory, by name of its metadata folder; nothing where it cannot be read."""
    try:
        with os.scandir(directory or ".") as found:
            names = sorted(each.name for each in found if each.name.endswith(_SUFFIXES))
    except OSError:
        return
    for name in names:
        if not name.startswith("~"):  # pip's own leftovers of an interrupted uninstall
            yield _copy(directory, name)


def scan(directory: str) -> dict[str, Copy]:
    """The copies in one directory by canonical name."""
    return {canonical(each.name): each for each in entries(directory)}


def copies_of(names: Iterable[str], places: Iterable[str]) -> dict[str, list[Copy]]:
    """The copies of several distributions: canonical name → those that an interpreter with these places sees.

    places: the directories of its search path, each once; the first copy hides the others.
    A directory is one ``listdir``, and of its entries those alone are looked at that begin with the right letter.
    """
    wanted: dict[str, list[Copy]] = {canonical(name): [] for name in names}
    initials = tuple({letter for name in wanted for letter in (name[:1], name[:1].upper())})
    for directory in places:
        try:
            listed = os.listdir(directory or ".")
        except OSError:
            continue
        for folder in sorted(each for each in listed if each.startswith(initials) and each.endswith(_SUFFIXES)):
            if canonical(folder.rpartition(".")[0].partition("-")[0]) not in wanted:
                continue
            copy = _copy(directory, folder)
            found = wanted.get(canonical(copy.name))
            if found is not None and all(each.path != directory for each in found):
                found.append(copy)
    return wanted


def identity(directory: str) -> object:
    """What two spellings of one directory have in common: device and inode, or the path where there is none (yet)."""
    try:
        status = os.stat(directory or ".")
    except (OSError, ValueError):
        return os.path.realpath(directory)
    # Resolving each link of a path costs thirty times as much; some file systems of Windows have no inodes.
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(directory)


def directories(search_path: Iterable[str]) -> dict[object, str]:
    """The directories of a search path in order, each once: its identity → the entry as it stands."""
    seen: dict[object, str] = {}
    for entry in search_path:
        seen.setdefault(identity(entry), entry)
    return seen


def metadata_file(copy: Copy) -> str:
    """Where its metadata stands."""
    if copy.metadata.endswith(".dist-info"):
        return os.path.join(copy.metadata, "METADATA")
    return os.path.join(copy.metadata, "PKG-INFO") if os.path.isdir(copy.metadata) else copy.metadata


def fields(copy: Copy, *names: str) -> dict[str, list[str]]:
    """The values of some fields of its metadata, in order; all lists empty where it cannot be read."""
    found: dict[str, list[str]] = {name: [] for name in names}
    wanted = {name.lower(): name for name in names}
    try:
        with open(metadata_file(copy), encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if not line.strip():
                    break  # the description follows
                key, _, value = line.partition(":")
                if key.lower() in wanted:
                    found[wanted[key.lower()]].append(value.strip())
    except OSError:
        pass
    return found


def recorded(copy: Copy) -> list[str] | None:
    """The absolute paths of the files in its RECORD; None where it has no RECORD that can be read."""
    try:
        with open(os.path.join(copy.metadata, "RECORD"), encoding="utf-8", newline="") as lines:
            rows = [row[0] for row in csv.reader(lines) if row]
    except (OSError, UnicodeDecodeError, csv.Error):
        return None
    return [os.path.normpath(os.path.join(copy.path, *row.split("/"))) for row in rows]


def import_names(copy: Copy) -> set[str]:
    """The top-level names that it makes importable, by its RECORD; they may differ from the distribution's."""
    tops = set()
    for path in recorded(copy) or ():
        first, *below = os.path.relpath(path, copy.path).split(os.sep)
        name = first if below else _module(first)
        if name and name.isidentifier() and name not in _NOT_IMPORTED:
            tops.add(name)
    return tops


def importable(directory: str) -> dict[str, str]:
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


def editable_source(copy: Copy) -> str | None:
    """The URL that an editable install points to, by ``direct_url.json`` (PEP 610); None for an ordinary one."""
    try:
        with open(os.path.join(copy.metadata, "direct_url.json"), encoding="utf-8") as file:
            content = json.load(file)
        return str(content["url"]) if content.get("dir_info", {}).get("editable") else None
    except (OSError, ValueError, KeyError, AttributeError):
        return None


def _module(file: str) -> str:
    """``demo`` for demo.py and demo.cpython-311-x86_64-linux-gnu.so; empty for what is no module."""
    stem, dot, rest = file.partition(".")
    return stem if dot and (rest == "py" or rest.split(".")[-1] in ("so", "pyd")) else ""


def _copy(directory: str, folder: str) -> Copy:
    stem = folder.rpartition(".")[0]
    path = os.path.join(directory, folder)
    if folder.endswith(".egg-info"):
        stem = re.sub(_PYTHON_TAG, "", stem)
    name, dash, version = stem.partition("-")
    copy = Copy(name, version, directory, path)
    if dash and version:
        return copy
    told = fields(copy, "Name", "Version")
    return copy._replace(name=(told["Name"] or [name])[0], version=(told["Version"] or [""])[0])
