"""The plugin that docs/plugins.md shows, as a project: its files, its wheel, and an environment that has its tests' needs."""

from __future__ import annotations

import re
import shutil
import sys
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

from tests.toolkit import cache, pythons
from tests.toolkit.environments import Environment, Result

_FILE = re.compile(r"^`([\w./]+)`:\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)


def files() -> dict[str, str]:
    """Every file of the project by its name."""
    return dict(_FILE.findall(_page()))


def more_modules() -> list[str]:
    """The modules of the page that stand for themselves: one about what was resolved, one with a health check."""
    named = set(files().values())
    return [
        each for each in re.findall(r"^```python\n(.*?)^```", _page(), re.MULTILINE | re.DOTALL) if each not in named
    ]


def examples() -> list[tuple[str, str]]:
    """(command, output) of the console examples of the page."""
    return re.findall(r"^```console\n\$ ([^\n]+)\n(.*?)^```", _page(), re.MULTILINE | re.DOTALL)


def _page() -> str:
    return (cache.PROJECT / "docs" / "plugins.md").read_text(encoding="utf-8")


def write(folder: Path) -> Path:
    """Write the project into the folder."""
    for name, text in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def build(project: Path) -> Path:
    """Build its wheel with the backend that it names."""
    cache.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(project / "dist")], cwd=project)
    (wheel,) = (project / "dist").glob("*.whl")
    return wheel


def python() -> str:
    """The version of Python for which the tests' own pytest is installed, or the newest of this machine."""
    known = list(pythons.discover())
    running = "{}.{}".format(*sys.version_info)
    return running if running in known else known[-1]


def add_pytest(environment: Environment) -> Environment:
    """Copy this interpreter's pytest, and what it requires, into the environment."""
    missing = ["pytest"]
    seen = set()
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
    return environment


def run_tests(environment: Environment, project: Path, *arguments: str) -> Result:
    """The project's tests, by pytest in the environment, in a child process: of the plugin that is installed there.

    Its folder for temporary files is its own, because pytest clears what it finds in the common one.
    """
    options = ["-p", "no:cacheprovider", "-q", "--basetemp", str(project / "temporary")]
    command = [str(environment.python), "-m", "pytest", *options, *arguments]
    return environment.account.run(command, cwd=project / "tests")
