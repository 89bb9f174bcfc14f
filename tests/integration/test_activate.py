"""``activate ENV``: another environment is under the policy, and nothing is installed in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Callable

import pytest

from conftest import pair
from tests.toolkit import cache, pythons, reach
from tests.toolkit.environments import Environment
from tests.toolkit.expect import assert_judged, assert_silent
from tests.toolkit.reach import Pair, assert_succeeded

Make = Callable[..., Environment]
FIRST, LAST = (list(pythons.discover().values())[index] for index in (0, -1))
each_end = pytest.mark.parametrize("python", [FIRST.version, LAST.version])


@each_end
@pytest.mark.parametrize("maker", ["venv", "virtualenv", "uv venv"])
def test_an_environment_is_covered_from_activate_to_deactivate(
    make: Make, tmp_path: Path, python: str, maker: str
) -> None:
    two = Pair(make, tmp_path, maker, python)
    before = reach.snapshot(two.covered.prefix)
    assert_succeeded(two.activate())
    new = {*reach.snapshot(two.covered.prefix)} - {*before}
    assert new == {str(two.start_up_file)}
    assert_judged(two.covered.pip("install", "--user", "demo"), "isolated-typed", "refuse")
    assert_judged(two.covered.pip("install", "demo", PIP_USER="1"), "isolated-configured", "ignore")
    assert two.covered.where("demo") == "site"
    two.covered.pip("uninstall", "-y", "demo")
    assert_succeeded(two.deactivate())
    assert {path: hash for path, hash in reach.snapshot(two.covered.prefix).items() if "__pycache__" not in path} == {
        path: hash for path, hash in before.items() if "__pycache__" not in path
    }
    assert "userctl" not in two.covered.pip("install", "--user", "demo").output


@each_end
def test_a_conda_environment_of_the_same_python_can_be_covered(make: Make, tmp_path: Path, python: str) -> None:
    two = Pair(make, tmp_path, "conda", python)
    assert_succeeded(two.activate())
    result = two.covered.pip("install", "--user", "demo", PIP_USERCTL_ROOT_USER="allow")
    assert_judged(result, "conda-typed", "warn")


def test_a_prefix_with_pyvenv_cfg_and_conda_meta_is_a_virtual_environment(make: Make, tmp_path: Path) -> None:
    two = Pair(make, tmp_path)
    (two.covered.prefix / "conda-meta").mkdir()
    assert_succeeded(two.activate())
    assert_judged(two.covered.pip("install", "--user", "demo"), "isolated-typed", "refuse")


@pytest.mark.parametrize("pip", [cache.PIPS[0], "22.3.1", cache.PIPS[-1]])
def test_the_environment_may_have_another_version_of_pip(make: Make, tmp_path: Path, pip: str) -> None:
    two = Pair(make, tmp_path, python=pair(pip)[0], pip=pip)
    assert_succeeded(two.activate())
    assert_judged(two.covered.pip("install", "--user", "demo"), "isolated-typed", "refuse")
    assert_judged(two.covered.pip("install", "demo", PIP_USER="1"), "isolated-configured", "ignore")


def test_a_second_activation_changes_nothing(make: Make, tmp_path: Path) -> None:
    two = Pair(make, tmp_path)
    assert json.loads(two.covering.userctl("activate", "--json", str(two.covered.prefix)).stdout)["data"][
        "environments"
    ] == [{"environment": str(two.covered.prefix), "file": str(two.start_up_file), "changed": True}]
    status, content = two.start_up_file.stat(), two.start_up_file.read_bytes()
    result = assert_succeeded(two.activate())
    assert "nothing to do" in result.output, result
    assert (two.start_up_file.stat().st_mtime_ns, two.start_up_file.read_bytes()) == (status.st_mtime_ns, content)
    assert_succeeded(two.deactivate())
    result = assert_succeeded(two.deactivate())
    assert "nothing to do" in result.output, result


VISIBLE = """\
import importlib, importlib.util, json, pkgutil, sys
names = ["pip_userctl", "_pip_userctl_pip", "pluggy", "packaging"]
found = [name for name in names if importlib.util.find_spec(name)]
print(json.dumps([sys.path, sorted(each.name for each in pkgutil.iter_modules()), found, sorted(sys.modules)]))
"""


@each_end
def test_neither_sys_path_nor_what_can_be_imported_changes(make: Make, tmp_path: Path, python: str) -> None:
    two = Pair(make, tmp_path, python=python)
    path, modules, found, loaded = json.loads(assert_succeeded(two.covered.run("-c", VISIBLE)).stdout)
    assert_succeeded(two.activate())
    after = json.loads(assert_succeeded(two.covered.run("-W", "error", "-c", VISIBLE)).stdout)
    assert after[:3] == [path, modules, []] == [path, modules, found]
    assert sorted({*after[3]} - {*loaded}) == ["_pip_userctl"]


BROKEN = "raise RuntimeError('the pluggy of the environment was imported')\n"
IN_PROCESS = """\
import sys
import pluggy, packaging
mine = pluggy, packaging, pluggy.mine
path = list(sys.path)
from pip._internal.cli.main import main
status = main(["install", "--user", "demo"])
import pluggy, packaging
assert mine == (pluggy, packaging, pluggy.mine), mine
assert sys.modules["pluggy"] is pluggy and sys.path == path
assert not any("userctl" in repr(finder) for finder in sys.meta_path), sys.meta_path
assert not any(name.startswith(("pluggy.", "packaging.")) for name in sys.modules)
print("undisturbed", status)
"""


@each_end
def test_a_pluggy_of_the_environment_does_not_disturb(make: Make, tmp_path: Path, python: str) -> None:
    two = Pair(make, tmp_path, python=python)
    for name in ("pluggy", "packaging"):
        (two.covered.site_packages / f"{name}.py").write_text(BROKEN)
    assert_succeeded(two.activate())
    result = two.covered.pip("install", "demo", PIP_USER="1", PIP_USERCTL_ALLOW_PACKAGES="demo")
    assert "the environment was imported" not in result.output, result
    assert result.situations[:1] == ["isolated-configured"], result


@each_end
def test_a_pluggy_of_the_environment_is_not_disturbed(make: Make, tmp_path: Path, python: str) -> None:
    two = Pair(make, tmp_path, python=python)
    for name in ("pluggy", "packaging"):
        (two.covered.site_packages / f"{name}.py").write_text("mine = 'an old one'\n")
    assert_succeeded(two.activate())
    result = two.covered.run("-c", IN_PROCESS)
    assert "undisturbed 1" in result.stdout, result
    assert "userctl-isolated-typed" in result.output, result


PLUGIN = """\
from pip_userctl import Verdict, hookimpl
import acme_helper

