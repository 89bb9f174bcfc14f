"""User sites of Python versions that are not there any more, with their sizes."""

from __future__ import annotations

import os
import re
import shlex
from typing import Iterable, Iterator

from pip_userctl import scripts
from pip_userctl.health import WARNING, Finding, HealthCheck, Machine

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def userctl_health_checks() -> Iterable[HealthCheck]:
    """One question."""
    return [HealthCheck("leftovers", "user sites of Python versions that are gone", find_leftovers)]


def find_leftovers(machine: Machine) -> Iterator[Finding]:
    """Beside the user site of this interpreter, where no interpreter of that version is on PATH."""
    facts = machine.environment
    major, minor = facts.python.split(".")[:2]
    folder = _versioned(facts.user_site, f"{major}.{minor}", facts.user_base)
    if not folder:
        return
    above, own = os.path.split(folder)
    pattern = re.compile(re.escape(own).replace(re.escape(f"{major}.{minor}"), r"(\d+\.\d+)"))
    try:
        names = sorted(os.listdir(above))
    except OSError:
        return
    for name in names:
        found = pattern.fullmatch(name)
        path = os.path.join(above, name)
        if found is None or name == own or scripts.which([f"python{found[1]}"], machine.path):
            continue
        size, count = _size(path)
        if count:
            what = f"{shown(size)} in {count} files for Python {found[1]}, of which no interpreter is on PATH"
            yield Finding(WARNING, what, path, f"rm -r {shlex.quote(path)}")


def _versioned(user_site: str, version: str, user_base: str) -> str:
    """The folder above the user site whose name has the version; empty where none has."""
    place = user_site
    while place.startswith(user_base) and place != user_base:
        if version in os.path.basename(place):
            return place
        place = os.path.dirname(place)
    return ""


def _size(folder: str) -> tuple[int, int]:
    """Bytes and number of the files below a folder, links not followed."""
    size = count = 0
    for directory, _, names in os.walk(folder):
        for name in names:
            try:
                size += os.lstat(os.path.join(directory, name)).st_size
            except OSError:
                continue
            count += 1
    return size, count


def shown(size: float) -> str:
    """Bytes in the largest unit that leaves a number above one."""
    unit = 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size /= 1000
        unit += 1
    return f"{size:.0f} {_UNITS[unit]}" if unit == 0 or size >= 10 else f"{size:.1f} {_UNITS[unit]}"
