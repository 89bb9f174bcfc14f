"""Files in the user base that somebody else owns, and scripts that cannot run."""

from __future__ import annotations

import os
import shlex
from typing import Iterable, Iterator

from pip_userctl import scripts
from pip_userctl.health import ERROR, Finding, HealthCheck, Machine


def userctl_health_checks() -> Iterable[HealthCheck]:
    """What lies in the user base."""
    return [
        HealthCheck("owner", "files in the user base that belong to another account", find_foreign),
        HealthCheck("interpreters", "scripts in the user base whose interpreter is gone", find_orphans),
    ]


def find_foreign(machine: Machine) -> Iterator[Finding]:
    """One finding an entry of the user site or of the scripts directory, however many files are below it."""
    facts = machine.environment
    if facts.uid is None or facts.user_base_owner is None:
        return
    owner = facts.user_base_owner
    folder = scripts.user_directory(facts)
    places = [facts.user_base, facts.user_site, folder]
    for place in places:
        if os.path.lexists(place) and os.lstat(place).st_uid != owner:
            yield _foreign(place, os.lstat(place).st_uid, owner)
    for place in places[1:]:
        for entry in _listed(place):
            stranger = _stranger(entry, owner)
            if stranger is not None:
                yield _foreign(entry.path, stranger, owner)


def _foreign(path: str, uid: int, owner: int) -> Finding:
    what = f"belongs to uid {uid}, the user base to uid {owner}: pip can neither upgrade nor remove it"
    return Finding(ERROR, what, path, f"sudo chown -R {owner} {shlex.quote(path)}")


def _stranger(entry: os.DirEntry[str], owner: int) -> int | None:
    """The uid of the entry, or of the first file below it, that is not the owner's."""
    waiting = [entry]
    while waiting:
        each = waiting.pop()
        try:
            uid = each.stat(follow_symlinks=False).st_uid
        except OSError:
            continue
        if uid != owner:
            return uid
        if each.is_dir(follow_symlinks=False):
            waiting += _listed(each.path)
    return None


def _listed(directory: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def find_orphans(machine: Machine) -> Iterator[Finding]:
    """By the first line of each script; those for ``env`` are whatever PATH says and not judged."""
    for entry in _listed(scripts.user_directory(machine.environment)):
        interpreter = scripts.interpreter(entry.path)
        if interpreter and not os.path.exists(interpreter):
            what = f"the script {entry.name} cannot run: its interpreter {interpreter} is gone"
            yield Finding(ERROR, what, entry.path, f"rm {shlex.quote(entry.path)}")
