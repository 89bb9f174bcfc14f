"""``activate ENV`` (section 8): another environment is under the policy, and nothing is installed in it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.integration.conftest import Make
from tests.support.answers import answer, data, snapshot
from tests.support.changes import remove
from tests.support.covering import ALL, FIRST, LAST, Pair, assert_done, make_pair
from tests.support.expect import ALLOW_ROOT, assert_error, assert_judged
from tests.support.machines import Machine
from tests.support.plugins import add_plugin
from tests.support.pythons import OLDEST, python_for

MAKERS = [
    ("venv", FIRST, None),
    ("venv", python_for(OLDEST), OLDEST),
    *((maker, LAST, None) for maker in ("virtualenv", "uv", "conda")),
]


@pytest.mark.parametrize(("maker", "python", "pip"), MAKERS)
def test_an_environment_is_covered_from_activate_to_deactivate(
    make: Make, maker: str, python: str, pip: str | None
) -> None:
    two = make_pair(make, maker, python, pip)
    before = snapshot(two.covered.prefix)
    assert_done(two.activate(), "covered from now on")
    assert {*snapshot(two.covered.prefix)} - {*before} == {str(two.file)}
    result = two.covered.pip("install", "--user", "demo", **ALLOW_ROOT)
    assert_judged(result, *(("conda-typed", "warn") if maker == "conda" else ("isolated-typed", "refuse")))
    told = data(two.covering.userctl("status", "--json", "--python", str(two.covered.python)))
    assert (told["coverage"]["by"], told["coverage"]["file"]) == ("activate", str(two.file))
    written = two.file.stat()
    assert_done(two.activate(), "nothing to do")
    assert two.file.stat() == written
    assert_done(two.deactivate(), "not covered any more")
    assert_done(two.deactivate(), "nothing to do")
    assert snapshot(two.covered.prefix) == before


VISIBLE = """\
import importlib, importlib.util, json, pkgutil, sys
names = ["pip_userctl", "pluggy", "packaging"]
found = [name for name in names if importlib.util.find_spec(name)]
modules = sorted({each.name for each in pkgutil.iter_modules()} - {"sitecustomize"})
print(json.dumps([sys.path, modules, found, sorted(sys.modules)]))
"""


@pytest.mark.parametrize("target", ["ENV", ALL])
@pytest.mark.parametrize("python", [FIRST, LAST])
def test_neither_sys_path_nor_what_can_be_imported_changes(make: Make, python: str, target: str) -> None:
    two = make_pair(make, python=python)
    path, modules, found, loaded = json.loads(two.covered.run("-c", VISIBLE).stdout)
    assert_done(two.activate(*([ALL] if target == ALL else [])))
    after = json.loads(two.covered.run("-W", "error", "-c", VISIBLE).stdout)
    assert after[:3] == [path, modules, found] == [path, modules, []]
    assert sorted({*after[3]} - {*loaded}) == ["_pip_userctl"]


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
assert not any(name.startswith(("pluggy.", "packaging.")) for name in sys.modules)
print("undisturbed", status)
"""


def test_a_pluggy_of_the_environment_neither_disturbs_nor_is_disturbed(make: Make) -> None:
    two = make_pair(make)
    for name in ("pluggy", "packaging"):
        (two.covered.site_packages / f"{name}.py").write_text("mine = 'an old one'\n")
    assert_done(two.activate())
    result = two.covered.run("-c", IN_PROCESS, PIP_USERCTL_ALLOW_PACKAGES="other")
    assert "undisturbed 1" in result.stdout, result
    assert result.printed == ["isolated-typed"], result


#: A rule, a key and a check of this name.
PLUGIN = """
from pip_userctl import PolicyKey, Verdict, hookimpl

@hookimpl
def userctl_policy_keys():
    return [PolicyKey("NAME-freeze", summary="no installs during a freeze")]

@hookimpl
def userctl_evaluate(policy):
    return Verdict("NAME-freeze", policy.text("NAME-freeze"), "frozen")
"""


