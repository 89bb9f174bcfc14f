"""The project that docs/plugin-tutorial.md shows: its wheel, and an environment with what its tests need."""

from __future__ import annotations

import shutil
import sys
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

from pip_userctl.testing import PipEnvironment, PipResult
from tests.support import cache, pages, pythons

PAGE = "docs/plugin-tutorial.md"


def write(folder: Path) -> Path:
    """Write the project into the folder."""
    for name, text in pages.files(PAGE).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def build(project: Path) -> Path:
    """Build its wheel with the backend that it names, which the tests' own environment has."""
    cache.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(project / "dist")], cwd=project)
    (wheel,) = (project / "dist").glob("*.whl")
    return wheel


def python() -> str:
    """The version of Python for which the tests' own pytest is installed, or the newest of this machine."""
    running = "{}.{}".format(*sys.version_info)
    return running if running in pythons.discover() else list(pythons.discover())[-1]


def add_pytest(environment: PipEnvironment) -> None:
    """Copy this interpreter's pytest, and what it requires, into the environment."""
    missing, seen = ["pytest"], set()
    while missing:
        name = missing.pop()
        if name in seen:
            continue
        seen.add(name)
        found = distribution(name)
        for file in found.files or ():
            target = environment.site_packages / file
            if ".." not in file.parts and "__pycache__" not in file.parts:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(str(file.locate()), target)
        requirements = map(Requirement, found.requires or ())
        missing += [each.name for each in requirements if each.marker is None or each.marker.evaluate({"extra": ""})]


def run_tests(environment: PipEnvironment, project: Path, *arguments: str) -> PipResult:
    """Run the project's tests by pytest in the environment: those of the plugin that is installed there.

    Temporary files are in the project, because pytest clears what it finds in the common folder.
    """
    options = ["-p", "no:cacheprovider", "-q", "--basetemp", str(project / "temporary")]
    return environment.run("-m", "pytest", *options, *arguments, cwd=project / "tests")
