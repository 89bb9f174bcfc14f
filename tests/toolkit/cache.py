"""What the tests fetch or build once: pips, pluggy and packaging, the wheel of this checkout.

The cache stands outside the checkout, in ``$PIP_USERCTL_TEST_CACHE`` or ``~/.cache/pip-policy-tests``. Everything is
prepared by pytest's controlling process before the workers start. Runs that have one cache wait for each other there, and
then only read: what depends on the checkout or on the interpreters has a name made of these.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pip_userctl.testing import make_wheel
from tests.toolkit.pythons import Python, discover

PIPS = [
    "20.3.4",
    "21.3.1",
    "22.3.1",
    "23.0.1",
    "23.3.2",
    "24.0",
    "24.3.1",
    "25.0.1",
    "25.3",
    "26.0.1",
    "26.1.2",
    "26.2.1",
    "26.3",
]
PROJECT = Path(__file__).parents[2]
#: What the wheel is made of.
SOURCE = ("pyproject.toml", "README.md", "LICENSE", ".ci/start_wheel.py", "pip_userctl")
#: The variable by which the workers know what the controlling process has built, whatever has been edited since.
BUILT = "PIP_USERCTL_TEST_BUILT"
DAY = 24 * 60 * 60


def folder() -> Path:
    """The cache."""
    named = os.environ.get("PIP_USERCTL_TEST_CACHE")
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(named) if named else Path(caches) / "pip-policy-tests"


def say(what: str) -> None:
    """A line on standard error: the first set-up takes minutes, and nobody likes to wait for he knows not what."""
    print(f"setting up the tests: {what}", file=sys.stderr, flush=True)


@contextmanager
def alone() -> Iterator[None]:
    """Keep other runs from changing the cache. Ends with the process, however that ends."""
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another run that does the same in {folder()}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def prepare() -> None:
    """Fetch and build what is missing."""
    with alone():
        for version in PIPS:
            _pip(version)
        for python in discover().values():
            _dependencies(python)
        _try_pairs()
        _build_wheel()


def pip_folder(version: str) -> Path:
    """The folder that holds the package ``pip`` of this version."""
    return folder() / "pips" / version


def dependencies_folder(python: Python) -> Path:
    """The folder that holds pluggy and packaging for this Python."""
    return folder() / "dependencies" / python.version


def dependencies_wheels(python: Python) -> Path:
    """The folder that holds the wheels of pluggy and packaging for this Python."""
    return folder() / "dependencies" / f"{python.version}-wheels"


def wheel() -> Path:
    """The wheel of this checkout."""
    return next(_built().glob("pip_userctl-*-py3-none-any.whl"))


def start_wheel() -> Path:
    """The wheel of this checkout for Python 3.18 and newer, with a ``.start`` file."""
    return next((_built() / "start").glob("pip_userctl-*-py318-none-any.whl"))


def unpacked() -> Path:
    """The same wheel, unpacked: what of it stands in site-packages."""
    return _built() / "unpacked"


@functools.cache
def starting_pairs() -> list[tuple[str, str]]:
    """(Python, pip) for every pair in which that pip can install a wheel at all."""
    return [tuple(each) for each in json.loads(_pairs().read_text())]


def download(folder: Path, *requirements: str, dependencies: bool = False) -> None:
    """Fetch wheels from the registry that this machine's pip uses."""
    options = ["--quiet", "--dest", str(folder), *([] if dependencies else ["--no-deps"])]
    run([sys.executable, "-m", "pip", "download", *options, *requirements])


def _pip(version: str) -> None:
    target = pip_folder(version)
    if target.exists():
        return
    say(f"pip {version}")
    wheels = folder() / "wheels"
    download(wheels, "--ignore-requires-python", f"pip=={version}")
    _unpack(next(wheels.glob(f"pip-{version}-*.whl")), target)


