"""What is built, the same bytes each time, and its life: installed, editable, upgraded, uninstalled (section 1)."""

from __future__ import annotations

import os
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from pip_userctl.testing import PipEnvironment
from tests.integration.conftest import Make
from tests.support import cache, extras
from tests.support.cache import Built
from tests.support.changes import copy_in, copy_pip
from tests.support.expect import assert_judged
from tests.support.plugins import add_plugin
from tests.support.pythons import discover, python_for
from tests.support.wheels import renumber

STARTUP = {"_pip_userctl.py", "_pip_userctl_command.py", "pip_userctl.pth"}


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


def test_the_wheel_has_the_package_and_the_start_up_files_and_nothing_else(built: Built) -> None:
    version = built.wheel.name.split("-")[1]
    with zipfile.ZipFile(built.wheel) as archive, zipfile.ZipFile(built.start_wheel) as start:
        names = set(archive.namelist())
        info = f"pip_userctl-{version}.dist-info"
        record = archive.read(f"{info}/RECORD").decode()
        assert names ^ set(start.namelist()) == {"pip_userctl.pth", "pip_userctl.start"}
        assert archive.read("pip_userctl.pth") == b"import _pip_userctl\n"  # one short line that executes no text
        assert start.read("pip_userctl.start") == b"_pip_userctl:install\n"
    assert {name.split("/")[0] for name in names} == {"pip_userctl", info, *STARTUP}
    files = (path for path in (cache.PROJECT / "pip_userctl").rglob("*") if path.is_file() and path.suffix != ".pyc")
    source = {name for name in (str(path.relative_to(cache.PROJECT)) for path in files) if "/." not in name}
    moved = {f"pip_userctl/startup/{name}" for name in (*STARTUP, "pip_userctl.start")}
    assert {name for name in names if name.startswith("pip_userctl/")} == source - moved
    shipped = [name for name in names if not name.startswith("pip_userctl/testing/")]  # what plugins are tested with
    assert not [name for name in shipped if "test" in name.lower() or "__pycache__" in name or "conftest" in name]
    assert all(f"{name}," in record for name in names), record


def files(environment: PipEnvironment) -> set[str]:
    """Every file and folder of the environment, bytecode included."""
    return {str(each.relative_to(environment.prefix)) for each in environment.prefix.rglob("*")}


def without_us(make: Make, pip: str | None = None) -> PipEnvironment:
    """An environment with pluggy and packaging alone."""
    environment = make("isolated", pip=pip, userctl=False)
    copy_in(environment, cache.dependencies_folder(discover()[environment.version]))
    return environment


def assert_active(environment: PipEnvironment) -> None:
    """The policy holds, and the command is there."""
    assert_judged(environment.pip("install", "--user", "demo"), "isolated-typed", "refuse")
    status = environment.account.run([str(environment.scripts / "pip-userctl"), "status"])
    assert status.returncode == 0, status


def assert_uninstalled(environment: PipEnvironment, before: set[str]) -> None:
    """Uninstalling says nothing unusual, and leaves no file and no trace at a start."""
    result = environment.pip("uninstall", "-y", "pip-userctl")
    assert (result.returncode, result.stderr) == (0, ""), result
    assert files(environment) == before, result
    assert environment.run("-c", "pass").output == ""
    assert environment.pip("install", "--user", "demo").output.count("userctl") == 0


def test_installing_is_activating_and_uninstalling_leaves_no_file(make: Make, each_pip: str, built: Built) -> None:
    environment = without_us(make, each_pip)
    before = files(environment)
    result = environment.pip("install", str(built.wheel))
    assert result.returncode == 0, result
    assert_active(environment)
    assert_uninstalled(environment, before)


@pytest.mark.needs("backend")
def test_an_editable_install_is_active_and_uninstalling_it_leaves_no_file(make: Make, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(cache.PROJECT, checkout, ignore=shutil.ignore_patterns(".*", "__pycache__", "tests", "dist"))
    shutil.copytree(cache.PROJECT / ".ci", checkout / ".ci")
    environment = without_us(make)
    before = files(environment)
    links = f"{environment.account.wheels} {extras.folder('backend')}"
    result = environment.pip("install", "-e", str(checkout), PIP_FIND_LINKS=links)
    assert result.returncode == 0, result
    code = "import pip_userctl, _pip_userctl; print(pip_userctl.__file__)"
    assert environment.run("-c", code).stdout == f"{checkout}/pip_userctl/__init__.py\n"
    assert_active(environment)
    assert_uninstalled(environment, before)


def source(name: str, environment: PipEnvironment, pip: str, built: Built) -> Path:
    """The wheel of what is installed."""
    if name == "pip-userctl":
        return built.wheel
    wheels = cache.dependencies_wheels(discover()[environment.version])
    return cache.pip_wheel(pip) if name == "pip" else next(wheels.glob(f"{name}-*.whl"))


# pip 26.3 blocks each import once it has begun to install; older ones would import from files that they have just
# replaced.
@pytest.mark.parametrize("pip", ["23.0.1", "26.3"])
def test_itself_and_what_it_needs_can_be_upgraded_and_uninstalled(
    make: Make, tmp_path: Path, built: Built, pip: str
) -> None:
    environment = add_plugin(make("isolated", python_for(pip), pip), "return Verdict('acme-notice', 'warn', 'noticed')")
    copy_pip(environment)
    names = ("pip", "pluggy", "packaging", "pip-userctl")
    for name in names:
        renumber(source(name, environment, pip, built), "99.0", tmp_path / "newer")
    result = environment.pip("install", "-U", *names, PIP_FIND_LINKS=str(tmp_path / "newer"), PIP_USER="1")
    assert (result.returncode, result.printed) == (0, ["isolated-configured", "acme-notice"]), result
    assert result.stderr == "WARNING: userctl-acme-notice: noticed\n", result
    assert "import" not in result.output.replace("import from", ""), result
    (installed,) = result.lines("Successfully installed ")
    assert {f"{name}-99.0" for name in names} <= set(installed.split()), result
    assert " and 1 more are in " in result.lines("userctl: ")[0], result
    assert result.records[-1]["result"] == "installed", result
    refused = environment.pip("install", "--user", "demo")
    assert "isolated-typed" in refused.printed, refused

    result = environment.pip("uninstall", "-y", *names)
    assert (result.returncode, result.stderr) == (0, ""), result
    for name in names:
        assert f"Successfully uninstalled {name}-99.0" in result.stdout, result
        assert not list(environment.site_packages.glob(f"{name.replace('-', '_')}-*")), result
    assert environment.run("-c", "pass").output == ""
