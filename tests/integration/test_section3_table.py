"""Section 3: the facts behind the table, the two steps of a decision, and who is taken to have asked."""

from __future__ import annotations

import pytest

from pip_userctl.testing import PipEnvironment, PipResult
from tests.integration.conftest import Make, Shared
from tests.support.expect import ALLOW_ROOT, assert_judged, assert_silent
from tests.support.pythons import NEWEST, OLDEST


def install(environment: PipEnvironment, origin: str, *arguments: str, **variables: str) -> PipResult:
    """Install demo as a user install of this origin."""
    if origin == "fallback":
        environment.make_read_only()
    typed = ["--user"] if origin == "typed" else []
    configured = {"PIP_USER": "1"} if origin == "configured" else {}
    return environment.pip("install", *typed, *arguments, "demo", **ALLOW_ROOT, **configured, **variables)


#: There pip tries to write, and what the mode bits tell is something else.
CANNOT_WRITE = """\
import sys, pip._internal.commands.install as install
from pip._internal.cli.main import main
install.site_packages_writable = lambda **_: False
sys.exit(main(sys.argv[1:]))
"""


def test_a_fallback_names_the_directory_and_why_it_is_not_writable(shared: Shared, each_pip: str) -> None:
    environment = shared("base", pip=each_pip)
    result = install(environment, "fallback")
    (line,) = result.lines("userctl-base-fallback: ")
    assert f"{environment.site_packages} is not writable (owner root, mode dr-xr-xr-x)" in line, result
    if each_pip == NEWEST:
        # pip takes a relative --root that is not there yet for one that is not writable.
        rooted = shared("base", pip=each_pip).pip("install", "--root", "r", "demo", **ALLOW_ROOT)
        assert f": r{environment.site_packages} is not writable (No such file" in rooted.output, rooted
        windows = shared("base", pip=each_pip).run("-c", CANNOT_WRITE, "install", "demo", **ALLOW_ROOT)
        assert "/site-packages is not writable (access denied)" in windows.lines("userctl-base-fallback: ")[0], windows
        environment = shared("isolated", pip=each_pip)
        assert_silent(install(environment, "fallback"), returncode=1)  # there is none: pip fails by itself
        assert environment.where("demo") == ""


def test_a_virtual_environment_comes_before_conda_and_is_isolated_by_pips_own_reading(make: Make) -> None:
    environment = make("isolated")
    (environment.prefix / "conda-meta").mkdir()
    settings = environment.prefix / "pyvenv.cfg"
    text = settings.read_text()
    for value, rule in (("false", "isolated-typed"), ("true", "system-site-typed"), ("False", "system-site-typed")):
        settings.write_text(text.replace("= false", f"= {value}"))
        result = install(environment, "typed")
        assert next(iter(result.rules)) == rule, result


# the two steps of a decision


@pytest.mark.parametrize(("kind", "pip"), [("system-site", OLDEST), ("conda", NEWEST), ("base", NEWEST)])
def test_where_a_configured_setting_is_ignored_pip_installs_into_the_environment(
    shared: Shared, pip: str, kind: str
) -> None:
    environment = shared(kind, pip=pip)
    environment.account.config.write_text(f"[install]\nuser = yes\n[userctl]\n{kind}-configured = ignore\n")
    result = environment.pip("install", "demo")
    assert_judged(result, f"{kind}-configured", "ignore")
    assert result.lines(f"userctl-{kind}-configured: ignoring user = yes (~/.config/pip/pip.conf:2): "), result
    assert environment.where("demo") == "site", result
    request = result.records[0]["request"]
    assert (request["dropped"], request["origin"]["kind"], request["scheme"]) == (True, "configured", "site")


