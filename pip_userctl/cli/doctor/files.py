"""Files in the user base that belong to another account."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator

from pip_userctl import environment as process
from pip_userctl.cli.doctor.findings import ERROR, Check, Finding, Machine
from pip_userctl.cli.doctor.scripts import user_scripts


def find_foreign(machine: Machine) -> Iterator[Finding]:
    """One finding an entry of the user site or of the scripts directory, however many files are below it."""
    facts = machine.environment
    owner = facts.user_base_owner
    if owner is None:
        return
    site, scripts = facts.user_site, user_scripts(facts)
    entries = (os.path.join(place, name) for place in (site, scripts) for name in _names(place))
    for path in (facts.user_base, site, scripts, *entries):
        below = path not in (facts.user_base, site, scripts)
        uid = _stranger(path, owner, below=below)
        if uid is not None:
            what = f"belongs to {process.owner_name(uid)}, the user base to {process.owner_name(owner)}"
            command = f"sudo chown -hR {owner} {shlex.quote(path)}"
            yield Finding(ERROR, f"{what}: pip can neither upgrade nor remove it", path, command)


def _names(directory: str) -> list[str]:
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []


def _stranger(path: str, owner: int, *, below: bool) -> int | None:
    """The uid of the path, or of the first file below it, that is not the owner's."""
    waiting = [path]
    while waiting:
        each = waiting.pop()
        try:
            status = os.lstat(each)
        except OSError:
            continue
        if status.st_uid != owner:
            return status.st_uid
        if below and stat.S_ISDIR(status.st_mode):
            waiting += [os.path.join(each, name) for name in _names(each)]
    return None


CHECKS = (Check("owner", "files in the user base that belong to another account", find_foreign),)