def test_the_plugins_of_both_are_asked_by_pip_and_by_each_verb(make: Make) -> None:
    two = make_pair(make)
    for name, environment in zip(("acme", "local"), two):
        add_plugin(environment, "", name, PLUGIN.replace("NAME", name))
    two.covering.account.config.write_text("[userctl]\nacme-freeze = log\nlocal-freeze = log\n")
    assert_done(two.activate())
    assert sorted(two.covered.pip("install", "demo").printed) == ["acme-freeze", "local-freeze"]
    for verb, arguments in {"status": [], "explain": ["demo"], "rules": [], "check": []}.items():
        told = data(two.covering.userctl(verb, "--python", str(two.covered.python), "--json", *arguments))
        assert told.get("failures", []) == told.get("mistakes", []) == [], told
        assert verb == "check" or ("acme" in json.dumps(told) and "local-freeze" in json.dumps(told)), told


def test_the_covering_installation_comes_before_one_in_the_environment(make: Make) -> None:
    covering = make("base")
    two = Pair(covering, make("isolated", covering))
    assert_done(two.activate())
    code = "import _pip_userctl; print(_pip_userctl.__file__, _pip_userctl.command)"
    command = f"{covering.python} -m pip_userctl"
    assert two.covered.run("-c", code).stdout == f"{covering.site_packages / '_pip_userctl.py'} {command}\n"
    result = two.covered.pip("install", "--user", "demo", PIP_USERCTL_PROFILE="bogus")
    assert result.printed == ["policy", "isolated-typed"], result
    assert f"{command} check" in result.lines("userctl-policy: ")[0], result  # messages name it by its path
    assert_done(two.deactivate())
    assert two.covered.run("-c", code).stdout == f"{two.covered.site_packages / '_pip_userctl.py'} None\n"


@pytest.mark.parametrize(("target", "python"), [("ENV", LAST), (ALL, FIRST)])
def test_no_start_and_no_pip_breaks_when_the_covering_installation_is_gone_or_half_gone(
    make: Make, python: str, target: str
) -> None:
    two = make_pair(make, python=python)
    assert_done(two.activate(*([ALL] if target == ALL else [])))
    file = two.file if target == "ENV" else two.library / "sitecustomize" / "__init__.py"
    assert f"{two.covering.python} -m pip_userctl deactivate" in file.read_text().split("import", 1)[0]
    site = two.covering.site_packages

    def assert_nothing_breaks(printed: list[str]) -> None:
        assert two.covered.run("-W", "error", "-c", "pass").output == ""
        result = two.covered.pip("install", "--force-reinstall", "demo")
        assert (result.returncode, result.printed) == (0, printed), result

    # A start-up module without its package says so in one line; without both there is nothing to say.
    (site / "pip_userctl" / "startup" / "loader.py").write_text("")
    assert_nothing_breaks(["failure"])
    remove(two.covering, "pip_userctl")
    assert_nothing_breaks(["failure"])
    (site / "_pip_userctl.py").write_text("")
    assert_nothing_breaks([])
    remove(two.covering, "_pip_userctl.py", "pip_userctl.pth")
    assert_nothing_breaks([])
    assert two.covering.run("-W", "error", "-c", "pass").output == ""


@pytest.mark.needs("several-pythons")
@pytest.mark.parametrize("maker", ["venv", "virtualenv", "uv", "conda"])
def test_an_environment_of_another_minor_python_is_refused(make: Make, maker: str) -> None:
    two = make_pair(make, maker, FIRST)
    before = snapshot(two.covered.prefix)
    result = make("base", LAST).userctl("activate", str(two.covered.prefix))
    assert_error(result, "other-python", "this is Python", LAST)
    assert snapshot(two.covered.prefix) == before


@pytest.mark.parametrize("verb", ["activate", "deactivate"])
def test_nothing_is_done_for_any_if_one_is_no_environment(make: Make, tmp_path: Path, verb: str) -> None:
    two = make_pair(make)
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    if verb == "deactivate":
        assert_done(two.activate())
    before, good = snapshot(two.covered.prefix), str(two.covered.python)
    for name in ("absent", "empty", "file"):
        result = two.covering.userctl(verb, good, str(tmp_path / name), "--json")
        (error,) = answer(result)["errors"]
        assert (result.returncode, error["reference"]) == (1, "userctl-no-environment"), result
        assert error["note"] == f"nothing was done for {good}", result
    assert snapshot(two.covered.prefix) == before
    assert "note" not in two.covering.userctl(verb, str(tmp_path / "empty")).stdout


