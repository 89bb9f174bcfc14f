"""The files that speak for the machine: read directly, whatever hides them from pip, and able to lock the policy.

A file counts only if the account that runs pip cannot change it, neither by writing to it nor by replacing it or a
directory above it. This is a guard rail for honest accounts, not a sandbox.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

_GLOBAL = {
    "linux": ("/etc/xdg/pip/pip.conf", "/etc/pip.conf"),
    "darwin": ("/Library/Application Support/pip/pip.conf",),
}


def places(platform: str, prefix: str, base_prefix: str, program_data: str | None) -> Iterator[tuple[str, str]]:
    """(kind, path) of every file that could be one, weakest first.

    platform: as in ``sys.platform``; program_data: the known folder, on Windows.
    """
    for path in _GLOBAL.get(platform, ()):
        yield "global", path
    if program_data:
        yield "global", os.path.join(program_data, "pip", "pip.ini")
    if prefix != base_prefix:  # in the base interpreter itself this is pip's own site file
        yield "base", os.path.join(base_prefix, "pip.ini" if program_data else "pip.conf")
    elif not program_data:
        yield "site", os.path.join(prefix, "pip.conf")


def is_out_of_reach(path: str, euid: int | None, base_owner: int | None) -> bool:
    """Whether the account cannot change the file.

    euid: effective uid, None on Windows, where nothing can be locked but the file is read all the same.
    base_owner: uid of the base interpreter's owner, whose word root takes.
    """
    if euid is None:
        return True
    try:
        return all(_is_out_of_reach(place, os.stat(place), euid, base_owner) for place in _chain(path))
    except OSError:
        return False


def _chain(path: str) -> Iterator[str]:
    """The file and every directory above it, and the same for what each link on the way leads to."""
    seen: set[str] = set()
    waiting = [os.path.realpath(path), os.path.abspath(path)]
    while waiting:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        yield place
        parent = os.path.dirname(place)
        waiting.append(parent)
        if os.path.islink(place):
            waiting.append(os.path.normpath(os.path.join(os.path.realpath(parent), os.readlink(place))))


def _is_out_of_reach(place: str, status: os.stat_result, euid: int, base_owner: int | None) -> bool:
    if euid == 0:
        # Others can still not replace a file of root's in a sticky directory, but they can put one where none is.
        return status.st_uid in (0, base_owner) and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    effective = os.access in os.supports_effective_ids
    return status.st_uid != euid and not os.access(place, os.W_OK, effective_ids=effective)
