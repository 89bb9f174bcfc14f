"""What the tests fetch or build once, when the first test asks for it; workers and other runs wait under a lock.

It stands in ``$PIP_USERCTL_TEST_CACHE`` or ``~/.cache/pip-policy-tests``, a name without ``userctl``, for which tests
search what is printed. What stands there is only read, never changed.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Callable

from pip_userctl.testing import PipEnvironment, make_wheel
from pip_userctl.testing.environments import Account
from tests.support.environments import InstalledEnvironment
from tests.support.pythons import NEWEST, Python, discover, pip_for, python_for, starts

PROJECT = Path(__file__).parents[2]
#: What the wheel is made of.
SOURCE = ("pyproject.toml", "README.md", "docs/package-index.md", "LICENSE", ".ci/start_wheel.py", "pip_userctl")
_DAY = 24 * 60 * 60


def folder() -> Path:
    """The cache."""
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("PIP_USERCTL_TEST_CACHE") or Path(caches) / "pip-policy-tests")


#: Lets a line pass pytest's capture; tests/integration/conftest.py sets it.
uncaptured: Callable[[], AbstractContextManager[None]] = nullcontext


def say(what: str) -> None:
    """Print a line on standard error, because this may take minutes."""
    with uncaptured():
        print(f"setting up the tests: {what}", file=sys.stderr, flush=True)


@contextmanager
def lock() -> Iterator[None]:
    """Keep other processes from changing the cache. Ends with the process, however that ends."""
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def make_once(target: Path, what: str, make: Callable[[Path], object]) -> Path:
    """Give the path, which ``make`` fills if it is not there yet: whole, or not at all."""
    if target.exists():
        return target
    with lock():
        if not target.exists():
            say(what)
            partial = target.with_name(f"{target.name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.parent.mkdir(parents=True, exist_ok=True)
            make(partial)
            partial.rename(target)
    return target


def run(command: Sequence[str], cwd: Path | None = None, **variables: str) -> None:
    """Run a command; RuntimeError, with its output, if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env={**os.environ, **variables})
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")


def download(target: Path, *requirements: str, dependencies: bool = False) -> None:
    """Fetch wheels by this machine's pip, from the index that it uses."""
    options = ["--quiet", "--dest", str(target), *([] if dependencies else ["--no-deps"])]
    run([sys.executable, "-m", "pip", "download", *options, *requirements])


def unpack(target: Path, *wheels: Path) -> None:
    """Unpack wheels into one folder."""
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(target)


def compile_for(python: Python, path: Path) -> None:
    """Write the bytecode: a pip without it takes a second more to start."""
    subprocess.run([python.path, "-m", "compileall", "-q", str(path)], capture_output=True)


@functools.cache
def pip_wheel(version: str) -> Path:
    """The wheel of this pip."""

    def make(target: Path) -> None:
        download(target.parent, "--ignore-requires-python", f"pip=={version}")
        target.with_name(name).rename(target)

    name = f"pip-{version}-py{'2.py3' if version.startswith('20.') else '3'}-none-any.whl"
    return make_once(folder() / "wheels" / name, f"pip {version}", make)


@functools.cache
def pip_folder(version: str) -> Path:
    """The folder that holds the package ``pip`` of this version."""
    wheel = pip_wheel(version)

    def make(target: Path) -> None:
        unpack(target, wheel)
        for python in discover().values():
            if starts(python.version, version):
                compile_for(python, target)

    return make_once(folder() / "pips" / version, f"bytecode of pip {version}", make)


def dependencies_wheels(python: Python) -> Path:
    """The folder that holds the wheels of pluggy and packaging for this Python."""
    options = ["--only-binary=:all:", "--python-version", python.version]
    target = folder() / "dependencies" / f"{python.version}-wheels"
    what = f"pluggy and packaging for Python {python.version}"
    return make_once(target, what, lambda target: download(target, *options, "pluggy", "packaging"))


@functools.cache
def dependencies_folder(python: Python) -> Path:
    """The folder that holds pluggy and packaging for this Python."""
    wheels = dependencies_wheels(python)

    def make(target: Path) -> None:
        unpack(target, *wheels.glob("*.whl"))
        compile_for(python, target)

    return make_once(folder() / "dependencies" / python.version, f"bytecode for Python {python.version}", make)


class Built:
    """The wheels of this checkout.

    wheel: that for every Python; start_wheel: that for Python 3.18, with a ``.start`` file; unpacked: what of the first
    stands in site-packages.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self.wheel = next(target.glob("pip_userctl-*-py3-none-any.whl"))
        self.start_wheel = next((target / "start").glob("pip_userctl-*-py318-none-any.whl"))
        self.unpacked = target / "unpacked"

    def for_python(self, python: Python) -> Path:
        """The unpacked wheel, with bytecode for this Python."""
        mark = self._target / f"compiled-{python.version}"
        make_once(mark, f"bytecode for Python {python.version}", lambda target: self._compile(python, target))
        return self.unpacked

    def environment(
        self,
        folder: Path,
        kind: str,
        python: str | PipEnvironment | None = None,
        pip: str | None = None,
        account: Account | None = None,
        *,
        userctl: bool = True,
        creator: Sequence[str] = (),
    ) -> PipEnvironment:
        """Make an environment; arguments as for `make` in tests/integration/conftest.py."""
        version = python.version if isinstance(python, PipEnvironment) else python or python_for(pip or NEWEST)
        base = discover()[version]
        return InstalledEnvironment(
            folder,
            kind,
            Python(version, str(python.python)) if isinstance(python, PipEnvironment) else base,
            pip=pip_folder(pip or pip_for(version)),
            install=[self.for_python(base), dependencies_folder(base)] if userctl else [],
            account=account,
            creator=creator,
        )

    def _compile(self, python: Python, mark: Path) -> None:
        compile_for(python, self.unpacked)
        mark.mkdir()


def new_account(folder: Path) -> Account:
    """A home without any configuration; its pip finds ``demo``, and ``depends``, which requires it."""
    account = Account(folder)
    make_wheel(account.wheels, "demo", extras=["socks"])
    make_wheel(account.wheels, "depends", requires=["demo"])
    return account


def build(chosen: Path) -> Built:
    """Build the wheels of this checkout, unless the same ones are there.

    chosen: a file that all workers of this run share. It holds what the first of them built, whatever is edited later.
    """
    if chosen.exists():
        return Built(Path(chosen.read_text()))
    files = sorted(path for name in SOURCE for path in (PROJECT / name, *(PROJECT / name).rglob("*")) if path.is_file())
    digest = hashlib.sha256()
    for path in files:
        if "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes() + b"\0")
    target = make_once(folder() / "built" / digest.hexdigest()[:16], "the wheels of this checkout", _build)
    with lock():
        if not chosen.exists():
            chosen.write_text(str(target))
        os.utime(target)
        for each in target.parent.iterdir():  # a run of another checkout may still read a newer one
            if each.stat().st_mtime < time.time() - _DAY:
                shutil.rmtree(each)
    return Built(Path(chosen.read_text()))


def _build(target: Path) -> None:
    hatchling = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d"]
    run([*hatchling, str(target)], cwd=PROJECT)
    run([*hatchling, str(target / "start")], cwd=PROJECT, PIP_USERCTL_START_WHEEL="1")
    unpack(target / "unpacked", *target.glob("*.whl"))
