"""The rows about other ways around the environment: a directory option, and PEP 668's option."""

from __future__ import annotations

from typing import Callable

import pytest

from conftest import NEWEST
from tests.toolkit.environments import Environment
from tests.toolkit.expect import AUDIT, STRICT, assert_judged, assert_silent, installed

Make = Callable[..., Environment]
Path = Callable[[Environment], "tuple[list[str], dict[str, str]]"]


# user-site-by-path


def by_prefix(environment: Environment) -> tuple[list[str], dict[str, str]]:
    """The user base as ``--prefix``."""
    return ["--prefix", str(environment.account.home / ".local")], {}


def by_target(environment: Environment) -> tuple[list[str], dict[str, str]]:
    """The user site as ``--target``."""
    return ["--target", str(environment.user_site)], {}


def by_root(environment: Environment) -> tuple[list[str], dict[str, str]]:
    """A ``--root`` under which the interpreter's own directories are the user base."""
    root = environment.account.home / "root"
    return ["--root", str(root)], {"PYTHONUSERBASE": f"{root}{environment.prefix}"}


def through_a_link(environment: Environment) -> tuple[list[str], dict[str, str]]:
    """A link that leads to the user base."""
    link, base = environment.account.home / "tools", environment.account.home / ".local"
    base.mkdir()
    link.symlink_to(base)
    return ["--prefix", str(link)], {}


def to_where_the_user_base_leads(environment: Environment) -> tuple[list[str], dict[str, str]]:
    """The user base is a link; the directory is given that it leads to."""
    disk = environment.account.home / "disk"
    disk.mkdir()
    (environment.account.home / ".local").symlink_to(disk)
    return ["--target", str(disk / "lib" / environment.base.tag / "site-packages")], {}


def of_another_python(environment: Environment) -> tuple[list[str], dict[str, str]]:
    """The user site of another Python version."""
    return ["--target", str(environment.account.home / ".local" / "lib" / "python3.8" / "site-packages")], {}


PATHS = (by_prefix, by_target, through_a_link, to_where_the_user_base_leads, of_another_python)


@pytest.mark.parametrize(
    ("kind", "path"),
    # The own directory of Debian's base interpreter is not called site-packages: no user site can be there.
    [("isolated", by_prefix), ("isolated", by_root), *(("base", path) for path in PATHS)],
    ids=lambda each: getattr(each, "__name__", each),
)
def test_a_directory_option_that_names_a_user_site_is_warned_of(
    make: Make, each_pip: str, kind: str, path: Path
) -> None:
    environment = make(kind, pip=each_pip)
    options, variables = path(environment)
    result = environment.pip("install", *options, "demo", **variables)
    assert_judged(result, "user-site-by-path", "warn")
    assert f"{options[0]} {options[1]}" in result.output, result
    assert len(installed(environment.account.home)) == 1, result


def test_the_other_profiles_refuse_or_record_a_directory_option_that_names_a_user_site(
    make: Make, each_pip: str
) -> None:
    environment = make("base", pip=each_pip)
    options, _ = by_prefix(environment)
    assert_judged(environment.pip("install", *options, "demo", **STRICT), "user-site-by-path", "refuse")
    assert installed(environment.account.home) == []
    assert_silent(environment.pip("install", *options, "--log", "log", "demo", **AUDIT))
    assert "userctl-user-site-by-path: " in (environment.account.cwd / "log").read_text()


def test_other_directories_are_no_user_site(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    home = environment.account.home
    for option, folder in (("--target", home / ".local"), ("--prefix", home), ("--root", home / ".local")):
        assert_silent(environment.pip("install", "--force-reinstall", option, str(folder), "demo", **STRICT))


# break-system-packages: pips that know PEP 668

managed = pytest.mark.parametrize("pip", ["23.0.1", NEWEST])


@managed
@pytest.mark.parametrize("how", ["typed", "configured"])
def test_breaking_system_packages_has_the_action_of_the_profile(make: Make, pip: str, how: str) -> None:
    environment = make("base", pip=pip)
    environment.manage_externally()
    typed = ["--break-system-packages"] if how == "typed" else []
    variables = {} if typed else {"PIP_BREAK_SYSTEM_PACKAGES": "1"}
    assert_judged(environment.pip("install", *typed, "demo", **variables, **STRICT), "break-system-packages", "refuse")
    assert environment.where("demo") == ""
    assert_silent(environment.pip("install", *typed, "--log", "log", "demo", **variables, **AUDIT))
    assert "userctl-break-system-packages: " in (environment.account.cwd / "log").read_text()
    assert_silent(environment.pip("install", "--force-reinstall", *typed, "demo", **variables))
    assert environment.where("demo") == "site"


@managed
def test_the_option_is_not_judged_where_pip_would_not_have_stopped(make: Make, pip: str) -> None:
    option = "--break-system-packages"
    environment = make("base", pip=pip)
    assert_silent(environment.pip("install", option, "demo", **STRICT))
    environment.manage_externally()
    assert_silent(environment.pip("install", option, "--target", "there", "demo", **STRICT))
    assert_silent(make("isolated", pip=pip).pip("install", option, "demo", **STRICT))


@managed
@pytest.mark.parametrize("typed", [[], ["--user"]])
def test_what_pip_stops_because_of_pep_668_is_not_judged(make: Make, pip: str, typed: list[str]) -> None:
    environment = make("base", pip=pip)
    environment.manage_externally()
    result = environment.pip("install", *typed, "demo", **STRICT)
    assert_silent(result, returncode=1)
    assert "externally-managed-environment" in result.output, result
