"""Where is measured: interpreters of this machine, and Python 3.15 in the Debian system that the tests use."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tests.toolkit import debian, extras, pythons
from tests.toolkit.environments import Result

DEBIAN = {"3.15": "sid"}


class Place(Protocol):
    """An interpreter and a folder. root: the folder, as the interpreter sees it."""

    version: str
    interpreter: str
    root: str

    def run(self, command: Sequence[str], variables: Mapping[str, str]) -> Result:
        """Run a command with these variables alone."""

    def real(self, path: str) -> Path:
        """A path below the root, as this process sees it."""


class Host:
    """An interpreter of this machine."""

    def __init__(self, python: pythons.Python, folder: Path) -> None:
        self.version = python.version
        self.interpreter = python.path
        self.root = str(folder)

    def run(self, command: Sequence[str], variables: Mapping[str, str]) -> Result:
        """Run a command with these variables alone."""
        done = subprocess.run(
            list(command), env=dict(variables), cwd=self.root, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        return Result(command, done)

    def real(self, path: str) -> Path:
        """The same path."""
        return Path(path)


class Debian:
    """An interpreter of a Debian system in a folder; valgrind is installed into this run's own view of it."""

    root = "/srv/bench"

    def __init__(self, version: str, folder: Path) -> None:
        self.version = version
        self.interpreter = f"/usr/bin/python{version}"
        release = DEBIAN[version]
        self._system = debian.System(release, extras.folder(f"debian-{release}"), folder)
        self.real(self.root).mkdir(parents=True)
        apt = "DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Check-Valid-Until=false"
        steps = (f"{apt} update", f"{apt} install -y --no-install-recommends valgrind")
        result = self._system.run(" && ".join(steps))
        if result.returncode:
            raise RuntimeError(f"valgrind could not be installed in Debian {release}: {result!r}")

    def run(self, command: Sequence[str], variables: Mapping[str, str]) -> Result:
        """Run a command with these variables alone; valgrind reads its own maps, hence /proc."""
        settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
        words = f"exec env -i {settings} {shlex.join(command)}"
        return self._system.run(f"mount -t proc proc /proc && cd {self.root} && {words}")

    def real(self, path: str) -> Path:
        """In the folder that holds what has been written there."""
        return self._system.changes / path.lstrip("/")


def find(wanted: Sequence[str], scratch: Path) -> Iterator[Place]:
    """The places for these versions, the others named on stderr. Without any: 3.11, 3.13 and 3.15."""
    found = pythons.discover()
    for version in wanted or ("3.11", "3.13", "3.15"):
        folder = scratch / version
        folder.mkdir()
        if version in found:
            yield Host(found[version], folder)
        elif _has_debian(version):
            yield Debian(version, folder)
        else:
            print(f"Python {version} left out: not found on this machine", file=sys.stderr)


def _has_debian(version: str) -> bool:
    release = DEBIAN.get(version)
    return release is not None and extras.folder(f"debian-{release}").exists() and debian.can_overlay()


def copy(place: Place, source: str, target: str) -> None:
    """Copy a folder to a path that need not be free."""
    shutil.rmtree(place.real(target), ignore_errors=True)
    shutil.copytree(place.real(source), place.real(target), symlinks=True)
