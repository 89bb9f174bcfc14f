"""Installed distributions, found in directories by the names of their metadata folders.

A directory of 1,000 distributions costs one listing; metadata is opened only if a folder's name does not tell.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterable, Iterator

from pip_userctl.frozen import Frozen

_SUFFIXES = (".dist-info", ".egg-info")
_NOT_IMPORTED = {"__pycache__", "bin", "share", "include", "lib"}


class InstalledDistribution(Frozen):
    """One installed distribution.

    Attributes:
        name: as its metadata folder spells it; version: empty if nothing tells.
        path: the directory that holds it, an entry of ``sys.path``.
        metadata: its ``.dist-info`` or ``.egg-info``: a directory, or (distutils) a file.
    """

    name: str
    version: str
    path: str
    metadata: str


def canonical(name: str) -> str:
    """The name under which a distribution is known, whatever its spelling (PEP 503)."""
    # Not with a pattern: compiling one costs more than all the names of an install.
    name = name.lower().replace("_", "-").replace(".", "-")
    while "--" in name:
        name = name.replace("--", "-")
    return name


def iter_installed(directory: str) -> Iterator[InstalledDistribution]:
    """Every distribution in one directory, by name of its metadata folder; nothing if it cannot be read."""
    try:
        with os.scandir(directory or ".") as found:
            names = sorted(each.name for each in found if each.name.endswith(_SUFFIXES))
    except OSError:
        return
    for name in names:
        if not name.startswith("~"):  # pip's own leftovers of an interrupted uninstall
            yield _installed(directory, name)


def installed_by_name(directory: str) -> dict[str, InstalledDistribution]:
    """The distributions in one directory by canonical name."""
    return {canonical(each.name): each for each in iter_installed(directory)}


def find_installed(names: Iterable[str], directories: Iterable[str]) -> dict[str, list[InstalledDistribution]]:
    """Canonical name → the installed distributions of that name, in the order of the directories.

    A directory is one ``listdir``, and only entries that begin with the right letter are looked at.
    """
    wanted: dict[str, list[InstalledDistribution]] = {canonical(name): [] for name in names}
    initials = tuple({letter for name in wanted for letter in (name[:1], name[:1].upper())})
    for directory in directories:
        try:
            listed = os.listdir(directory or ".")
        except OSError:
            continue
        for folder in sorted(each for each in listed if each.startswith(initials) and each.endswith(_SUFFIXES)):
            if canonical(folder.rpartition(".")[0].partition("-")[0]) not in wanted:
                continue
            distribution = _installed(directory, folder)
            found = wanted.get(canonical(distribution.name))
            if found is not None and all(each.path != directory for each in found):
                found.append(distribution)
    return wanted


def same_directory_key(directory: str) -> object:
    """What two spellings of one directory have in common: device and inode, or the path if there is none yet."""
    try:
        status = os.stat(directory or ".")
    except (OSError, ValueError):
        return os.path.realpath(directory)
    # Resolving each link of a path costs thirty times as much; some file systems of Windows have no inodes.
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(directory)


def unique_directories(search_path: Iterable[str]) -> dict[object, str]:
    """The directories of a search path in order, each once: its key → the entry as it stands."""
    seen: dict[object, str] = {}
    for entry in search_path:
        seen.setdefault(same_directory_key(entry), entry)
    return seen


def display_name(distribution: InstalledDistribution) -> str:
    """The name as its METADATA spells it."""
    return (read_metadata(distribution, "Name")["Name"] or [distribution.name])[0]


def read_metadata(distribution: InstalledDistribution, *fields: str) -> dict[str, list[str]]:
    """The values of some fields of its metadata, in order; all lists empty if it cannot be read."""
    found: dict[str, list[str]] = {name: [] for name in fields}
    wanted = {name.lower(): name for name in fields}
    path = distribution.metadata
    if path.endswith(".dist-info"):
        path = os.path.join(path, "METADATA")
    elif os.path.isdir(path):
        path = os.path.join(path, "PKG-INFO")
    try:
        with open(path, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if not line.strip():
                    break  # the description follows
                key, _, value = line.partition(":")
                if key.lower() in wanted:
                    found[wanted[key.lower()]].append(value.strip())
    except OSError:
        pass
    return found


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


def editable_source(distribution: InstalledDistribution) -> str | None:
    """The URL of an editable installation, by ``direct_url.json`` (PEP 610); None for an ordinary one."""
    try:
        with open(os.path.join(distribution.metadata, "direct_url.json"), encoding="utf-8") as file:
            content = json.load(file)
        return str(content["url"]) if content.get("dir_info", {}).get("editable") else None
    except (OSError, ValueError, KeyError, AttributeError, RecursionError):
        return None


def _module(file: str) -> str:
    """``demo`` for demo.py and demo.cpython-311-x86_64-linux-gnu.so; empty for what is not a module."""
    stem, dot, rest = file.partition(".")
    return stem if dot and (rest == "py" or rest.split(".")[-1] in ("so", "pyd")) else ""


def _installed(directory: str, folder: str) -> InstalledDistribution:
    stem = folder.rpartition(".")[0]
    path = os.path.join(directory, folder)
    if folder.endswith(".egg-info"):
        stem = re.sub(r"-py\d.*$", "", stem)  # setuptools: demo-1.0-py3.11.egg-info
    name, dash, version = stem.partition("-")
    distribution = InstalledDistribution(name, version, directory, path)
    if dash and version:
        return distribution
    told = read_metadata(distribution, "Name", "Version")
    return distribution._replace(name=(told["Name"] or [name])[0], version=(told["Version"] or [""])[0])