def test_a_fallback_behind_an_ignored_setting_is_judged_as_a_fallback(shared: Shared, each_pip: str) -> None:
    environment = shared("base", pip=each_pip)
    environment.make_read_only()
    ignored = {**ALLOW_ROOT, "PIP_USER": "1", "PIP_USERCTL_BASE_CONFIGURED": "ignore"}
    result = environment.pip("install", "demo", **ignored)
    assert (result.returncode, environment.where("demo")) == (0, "user"), result
    assert result.printed == ["base-configured", "base-fallback"], result
    refused = environment.pip("install", "--force-reinstall", "demo", PIP_USERCTL_BASE_FALLBACK="refuse", **ignored)
    assert (refused.returncode, refused.verdict) == (1, "refuse"), refused
    assert refused.printed == ["base-configured", "base-fallback"], refused
    assert f"{environment.site_packages} is not writable" in " ".join(refused.output.split()), refused


def test_of_several_rules_the_strictest_wins_and_all_are_recorded(shared: Shared) -> None:
    environment = shared("base")
    site = str(environment.user_site)
    keys = {"PIP_USERCTL_USER_SITE_BY_PATH": "warn", "PIP_USERCTL_PROTECT_PACKAGES": "demo"}
    result = environment.pip("install", "--target", site, "demo", **keys)
    assert (result.returncode, result.verdict) == (1, "refuse"), result
    assert result.rules == {"user-site-by-path": "warn", "protected-package": "refuse"}, result
    allowed = environment.pip("install", "--target", site, "depends", **keys, PIP_USERCTL_PROTECTED_PACKAGE="log")
    assert (allowed.returncode, allowed.verdict) == (0, "warn"), allowed


def test_a_key_set_outright_beats_the_profile_and_is_named(shared: Shared) -> None:
    environment = shared("base")
    environment.account.config.write_text("[userctl]\nprofile = audit\nbase-typed = refuse\n")
    result = install(environment, "typed")
    assert_judged(result, "base-typed", "refuse")
    assert "[~/.config/pip/pip.conf:3]" in result.output, result
    (rule,) = (each for each in result.records[0]["rules"] if each["name"] == "base-typed")
    source = {"kind": "user", "path": str(environment.account.config), "line": 3, "name": None}
    assert rule["source"] == source, rule


# who asked

YES, NO = "[install]\nuser = yes\n", "[install]\nuser = no\n"
#: What stands in which file, and variables → the origin as it is printed; None where nobody asks.
ASKED: dict[str, tuple[dict[str, str], dict[str, str], str | None]] = {
    "the global file": ({"global": "# one\n\n[global]\nuser: true\n"}, {}, "user: true ({global}:4)"),
    "the user's file": ({"user": YES}, {}, "user = yes ({user}:2)"),
    "the environment's file": ({"site": "[global]\nindex-url = x\nuser = on\n"}, {}, "user = on ({site}:3)"),
    "the file of PIP_CONFIG_FILE": ({"env": YES}, {}, "user = yes ({env}:2)"),
    "no-user = true": ({"user": "[install]\nno-user = true\n"}, {}, "no-user = true ({user}:2)"),
    "PIP_USER": ({}, {"PIP_USER": "yes"}, "PIP_USER=yes"),
    "PIP_NO_USER": ({}, {"PIP_NO_USER": "1"}, "PIP_NO_USER=1"),
    "an empty variable": ({"user": YES}, {"PIP_USER": ""}, "user = yes ({user}:2)"),
    "the stronger file": ({"global": NO, "user": YES}, {}, "user = yes ({user}:2)"),
    "the stronger section": ({"global": YES, "site": "[global]\nuser = no\n"}, {}, "user = yes ({global}:2)"),
    "a variable over files": ({"site": NO}, {"PIP_USER": "1"}, "PIP_USER=1"),
    "nobody: a stronger file says no": ({"global": YES, "user": NO}, {}, None),
    "nobody: a variable says no": ({"site": YES}, {"PIP_USER": "0"}, None),
    "nobody: PIP_CONFIG_FILE hides the user's file": ({"user": YES, "env": "[install]\n"}, {}, None),
}


