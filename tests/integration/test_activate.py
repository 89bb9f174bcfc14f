"""``activate ENV``: another environment is under the policy, and nothing is installed in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Callable

import pytest

from conftest import pair
from tests.toolkit import cache, pythons, reach
from tests.toolkit.environments import Environment, Result
from tests.toolkit.expect import assert_judged, assert_silent

Make = Callable[..., Environment]
FIRST, *_, LAST = pythons.discover().values()
each_end = pytest.mark.parametrize("python", [FIRST.version, LAST.version])


class Pair:
    """An installation in an interpreter of its own, and an environment of that interpreter without ours."""

    def __init__(self, make: Make, folder: Path, maker: str = "venv", python: str = LAST.version, **pips: str) -> None:
        newest = next(pip for version, pip in reversed(cache.starting_pairs()) if version == python)
        self.covering = make("base", python, newest)
        pip = pips.get("pip", newest)
        account, wheels = self.covering.account, self.covering.wheels
        if maker == "conda":
            self.covered = reach.bare_conda(folder / "covered", self.covering.base, pip, account, wheels)
        else:
            base = reach.base(self.covering)
            self.covered = reach.bare(maker, folder / "covered", base, pip, account, wheels)
        self.start_up_file = self.covered.site_packages / reach.START

    def activate(self, **variables: str) -> Result:
        return self.covering.userctl("activate", str(self.covered.prefix), **variables)

    def deactivate(self, **variables: str) -> Result:
        return self.covering.userctl("deactivate", str(self.covered.prefix), **variables)


def assert_succeeded(result: Result) -> Result:
    """Exit status 0 and nothing on stderr."""
    assert (result.returncode, result.stderr) == (0, ""), result
    return result


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


# refused, with the reason


def assert_refused(result: Result, reference: str, *words: str) -> None:
    """Exit status 1, the reference, and these words."""
    assert result.returncode == 1, result
    assert result.stdout.startswith(f"error: userctl-{reference}\n"), result
    assert all(word in result.stdout for word in words), result


@pytest.mark.needs("several-pythons")
@pytest.mark.parametrize("maker", ["venv", "virtualenv", "uv venv", "conda"])
def test_an_environment_of_another_minor_python_is_refused(make: Make, tmp_path: Path, maker: str) -> None:
    two = Pair(make, tmp_path, maker, FIRST.version)
    other = make("base", LAST.version)
    before = reach.snapshot(two.covered.prefix)
    result = other.userctl("activate", str(two.covered.prefix))
    assert_refused(result, "other-python", f"Python {FIRST.version}", f"Python {LAST.version}")
    assert reach.snapshot(two.covered.prefix) == before


@pytest.mark.parametrize("name", ["absent", "empty", "file"])
def test_what_is_no_environment_is_refused(make: Make, tmp_path: Path, name: str) -> None:
    covering = make("base")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    assert_refused(covering.userctl("activate", str(tmp_path / name)), "no-environment", name)


def test_without_the_right_to_write_the_error_says_what_to_ask_for(make: Make, tmp_path: Path) -> None:
    two = Pair(make, tmp_path)
    two.covered.make_read_only()
    two.covering.mode_bits_count = True
    command = f"{two.covering.python} -m pip_userctl activate {two.covered.prefix}"
    assert_refused(two.activate(), "not-writable", str(two.covered.site_packages), "dr-xr-xr-x", command)
    two.covered.site_packages.chmod(0o755)
    assert_succeeded(two.activate())
    two.covered.make_read_only()
    assert_refused(two.deactivate(), "not-writable", "deactivate")
    assert two.start_up_file.exists()


def test_nothing_is_written_where_one_of_several_is_refused(make: Make, tmp_path: Path) -> None:
    two = Pair(make, tmp_path)
    result = two.covering.userctl("activate", str(two.covered.prefix), str(tmp_path / "absent"))
    assert_refused(result, "no-environment", "absent")
    assert not two.start_up_file.exists()


def test_what_another_installation_covers_stays_with_it(make: Make, tmp_path: Path) -> None:
    two = Pair(make, tmp_path)
    assert_succeeded(two.activate())
    other = make("base", two.covering.base.version)
    before = two.start_up_file.read_bytes()
    result = other.userctl("activate", str(two.covered.prefix))
    assert_refused(result, "occupied", str(two.covering.site_packages))
    two.covering.remove_userctl("_pip_userctl.py")
    assert_succeeded(other.userctl("activate", str(two.covered.prefix)))
    assert two.start_up_file.read_bytes() != before


@pytest.mark.needs("root")
def test_root_does_not_have_others_run_what_a_third_account_owns(make: Make, tmp_path: Path) -> None:
    import os

    two = Pair(make, tmp_path)
    os.chown(two.covering.site_packages / "_pip_userctl.py", 12345, 12345)
    assert_refused(two.activate(), "foreign-installation", "12345")
    os.chown(two.covered.site_packages, 12345, 12345)
    assert_succeeded(two.activate())


@pytest.mark.parametrize("arguments", [(), ("--all",), ("here", "--force")])
def test_a_wrong_command_line_is_a_usage_error(make: Make, arguments: tuple[str, ...]) -> None:
    covering = make("base")
    for verb in ("activate", "deactivate"):
        result = covering.userctl(verb, *arguments)
        assert result.returncode == 2, result
