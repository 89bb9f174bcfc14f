"""Section 3: each rule under each profile, and those before and on top of the table in the situations they are about."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pip_userctl.keys import RULES
from pip_userctl.testing import PipEnvironment
from tests.integration.conftest import Shared
from tests.support import scenes
from tests.support.changes import manage_externally
from tests.support.expect import ALLOW_ROOT, STRICT, assert_judged, assert_silent, installed
from tests.support.pythons import NEWEST, OLDEST
from tests.support.scenes import SCENES, Stage

#: What the table of the environments would say is not what these tests are about.
ONLY = {"PIP_USERCTL_BASE_TYPED": "allow", "PIP_USERCTL_BASE_CONFIGURED": "allow", **ALLOW_ROOT}
Situation = Callable[[PipEnvironment], "tuple[list[str], dict[str, str]]"]
as_root = pytest.mark.needs("root")

# each rule under each profile

#: Rule → its action under audit, default and strict, as the contract has it.
ACTIONS = {
    "isolated-typed": ("log", "refuse", "refuse"),
    "isolated-configured": ("log", "ignore", "ignore"),
    "system-site-typed": ("log", "warn", "refuse"),
    "system-site-configured": ("log", "warn", "refuse"),
    "system-site-fallback": ("log", "warn", "refuse"),
    "conda-typed": ("log", "warn", "refuse"),
    "conda-configured": ("log", "log", "refuse"),
    "conda-fallback": ("log", "warn", "refuse"),
    "base-typed": ("log", "allow", "refuse"),
    "base-configured": ("log", "allow", "refuse"),
    "base-fallback": ("log", "log", "refuse"),
    "location-configured": ("log", "ignore", "ignore"),
    "hidden-user-site-configured": ("log", "ignore", "refuse"),
    "hidden-user-site": ("log", "refuse", "refuse"),
    "root-user": ("log", "warn", "refuse"),
    "foreign-user-base": ("log", "refuse", "refuse"),
    "container-home": ("log", "warn", "refuse"),
    "user-site-by-path": ("log", "warn", "refuse"),
    "base-site": ("log", "allow", "refuse"),
    "break-system-packages": ("log", "allow", "refuse"),
    "conda-frozen": ("log", "warn", "refuse"),
    "shadowing": ("log", "warn", "warn"),
    "protected-package": ("log", "refuse", "refuse"),
}
#: Where pip fails by itself: always, or with the newest one.
_FAILING = ("isolated-typed", "isolated-configured", "location-configured")
_FAILING_NOW = ("hidden-user-site", "hidden-user-site-configured")


@pytest.mark.parametrize("pip", [OLDEST, NEWEST])
@pytest.mark.parametrize("rule", [pytest.param(name, marks=pytest.mark.needs(*SCENES[name].needs)) for name in ACTIONS])
def test_each_rule_does_what_its_action_under_the_profile_says(stage: Stage, pip: str, rule: str) -> None:
    """The newest pip under ``audit`` and ``strict``, the oldest under ``default``, which test_rule_pages has for the newest."""
    assert ACTIONS[rule] == RULES[rule]
    pip = pip if scenes.exists(rule, pip) else "23.0.1"
    actions = dict(zip(("audit", "default", "strict"), ACTIONS[rule]))
    others = {name: "allow" for name in ("base-typed", "base-configured", "base-site", "conda-typed") if name != rule}
    silent = {f"PIP_USERCTL_{name.upper().replace('-', '_')}": action for name, action in others.items()}
    variables = {**silent, **SCENES[rule].variables, **(ALLOW_ROOT if rule != "root-user" else {})}
    for profile in ("audit", "strict") if pip == NEWEST else ("default",):
        environment, action = stage.set(rule, pip), actions[profile]
        environment.account.global_config.write_text(f"[userctl]\nprofile = {profile}\n")
        words = [
            str(environment.python),
            "-m",
            "pip",
            "install",
            "--log",
            "log",
            *scenes.arguments_of(rule, environment),
        ]
        log = {"PIP_USERCTL_AUDIT_LOG": str(environment.prefix.parent / "records.jsonl")}
        result = environment.account.run(scenes.in_scene(rule, words), {**variables, **log})
        fails = action not in ("ignore", "refuse") and rule in (*_FAILING, *(_FAILING_NOW if pip == NEWEST else ()))
        if profile == "audit":
            assert_silent(result, returncode=int(fails))
            assert result.rules[rule] == "log", result
            assert f"userctl-{rule}: " in (environment.account.cwd / "log").read_text(), result
        else:
            assert_judged(result, rule, action, returncode=int(fails or action == "refuse"))
        if profile == "strict" and action != "ignore":
            assert f"[profile strict, {environment.account.global_config}:2]" in " ".join(result.output.split()), result
        ends = {each["result"] for each in result.records if each["event"] == "outcome"}
        assert ends == {"refused" if action == "refuse" else "failed" if fails else "installed"}, result
        folders = (environment.account.home, environment.account.cwd, environment.prefix)
        found = [path for folder in folders for path in folder.rglob("demo-1.0.dist-info")]
        assert len(found) == (result.returncode == 0), result


# location-configured


@pytest.mark.parametrize(
    ("kind", "option", "typed"),
    [("base", "--target", True), ("system-site", "--prefix", True), ("isolated", "--target", False)],
)
def test_a_configured_user_install_gives_way_to_a_location(
    shared: Shared, each_pip: str, kind: str, option: str, typed: bool
) -> None:
    environment = shared(kind, pip=each_pip)
    environment.account.config.write_text("[global]\nuser = yes\n")
    folder = environment.account.cwd / "there"
    configured = {} if typed else {f"PIP_{option.strip('-').upper()}": str(folder)}
    result = environment.pip("install", *([option, str(folder)] if typed else []), "demo", **configured)
    assert_judged(result, "location-configured", "ignore")
    (line,) = result.lines("userctl-location-configured: ignoring user = yes (~/.config/pip/pip.conf:2) because of ")
    assert (option if typed else option.strip("-").upper()) in line, result
    assert len(installed(folder)) == 1, result


# hidden-user-site-configured and hidden-user-site

HIDING: dict[str, tuple[list[str], dict[str, str]]] = {
    "python -s": (["-s"], {}),
    "python -I": (["-I"], {}),
    "PYTHONNOUSERSITE": ([], {"PYTHONNOUSERSITE": "1"}),
}


@pytest.mark.parametrize("reason", HIDING)
def test_a_user_site_that_only_this_run_hides_counts_as_hidden_where_pip_refuses_it(
    shared: Shared, each_pip: str, reason: str
) -> None:
    flags, variables = HIDING[reason]
    hidden = reason == "PYTHONNOUSERSITE" or each_pip == NEWEST
    environment = shared("base", pip=each_pip)
    typed = environment.pip("install", "--user", "demo", flags=flags, **variables, **ONLY)
    if hidden:
        assert_judged(typed, "hidden-user-site", "refuse")
        assert f"({reason})" in typed.output, typed
    else:
        assert_silent(typed)
    if reason == "python -s":
        for kind in ("base", "conda") if each_pip == NEWEST else ("system-site",):
            environment = shared(kind, pip=each_pip)
            configured = environment.pip("install", "demo", flags=flags, PIP_USER="1", **ALLOW_ROOT)
            name = "hidden-user-site-configured" if hidden else f"{kind}-configured"
            assert next(iter(configured.rules)) == name, configured
            assert environment.where("demo") == ("site" if hidden else "user"), configured
        isolated = shared("isolated", pip=each_pip)  # here the table speaks
        assert_judged(isolated.pip("install", "demo", flags=flags, PIP_USER="1"), "isolated-configured", "ignore")


def test_a_hidden_setting_is_not_ignored_where_pip_could_not_write_anywhere(shared: Shared, each_pip: str) -> None:
    environment = shared("base", pip=each_pip)
    environment.make_read_only()
    result = environment.pip("install", "demo", PIP_USER="1", PYTHONNOUSERSITE="1", **ALLOW_ROOT)
    assert_judged(result, "hidden-user-site-configured", "refuse")
    assert "PIP_USER=1 cannot work here" in result.output, result


# root-user and foreign-user-base


@as_root
def test_root_is_warned_of_a_user_install_into_its_own_default_base_alone(shared: Shared) -> None:
    environment = shared("base")
    warn = {**ONLY, "PIP_USERCTL_ROOT_USER": "warn", "PIP_ROOT_USER_ACTION": "warn"}
    assert_silent(environment.pip("install", "--user", "demo", PYTHONUSERBASE=f"{environment.account.home}/x", **warn))
    assert_silent(environment.pip("install", "--user", "--root-user-action=ignore", "demo", **warn))
    environment.make_read_only()
    fallback = environment.pip("install", "--force-reinstall", "demo", **warn, PIP_USERCTL_BASE_FALLBACK="allow")
    assert_judged(fallback, "root-user", "warn")


@as_root
def test_root_is_kept_out_of_the_user_base_of_another_account(shared: Shared, each_pip: str) -> None:
    environment = shared("base", pip=each_pip)
    os.chown(environment.account.home, 12345, 12345)  # there is no user base yet
    result = environment.pip("install", "--user", "demo", PIP_ROOT_USER_ACTION="warn")
    assert_judged(result, "foreign-user-base", "refuse")  # and nothing of root-user, which would contradict it
    base = environment.account.home / ".local"
    assert "root would write into the home of 12345" in result.output, result
    assert f"12345's own pip could not change these files in {base}" in " ".join(result.output.split()), result
    assert not environment.user_site.exists(), result


# container-home


def test_a_container_that_shares_the_home_is_told_from_one_with_a_base_of_its_own(shared: Shared) -> None:
    environment = shared("base")
    # A directory on the mount of / and one on another.
    with TemporaryDirectory(dir="/var/tmp") as own, TemporaryDirectory(dir="/dev/shm") as mount:
        inside = environment.pip("install", "--user", "demo", PYTHONUSERBASE=f"{own}/x", CH_RUNNING="1", **ONLY)
        shares = environment.pip("install", "--user", "demo", PYTHONUSERBASE=f"{mount}/x", CH_RUNNING="1", **ONLY)
    assert_silent(inside)
    assert_judged(shares, "container-home", "warn")
    assert f"{mount}/x is the host's home" in shares.output, shares


# user-site-by-path


def linked(environment: PipEnvironment, option: str) -> tuple[list[str], dict[str, str]]:
    """A link that leads to the user base, or the place to which the user base, a link, leads."""
    other, base = environment.account.home / "other", environment.account.home / ".local"
    (base if option == "--prefix" else other).mkdir()
    (other if option == "--prefix" else base).symlink_to(base if option == "--prefix" else other)
    below = f"lib/python{environment.version}/site-packages"
    return [option, str(other if option == "--prefix" else other / below), "demo"], {}


def rooted(environment: PipEnvironment) -> tuple[list[str], dict[str, str]]:
    """A ``--root`` under which the interpreter's own directories are the user base."""
    root = environment.account.home / "root"
    return ["--root", str(root), "demo"], {"PYTHONUSERBASE": f"{root}{environment.prefix}"}


