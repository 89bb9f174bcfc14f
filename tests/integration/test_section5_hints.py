"""CONTRACT section 5 and principle 5: a hint is a command that works when it is pasted into a shell."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from pip_userctl.testing import PipEnvironment, PipResult, make_wheel
from tests.integration.conftest import Make
from tests.support import cache, scenes
from tests.support.changes import put_on_path, remove
from tests.support.expect import ALLOW_ROOT
from tests.support.pythons import NEWEST, OLDEST, discover, python_for
from tests.support.scenes import Stage

pytestmark = pytest.mark.needs("base-ensurepip")
REFUSE = {**ALLOW_ROOT, "PIP_USERCTL_BASE_TYPED": "refuse", "PIP_USERCTL_SYSTEM_SITE_TYPED": "refuse"}
PYTHON = discover()[python_for(NEWEST)].path
#: What makes virtual environments; behind it stand the options and the directory.
CREATORS: Mapping[str, tuple[str, ...]] = {
    "virtualenv": (sys.executable, "-m", "virtualenv", "-q", "--no-seed", "-p", PYTHON),
    "uv": (sys.executable, "-m", "uv", "venv", "-q", "--no-config", "--python", PYTHON),
}


def hint_of(result: PipResult) -> str:
    """The command that a refusal ends with; empty if there is none."""
    assert result.returncode == 1, result
    assert "error: userctl-" in result.output or "ERROR: userctl-" in result.output, result
    _, found, hint = result.stderr.partition("\nhint: ")
    assert not found or hint.endswith("\n"), result
    return hint.rstrip("\n")


def venvs(environment: PipEnvironment) -> list[Path]:
    """Where in the working directory demo is installed."""
    return [path.parents[3] for path in environment.account.cwd.glob("*/lib/python*/site-packages/demo.py")]


@pytest.mark.parametrize("creator", CREATORS)
def test_in_what_virtualenv_and_uv_make_the_hints_work_too_and_say_no_to_a_setting(stage: Stage, creator: str) -> None:
    """In what venv makes, those of all rules are run: see test_rule_pages."""
    for name in ("isolated-typed", "system-site-typed", "system-site-fallback"):
        command = (*CREATORS[creator], *(["--system-site-packages"] if name.startswith("system") else []))
        environment = stage.set(name, creator=command)
        if name.endswith("typed"):
            environment.account.config.write_text("[global]\nuser = true\n")
        refused = scenes.play(name, environment, "refuse")
        assert ("--no-user" in hint_of(refused)) is name.endswith("typed"), refused
        pasted = environment.account.run(["sh", "-c", hint_of(refused)])
        assert (pasted.returncode, "userctl" in pasted.output) == (0, False), (refused, pasted)
        found = (environment.where("demo"), [each.name for each in venvs(environment)])
        assert found == (("", [".venv"]) if "fallback" in name else ("site", [])), (refused, pasted)


# pip is called as it was started


def test_by_a_script_by_its_path_and_on_path(stage: Stage) -> None:
    environment = stage.set("isolated-typed")
    account = environment.account
    by_path = {**ALLOW_ROOT, "PATH": account.path}
    put_on_path(environment)
    script = str(environment.scripts / "pip")
    refused = account.run([script, "install", "--user", "demo"], by_path)
    assert hint_of(refused) == f"{script} install demo", refused
    for command in (["environment/bin/pip"], ["environment/bin/python", "-m", "pip"]):
        below = account.run([*command, "install", "--user", "demo"], by_path, cwd=environment.prefix.parent)
        assert hint_of(below) == f"{' '.join(command)} install demo", below
    for command in (["pip"], ["python", "-m", "pip"]):
        refused = account.run([*command, "install", "--user", "demo"], ALLOW_ROOT)
        assert hint_of(refused) == f"{' '.join(command)} install demo", refused


def test_in_a_notebook(stage: Stage) -> None:
    environment = stage.set("isolated-typed")
    refused = environment.pip("install", "--user", "demo[socks]", **ALLOW_ROOT, JPY_PARENT_PID="1")
    assert hint_of(refused) == "%pip install 'demo[socks]'", refused


def test_from_a_wheel_where_the_environment_has_no_pip(make: Make) -> None:
    environment = make("isolated", creator=CREATORS["uv"])
    remove(environment, "pip-of-the-tests.pth")
    refused = environment.run(f"{cache.pip_wheel(NEWEST)}/pip", "install", "--user", "demo", **ALLOW_ROOT)
    pasted = environment.account.run(["sh", "-c", hint_of(refused)], ALLOW_ROOT)
    assert (pasted.returncode, environment.where("demo")) == (0, "site"), (refused, pasted)


@pytest.mark.parametrize("form", [["--python", "{}"], ["--python={}"]], ids=" ".join)
def test_by_another_pip_with_the_option_python(make: Make, form: list[str]) -> None:
    environment = make("isolated")
    remove(environment, "pip-of-the-tests.pth")
    outer = make("base", userctl=False)
    put_on_path(outer)
    options = [each.format(environment.python) for each in form]
    refused = outer.account.run(["pip", *options, "install", "--user", "demo"], ALLOW_ROOT)
    assert hint_of(refused) == f"pip --python {environment.python} install demo", refused
    pasted = environment.account.run(["sh", "-c", hint_of(refused)], ALLOW_ROOT)
    assert (pasted.returncode, environment.where("demo")) == (0, "site"), (refused, pasted)


# the arguments


def test_arguments_are_quoted_and_all_but_the_location_kept(stage: Stage) -> None:
    environment = stage.set("system-site-typed")
    account = environment.account
    odd = account.cwd / "it's a $HOME & Zürich"
    odd.mkdir()
    make_wheel(odd, "other")
    (account.cwd / "wanted.txt").write_text("demo>=1,<2\n")
    wanted = ["-r", "wanted.txt", f"./{odd.name}/other-1.0-py3-none-any.whl", "demo>=1,!=7; python_version > '3'"]
    refused = environment.pip("install", "--user", "--no-deps", *wanted, **REFUSE)
    pasted = account.run(["sh", "-c", hint_of(refused)])
    assert pasted.returncode == 0, (refused, pasted)
    assert (environment.where("demo"), environment.where("other")) == ("site", "site"), pasted
    environment = stage.set("base-typed")
    site = str(environment.user_site)
    refusing = {**REFUSE, "PIP_USERCTL_USER_SITE_BY_PATH": "refuse"}
    for options in (
        ["--target", site],
        [f"-t{site}"],
        [f"--prefix={environment.account.home}/.local"],
        ["--user", "--root", "/"],
    ):
        refused = environment.pip("install", *options, "--no-deps", "demo", **refusing)
        assert hint_of(refused).endswith("/python -m pip install --no-deps demo"), refused


# the environment that it makes


def test_an_existing_environment_is_used_again_only_if_it_fits(stage: Stage) -> None:
    environment = stage.set("base-typed")
    account, fallback = environment.account, f".venv-{environment.version}"

    def folder() -> str:
        found = re.search(
            r" -m venv (\S+) && (\S+)/bin/python ", hint_of(environment.pip("install", "--user", "demo", **REFUSE))
        )
        assert found is not None
        assert found[1] == found[2]
        return found[1]

    config = account.cwd / ".venv" / "pyvenv.cfg"
    assert folder() == ".venv"
    config.parent.mkdir()
    assert folder() == fallback  # not an environment
    for version, isolated, expected in (
        (environment.version, "false", ".venv"),
        (environment.version, "true", fallback),
        ("3.8", "false", fallback),
    ):
        config.write_text(f"include-system-site-packages = {isolated}\nversion = {version}.1\n")
        assert folder() == expected


def test_the_refused_environment_itself_is_not_made_anew(make: Make) -> None:
    environment = make("system-site")
    (environment.account.cwd / ".venv").symlink_to(environment.prefix)
    environment.make_read_only()
    refused = environment.pip("install", "demo", **ALLOW_ROOT, PIP_USERCTL_SYSTEM_SITE_FALLBACK="refuse")
    assert f"-m venv .venv-{environment.version} && .venv-{environment.version}/bin/python" in hint_of(refused), refused


@pytest.mark.parametrize("pip", [OLDEST, NEWEST])
def test_without_ensurepip_this_pip_installs_into_it(make: Make, pip: str) -> None:
    environment = make("base", pip=pip)
    (environment.prefix / "lib" / f"python{environment.version}" / "ensurepip").unlink()
    refused = environment.pip("install", "--user", "demo", **REFUSE)
    hint = hint_of(refused)
    if pip == OLDEST:  # has no --python
        assert hint == "", refused
        return
    assert "-m venv --without-pip .venv && " in hint, refused
    pasted = environment.account.run(["sh", "-c", hint], REFUSE)
    assert (pasted.returncode, venvs(environment)) == (0, [environment.account.cwd / ".venv"]), (refused, pasted)


# no hint where none would work


@pytest.mark.parametrize(
    "variables",
    [{"PIP_TARGET": "t"}, {"PIP_PREFIX": "t"}, {"PIP_ROOT": "t"}],
    ids=["PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"],
)
def test_there_is_none_where_a_setting_moves_every_install(stage: Stage, variables: dict[str, str]) -> None:
    environment = stage.set("base-typed")
    refusing = {**ALLOW_ROOT, "PIP_USERCTL_USER_SITE_BY_PATH": "refuse", "PYTHONUSERBASE": str(environment.account.cwd)}
    site = f"lib/python{environment.version}/site-packages"
    (environment.account.cwd / site).mkdir(parents=True)
    moved = {name: site if name == "PIP_TARGET" else str(environment.account.cwd) for name in variables}
    if "PIP_ROOT" in variables:
        moved = {"PIP_ROOT": "/", "PIP_PREFIX": str(environment.account.cwd)}
    assert hint_of(environment.pip("install", "demo", **refusing, **moved)) == ""


def test_there_is_none_for_what_a_tool_wrote_into_a_temporary_folder(stage: Stage) -> None:
    environment = stage.set("isolated-typed")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("demo\n")
        file.flush()
        moved = Path(tempfile.gettempdir()) / Path(file.name).stem
        moved.write_text("demo\n")
        refused = environment.pip("install", "--user", "-r", str(moved), **ALLOW_ROOT)
        moved.unlink()
    assert hint_of(refused) == "", refused


def test_there_is_none_in_a_directory_that_is_not_writable(stage: Stage) -> None:
    environment = stage.set("base-typed")
    environment.account.cwd.chmod(0o555)
    environment.account.unprivileged = True
    refused = environment.pip("install", "--user", "demo", **REFUSE)
    environment.account.cwd.chmod(0o755)
    assert hint_of(refused) == "", refused
    assert os.listdir(environment.account.cwd) == []
