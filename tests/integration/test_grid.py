"""The table "where x how": each cell in each profile, and which wish a request has at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Callable

import pytest

from tests.toolkit.environments import Environment, Result
from tests.toolkit.expect import NO_ROOT_ROW, assert_judged, assert_silent

Make = Callable[..., Environment]
PROFILES = ("audit", "default", "strict")
GRID = {
    ("isolated", "typed"): ("log", "refuse", "refuse"),
    ("isolated", "configured"): ("log", "ignore", "ignore"),
    ("system-site", "typed"): ("log", "warn", "refuse"),
    ("system-site", "configured"): ("log", "warn", "refuse"),
    ("system-site", "fallback"): ("log", "warn", "refuse"),
    ("conda", "typed"): ("log", "warn", "refuse"),
    ("conda", "configured"): ("log", "log", "refuse"),
    ("conda", "fallback"): ("log", "warn", "refuse"),
    ("base", "typed"): ("log", "allow", "refuse"),
    ("base", "configured"): ("log", "allow", "refuse"),
    ("base", "fallback"): ("log", "log", "refuse"),
}
WAYS = {"typed": ("--user",), "configured": ("file", "variable"), "fallback": ("read-only",)}
CELLS = [
    pytest.param(kind, how, way, profile, action, id=f"{kind}-{how}-by-{way.strip('-')}-{profile}")
    for (kind, how), actions in GRID.items()
    for way in WAYS[how]
    for profile, action in zip(PROFILES, actions)
]


def install(environment: Environment, way: str, *arguments: str) -> Result:
    """Install demo, with the wish expressed this way."""
    variables = dict(NO_ROOT_ROW)
    if way == "--user":
        arguments = ("--user", *arguments)
    elif way == "file":
        environment.account.user_config.write_text("[install]\nuser = yes\n")
    elif way == "variable":
        variables["PIP_USER"] = "1"
    elif way == "read-only":
        environment.make_read_only()
    return environment.pip("install", *arguments, "demo", **variables)


@pytest.mark.parametrize(("kind", "how", "way", "profile", "action"), CELLS)
def test_each_cell_has_the_action_of_its_profile(
    make: Make, each_pip: str, kind: str, how: str, way: str, profile: str, action: str
) -> None:
    environment = make(kind, pip=each_pip)
    log = environment.account.cwd / "pip.log"
    if profile != "default":
        environment.account.global_config.write_text(f"[userctl]\nprofile = {profile}\n")
    result = install(environment, way, "--log", str(log))
    situation = f"{kind}-{how}"
    if profile == "audit":
        # pip itself cannot install into the user site from an isolated environment; audit leaves that alone.
        assert_silent(result, returncode=1 if kind == "isolated" else 0)
        assert f"userctl-{situation}: " in log.read_text(), result
    else:
        assert_judged(result, situation, action)
    if profile == "strict" and action == "refuse":
        assert f"rule: {situation} = refuse, " in result.output, result
    place = {"refuse": "", "ignore": "site"}.get(action, "user")
    assert environment.where("demo") == ("" if result.returncode else place), result


@pytest.mark.parametrize("way", ["--user", "variable", "read-only"])
def test_lines_of_the_profile_audit_appear_on_the_screen_with_v_only(make: Make, each_pip: str, way: str) -> None:
    environment = make("base", pip=each_pip)
    environment.account.global_config.write_text("[userctl]\nprofile = audit\n")
    assert_silent(install(environment, way))
    result = install(environment, way, "-v", "--force-reinstall")
    how = {"--user": "typed", "variable": "configured", "read-only": "fallback"}[way]
    assert_judged(result, f"base-{how}", "log")


def test_a_key_set_outright_beats_the_profile_and_is_named_as_the_rule(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    environment.account.global_config.write_text("[userctl]\nprofile = audit\nbase-typed = refuse\n")
    result = install(environment, "--user")
    assert_judged(result, "base-typed", "refuse")
    assert f"rule: base-typed = refuse, set in {environment.account.global_config}:3" in result.output, result


def test_an_isolated_environment_has_no_fallback(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    result = install(environment, "read-only")
    assert_silent(result, returncode=1)
    assert environment.where("demo") == "", result


def test_what_follows_a_dropped_wish_is_judged_as_a_fallback(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    environment.make_read_only()
    dropped = {**NO_ROOT_ROW, "PIP_USER": "1", "PIP_USERCTL_BASE_CONFIGURED": "ignore"}
    result = environment.pip("install", "demo", **dropped)
    assert result.returncode == 0, result
    assert result.situations == ["base-configured", "base-fallback"], result
    assert f"{environment.site_packages} is not writable" in result.output, result
    assert environment.where("demo") == "user", result

    refused = environment.pip("install", "--force-reinstall", "demo", PIP_USERCTL_BASE_FALLBACK="refuse", **dropped)
    assert refused.returncode == 1, refused
    assert refused.situations == ["base-configured", "base-fallback"], refused
    assert refused.lines("error: userctl-base-fallback"), refused


@pytest.mark.parametrize("kind", ["system-site", "conda", "base"])
def test_ignore_sends_a_configured_user_install_into_the_environment(make: Make, each_pip: str, kind: str) -> None:
    environment = make(kind, pip=each_pip)
    environment.account.user_config.write_text(f"[install]\nuser = yes\n[userctl]\n{kind}-configured = ignore\n")
    result = environment.pip("install", "demo")
    assert_judged(result, f"{kind}-configured", "ignore")
    assert f"{environment.account.user_config}:2" in result.output, result
    assert environment.where("demo") == "site", result


NO_WISH = {
    "typed --no-user": (["--no-user"], {}),
    "--no-user against PIP_USER": (["--no-user"], {"PIP_USER": "1"}),
    "PIP_USER=0": ([], {"PIP_USER": "0"}),
    "PIP_NO_USER=0": ([], {"PIP_NO_USER": "0"}),
}


@pytest.mark.parametrize(("arguments", "variables"), NO_WISH.values(), ids=NO_WISH)
def test_a_user_install_that_is_ruled_out_is_no_wish_and_has_no_fallback(
    make: Make, each_pip: str, arguments: list[str], variables: dict[str, str]
) -> None:
    environment = make("base", pip=each_pip)
    strict = {**variables, "PIP_USERCTL_PROFILE": "strict"}
    result = environment.pip("install", *arguments, "demo", **strict)
    assert_silent(result)
    assert environment.where("demo") == "site", result

    environment.make_read_only()
    result = environment.pip("install", "--ignore-installed", *arguments, "demo", **strict)
    assert_silent(result, returncode=1)
    assert environment.where("demo") == "site", result


def test_an_empty_variable_does_nothing(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    environment.make_read_only()
    assert_judged(environment.pip("install", "demo", PIP_USER="", **NO_ROOT_ROW), "base-fallback", "log")

    environment.account.user_config.write_text("[install]\nuser = yes\n")
    refuse = {**NO_ROOT_ROW, "PIP_USERCTL_BASE_CONFIGURED": "refuse", "PIP_USER": ""}
    assert_judged(environment.pip("install", "demo", **refuse), "base-configured", "refuse")


@pytest.mark.parametrize("variable", ["PIP_USER", "PIP_NO_USER"])
@pytest.mark.parametrize("value", ["1", "0"])
def test_a_typed_user_install_beats_a_configured_one(make: Make, each_pip: str, variable: str, value: str) -> None:
    environment = make("isolated", pip=each_pip)
    result = environment.pip("install", "--user", "demo", **{**NO_ROOT_ROW, variable: value})
    assert_judged(result, "isolated-typed", "refuse")
    assert "--user asks for a user install" in result.output, result
    assert variable not in result.output, result


YES, NO = "[install]\nuser = yes\n", "[install]\nuser = no\n"
#: Files (the PIP_CONFIG_FILE's is "env"), variables, and the place that must be named: file:line, a variable, or none.
PLACES: Mapping[str, tuple[dict[str, str], dict[str, str], str]] = {
    "the global file": ({"global": "# one\n\n[global]\nuser: true\n"}, {}, "global:4"),
    "the user file": ({"user": YES}, {}, "user:2"),
    "the site file": ({"site": "[global]\nindex-url = x\nuser = on\n"}, {}, "site:3"),
    "the file of PIP_CONFIG_FILE": ({"env": YES}, {}, "env:2"),
    "PIP_USER": ({}, {"PIP_USER": "yes"}, "PIP_USER"),
    "PIP_NO_USER": ({}, {"PIP_NO_USER": "1"}, "PIP_NO_USER"),
    "no-user in a file": ({"user": "[install]\nno-user = yes\n"}, {}, "user:2"),
    "user over global": ({"global": NO, "user": YES}, {}, "user:2"),
    "user against global": ({"global": YES, "user": NO}, {}, ""),
    "site over user": ({"user": NO, "site": "\n" + YES}, {}, "site:3"),
    "site against user": ({"user": YES, "site": NO}, {}, ""),
    "PIP_CONFIG_FILE over site": ({"site": NO, "env": YES}, {}, "env:2"),
    "PIP_CONFIG_FILE hides user": ({"user": YES, "env": "[install]\n"}, {}, ""),
    "[install] of a weak file over [global] of a strong one": (
        {"global": YES, "site": "[global]\nuser = no\n"},
        {},
        "global:2",
    ),
    "a variable over all files": ({"global": NO, "user": NO, "site": NO}, {"PIP_USER": "1"}, "PIP_USER"),
    "a variable against all files": ({"global": YES, "user": YES, "site": YES}, {"PIP_USER": "0"}, ""),
    "a stronger file's empty value": ({"global": YES, "user": "[install]\nuser =\n"}, {}, ""),
}


@pytest.mark.parametrize(("files", "variables", "named"), PLACES.values(), ids=PLACES)
def test_the_strongest_setting_is_the_wish_and_is_named(
    make: Make, each_pip: str, files: dict[str, str], variables: dict[str, str], named: str
) -> None:
    environment = make("isolated", pip=each_pip)
    paths = {
        "global": environment.account.global_config,
        "user": environment.account.user_config,
        "site": environment.site_config,
        "env": environment.account.home / "env.conf",
    }
    for kind, text in files.items():
        paths[kind].write_text(text)
    if "env" in files:
        variables = {**variables, "PIP_CONFIG_FILE": str(paths["env"])}
    result = environment.pip("install", "demo", **variables)
    assert environment.where("demo") == "site", result
    if not named:
        assert_silent(result)
        return
    assert_judged(result, "isolated-configured", "ignore")
    kind, colon, line = named.partition(":")
    wish = f" in {paths[kind]}:{line} asks" if colon else f"the variable {named} asks"
    assert wish in result.output, result
    others = [str(path) for other, path in paths.items() if other != kind]
    assert not any(other in result.output for other in others), result