def test_without_the_right_to_write_the_error_says_what_to_ask_for(make: Make) -> None:
    two = make_pair(make)
    two.covered.make_read_only()
    folder, command = str(two.covered.site_packages), f"{two.covering.python} -m pip_userctl"
    assert_error(two.activate(), "not-writable", folder, "dr-xr-xr-x", f"{command} activate {two.covered.prefix}")
    assert_done(two.deactivate(), "nothing to do")
    two.covered.site_packages.chmod(0o755)
    assert_done(two.activate())
    two.covered.make_read_only()
    assert_error(two.deactivate(), "not-writable", f"{command} deactivate {two.covered.prefix}")
    assert two.file.exists()


def test_what_stands_there_is_not_replaced(make: Make) -> None:
    two = make_pair(make)
    two.file.write_text("import this\n")
    assert_error(two.activate(), "occupied", "it is not from pip-userctl")
    assert_done(two.deactivate(), "nothing to do")
    two.file.unlink()
    assert_done(two.activate())
    other = make("base")
    result = other.userctl("activate", str(two.covered.prefix))
    hint = f"hint: {other.python} -m pip_userctl deactivate {two.covered.prefix}"
    assert_error(result, "occupied", str(two.covering.site_packages), hint)
    remove(two.covering, "_pip_userctl.py")
    assert_done(other.userctl("activate", str(two.covered.prefix)), "covered from now on")


@pytest.mark.needs("root")
def test_root_covers_nothing_with_what_a_third_account_owns(make: Make) -> None:
    two = make_pair(make)
    package = two.covering.site_packages / "pip_userctl"
    for path in (two.covering.site_packages / "_pip_userctl.py", package):
        os.chown(path, 12345, 12345)
        for arguments in ([], [ALL]):
            assert_error(two.activate(*arguments), "foreign-installation", f"{path} belongs to 12345")
        os.chown(path, 0, 0)
    os.chown(package, 12345, 12345)
    os.chown(two.covered.site_packages, 12345, 12345)
    assert_done(two.activate())


@pytest.mark.needs("root")
def test_root_writes_through_no_link_of_another_account(make: Make, tmp_path: Path) -> None:
    two = make_pair(make)
    real = two.covered.site_packages.rename(tmp_path / "elsewhere")
    two.covered.site_packages.symlink_to(real)
    assert_done(two.activate())
    os.lchown(two.covered.site_packages, 12345, 12345)
    before = snapshot(real)
    assert_error(two.deactivate(), "foreign-link", f"{two.covered.site_packages} is a link to {real}", "12345")
    assert snapshot(real) == before
    (real / two.file.name).unlink()
    assert_error(two.activate(), "foreign-link")
    prepared = real / f".{two.file.name}.pip-userctl"
    os.lchown(two.covered.site_packages, 0, 0)
    prepared.symlink_to(tmp_path / "precious")
    (tmp_path / "precious").write_text("untouched")
    assert_done(two.activate())
    assert (tmp_path / "precious").read_text() == "untouched"
    assert not prepared.is_symlink()


MASKED = """\
import os, sys
os.umask(0o077)
from pip_userctl.__main__ import main
sys.exit(main())
"""


@pytest.mark.needs("root", "unshare")
@pytest.mark.parametrize("target", ["ENV", ALL])
def test_what_root_activates_with_umask_077_holds_for_every_account(make: Make, target: str) -> None:
    two = make_pair(make)
    machine, arguments = Machine(two.covering, uid=0), [ALL] if target == ALL else [str(two.covered.prefix)]
    (machine.account.cwd / "masked.py").write_text(MASKED)
    assert_done(machine.run("masked", "activate", *arguments))
    package = two.covering.site_packages / "pip_userctl"
    package.chmod(0o700)
    reason = f"{package} is not readable for them (owner root, mode drwx------)"
    chmod = f"hint: chmod -R go+rX {two.covering.site_packages}"
    for result in (machine.run("masked", "activate", *arguments), machine.userctl("status")):
        assert result.returncode == 1, result
        assert all(each in result.stdout for each in ("error: userctl-unreadable", reason, chmod)), result
    two.covered.base = two.covering.base
    machine.environment, machine.uid = two.covered, 12345
    machine.give(machine.account.home, machine.account.cwd)
    refused = machine.pip("--user", "demo")
    assert (refused.returncode, refused.printed) == (1, ["failure"]), refused  # pip's own refusal, behind our line
    package.chmod(0o755)
    assert_judged(machine.pip("--user", "demo"), "isolated-typed", "refuse")
