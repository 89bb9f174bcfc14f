"""The table of docs/coverage.md: every way to run pip, in every kind of environment."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from pip_userctl.testing import PipEnvironment, PipResult
from tests.integration.conftest import Make, Shared
from tests.support import cache, pages
from tests.support.cache import Built
from tests.support.changes import copy_in
from tests.support.covering import ALL, LAST, assert_done, make_covered, make_pair
from tests.support.projects import make_project
from tests.support.pythons import discover, pip_for

PIP = pip_for(LAST)
STRICT = {"PIP_USERCTL_PROFILE": "strict"}
#: What takes seconds is run where pip-userctl is installed, where one installation covers all, and where there is none.
_SLOW = ("pip's own nested installs", "python -m ensurepip")
IN_PROCESS = "import sys; from pip._internal.cli.main import main; sys.exit(main(sys.argv[1:]))"


def columns() -> dict[str, dict[str, str]]:
    """Kind of environment → way to run pip → what the page says."""
    lines = pages.text("docs/coverage.md").split("## Which", 1)[1].split("\n\n")[1].splitlines()
    (_, *kinds), _, *rows = ([cell.strip().replace("`", "") for cell in line.split("|")[1:-1]] for line in lines)
    return {kind: {way: said[index] for way, *said in rows} for index, kind in enumerate(kinds)}


def make_environment(kind: str, make: Make, built: Built) -> PipEnvironment:
    """Make an environment that is covered in this way."""
    if kind == "installed in it":
        return make("isolated", LAST)
    if kind == "installed in the user site":
        environment = make("system-site", LAST, userctl=False)
        environment.user_site.mkdir(parents=True)
        site, environment.site_packages = environment.site_packages, environment.user_site
        for folder in (built.for_python(discover()[LAST]), cache.dependencies_folder(discover()[LAST])):
            copy_in(environment, folder)
        environment.site_packages = site
        return environment
    if kind == "sees the base's site-packages":
        return make_covered(make, make("base", LAST), "system-site")
    pair = make_pair(make)
    if kind != "none of these":
        assert_done(pair.activate(*([ALL] if kind == ALL else [])))
    return pair.covered


def run(way: str, environment: PipEnvironment, other: PipEnvironment, folder: Path, zipapp: Path) -> PipResult:
    """Run pip in this way, so that a covered one has something to say."""
    package, links = cache.pip_folder(PIP), environment.site_packages / "pip-of-the-tests.pth"
    install = ["install", "--user", "demo"]
    if way == "pip's own nested installs":
        project = make_project(folder / "project", "built", requires=["demo"], code="import demo")
        return environment.pip("install", "--prefix", str(folder / "there"), str(project), **STRICT)
    if way == "pip --python ENV":
        outer = [str(other.python), "-m", "pip", "--python", str(environment.python)]
        return environment.account.run([*outer, *install], STRICT)
    if way.startswith("python -m ensurepip"):
        text = links.read_text()
        links.unlink()
        try:
            return environment.run(*way.split()[1:], PIP_USER="0" if "--user" in way else "1")
        finally:
            links.write_text(text)
    if way == "the script pip":
        script = environment.scripts / "pip"
        script.write_text(f"#!{environment.python}\n{IN_PROCESS}\n")
        script.chmod(0o755)
        return environment.account.run([str(script), *install], STRICT)
    words = {
        "pip as a zipapp": [str(zipapp)],
        "pip from its wheel": [str(cache.pip_wheel(PIP) / "pip")],
        "pip in-process": ["-c", IN_PROCESS],
    }.get(way) or way.split()[1:]
    more = {"PYTHONPATH": str(package)} if way == "python -S -m pip" else {}
    return environment.run(*words, *install, **STRICT, **more)


@pytest.fixture(scope="module")
def zipapp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pip as a zipapp."""
    path, package = tmp_path_factory.mktemp("zipapp") / "x.pyz", cache.pip_folder(PIP)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__main__.py", "import runpy\nrunpy.run_module('pip', run_name='__main__')\n")
        for each in (*package.rglob("*.py"), *package.rglob("*.pem")):
            archive.write(each, str(each.relative_to(package)))
    return path


@pytest.mark.parametrize("kind", columns())
def test_the_page_tells_which_pip_install_is_covered(
    make: Make, shared: Shared, built: Built, tmp_path: Path, zipapp: Path, kind: str
) -> None:
    said = columns()[kind]
    assert len(said) == 13
    environment, other = make_environment(kind, make, built), shared("base", LAST)
    for number, (way, cell) in enumerate(said.items()):
        if way in _SLOW and kind in ("installed in the user site", "sees the base's site-packages", "activate ENV"):
            assert cell == "not judged"
            continue
        folder = tmp_path / f"way-{number}"
        folder.mkdir()
        result = run(way, environment, other, folder, zipapp)
        assert ("userctl-" in result.output) == (cell == "yes"), (way, cell, result)
        if cell == "not judged" or way == "pip's own nested installs":
            assert result.returncode == 0, (way, result)
