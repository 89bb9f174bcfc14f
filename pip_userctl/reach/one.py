"""``activate ENV``: one start-up file in the site-packages of one environment."""

from __future__ import annotations

import glob
import os
import re
from typing import NamedTuple

from pip_userctl import environment
from pip_userctl.errors import Report, UserctlError
from pip_userctl.installation import Installation
from pip_userctl.reach import content, files, trust

#: Sorts behind ``pip_userctl.pth``: what is installed in the environment itself comes first.
NAME = "pip_userctl_reach.pth"
_VERSION = re.compile(r"^(?:version|version_info)\s*=\s*(\d+)\.(\d+)", re.MULTILINE | re.IGNORECASE)


class Change(NamedTuple):
    """One file that reaches out. changed: whether anything had to be done."""

    environment: str
    file: str
    changed: bool


def locate(name: str, installation: Installation) -> str:
    """The start-up file's path in the environment of that name: its directory, or an interpreter in it."""
    prefix = os.path.abspath(name)
    if os.path.isfile(prefix):
        prefix = os.path.dirname(os.path.dirname(prefix))
    virtual = os.path.isfile(os.path.join(prefix, "pyvenv.cfg"))
    if not virtual and not os.path.isdir(os.path.join(prefix, "conda-meta")):
        why = "it has neither pyvenv.cfg nor conda-meta" if os.path.isdir(prefix) else "there is no such directory"
        hint = "for a base interpreter, install pip-userctl into it, or run activate --all-environments with it"
        raise UserctlError(Report("userctl-no-environment", f"{name} is no environment", why, hint=hint))
    site_packages = os.path.join(prefix, installation.site_packages)
    theirs = _version(prefix)
    if theirs not in (None, installation.python) or not os.path.isdir(site_packages):
        own = "{}.{}".format(*installation.python)
        has = "Python {}.{}".format(*theirs) if theirs else f"no {installation.site_packages}"
        raise UserctlError(
            Report(
                "userctl-other-python",
                f"{name} cannot be covered from here",
                f"it has {has}, and pip-userctl here is installed for Python {own}",
                hint=f"run activate with a pip-userctl that is installed for the Python of {name}",
            )
        )
    return os.path.join(site_packages, NAME)


def _version(prefix: str) -> tuple[int, int] | None:
    found = _VERSION.search((files.read(os.path.join(prefix, "pyvenv.cfg")) or b"").decode("utf-8", "replace"))
    if found:
        return int(found[1]), int(found[2])
    names = glob.glob(os.path.join(glob.escape(prefix), "conda-meta", "python-[0-9]*.json"))
    names += glob.glob(os.path.join(glob.escape(prefix), "lib", "python[0-9]*"))
    found = re.search(r"python-?(\d+)\.(\d+)[^/\\]*$", names[0]) if names else None
    return (int(found[1]), int(found[2])) if found else None


def check(path: str, installation: Installation) -> None:
    """Raise UserctlError where the file cannot be put there."""
    folder = os.path.dirname(path)
    blocked = environment.blocked((folder,))
    if blocked is not None:
        raise trust.denied(blocked, f"{installation.command} activate {prefix_of(path, installation)}")
    trust.check(folder, installation)
    present = files.read(path)
    other = content.startup_module_of(present) if present is not None else installation.startup_module
    if other != installation.startup_module and (other is None or os.path.exists(other)):
        raise trust.occupied(path, other)


def check_removable(path: str, installation: Installation) -> None:
    """Raise UserctlError where this account may not take the file away."""
    blocked = environment.blocked((os.path.dirname(path),))
    if blocked is not None and os.path.lexists(path):
        raise trust.denied(blocked, f"{installation.command} deactivate {prefix_of(path, installation)}")


def activate(path: str, installation: Installation) -> Change:
    """Write the start-up file, unless it is there as it should be."""
    prefix = prefix_of(path, installation)
    wanted = content.startup_file(installation, prefix)
    changed = files.read(path) != wanted
    if changed:
        files.put_file(path, wanted)
    return Change(prefix, path, changed)


def deactivate(path: str, installation: Installation) -> Change:
    """Remove the start-up file, unless there is none."""
    present = files.read(path)
    files.clear(path)
    if present is not None:
        files.remove_file(path)
    return Change(prefix_of(path, installation), path, present is not None)


def prefix_of(path: str, installation: Installation) -> str:
    """The environment's directory."""
    return os.path.dirname(path)[: -len(installation.site_packages)].rstrip(os.sep) or os.sep