#: Every form in which a directory option leads into a user site.
FORMS: dict[str, Situation] = {
    "--prefix": lambda each: (["--prefix", f"{each.account.home}/.local", "demo"], {}),
    "--target": lambda each: ([f"-t{each.user_site}", "demo"], {}),
    "a relative path": lambda each: (["--target", os.path.relpath(each.user_site, each.account.cwd), "demo"], {}),
    "a setting": lambda each: (["demo"], {"PIP_TARGET": str(each.user_site)}),
    "below it": lambda each: (["--target", f"{each.user_site}/vendor/lib", "demo"], {}),
    "of another Python": lambda each: (["-t", f"{each.account.home}/.local/lib/python3.8/site-packages", "demo"], {}),
    "of HOME, PYTHONUSERBASE being another": lambda each: (
        ["--prefix", f"{each.account.home}/.local", "demo"],
        {"PYTHONUSERBASE": "/somewhere"},
    ),
    "of PYTHONUSERBASE": lambda each: (["--prefix", "there", "demo"], {"PYTHONUSERBASE": f"{each.account.cwd}/there"}),
    "through a link": lambda each: linked(each, "--prefix"),
    "where the user base leads": lambda each: linked(each, "--target"),
    "--root": rooted,
    "an empty --prefix": lambda each: (["--prefix=", "--root", f"{each.account.home}/.local", "demo"], {}),
}


