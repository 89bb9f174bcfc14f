"""The wheel and the life of what is in it: installed, editable, upgraded, uninstalled, by real pips."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Callable

import pytest

from tests.toolkit import cache, extras
from tests.toolkit.environments import Environment, Result
from tests.toolkit.expect import assert_judged
from tests.toolkit.plugins import add_plugin
from tests.toolkit.probes import python_for
from tests.toolkit.wheels import renumber

Make = Callable[..., Environment]
#: Of folders in folders pip removes the innermost alone, whatever it uninstalls.
LEFT_BY_PIP = {"share", "share/bash-completion", "share/fish", "share/zsh"}
STARTUP = ("_pip_userctl.py", "_pip_userctl_pip.py", "pip_userctl.pth")


def test_the_wheel_has_the_package_the_start_up_files_and_completions_and_nothing_else() -> None:
    with zipfile.ZipFile(cache.wheel()) as archive:
        names = archive.namelist()
        record = archive.read(next(name for name in names if name.endswith("/RECORD"))).decode()
    tops = {name.split("/")[0] for name in names}
    version = cache.wheel().name.split("-")[1]
    assert tops == {"pip_userctl", *STARTUP, f"pip_userctl-{version}.dist-info", f"pip_userctl-{version}.data"}
    assert "pip_userctl/py.typed" in names
    startup = [name for name in names if name.startswith("pip_userctl/startup/")]
    assert {name.rpartition("/")[2] for name in startup} == {"__init__.py", "elsewhere.py"}
    ours = [name for name in names if not name.startswith("pip_userctl/testing/")]  # what plugins are tested with
    assert not [name for name in ours if "test" in name.lower() or "__pycache__" in name or "conftest" in name]
    assert all(f"{name}," in record for name in names), record


def test_the_start_up_file_is_one_short_line_that_executes_no_text() -> None:
    text = (cache.unpacked() / "pip_userctl.pth").read_text("ascii")
    assert text == "import _pip_userctl\n"


def files(environment: Environment) -> set[str]:
    """Every file and folder of the environment, bytecode included."""
    return {str(each.relative_to(environment.prefix)) for each in environment.prefix.rglob("*")}


def without_us(environment: Environment) -> Environment:
    """The same environment before pip-userctl is installed."""
    environment.remove_userctl(*(each.name for each in cache.unpacked().iterdir()))
    return environment


def assert_active(environment: Environment) -> None:
    """The policy holds, and the command is there."""
    assert_judged(environment.pip("install", "--user", "demo"), "isolated-typed", "refuse")
    status = environment.account.run([str(environment.prefix / "bin" / "pip-userctl"), "status"])
    assert status.returncode == 0, status


def test_uninstalling_leaves_no_file(make: Make, each_pip: str) -> None:
    environment = without_us(make("isolated", pip=each_pip))
    before = files(environment)
    result = environment.pip("install", str(cache.wheel()))
    assert result.returncode == 0, result
    assert_active(environment)
    result = environment.pip("uninstall", "-y", "pip-userctl")
    assert (result.returncode, result.stderr) == (0, ""), result
    assert files(environment) - LEFT_BY_PIP == before, result
    assert environment.run("-c", "pass").output == ""


@pytest.mark.needs("backend")
def test_an_editable_install_is_active_and_uninstalling_it_leaves_no_file(make: Make, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    ignored = shutil.ignore_patterns(".*", "__pycache__", "tests", "dist")
    shutil.copytree(cache.PROJECT, checkout, ignore=ignored)
    shutil.copytree(cache.PROJECT / ".ci", checkout / ".ci")
    environment = without_us(make("isolated"))
    before = files(environment)
    links = f"{environment.wheels} {extras.folder('backend')}"
    result = environment.pip("install", "-e", str(checkout), PIP_FIND_LINKS=links)
    assert result.returncode == 0, result
    code = "import pip_userctl, _pip_userctl; print(pip_userctl.__file__)"
    assert environment.run("-c", code).stdout == f"{checkout}/pip_userctl/__init__.py\n"
    assert_active(environment)
    result = environment.pip("uninstall", "-y", "pip-userctl")
    assert (result.returncode, result.stderr) == (0, ""), result
    assert files(environment) - LEFT_BY_PIP == before, result


def source(name: str, environment: Environment, pip: str) -> Path:
    """The wheel of what is installed."""
    if name == "pip-userctl":
        return cache.wheel()
    if name == "pip":
        return next((cache.folder() / "wheels").glob(f"pip-{pip}-*.whl"))
    return next(cache.dependencies_wheels(environment.base).glob(f"{name}-*.whl"))


def assert_smooth(result: Result) -> None:
    """Pip did it without a word about a broken or a blocked import; the plugin's warning came, and came once more."""
    assert result.returncode == 0, result
    assert result.situations == ["isolated-configured", "acme-notice", "acme-notice"], result
    assert [line for line in result.stderr.splitlines() if "userctl-acme-notice" not in line] == [], result
    assert "import" not in result.output, result


# pip 26.3 blocks each import once it has begun to install; older ones would import from files that they have just
# replaced.
@pytest.mark.parametrize("pip", ["23.0.1", "26.3"])
@pytest.mark.parametrize("name", ["pip", "pluggy", "packaging", "pip-userctl"])
def test_itself_and_what_it_needs_can_be_upgraded_and_uninstalled(
    make: Make, tmp_path: Path, name: str, pip: str
) -> None:
    environment = make("isolated", python_for(pip).version, pip)
    environment.unlink()
    add_plugin(environment, "return Verdict('acme-notice', 'warn', 'it is noticed')")
    renumber(source(name, environment, pip), "99.0", tmp_path / "newer")
    result = environment.pip("install", "-U", name, PIP_FIND_LINKS=str(tmp_path / "newer"), PIP_USER="1")
    assert_smooth(result)
    assert f"Successfully installed {name}-99.0" in result.stdout, result
    result = environment.pip("install", "--user", "demo")
    assert result.lines("error: userctl-isolated-typed"), result

    result = environment.pip("uninstall", "-y", name)
    assert (result.returncode, result.stderr) == (0, ""), result
    assert f"Successfully uninstalled {name}-99.0" in result.stdout, result
    assert not list(environment.site_packages.glob(f"{name.replace('-', '_')}-*")), result
    assert environment.run("-c", "pass").output == ""
