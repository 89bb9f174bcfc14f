"""The facts about the process: read in child processes with the flags, variables and files that change them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Callable

import pytest

from pip_userctl.environment import nearest_existing
from tests.toolkit import probes
from tests.toolkit.environments import Environment, unprivileged

Make = Callable[..., Environment]


def ask(
    environment: Environment,
    variables: Mapping[str, str] | None = None,
    flags: Sequence[str] = (),
    before: Sequence[str] = (),
    **question: object,
) -> Any:
    """What the environment's interpreter finds out about itself. before: a command around it."""
    command = [*before, str(environment.python), *flags]
    return probes.ask("facts", environment.account, command, question, variables)


@pytest.mark.parametrize("kind", ["isolated", "system-site", "conda", "base"])
def test_the_kind_of_an_environment_is_told_apart(make: Make, kind: str) -> None:
    environment = make(kind)
    facts = ask(environment)["facts"]
    assert facts["kind"] == kind
    assert facts["prefix"] == str(environment.prefix)
    assert (facts["base_prefix"] == facts["prefix"]) == (kind in ("conda", "base"))
    assert facts["executable"] == str(environment.python)
    assert facts["user_site_enabled"] == (kind != "isolated")
    assert facts["user_base"] == facts["default_user_base"] == str(environment.account.home / ".local")
    assert facts["user_site"] == str(environment.user_site)
    assert Path(facts["base_executable"]).exists()
    assert (facts["uid"], facts["euid"]) == (os.getuid(), os.geteuid())