@pytest.mark.parametrize(
    ("form", "pip"),
    [*((form, NEWEST) for form in FORMS), *((form, OLDEST) for form in ("--prefix", "a setting", "--root"))],
)
def test_a_user_site_by_path_is_seen_in_every_form(shared: Shared, pip: str, form: str) -> None:
    environment = shared("isolated", pip=pip)
    arguments, variables = FORMS[form](environment)
    assert_judged(environment.pip("install", *arguments, **variables), "user-site-by-path", "warn")


def test_the_accounts_own_user_site_is_seen_whatever_home_says(shared: Shared) -> None:
    environment = shared("isolated")
    base = Path(pwd.getpwuid(os.getuid()).pw_dir, ".local")
    refuse = {"PIP_USERCTL_USER_SITE_BY_PATH": "refuse"}
    assert_judged(environment.pip("install", "--prefix", str(base), "demo", **refuse), "user-site-by-path", "refuse")
    home = environment.account.home
    similar = environment.user_site.with_name("site-packages-of-mine")
    for option, folder in (("--target", home / ".local"), ("--root", home), ("--target", similar)):
        assert_silent(environment.pip("install", "--force-reinstall", option, str(folder), "demo", **STRICT))


# base-site


def test_an_install_into_the_base_interpreter_is_judged_where_it_is_really_written(
    shared: Shared, each_pip: str
) -> None:
    environment = shared("base", pip=each_pip)
    result = environment.pip("install", "demo", **STRICT)
    assert_judged(result, "base-site", "refuse")
    assert f"{environment.site_packages} serves every user of this Python" in " ".join(result.output.split()), result
    for option in ("--target", "--prefix", "--root"):
        assert_silent(environment.pip("install", option, f"{environment.account.cwd}/{option}", "demo", **STRICT))
    assert_silent(environment.pip("install", "pip", "packaging", **STRICT))  # a repair
    assert_silent(shared("system-site", pip=each_pip).pip("install", "demo", **STRICT))


