"""What the tests fetch or build once: pips, pluggy and packaging, the wheel of this checkout.

The cache stands outside the checkout, in ``$PIP_USERCTL_TEST_CACHE`` or ``~/.cache/pip-policy-tests``. Everything is
prepared by pytest's controlling process before the workers start, so that no lock is needed between them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from tests.toolkit.pythons import Python, discover
from tests.toolkit.wheels import make_wheel

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


def folder() -> Path:
    """The cache."""
    named = os.environ.get("PIP_USERCTL_TEST_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "pip-policy-tests"


def prepare() -> None:
    """Fetch and build what is missing, and the wheel always."""
    folder().mkdir(parents=True, exist_ok=True)
    for version in PIPS:
        _pip(version)
    for python in discover().values():
        _dependencies(python)
    _starting_pairs()
    build_wheel()


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
    return next((folder() / "wheel").glob("pip_userctl-*-py3-none-any.whl"))


def start_wheel() -> Path:
    """The wheel of this checkout for Python 3.18 and newer, with a ``.start`` file; built once a run."""
    return next((folder() / "wheel" / "start").glob("pip_userctl-*-py318-none-any.whl"))


def unpacked() -> Path:
    """The same wheel, unpacked: what of it stands in site-packages."""
    return folder() / "wheel" / "unpacked"


def starting_pairs() -> list[tuple[str, str]]:
    """(Python, pip) for every pair in which that pip can install a wheel at all."""
    return [tuple(each) for each in json.loads((folder() / "pairs.json").read_text())["pairs"]]


def download(folder: Path, *requirements: str, dependencies: bool = False) -> None:
    """Fetch wheels from the registry that this machine's pip uses."""
    options = ["--quiet", "--dest", str(folder), *([] if dependencies else ["--no-deps"])]
    run([sys.executable, "-m", "pip", "download", *options, *requirements])


def _pip(version: str) -> None:
    target = pip_folder(version)
    if target.exists():
        return
    wheels = folder() / "wheels"
    download(wheels, "--ignore-requires-python", f"pip=={version}")
    _unpack(next(wheels.glob(f"pip-{version}-*.whl")), target)


def _dependencies(python: Python) -> None:
    target, wheels = dependencies_folder(python), dependencies_wheels(python)
    if target.exists() and wheels.exists():
        return
    shutil.rmtree(target, ignore_errors=True)
    download(wheels, "--only-binary=:all:", "--python-version", python.version, "pluggy", "packaging")
    for each in wheels.glob("*.whl"):
        _unpack(each, target)
    _compile(python, target)


def _starting_pairs() -> None:
    """Try each pair once; the answer depends on the interpreters of the machine."""
    path = folder() / "pairs.json"
    key = {"pythons": [list(each) for each in discover().values()], "pips": PIPS}
    if path.exists() and json.loads(path.read_text())["key"] == key:
        return
    pairs = []
    for python in discover().values():
        for version in PIPS:
            if _starts(python, pip_folder(version)):
                _compile(python, pip_folder(version))
                pairs.append((python.version, version))
    path.write_text(json.dumps({"key": key, "pairs": pairs}))


def _starts(python: Python, pip: Path) -> bool:
    """Some pips import what a newer Python has lost, the oldest of them only in the middle of an install."""
    with tempfile.TemporaryDirectory() as scratch:
        demo = make_wheel(Path(scratch), "demo")
        install = ["install", "--no-index", "--no-deps", "--target", f"{scratch}/t", str(demo)]
        command = [python.path, "-m", "pip", *install]
        variables = {"PYTHONPATH": str(pip), "HOME": scratch, "PYTHONNOUSERSITE": "1"}
        return subprocess.run(command, env=variables, capture_output=True).returncode == 0


def build_wheel() -> None:
    """Build the wheel of this checkout and unpack it."""
    target = folder() / "wheel"
    shutil.rmtree(target, ignore_errors=True)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d"]
    run([*build, str(target)], cwd=PROJECT)
    run([*build, str(target / "start")], cwd=PROJECT, PIP_USERCTL_START_WHEEL="1")
    with zipfile.ZipFile(wheel()) as archive:
        archive.extractall(unpacked())
    _leave_out_data(unpacked())
    for python in discover().values():
        _compile(python, unpacked())


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