#: Those in which the oldest pip might read otherwise.
_OLDEST = ("the global file", "the environment's file", "no-user = true", "PIP_NO_USER", "an empty variable")


@pytest.mark.parametrize(("name", "pip"), [*((name, NEWEST) for name in ASKED), *((name, OLDEST) for name in _OLDEST)])
def test_the_setting_that_decides_for_pip_is_the_origin_and_is_named_as_it_was_written(
    shared: Shared, pip: str, name: str
) -> None:
    environment, (files, variables, origin) = shared("isolated", pip=pip), ASKED[name]
    account = environment.account
    paths = {"global": account.global_config, "user": account.config, "site": environment.prefix / "pip.conf"}
    paths["env"] = account.home / "env.conf"
    for kind, text in files.items():
        paths[kind].write_text(text)
    if "env" in files:
        variables = {**variables, "PIP_CONFIG_FILE": str(paths["env"])}
    result = environment.pip("install", "demo", **variables)
    assert environment.where("demo") == "site", result
    if origin is None:
        assert_silent(result)
        return
    assert_judged(result, "isolated-configured", "ignore")
    shown = {kind: str(path).replace(str(account.home), "~") for kind, path in paths.items()}
    assert f"ignoring {origin.format(**shown)} in this virtual environment: " in result.stdout, result


@pytest.mark.parametrize(
    "ruled_out", [["--no-user"], ["PIP_USER", "0"], ["PIP_NO_USER", "0"]], ids=lambda each: "=".join(each)
)
def test_a_user_install_that_is_ruled_out_has_no_origin_and_no_fallback(
    shared: Shared, each_pip: str, ruled_out: list[str]
) -> None:
    environment = shared("system-site", pip=each_pip)
    environment.account.config.write_text(YES)
    typed, variables = (ruled_out, {}) if len(ruled_out) == 1 else ([], dict([ruled_out]))
    strict = {**variables, "PIP_USERCTL_PROFILE": "strict"}
    if each_pip == NEWEST:
        assert_silent(environment.pip("install", *typed, "demo", **strict))
        assert environment.where("demo") == "site"
    environment.make_read_only()
    result = environment.pip("install", "--ignore-installed", *typed, "demo", **strict)
    assert_silent(result, returncode=1)
    assert result.rules == {}, result


def test_a_typed_user_install_beats_a_configured_one(shared: Shared, each_pip: str) -> None:
    environment = shared("isolated", pip=each_pip)
    for configured in ({"PIP_USER": "0"}, {"PIP_NO_USER": "1"}):
        result = install(environment, "typed", **configured)
        assert_judged(result, "isolated-typed", "refuse")
        assert result.records[0]["request"]["origin"]["kind"] == "typed", result


def test_under_isolated_neither_variables_nor_the_users_file_ask_or_set_the_policy(
    shared: Shared, each_pip: str
) -> None:
    environment = shared("base", pip=each_pip)
    environment.account.config.write_text("[install]\nuser = yes\n[userctl]\nprofile = strict\n")
    source = ["--no-index", "--find-links", str(environment.account.wheels), "demo"]
    for command in (["--isolated", "install"], ["install", "--isolated"]):
        result = environment.pip(*command, "--force-reinstall", *source, PIP_USER="1", PIP_USERCTL_PROFILE="strict")
        assert_silent(result)
        assert environment.where("demo") == "site", result
    environment.account.global_config.write_text("[install]\nuser = yes\n[userctl]\nroot-user = allow\n")
    (environment.prefix / "pip.conf").write_text("[userctl]\nbase-configured = refuse\n")
    result = environment.pip("--isolated", "install", *source)
    assert_judged(result, "base-configured", "refuse")
    output = " ".join(result.output.split())
    assert f"user = yes ({environment.account.global_config}:2)" in output, result
    assert f"[{environment.prefix / 'pip.conf'}:2]" in output, result
