"""What some tests need of the machine: ``@pytest.mark.needs("root", "git")``. The only reason for a skip."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from typing import Callable

from tests.support import cache, debian, extras, pythons
from tests.support.skips import MARK


def _runs(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def _can_be_append_only(folder: str) -> bool:
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        return _runs("chattr", "+a", file.name) and _runs("chattr", "-a", file.name)


def _extra(name: str) -> Callable[[], bool]:
    def fetched() -> bool:
        try:
            return extras.folder(name).exists()
        except RuntimeError as error:
            cache.say(f"without {name}: {error}")
            return False

    return fetched


NEEDS: Mapping[str, tuple[Callable[[], bool], str]] = {
    "root": (lambda: os.geteuid() == 0, "only root may change owners, accounts and mounts"),
    "linux": (lambda: sys.platform == "linux", "Linux alone has it"),
    "git": (lambda: shutil.which("git") is not None, "git is not installed"),
    "unshare": (lambda: _runs("unshare", "--mount", "true"), "unshare (util-linux) is missing, or makes no namespaces"),
    "rsyslogd": (lambda: shutil.which("rsyslogd", path=f"{os.environ['PATH']}:/usr/sbin") is not None, "no rsyslog"),
    "logrotate": (lambda: _runs("/usr/sbin/logrotate", "--version"), "logrotate is not installed"),
    "append-only": (
        # In memory, too: there `.ci/test` lets the tests run.
        lambda: all(map(_can_be_append_only, {tempfile.gettempdir(), *filter(os.path.isdir, ["/dev/shm"])})),
        "chattr is missing, or files cannot be append-only where the tests run",
    ),
    "browser": (
        lambda: all(map(shutil.which, ("chromium", "chromedriver"))),
        "Chromium or its driver is not installed",
    ),
    "strace": (lambda: _runs("strace", "-o", os.devnull, "true"), "strace is not installed, or may not trace"),
    "valgrind": (lambda: _runs("valgrind", "--version"), "valgrind is not installed"),
    "several-pythons": (lambda: len(pythons.discover()) > 1, "this machine has one supported interpreter only"),
    "python-3.9": (lambda: "3.9" in pythons.discover(), "this machine has no Python 3.9"),
    "python-3.11": (lambda: "3.11" in pythons.discover(), "this machine has no Python 3.11"),
    "base-ensurepip": (
        lambda: not any("/usr/bin/" in each.path for each in pythons.discover().values()),
        "Debian switches the ensurepip of its own interpreter off",
    ),
    "overlay": (debian.can_overlay, "an overlay cannot be mounted here"),
    **{name: (_extra(name), f"{name} could not be fetched or made") for name in extras.EXTRAS},
}


@functools.cache
def missing(name: str) -> str:
    """Why a need is not met; empty if it is."""
    is_met, reason = NEEDS[name]
    return "" if is_met() else f"{name} ({reason})"


def reason_to_skip(names: tuple[str, ...]) -> str:
    """Why a test with these needs cannot run here; empty if it can."""
    reasons = [reason for reason in map(missing, names) if reason]
    return MARK + ", ".join(reasons) if reasons else ""
