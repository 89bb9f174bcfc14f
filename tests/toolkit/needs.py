"""What some tests need of the machine. A test that needs it is skipped, with the reason, only where it is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from typing import Callable

from tests.toolkit import debian, extras, pythons, syslogd

NEEDS: Mapping[str, tuple[Callable[[], bool], str]] = {
    "root": (lambda: os.geteuid() == 0, "only root may change owners, accounts and mounts"),
    "linux": (lambda: sys.platform == "linux", "Linux alone has it"),
    "git": (lambda: shutil.which("git") is not None, "git is not installed"),
    "bash": (lambda: shutil.which("bash") is not None, "bash is not installed"),
    "zsh": (lambda: shutil.which("zsh") is not None, "zsh is not installed"),
    "fish": (lambda: shutil.which("fish") is not None, "fish is not installed"),
    "rich": (lambda: extras.folder("rich").exists(), "the registry did not give rich"),
    "unshare": (lambda: _runs("unshare", "--mount", "true"), "unshare (util-linux) is missing, or makes no namespaces"),
    "rsyslogd": (lambda: bool(syslogd.daemon()), "rsyslog is not installed"),
    "strace": (lambda: _runs("strace", "-o", os.devnull, "true"), "strace is not installed, or may not trace"),
    "several-pythons": (lambda: len(pythons.discover()) > 1, "this machine has one supported interpreter only"),
    "python-3.9": (lambda: "3.9" in pythons.discover(), "this machine has no Python 3.9"),
    "base-ensurepip": (
        lambda: not any("dist-packages" in pythons.site_packages(each) for each in pythons.discover().values()),
        "Debian switches the ensurepip of its own interpreter off",
    ),
    "backend": (lambda: extras.folder("backend").exists(), "the registry did not give hatchling"),
    "old-pluggy": (lambda: extras.folder("old-pluggy").exists(), "the registry did not give pluggy 0.13.1"),
    "tools": (lambda: extras.folder("tools").exists(), f"the registry did not give {', '.join(extras.TOOLS)}"),
    "debian-bookworm": (lambda: extras.folder("debian-bookworm").exists(), "debootstrap could not make it"),
    "debian-sid": (lambda: extras.folder("debian-sid").exists(), "debootstrap could not make it"),
    "overlay": (debian.can_overlay, "an overlay cannot be mounted here"),
}
MARK = "needs: "


def _runs(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def missing(names: tuple[str, ...]) -> str:
    """Why a test with these needs cannot run here; empty where it can."""
    reasons = [f"{name} ({reason})" for name in names for check, reason in [NEEDS[name]] if not check()]
    return MARK + ", ".join(reasons) if reasons else ""
