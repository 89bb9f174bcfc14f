"""Installed distributions, found in directories by the names of their metadata folders.

A directory of 1,000 distributions costs one listing; metadata is opened only if a folder's name does not tell.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable

from pip_userctl.frozen import Frozen
from pip_userctl.models import canonical

SUFFIXES = (".dist-info", ".egg-info")


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
        for folder in sorted(each for each in listed if each.startswith(initials) and each.endswith(SUFFIXES)):
            if canonical(folder.rpartition(".")[0].partition("-")[0]) not in wanted:
                continue
            distribution = read_installed(directory, folder)
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


def editable_source(distribution: InstalledDistribution) -> str | None:
    """The URL of an editable installation, by ``direct_url.json`` (PEP 610); None for an ordinary one."""
    try:
        with open(os.path.join(distribution.metadata, "direct_url.json"), encoding="utf-8") as file:
            content = json.load(file)
        return str(content["url"]) if content.get("dir_info", {}).get("editable") else None
    except (OSError, ValueError, KeyError, AttributeError, RecursionError):
        return None


def read_installed(directory: str, folder: str) -> InstalledDistribution:
    """The installed distribution whose metadata folder this is."""
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
