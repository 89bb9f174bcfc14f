"""The wheel and the life of what is in it: installed, editable, upgraded, uninstalled, by real pips (section 1)."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from pip_userctl.testing import PipEnvironment
from tests.integration.conftest import Make
from tests.support import cache, extras
from tests.support.cache import Built
from tests.support.changes import copy_pip
from tests.support.expect import assert_judged
from tests.support.plugins import add_plugin
from tests.support.pythons import discover, python_for
from tests.support.wheels import renumber

STARTUP = {"_pip_userctl.py", "_pip_userctl_command.py", "pip_userctl.pth"}


def test_the_wheel_has_the_package_and_the_start_up_files_and_nothing_else(built: Built) -> None:
    version = built.wheel.name.split("-")[1]
    with zipfile.ZipFile(built.wheel) as archive:
        names = archive.namelist()
        info = f"pip_userctl-{version}.dist-info"
        record = archive.read(f"{info}/RECORD").decode()
    assert {name.split("/")[0] for name in names} == {"pip_userctl", info, *STARTUP}
    assert {"pip_userctl/py.typed", "pip_userctl/cli/schemas/record.json"} <= {*names}
    startup = {name.rpartition("/")[2] for name in names if name.startswith("pip_userctl/startup/")}
    assert startup == {"__init__.py", "loader.py"}
    shipped = [name for name in names if not name.startswith("pip_userctl/testing/")]  # what plugins are tested with
    assert not [name for name in shipped if "test" in name.lower() or "__pycache__" in name or "conftest" in name]
    assert all(f"{name}," in record for name in names), record
    with zipfile.ZipFile(built.start_wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
        assert archive.read("pip_userctl.start") == b"_pip_userctl:install\n"
    assert "pip_userctl.start" in tops, tops


def test_the_start_up_file_is_one_short_line_that_executes_no_text(built: Built) -> None:
    assert (built.unpacked / "pip_userctl.pth").read_text("ascii") == "import _pip_userctl\n"


def files(environment: PipEnvironment) -> set[str]:
    """Every file and folder of the environment, bytecode included."""
    return {str(each.relative_to(environment.prefix)) for each in environment.prefix.rglob("*")}


def without_us(make: Make, pip: str | None = None) -> PipEnvironment:
    """An environment with pluggy and packaging alone."""
    environment = make("isolated", pip=pip, userctl=False)
    environment.copy_in(cache.dependencies_folder(discover()[environment.version]))
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
@pytest.mark.parametrize("name", ["pip", "pluggy", "packaging", "pip-userctl"])
def test_itself_and_what_it_needs_can_be_upgraded_and_uninstalled(
    make: Make, tmp_path: Path, built: Built, name: str, pip: str
) -> None:
    environment = add_plugin(make("isolated", python_for(pip), pip), "return Verdict('acme-notice', 'warn', 'noticed')")
    copy_pip(environment)
    renumber(source(name, environment, pip, built), "99.0", tmp_path / "newer")
    result = environment.pip("install", "-U", name, PIP_FIND_LINKS=str(tmp_path / "newer"), PIP_USER="1")
    assert (result.returncode, result.printed) == (0, ["isolated-configured", "acme-notice"]), result
    assert result.stderr == "WARNING: userctl-acme-notice: noticed\n", result
    assert "import" not in result.output.replace("import from", ""), result
    assert f"Successfully installed {name}-99.0" in result.stdout, result
    assert f"userctl: {name} 99.0 is in " in result.stdout, result
    assert result.records[-1]["result"] == "installed", result
    refused = environment.pip("install", "--user", "demo")
    assert "isolated-typed" in refused.printed, refused

    result = environment.pip("uninstall", "-y", name)
    assert (result.returncode, result.stderr) == (0, ""), result
    assert f"Successfully uninstalled {name}-99.0" in result.stdout, result
    assert not list(environment.site_packages.glob(f"{name.replace('-', '_')}-*")), result
    assert environment.run("-c", "pass").output == ""