@hookimpl
def userctl_evaluate(request, environment, policy):
    return Verdict("acme-no", "refuse", acme_helper.REASON)
"""


def test_a_plugin_of_the_covering_installation_is_heard(make: Make, tmp_path: Path) -> None:
    two = Pair(make, tmp_path)
    site = two.covering.site_packages
    (site / "acme.py").write_text(PLUGIN)
    (site / "acme_helper.py").write_text("REASON = 'acme says no'\n")
    (site / "acme-1.0.dist-info").mkdir()
    (site / "acme-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (site / "acme-1.0.dist-info" / "entry_points.txt").write_text("[pip_userctl]\nacme = acme\n")
    assert_succeeded(two.activate())
    for plugins in ("auto", "acme"):
        result = two.covered.pip("install", "demo", PIP_USERCTL_PLUGINS=plugins)
        assert result.returncode == 1, result
        assert "acme says no" in result.output, result


def test_a_copy_in_the_environment_itself_comes_first(make: Make, tmp_path: Path) -> None:
    two = Pair(make, tmp_path)
    assert_succeeded(two.activate())
    two.covered.install_userctl()
    (two.covered.site_packages / "links.pth").write_text(
        f"{cache.pip_folder(cache.PIPS[-1])}\n{cache.dependencies_folder(two.covered.base)}\n"
    )
    code = "import _pip_userctl; print(_pip_userctl.__file__, _pip_userctl.cover)"
    result = assert_succeeded(two.covered.run("-c", code))
    assert result.stdout == f"{two.covered.site_packages / '_pip_userctl.py'} ()\n", result
    assert_judged(two.covered.pip("install", "--user", "demo"), "isolated-typed", "refuse")


@each_end
def test_python_stays_silent_when_the_covering_installation_is_gone(make: Make, tmp_path: Path, python: str) -> None:
    two = Pair(make, tmp_path, python=python)
    assert_succeeded(two.activate())
    two.covering.remove_userctl("pip_userctl")
    assert_silent(two.covered.run("-c", "pass"))
    assert_silent(two.covered.pip("install", "demo"))
    two.covering.remove_userctl("_pip_userctl_pip.py")
    assert_silent(two.covered.run("-c", "pass"))
    assert_silent(two.covered.pip("install", "--force-reinstall", "demo"))
    two.covering.remove_userctl("_pip_userctl.py", "pip_userctl.pth")
    assert two.covered.run("-W", "error", "-c", "pass").output == ""
    assert_silent(two.covered.pip("install", "--force-reinstall", "demo"))


def test_hints_name_the_covering_command_by_its_path(make: Make, tmp_path: Path) -> None:
    two = Pair(make, tmp_path)
    assert_succeeded(two.activate())
    result = two.covered.pip("install", "demo", PIP_USERCTL_PROFILE="bogus")
    command = f"{two.covering.python} -m pip_userctl check --python {two.covered.python}"
    assert command in result.lines("userctl-policy: ")[0], result
