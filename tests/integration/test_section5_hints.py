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
from tests.support.scenes import SCENES, Stage

pytestmark = pytest.mark.needs("base-ensurepip")
REFUSE = {**ALLOW_ROOT, "PIP_USERCTL_BASE_TYPED": "refuse", "PIP_USERCTL_SYSTEM_SITE_TYPED": "refuse"}
PYTHON = discover()[python_for(NEWEST)].path
#: What makes virtual environments; behind it stand the options and the directory.
CREATORS: Mapping[str, tuple[str, ...]] = {
    "venv": (),
    "virtualenv": (sys.executable, "-m", "virtualenv", "-q", "--no-seed", "-p", PYTHON),
    "uv": (sys.executable, "-m", "uv", "venv", "-q", "--no-config", "--python", PYTHON),
}
#: Where the hint of a rule installs; all others make a virtual environment.
HERE = (
    *("isolated-typed", "isolated-configured", "system-site-typed", "system-site-configured"),
    *("conda-typed", "conda-configured", "hidden-user-site-configured"),
)


def hint_of(result: PipResult) -> str:
    """The command that a refusal ends with; empty if there is none."""
    assert result.returncode == 1, result
    assert "error: userctl-" in result.output or "ERROR: userctl-" in result.output, result
    _, found, hint = result.stderr.partition("\nhint: ")
    assert not found or hint.endswith("\n"), result
    return hint.rstrip("\n")


def places(environment: PipEnvironment) -> list[str]:
    """The folders that hold the module ``demo``, by what they are."""
    account = environment.account
    tops = {
        "here": environment.prefix,
        "user": account.home,
        "new": account.cwd / ".venv",
        "there": account.cwd / "there",
    }
    return [name for name, top in tops.items() if any(path.parent.name != "wheels" for path in top.rglob("demo.py"))]


def ways() -> list[object]:
    """Each scene that has a hint, by each creator where it makes a difference."""
    return [
        pytest.param(name, creator, marks=pytest.mark.needs(*scene.needs), id=f"{name}-{creator}")
        for name, scene in SCENES.items()
        for creator in (CREATORS if scene.kind.startswith(("isolated", "system-site")) else ["venv"])
        if not name.startswith("shadowing")
    ]


@pytest.mark.parametrize(("name", "creator"), ways())
def test_the_hint_of_each_rule_does_what_it_says_with_and_without_a_setting(
    stage: Stage, name: str, creator: str
) -> None:
    scene, command = SCENES[name], CREATORS[creator]
    if command and scene.kind.startswith("system-site"):
        command += ("--system-site-packages",)
    expected = "there" if name == "location-configured" else "here" if name in HERE else "new"
    environment = stage.set(name, creator=command, keep=".venv")
    account = environment.account
    # To make an environment takes seconds, so there only the harder way; a fallback has no setting.
    for setting in [False, True] if expected != "new" else [not scene.kind.endswith("read-only")]:
        options: list[str] = []
        if setting:
            account.config.write_text("[global]\nuser = true\n")
            asks = scene.is_configured or "--user" in scene.arguments
            options = [] if asks else ["--no-user"]
        refused = scenes.play(name, environment, "refuse", *options)
        hint = hint_of(refused)
        assert ("--no-user" in hint) is (setting or scene.is_configured), refused
        pasted = scenes.run(name, environment, ["sh", "-c", hint], "refuse")
        assert pasted.returncode == 0, (refused, pasted)
        assert "Successfully installed demo-1.0" in pasted.stdout, (refused, pasted)
        assert "userctl" not in pasted.output, (refused, pasted)
        assert places(environment) == [expected], (refused, pasted)
        if expected == "new":
            code = "import demo, sys; print(demo.__file__, sys.version_info[:2])"
            inside = account.run([str(account.cwd / ".venv/bin/python"), "-c", code])
            assert inside.stdout.startswith(f"{account.cwd}/.venv/"), inside
        scenes.remove(*(each for top in (environment.prefix, account.cwd) for each in top.rglob("demo*")))


def test_the_hint_of_shadowing_and_the_note_work_too(stage: Stage) -> None:
    environment = stage.set("shadowing")
    refused = scenes.play("shadowing", environment, "refuse")
    pasted = environment.account.run(["sh", "-c", hint_of(refused)])
    assert pasted.returncode == 0, (refused, pasted)
    again = scenes.play("shadowing", environment, "refuse")
    assert (again.returncode, environment.where("demo")) == (0, "site"), again
    (page,) = re.findall(r"^note: (.*)$", refused.stderr, re.MULTILINE)
    shown = environment.account.run(["sh", "-c", page])
    assert (shown.returncode, "shadowing" in shown.stdout) == (0, True), shown


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
    assert (pasted.returncode, places(environment)) == (0, ["new"]), (refused, pasted)


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
