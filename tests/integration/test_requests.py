"""What is judged at all: dry runs, requirement files, requests without anything to install, ``--isolated``."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import pytest

from conftest import NEWEST, OLDEST
from tests.toolkit.environments import Environment
from tests.toolkit.expect import NO_ROOT_ROW, STRICT, assert_judged, assert_silent, installed

Make = Callable[..., Environment]


# --dry-run, since pip 22.2

dry = pytest.mark.parametrize("pip", ["22.3.1", NEWEST])


@dry
def test_a_dry_run_is_judged_the_same(make: Make, pip: str) -> None:
    environment = make("system-site", pip=pip)
    warned = environment.pip("install", "--dry-run", "--user", "demo", **NO_ROOT_ROW)
    assert_judged(warned, "system-site-typed", "warn")
    assert_judged(environment.pip("install", "--dry-run", "--user", "demo", **STRICT), "system-site-typed", "refuse")
    assert environment.where("demo") == "", warned


@dry
def test_a_dry_run_drops_a_configured_wish_too(make: Make, pip: str) -> None:
    environment = make("isolated", pip=pip)
    result = environment.pip("install", "--dry-run", "demo", PIP_USER="1")
    assert_judged(result, "isolated-configured", "ignore")
    assert "Would install demo-1.0" in result.output, result


@dry
def test_nothing_is_refused_where_pip_only_reports(make: Make, pip: str) -> None:
    environment = make("base", pip=pip)
    report = environment.account.cwd / "report.json"
    result = environment.pip("install", "--dry-run", "--report", str(report), "--user", "demo", **STRICT)
    assert_judged(result, "base-typed", "warn")
    assert '"demo"' in report.read_text(), result

    report.unlink()
    refused = environment.pip("install", "--report", str(report), "--user", "demo", **STRICT)
    assert_judged(refused, "base-typed", "refuse")
    assert not report.exists(), refused


# nothing to install, or pip's own refusal

NOTHING = {
    "no arguments": (["--user"], 1),
    "constraints alone": (["--user", "--constraint", "constraints.txt"], 1),
    "an empty requirement file": (["--user", "--requirement", "empty.txt"], 0),
    "a marker that does not hold": (["--user", "demo; python_version < '3'"], 0),
    "a file of such markers": (["--user", "--requirement", "never.txt"], 0),
}


@pytest.mark.parametrize(("arguments", "returncode"), NOTHING.values(), ids=NOTHING)
def test_nothing_is_judged_where_there_is_nothing_to_install(
    make: Make, each_pip: str, arguments: list[str], returncode: int
) -> None:
    environment = make("base", pip=each_pip)
    for name, text in {
        "constraints.txt": "demo==1.0\n",
        "empty.txt": "# nothing\n",
        "never.txt": "demo; python_version < '3'\n",
    }.items():
        (environment.account.cwd / name).write_text(text)
    assert_silent(environment.pip("install", *arguments, **STRICT), returncode=returncode)


@pytest.mark.parametrize("kind", ["base", "isolated"])
@pytest.mark.parametrize(
    ("options", "variables"),
    [
        (["--target", "there"], {}),
        (["--prefix", "there"], {}),
        ([], {"PIP_TARGET": "there"}),
    ],
    ids=["target", "prefix", "configured target"],
)
def test_a_typed_user_install_with_a_location_is_left_to_pip(
    make: Make, each_pip: str, kind: str, options: list[str], variables: dict[str, str]
) -> None:
    environment = make(kind, pip=each_pip)
    result = environment.pip("install", "--user", *options, "demo", **variables, **STRICT)
    assert_silent(result, returncode=1)
    assert installed(environment.account.cwd) == [], result


def test_what_pip_cannot_read_is_left_to_pip(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    for arguments in (["--user", "-r", "missing.txt"], ["--user", "demo!"], ["--user", "-e", "missing"]):
        assert_silent(environment.pip("install", *arguments, **STRICT), returncode=1)


def test_an_unknown_option_is_left_to_pip(make: Make, each_pip: str) -> None:
    assert_silent(make("base", pip=each_pip).pip("install", "--user", "--usr", "demo", **STRICT), returncode=2)


@pytest.mark.parametrize(
    "command", [["download", "demo"], ["list", "--user"], ["freeze", "--user"], ["config", "list"], ["--version"]]
)
def test_other_commands_of_pip_are_left_alone(make: Make, each_pip: str, command: list[str]) -> None:
    environment = make("base", pip=each_pip)
    environment.account.user_config.write_text("[install]\nuser = yes\n")
    variables = {key: value for key, value in STRICT.items() if command != ["config", "list"]}
    assert_silent(environment.pip(*command, **variables))


def test_enabled_no_leaves_everything_to_pip(make: Make, each_pip: str) -> None:
    base = make("base", pip=each_pip)
    base.account.global_config.write_text("[userctl]\nenabled = no\nprofile = strict\nnonsense = 1\n")
    result = base.pip("install", "--user", "demo")
    assert_silent(result)
    assert base.where("demo") == "user", result

    isolated = make("isolated", pip=each_pip)
    assert_silent(isolated.pip("install", "--user", "demo"), returncode=1)
    assert_silent(isolated.pip("install", "demo", PIP_USER="1"), returncode=1)


# requirement files, paths and editable installs


def project(environment: Environment) -> Path:
    """A folder with a project that leaves a mark when anything of it is run."""
    folder = environment.account.cwd / "project"
    folder.mkdir()
    (folder / "setup.py").write_text("open('ran', 'w').close()\nraise SystemExit('it was run')\n")
    return folder


@pytest.mark.parametrize(
    "arguments", [["-r", "wanted.txt"], ["--requirement=wanted.txt", "depends"], ["-r", "nested.txt"]]
)
def test_requirement_files_are_judged_and_stand_in_the_hint(make: Make, each_pip: str, arguments: list[str]) -> None:
    environment = make("isolated", pip=each_pip)
    (environment.account.cwd / "wanted.txt").write_text("demo==1.0\n")
    (environment.account.cwd / "nested.txt").write_text("-r wanted.txt\n")
    result = environment.pip("install", "--user", *arguments, **NO_ROOT_ROW)
    assert_judged(result, "isolated-typed", "refuse")
    assert f"hint: {environment.python} -m pip install {' '.join(arguments)}\n" in result.output, result
    assert environment.where("demo") == "", result


@pytest.mark.parametrize("arguments", [["project"], ["./project"], ["-e", "project"], ["--editable=./project"]])
def test_a_refusal_comes_before_anything_is_built(make: Make, each_pip: str, arguments: list[str]) -> None:
    environment = make("isolated", pip=each_pip)
    folder = project(environment)
    if arguments == ["project"]:
        arguments = [str(folder)]
    result = environment.pip("install", "--user", *arguments, **NO_ROOT_ROW)
    assert_judged(result, "isolated-typed", "refuse")
    assert f"-m pip install {' '.join(arguments)}\n" in result.output, result
    assert not (folder / "ran").exists(), result


@pytest.mark.parametrize(
    ("python", "pip"),
    [pytest.param("3.9", "26.0.1", marks=pytest.mark.needs("python-3.9")), (None, OLDEST), (None, NEWEST)],
)
def test_a_refusal_leaves_the_home_as_it_was(make: Make, python: str | None, pip: str) -> None:
    environment = make("base", python, pip)
    home = environment.account.home
    before = sorted(home.rglob("*"))
    assert_judged(environment.pip("install", "--user", "--no-cache-dir", "demo", **STRICT), "base-typed", "refuse")
    assert sorted(home.rglob("*")) == before


# --isolated


@pytest.mark.parametrize("before", [True, False], ids=["pip --isolated install", "pip install --isolated"])
def test_isolated_hides_variables_and_the_users_file_from_the_wish_and_from_the_policy(
    make: Make, each_pip: str, before: bool
) -> None:
    environment = make("base", pip=each_pip)
    environment.account.global_config.write_text("[userctl]\nroot-user = allow\nshadowing = allow\n")
    environment.account.user_config.write_text("[install]\nuser = yes\n[userctl]\nprofile = strict\n")
    sources = ["--no-index", "--find-links", str(environment.wheels), "demo"]
    command = ["--isolated", "install"] if before else ["install", "--isolated"]
    assert_silent(environment.pip(*command, *sources, PIP_USER="1", **STRICT))
    assert environment.where("demo") == "site"
    assert_silent(environment.pip(*command, "--user", "--force-reinstall", *sources, **STRICT))
    assert environment.where("demo") == "site user"


def test_isolated_leaves_the_other_files_in_force(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    environment.account.global_config.write_text("[install]\nuser = yes\n")
    environment.site_config.write_text("[userctl]\nbase-configured = refuse\nroot-user = allow\n")
    sources = ["--no-index", "--find-links", str(environment.wheels), "demo"]
    result = environment.pip("--isolated", "install", *sources)
    assert_judged(result, "base-configured", "refuse")
    assert f"{environment.account.global_config}:2" in result.output, result
    assert f"set in {environment.site_config}:2" in result.output, result
