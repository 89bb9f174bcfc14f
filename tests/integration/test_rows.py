"""The rows of the policy's table that stand before the grid, and those that come on top of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Callable

import pytest

from conftest import NEWEST
from tests.toolkit.environments import Environment
from tests.toolkit.expect import AUDIT, NO_ROOT_ROW, STRICT, assert_judged, assert_silent, installed

Make = Callable[..., Environment]
as_root = pytest.mark.needs("root")


# location-configured

LOCATIONS = {"--target": ".", "--prefix": "lib/{tag}/site-packages"}


@pytest.mark.parametrize("option", LOCATIONS)
@pytest.mark.parametrize(("kind", "how"), [("base", "typed"), ("base", "configured"), ("isolated", "typed")])
def test_a_configured_wish_gives_way_to_a_location(make: Make, each_pip: str, kind: str, how: str, option: str) -> None:
    environment = make(kind, pip=each_pip)
    environment.account.user_config.write_text("[global]\nuser = yes\n")
    folder = environment.account.cwd / "there"
    typed = [option, str(folder)] if how == "typed" else []
    configured = {} if typed else {f"PIP_{option.strip('-').upper()}": str(folder)}
    result = environment.pip("install", *typed, "demo", **configured)
    assert_judged(result, "location-configured", "ignore")
    assert option in result.lines("userctl-location-configured: ")[0], result
    assert f"{environment.account.user_config}:2" in result.output, result
    assert installed(folder) == [LOCATIONS[option].format(tag=environment.base.tag)], result
    assert environment.where("demo") == "", result


@pytest.mark.parametrize("option", LOCATIONS)
def test_the_profile_strict_also_drops_a_wish_beside_a_location(make: Make, each_pip: str, option: str) -> None:
    environment = make("base", pip=each_pip)
    result = environment.pip("install", option, "there", "demo", PIP_USER="1", **STRICT)
    assert_judged(result, "location-configured", "ignore")
    assert len(installed(environment.account.cwd)) == 1, result


@pytest.mark.parametrize("option", LOCATIONS)
@pytest.mark.parametrize("action", ["log", "warn", "refuse"])
def test_a_wish_that_is_kept_beside_a_location_fails_in_pip(
    make: Make, each_pip: str, option: str, action: str
) -> None:
    environment = make("base", pip=each_pip)
    key = {"PIP_USER": "1", "PIP_USERCTL_LOCATION_CONFIGURED": action, **NO_ROOT_ROW}
    result = environment.pip("install", option, "there", "demo", **key)
    assert_judged(result, "location-configured", action, returncode=1)
    assert installed(environment.account.cwd) == [], result


def test_the_profile_audit_only_records_a_wish_beside_a_location(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    result = environment.pip("install", "--prefix", "there", "--log", "log", "demo", PIP_USER="1", **AUDIT)
    assert_silent(result, returncode=1)
    assert "userctl-location-configured: " in (environment.account.cwd / "log").read_text(), result


# hidden-user-site-configured and hidden-user-site

HIDING: Mapping[str, tuple[list[str], dict[str, str]]] = {
    "-s": (["-s"], {}),
    "-I": (["-I"], {}),
    "PYTHONNOUSERSITE": ([], {"PYTHONNOUSERSITE": "1"}),
}


@pytest.mark.parametrize(
    ("kind", "hidden"), [*(("base", hidden) for hidden in HIDING), ("system-site", "-s"), ("conda", "-s")]
)
def test_a_configured_wish_is_dropped_where_the_user_site_is_hidden(
    make: Make, each_pip: str, kind: str, hidden: str
) -> None:
    flags, variables = HIDING[hidden]
    environment = make(kind, pip=each_pip)
    result = environment.pip("install", "demo", flags=flags, PIP_USER="1", **variables)
    assert_judged(result, "hidden-user-site-configured", "ignore")
    assert f"is not on sys.path: {'Python runs with ' if flags else ''}{hidden}" in result.output, result
    assert environment.where("demo") == "site", result


@pytest.mark.parametrize("hidden", HIDING)
def test_a_typed_user_install_is_refused_where_the_user_site_is_hidden(make: Make, each_pip: str, hidden: str) -> None:
    flags, variables = HIDING[hidden]
    environment = make("base", pip=each_pip)
    result = environment.pip("install", "--user", "demo", flags=flags, **variables, **NO_ROOT_ROW)
    assert_judged(result, "hidden-user-site", "refuse")
    assert hidden in result.output, result
    assert environment.where("demo") == "", result


def test_the_profile_strict_refuses_both_where_the_user_site_is_hidden(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    configured = environment.pip("install", "demo", flags=["-s"], PIP_USER="1", **STRICT)
    assert_judged(configured, "hidden-user-site-configured", "refuse")
    typed = environment.pip("install", "--user", "demo", flags=["-s"], **STRICT, PIP_USERCTL_BASE_TYPED="allow")
    assert_judged(typed, "hidden-user-site", "refuse")
    assert environment.where("demo") == "", typed


@pytest.mark.parametrize(("typed", "name"), [([], "hidden-user-site-configured"), (["--user"], "hidden-user-site")])
def test_the_profile_audit_only_records_where_the_user_site_is_hidden(
    make: Make, each_pip: str, typed: list[str], name: str
) -> None:
    environment = make("base", pip=each_pip)
    variables = {**AUDIT, **({} if typed else {"PIP_USER": "1"})}
    result = environment.pip("install", *typed, "--log", "log", "demo", flags=["-s"], **variables)
    # A newer pip refuses by itself to install where nobody looks; an older one does it.
    refused = each_pip == NEWEST
    assert_silent(result, returncode=1 if refused else 0)
    assert f"userctl-{name}: " in (environment.account.cwd / "log").read_text(), result
    assert environment.where("demo") == ("" if refused else "user"), result


def test_in_an_isolated_environment_the_grid_speaks_of_a_hidden_user_site(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    assert_judged(environment.pip("install", "demo", flags=["-s"], PIP_USER="1"), "isolated-configured", "ignore")
    typed = environment.pip("install", "--user", "demo", flags=["-s"], **NO_ROOT_ROW)
    assert_judged(typed, "isolated-typed", "refuse")


# root-user and foreign-user-base


@as_root
@pytest.mark.parametrize("how", ["typed", "configured", "fallback"])
def test_a_user_install_by_root_is_warned_of(make: Make, each_pip: str, how: str) -> None:
    environment = make("base", pip=each_pip)
    if how == "fallback":
        environment.make_read_only()
    typed = ["--user"] if how == "typed" else []
    wish = {"PIP_USER": "1"} if how == "configured" else {}
    result = environment.pip("install", *typed, "demo", **wish, PIP_USERCTL_BASE_FALLBACK="allow")
    assert_judged(result, "root-user", "warn")
    assert environment.where("demo") == "user", result


@as_root
def test_a_user_install_by_root_is_refused_or_recorded_as_the_profile_says(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    strict = {"PIP_USERCTL_PROFILE": "strict", "PIP_USERCTL_BASE_TYPED": "allow"}
    assert_judged(environment.pip("install", "--user", "demo", **strict), "root-user", "refuse")
    assert_silent(environment.pip("install", "--user", "--log", "log", "demo", **AUDIT))
    assert "userctl-root-user: " in (environment.account.cwd / "log").read_text()
    assert environment.where("demo") == "user"


@as_root
def test_an_install_by_root_elsewhere_than_into_the_user_site_is_no_user_install(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    assert_silent(environment.pip("install", "demo", PIP_USERCTL_PROFILE="strict"))


@as_root
@pytest.mark.parametrize("owned", [".local", "."])
def test_root_is_kept_out_of_the_user_base_of_another_account(make: Make, each_pip: str, owned: str) -> None:
    environment = make("base", pip=each_pip)
    theirs = environment.account.home / owned
    theirs.mkdir(exist_ok=True)
    os.chown(theirs, 12345, 12345)
    result = environment.pip("install", "--user", "demo", **NO_ROOT_ROW)
    assert_judged(result, "foreign-user-base", "refuse")
    assert "12345" in result.output, result
    assert_judged(
        environment.pip("install", "--user", "demo", **STRICT, PIP_USERCTL_BASE_TYPED="allow"),
        "foreign-user-base",
        "refuse",
    )
    assert environment.where("demo") == "", result

    assert_silent(environment.pip("install", "--user", "--log", "log", "demo", **AUDIT))
    assert "userctl-foreign-user-base: " in (environment.account.cwd / "log").read_text()
    assert environment.where("demo") == "user"
