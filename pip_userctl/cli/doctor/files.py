"""Files of another owner, metadata that is broken, and an installation that nobody else can read."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator

from pip_userctl import environment as process
from pip_userctl.cli.doctor.findings import ERROR, WARNING, Check, Finding, Machine
from pip_userctl.cli.doctor.scripts import user_scripts
from pip_userctl.installed import canonical, display_name, iter_installed, read_metadata, unique_directories


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


def find_broken_metadata(machine: Machine) -> Iterator[Finding]:
    """In the directories of this environment and in the user site, whether it is on the path or not."""
    for place in unique_directories(process.library_folders(with_user_site=True)).values():
        for name in _names(place):
            if name.startswith("~"):
                path = os.path.join(place, name)
                yield Finding(WARNING, "was left by a pip that was stopped", path, f"rm -r {shlex.quote(path)}")
        seen: dict[str, str] = {}
        for each in iter_installed(place):
            told = read_metadata(each, "Name", "Version")
            other = seen.setdefault(canonical(each.name), each.version)
            if other != each.version:
                what = f"{display_name(each)} has metadata twice, of {other} and of {each.version}"
                remedy = f"pip install --force-reinstall {display_name(each)}"
                yield Finding(ERROR, what, each.metadata, remedy)
            elif not told["Name"] or not told["Version"]:
                what = f"{each.name} has no metadata with a name and a version"
                yield Finding(ERROR, what, each.metadata, f"rm -r {shlex.quote(each.metadata)}")


CHECKS = (
    Check("owner", "files in the user base that belong to another account", find_foreign),
    Check("metadata", "distributions whose metadata is broken, or there twice", find_broken_metadata),
)
