"""Debian systems in a folder, with their own patched Pythons and pips: made once by debootstrap, run by chroot.

Each test sees the system, in which ``ada`` is an ordinary account, through an overlay of its own: nothing is copied, nothing
stays.
"""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from pip_userctl.testing import PipResult, make_wheel
from tests.support import cache
from tests.support.pythons import discover


class Release(NamedTuple):
    """python: its own; packages: what is installed; later: what debootstrap cannot choose by itself."""

    python: str
    packages: tuple[str, ...]
    later: tuple[str, ...] = ()


RELEASES = {
    "bookworm": Release("3.11", ("python3", "python3-pip", "python3-venv")),
    "sid": Release("3.14", ("python3", "python3-pip", "python3-venv"), ("python3.15", "python3.15-venv")),
}
_SOURCES = (Path("/etc/apt/sources.list"), Path("/etc/apt/sources.list.d/debian.sources"))


def mirror() -> str:
    """The mirror that this machine uses."""
    for source in _SOURCES:
        for word in source.read_text().split() if source.exists() else ():
            if word.startswith("http") and word.rstrip("/").endswith("/debian") and "snapshot" not in word:
                return word
    return "http://deb.debian.org/debian"


def build(name: str, target: Path) -> None:
    """Make the system; RuntimeError, with the reason, if it cannot be made."""
    release = RELEASES[name]
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        raise RuntimeError("it takes root and debootstrap (apt-get install debootstrap)")
    packages = ",".join(release.packages)
    cache.run(["debootstrap", "--variant=minbase", f"--include={packages}", name, str(target), mirror()])
    steps = ["useradd --create-home --shell /bin/sh ada"]
    if release.later:
        install = "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends"
        # A mirror may stand still for weeks, and a testing machine with it.
        steps += ["apt-get -o Acquire::Check-Valid-Until=false update -qq", f"{install} {' '.join(release.later)}"]
    cache.run(["chroot", str(target), "sh", "-c", " && ".join(steps)])


@functools.cache
def can_overlay() -> bool:
    """Whether an overlay can be mounted in a new mount namespace; in most containers it cannot."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        return False
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("lower", "upper", "work", "root"):
            Path(scratch, name).mkdir()
        layers = f"lowerdir={scratch}/lower,upperdir={scratch}/upper,workdir={scratch}/work"
        mount = ["unshare", "-m", "mount", "-t", "overlay", "overlay", "-o", layers, f"{scratch}/root"]
        return subprocess.run(mount, capture_output=True).returncode == 0


class System:
    """One of them, as one test sees it. changes: the folder that holds what the test has written, by its path there."""

    def __init__(self, name: str, base: Path, folder: Path, built: cache.Built) -> None:
        self.release = RELEASES[name]
        self.changes = folder / "changes"
        self._base, self._work, self._root = base, folder / "work", folder / "root"
        wheels = self.changes / "srv"
        for each in (wheels, self._work, self._root):
            each.mkdir(parents=True)
        shutil.copy2(built.wheel, wheels)
        for each in cache.dependencies_wheels(list(discover().values())[-1]).glob("*.whl"):
            shutil.copy2(each, wheels)
        make_wheel(wheels, "demo")

    def run(self, command: str, *, account: str = "root", **variables: str) -> PipResult:
        """Run a shell command in it."""
        home = "/srv" if account == "root" else f"/home/{account}"
        known = {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": home,
            "LC_ALL": "C.UTF-8",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": "/srv",
            "PIP_ROOT_USER_ACTION": "ignore",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            **variables,
        }
        layers = f"lowerdir={self._base},upperdir={self.changes},workdir={self._work}"
        script = (
            f"mount -t overlay overlay -o {shlex.quote(layers)} {shlex.quote(str(self._root))} && "
            f"exec chroot --userspec={account} {shlex.quote(str(self._root))} sh -c {shlex.quote(f'cd {home} && {command}')}"
        )
        full = ["unshare", "-m", "sh", "-c", script]
        done = subprocess.run(full, env=known, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)
        return PipResult([account, "$", command], done)