# break-system-packages: pips that know PEP 668


@pytest.mark.parametrize("pip", ["23.0.1", NEWEST])
def test_breaking_system_packages_is_judged_where_pip_would_have_stopped(shared: Shared, pip: str) -> None:
    environment, option = shared("base", pip=pip), "--break-system-packages"
    strict = {**STRICT, "PIP_USERCTL_BASE_SITE": "allow"}
    assert_silent(environment.pip("install", option, "demo", **strict))
    manage_externally(environment)
    stopped = environment.pip("install", "demo", **STRICT)  # by pip itself
    assert_silent(stopped, returncode=1)
    assert ("externally-managed-environment" in stopped.output, stopped.records) == (True, ()), stopped
    configured = environment.pip("install", "demo", PIP_BREAK_SYSTEM_PACKAGES="1", **strict)
    assert_judged(configured, "break-system-packages", "refuse")
    assert "PIP_BREAK_SYSTEM_PACKAGES=1 overrides" in configured.output, configured
    user = environment.pip("install", option, "--user", "demo", **strict)
    assert user.rules == {"base-typed": "refuse", "break-system-packages": "refuse"}, user
    for free in (["--target", "there", "demo"], ["pip"]):
        assert_silent(environment.pip("install", option, *free, **strict))


# conda-frozen


def test_a_frozen_conda_environment_gives_its_reason(shared: Shared) -> None:
    environment = shared("conda")
    path = environment.prefix / "conda-meta" / "frozen"
    for content, expected in (('{"message": "ask the\\n team"}', "ask the team"), ("{not json", "frozen says so")):
        path.write_text(content)
        result = environment.pip("install", "--force-reinstall", "demo")
        assert_judged(result, "conda-frozen", "warn")
        assert result.records[0]["rules"][0]["reason"].endswith(expected), result
    assert_judged(environment.pip("install", "--user", "demo", **ALLOW_ROOT), "conda-typed", "warn")
    assert_silent(environment.pip("install", "--target", "there", "demo"))
