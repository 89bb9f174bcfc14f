"""What the variables say, and which files speak for the machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from pip_userctl.environment.facts import WINDOWS, owner_uid
from pip_userctl.policy import administrator, normalise

# pip sets one of these for the installs that it starts for build isolation (the second before pip 22).
_BUILD_TRACKERS = ("PIP_BUILD_TRACKER", "PIP_REQ_TRACKER")
# PIP_USERCTL_REASON is no key: it is heard for one run only, from the environment only.
_NO_KEYS = ("reason",)


def pip_variables() -> Mapping[str, tuple[str, str]]:
    """The variables that pip reads: normalised option name → (value, name of the variable), as pip orders them."""
    return {
        normalise(name[4:]): (value, name)
        for name, value in os.environ.items()
        if name.startswith("PIP_") and name[4:].lower() not in ("version", "help")
    }


def userctl_variables() -> Mapping[str, tuple[str, str]]:
    """The variables ``PIP_USERCTL_…`` that are keys: key → (value, name of the variable)."""
    prefix = "userctl-"
    return {
        name[len(prefix) :]: value
        for name, value in pip_variables().items()
        if name.startswith(prefix) and name[len(prefix) :] not in _NO_KEYS
    }


def override_reason() -> str | None:
    """Why the rules shall not stop this one run; blank does not count."""
    return os.environ.get("PIP_USERCTL_REASON", "").strip() or None


def expand(path: str) -> str:
    """The path with ``~`` and ``$VARS`` replaced."""
    return os.path.expanduser(os.path.expandvars(path))


def has_build_tracker() -> bool:
    """Whether a pip above this process is building something."""
    return any(os.environ.get(name) for name in _BUILD_TRACKERS)


def config_is_off() -> bool:
    """Whether PIP_CONFIG_FILE switches pip's configuration files off."""
    return os.environ.get("PIP_CONFIG_FILE") == os.devnull


def config_file_variable() -> str | None:
    """The file that PIP_CONFIG_FILE names."""
    return os.environ.get("PIP_CONFIG_FILE") or None


def config_encoding() -> str:
    """The encoding in which pip reads its configuration files."""
    if sys.flags.utf8_mode:
        return "utf-8"
    import locale

    return locale.getpreferredencoding(False)


def administrator_files() -> dict[tuple[str, str], bool]:
    """(kind, path) of the files in the administrator's places that exist, weakest first.

    True for those that this account cannot change: the others are none of the administrator's.
    """
    euid = None if WINDOWS else os.geteuid()
    program_data = os.environ.get("PROGRAMDATA", r"C:\ProgramData") if WINDOWS else None
    base_owner = owner_uid(sys.base_prefix)
    return {
        (kind, path): administrator.is_out_of_reach(path, euid, base_owner)
        for kind, path in administrator.places(sys.platform, sys.prefix, sys.base_prefix, program_data)
        if os.path.exists(path)
    }


def exists(path: str) -> bool:
    """Whether there is such a file."""
    return os.path.exists(path)


def path_directories() -> tuple[str, ...]:
    """Where a shell looks for commands, in order."""
    return tuple(filter(None, os.environ.get("PATH", "").split(os.pathsep)))