CONFIGURATIONS = {
    "true": "include-system-site-packages = true\n",
    "false": "include-system-site-packages = false\n",
    "capitals": "include-system-site-packages = False\n",
    "capital name": "Include-System-Site-Packages = false\n",
    "no spaces": "include-system-site-packages=false\n",
    "many spaces": "include-system-site-packages  \t=   false   \n",
    "indented": "  include-system-site-packages = false\n",
    "something behind": "include-system-site-packages = falsehood\n",
    "not said": "",
    "said twice": "include-system-site-packages = true\ninclude-system-site-packages = false\n",
    "the other way": "include-system-site-packages = false\ninclude-system-site-packages = true\n",
    "commented out": "# include-system-site-packages = false\n",
    "other line ends": "include-system-site-packages = false\r\nversion = 3\r\n",
    "a form feed": "version = 3\x0cinclude-system-site-packages = false\n",
    "no line end": "include-system-site-packages = false",
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_an_isolated_environment_is_one_by_pips_own_reading(make: Make, each_pip: str, name: str) -> None:
    environment = make("isolated", pip=each_pip)
    path = environment.prefix / "pyvenv.cfg"
    home = next(line for line in path.read_text().splitlines() if line.startswith("home"))
    path.write_bytes(f"{home}\n{CONFIGURATIONS[name]}".encode())
    answer = ask(environment)
    assert (answer["facts"]["kind"] == "isolated") == answer["no_global_by_pip"], answer


def test_without_its_file_a_virtual_environment_counts_as_isolated(make: Make, each_pip: str) -> None:
    environment = make("system-site", pip=each_pip)
    answer = ask(environment, remove=[str(environment.prefix / "pyvenv.cfg")])
    assert answer["no_global_by_pip"]
    assert answer["facts"]["kind"] == "isolated"


@pytest.mark.parametrize(
    ("flags", "variables", "reason"),
    [
        ([], {}, ""),
        (["-s"], {}, "Python runs with -s"),
        (["-I"], {}, "Python runs with -I"),
        (["-E"], {}, ""),
        ([], {"PYTHONNOUSERSITE": "1"}, "PYTHONNOUSERSITE is set"),
        (["-s"], {"PYTHONNOUSERSITE": "1"}, "PYTHONNOUSERSITE is set"),
        (["-I"], {"PYTHONNOUSERSITE": "1"}, "Python runs with -I"),
        (["-E"], {"PYTHONNOUSERSITE": "1"}, ""),
        (["-E", "-s"], {"PYTHONNOUSERSITE": "1"}, "Python runs with -s"),
        ([], {"PYTHONNOUSERSITE": ""}, ""),
    ],
)
@pytest.mark.parametrize("kind", ["base", "system-site"])
def test_why_the_user_site_is_off_is_known(
    make: Make, kind: str, flags: list[str], variables: dict[str, str], reason: str
) -> None:
    environment = make(kind)
    environment.user_site.mkdir(parents=True)
    answer = ask(environment, variables, flags)
    facts = answer["facts"]
    assert facts["user_site_reason"] == reason
    assert facts["user_site_enabled"] == answer["enabled_by_python"] == answer["on_path"] == (not reason)


def test_an_isolated_environment_says_so(make: Make) -> None:
    facts = ask(make("isolated"))["facts"]
    assert facts["user_site_reason"] == "this virtual environment does not include the system site-packages"


@pytest.mark.needs("root")
def test_different_real_and_effective_accounts_switch_the_user_site_off(make: Make) -> None:
    environment = make("base")
    facts = ask(environment, before=["setpriv", "--ruid", "1000"])["facts"]
    assert facts["user_site_reason"] == "the real and the effective user or group differ"
    assert (facts["uid"], facts["euid"], facts["account"]) == (1000, 0, "root")


@pytest.mark.parametrize(("flags", "shown"), [([], []), (["-I"], ["-I"]), (["-E", "-s"], ["-E", "-s"]), (["-B"], [])])
def test_the_flags_that_matter_are_recorded(make: Make, flags: list[str], shown: list[str]) -> None:
    assert ask(make("base"), flags=flags)["facts"]["python_flags"] == shown


def test_pythonuserbase_moves_the_user_base_and_not_the_default_one(make: Make, tmp_path: Path) -> None:
    environment = make("base")
    facts = ask(environment, {"PYTHONUSERBASE": str(tmp_path / "own")})["facts"]
    assert facts["user_base"] == str(tmp_path / "own")
    assert facts["user_site"] == str(tmp_path / "own" / "lib" / environment.base.tag / "site-packages")
    assert facts["default_user_base"] == str(environment.account.home / ".local")


def test_the_owner_of_a_user_base_that_is_not_there_is_that_of_its_parent(make: Make) -> None:
    environment = make("base")
    if os.geteuid() == 0:
        os.chown(environment.account.home, 1234, 1234)
    facts = ask(environment)["facts"]
    assert facts["user_base_owner"] == environment.account.home.stat().st_uid
    (environment.account.home / ".local").mkdir()
    assert ask(environment)["facts"]["user_base_owner"] == os.geteuid()


def test_an_externally_managed_interpreter_is_known_and_its_virtual_environments_are_not(make: Make) -> None:
    environment = make("base")
    assert not ask(environment)["facts"]["externally_managed"]
    (environment.prefix / "lib" / environment.base.tag / "EXTERNALLY-MANAGED").write_text("[externally-managed]\n")
    assert ask(environment)["facts"]["externally_managed"]
    virtual = environment.account.home / "venv"
    result = environment.run("-m", "venv", "--without-pip", "--system-site-packages", str(virtual))
    assert result.returncode == 0, result
    facts = probes.ask("facts", environment.account, [str(virtual / "bin" / "python")], {})["facts"]
    assert (facts["kind"], facts["externally_managed"]) == ("system-site", False)


VARIABLES = {
    "PIP_USER": "1",
    "PIP_NO_USER": "",
    "PIP_USERCTL_BASE_FALLBACK": "refuse",
    "PIP_USERCTL_message": "Text",
    "PIP_USERCTL_REASON": "because",
    "PIP_version": "1",
    "PIP_HELP": "1",
    "pip_user": "0",
    "PIPX_USER": "0",
    "PIP___USER": "1",
}


def test_pips_variables_are_those_that_pip_reads(make: Make, each_pip: str) -> None:
    answer = ask(make("isolated", pip=each_pip), VARIABLES)
    by_pip = {name.lstrip("."): value for name, value in answer["variables_by_pip"].items()}
    assert answer["variables"] == by_pip
    assert list(answer["variables"]) == list(by_pip)  # the last one wins


def test_a_key_of_the_policy_is_known_by_its_variable_and_the_reason_is_none(make: Make) -> None:
    answer = ask(make("isolated"), VARIABLES)
    assert answer["userctl_variables"] == {
        "base-fallback": ["refuse", "PIP_USERCTL_BASE_FALLBACK"],
        "message": ["Text", "PIP_USERCTL_message"],
    }


@pytest.mark.parametrize("name", ["PIP_BUILD_TRACKER", "PIP_REQ_TRACKER"])
def test_a_build_of_pips_own_is_known_by_its_variable(make: Make, name: str) -> None:
    environment = make("isolated")
    assert not ask(environment)["build_tracker"]
    assert ask(environment, {name: "/tmp/tracker"})["build_tracker"]


def test_what_names_the_configuration_file_is_heard(make: Make) -> None:
    environment = make("isolated")
    answers = [ask(environment, {"PIP_CONFIG_FILE": path}) for path in ("", os.devnull, "/pip.conf")]
    assert [each["config_is_off"] for each in answers] == [False, True, False]
    assert [each["config_file"] for each in answers] == [None, os.devnull, "/pip.conf"]


def test_a_directory_is_blocked_by_its_mode_or_its_owner(make: Make, tmp_path: Path) -> None:
    environment = make("isolated")
    mine, shut = tmp_path / "mine", tmp_path / "shut"
    mine.mkdir()
    shut.mkdir()
    (shut / "inner").mkdir()
    shut.chmod(0o555)
    directories = [[str(mine)], [str(mine / "not" / "there")], [str(mine), str(shut / "lib")], [str(shut)]]
    answers = ask(environment, before=unprivileged(), directories=directories)["blocked"]
    assert answers[:2] == [None, None]
    for answer in answers[2:]:
        path, _, mode, cause = answer
        assert (path, mode, cause) == (str(shut), "dr-xr-xr-x", "mode")


@pytest.mark.needs("root")
def test_a_directory_is_blocked_by_its_owner(make: Make, tmp_path: Path) -> None:
    environment = make("isolated")
    others = tmp_path / "others"
    others.mkdir(mode=0o755)
    os.chown(others, 1234, 1234)
    answers = ask(environment, before=unprivileged(), directories=[[str(others / "lib")]])["blocked"]
    assert answers == [[str(others), "1234", "drwxr-xr-x", "owner"]]


@pytest.mark.parametrize(
    ("locale", "flags", "encoding"),
    [("C.UTF-8", [], "utf-8"), ("C", ["-X", "utf8=1"], "utf-8"), ("C", ["-X", "utf8=0"], "ascii")],
)
def test_files_are_read_in_pips_encoding(make: Make, locale: str, flags: list[str], encoding: str) -> None:
    variables = {"LC_ALL": locale, "PYTHONCOERCECLOCALE": "0"}
    answer = ask(make("isolated"), variables, flags)["encoding"].lower()
    assert {"ansi_x3.4-1968": "ascii", "us-ascii": "ascii"}.get(answer, answer) == encoding


def test_the_nearest_directory_that_exists_is_found(tmp_path: Path) -> None:
    assert nearest_existing(str(tmp_path / "a" / "b")) == str(tmp_path)
    assert nearest_existing(str(tmp_path)) == str(tmp_path)
    assert nearest_existing("/") == "/"
