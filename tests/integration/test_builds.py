"""What is built from one state of the checkout: the same bytes each time, by way of the sdist too, and nothing else in it."""

from __future__ import annotations

import os
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

from tests.support import cache
from tests.support.cache import Built

#: What stands at the root of a wheel instead.
START_UP = ("_pip_userctl.py", "_pip_userctl_command.py", "pip_userctl.pth", "pip_userctl.start")


def checkout(folder: Path) -> Path:
    """A copy of what is released, with other times and mode bits than the checkout's."""
    shutil.copytree(cache.PROJECT, folder, ignore=shutil.ignore_patterns("__pycache__", ".git", ".*_cache", "dist"))
    for path in folder.rglob("*"):
        os.utime(path, (10**9, 10**9))
        path.chmod(0o700 if path.is_dir() else 0o600)
    return folder


def build(project: Path, target: Path, kind: str, **variables: str) -> Path:
    """Build one distribution."""
    cache.run([sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)], cwd=project, **variables)
    (path,) = target.iterdir()
    return path


def test_builds_of_one_state_have_the_same_bytes(tmp_path: Path) -> None:
    first, second = checkout(tmp_path / "first"), tmp_path / "second"
    shutil.copytree(first, second, copy_function=shutil.copyfile)
    sdists = [build(each, tmp_path / f"sdist-{each.name}", "sdist") for each in (first, second)]
    assert sdists[0].read_bytes() == sdists[1].read_bytes()
    with tarfile.open(sdists[0]) as archive:
        archive.extractall(tmp_path / "unpacked")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    for variables in ({}, {"PIP_USERCTL_START_WHEEL": "1"}):
        folders = [tmp_path / f"{len(variables)}-{at}" for at in range(3)]
        projects = (first, second, unpacked)
        wheels = {build(each, at, "wheel", **variables).read_bytes() for each, at in zip(projects, folders)}
        assert len(wheels) == 1, variables


def test_the_sdist_has_what_it_takes_to_build_and_to_test(tmp_path: Path) -> None:
    with tarfile.open(build(checkout(tmp_path / "checkout"), tmp_path / "dist", "sdist")) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = ("README.md", "LICENSE", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md", "conftest.py", ".ci/test")
    assert {*wanted, "tests/support/cache.py", "docs/images/sys-path.svg", "benchmarks/__main__.py"} <= names
    assert [name for name in names if name.endswith(".pyc") or "_cache/" in name or name.startswith(".git/")] == []
    assert [name for name in names if name.startswith(("docs/_build/", "docs/rules/", "docs/reference/"))] == []


def test_the_wheel_has_each_file_of_the_package_and_that_for_python_318_differs_by_the_start_file(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as plain, zipfile.ZipFile(built.start_wheel) as start:
        names = set(plain.namelist())
        assert names ^ set(start.namelist()) == {"pip_userctl.pth", "pip_userctl.start"}
    files = (path for path in (cache.PROJECT / "pip_userctl").rglob("*") if path.is_file() and path.suffix != ".pyc")
    source = {name for name in (str(path.relative_to(cache.PROJECT)) for path in files) if "/." not in name}
    assert {name for name in names if name.startswith("pip_userctl/")} == source - {
        f"pip_userctl/startup/{name}" for name in START_UP
    }