def _dependencies(python: Python) -> None:
    target, wheels = dependencies_folder(python), dependencies_wheels(python)
    if target.exists() and wheels.exists():
        return
    say(f"pluggy and packaging for Python {python.version}")
    shutil.rmtree(target, ignore_errors=True)
    download(wheels, "--only-binary=:all:", "--python-version", python.version, "pluggy", "packaging")
    for each in wheels.glob("*.whl"):
        _unpack(each, target)
    _compile(python, target)


def _pairs() -> Path:
    """The file with the pairs. The answer depends on the interpreters of the machine."""
    return folder() / f"pairs-{_digest(repr((PIPS, list(discover().values()))).encode())}.json"


def _try_pairs() -> None:
    """Try each pair once."""
    if _pairs().exists():
        return
    pairs = []
    for python in discover().values():
        say(f"which of {len(PIPS)} pips start on {python.path}")
        for version in PIPS:
            if _starts(python, pip_folder(version)):
                _compile(python, pip_folder(version))
                pairs.append((python.version, version))
    _pairs().write_text(json.dumps(pairs))


def _starts(python: Python, pip: Path) -> bool:
    """Some pips import what a newer Python has lost, the oldest of them only in the middle of an install."""
    with tempfile.TemporaryDirectory() as scratch:
        demo = make_wheel(Path(scratch), "demo")
        install = ["install", "--no-index", "--no-deps", "--target", f"{scratch}/t", str(demo)]
        command = [python.path, "-m", "pip", *install]
        variables = {"PYTHONPATH": str(pip), "HOME": scratch, "PYTHONNOUSERSITE": "1"}
        return subprocess.run(command, env=variables, capture_output=True).returncode == 0


def _built() -> Path:
    return Path(os.environ[BUILT])


def _build_wheel() -> None:
    """Build the wheel of this checkout and unpack it, unless the same one is there."""
    files = sorted(path for name in SOURCE for path in (PROJECT / name, *(PROJECT / name).rglob("*")) if path.is_file())
    kept = [path for path in files if "__pycache__" not in path.parts]
    content = [part for path in kept for part in (str(path.relative_to(PROJECT)).encode(), path.read_bytes())]
    target = folder() / "built" / _digest(repr(list(discover().values())).encode(), *content)
    os.environ[BUILT] = str(target)
    if not target.exists():
        say("the wheel of this checkout")
        partial = target.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d"]
        run([*build, str(partial)], cwd=PROJECT)
        run([*build, str(partial / "start")], cwd=PROJECT, PIP_USERCTL_START_WHEEL="1")
        with zipfile.ZipFile(next(partial.glob("*.whl"))) as archive:
            archive.extractall(partial / "unpacked")
        _leave_out_data(partial / "unpacked")
        for python in discover().values():
            _compile(python, partial / "unpacked")
        partial.rename(target)
    target.touch()
    for each in target.parent.iterdir():  # a run of another checkout may still read a newer one
        if each.stat().st_mtime < time.time() - DAY:
            shutil.rmtree(each)


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _leave_out_data(folder: Path) -> None:
    """Take what pip would put beside site-packages (the shells' completions) out, and out of RECORD."""
    (data,) = folder.glob("*.data")
    shutil.rmtree(data)
    (record,) = folder.glob("*.dist-info/RECORD")
    lines = record.read_text().splitlines(keepends=True)
    record.write_text("".join(line for line in lines if not line.startswith(f"{data.name}/")))


def _unpack(archive: Path, target: Path) -> None:
    partial = target.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(partial)
    if target.exists():
        shutil.copytree(partial, target, dirs_exist_ok=True)
        shutil.rmtree(partial)
    else:
        partial.rename(target)


def _compile(python: Python, path: Path) -> None:
    subprocess.run([python.path, "-m", "compileall", "-q", "-j0", str(path)], capture_output=True)


def run(command: Iterable[str], cwd: Path | None = None, **variables: str) -> None:
    """Run a command; RuntimeError, with its output, where it fails."""
    done = subprocess.run(list(command), capture_output=True, text=True, cwd=cwd, env={**os.environ, **variables})
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
