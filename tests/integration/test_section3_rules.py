"""Section 3, the rules before and on top of the table: each under each action, then each in the situations it is about."""

from __future__ import annotations

import json
import os
import pwd
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pip_userctl.testing import PipEnvironment
from tests.integration.conftest import Shared
from tests.support import usersites
from tests.support.changes import manage_externally
from tests.support.expect import ALLOW_ROOT, STRICT, assert_judged, assert_silent, installed
from tests.support.pythons import NEWEST, OLDEST

#: What the table of the environments would say is not what these tests are about.
ONLY = {
    "PIP_USERCTL_BASE_TYPED": "allow",
    "PIP_USERCTL_BASE_CONFIGURED": "allow",
    "PIP_USERCTL_BASE_SITE": "allow",
    "PIP_USERCTL_SYSTEM_SITE_TYPED": "allow",
    **ALLOW_ROOT,
}
Situation = Callable[[PipEnvironment], "tuple[list[str], dict[str, str]]"]
as_root = pytest.mark.needs("root")


@pytest.fixture
def mount() -> Iterator[Path]:
    """A directory on another mount than ``/``, which the tests' own folder may be or not be."""
    with TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


# each rule under each action


def by_hand(name: str, arguments: str, **variables: str) -> Situation:
    """A situation that arguments and variables make."""
    return lambda environment: ([*arguments.split(), "demo"], variables)


def owned_by_another(environment: PipEnvironment) -> tuple[list[str], dict[str, str]]:
    """The user base belongs to an account that root is not."""
    base = environment.account.home / ".local"
    base.mkdir()
    os.chown(base, 12345, 12345)
    return ["--user", "demo"], {}


def in_a_container(environment: PipEnvironment) -> tuple[list[str], dict[str, str]]:
    """The user base is on another mount than ``/`` in a container that shares the home with its host."""
    base = f"/dev/shm/home-{os.getpid()}"
    return ["--user", "demo"], {"APPTAINER_CONTAINER": "/x.sif", "PYTHONUSERBASE": base}


def by_path(environment: PipEnvironment) -> tuple[list[str], dict[str, str]]:
    """The user site as ``--target``."""
    return ["--target", str(environment.user_site), "demo"], {}


def managed(environment: PipEnvironment) -> tuple[list[str], dict[str, str]]:
    """The system's package manager is overridden."""
    manage_externally(environment)
    return ["--break-system-packages", "demo"], {}


def frozen(environment: PipEnvironment) -> tuple[list[str], dict[str, str]]:
    """A frozen conda environment."""
    (environment.prefix / "conda-meta" / "frozen").write_text('{"message": "ask the team"}')
    return ["demo"], {}


def hiding(environment: PipEnvironment) -> tuple[list[str], dict[str, str]]:
    """The user install would stand before the environment's own."""
    usersites.put(environment.site_packages, "demo", "0.5")
    return ["--user", "--ignore-installed", "demo"], {}


#: Rule → where, what, and its action under audit, default and strict.
RULES: dict[str, tuple[str, Situation, tuple[str, str, str]]] = {
    "location-configured": ("base", by_hand("", "--prefix there", PIP_USER="1"), ("log", "ignore", "ignore")),
    "hidden-user-site-configured": (
        "base",
        by_hand("", "", PIP_USER="1", PYTHONNOUSERSITE="1"),
        ("log", "ignore", "refuse"),
    ),
    "hidden-user-site": ("base", by_hand("", "--user", PYTHONNOUSERSITE="1"), ("log", "refuse", "refuse")),
    "root-user": ("base", by_hand("", "--user", PIP_ROOT_USER_ACTION="warn"), ("log", "warn", "refuse")),
    "foreign-user-base": ("base", owned_by_another, ("log", "refuse", "refuse")),
    "container-home": ("base", in_a_container, ("log", "warn", "refuse")),
    "user-site-by-path": ("base", by_path, ("log", "warn", "refuse")),
    "base-site": ("base", by_hand("", ""), ("log", "allow", "refuse")),
    "break-system-packages": ("base", managed, ("log", "allow", "refuse")),
    "conda-frozen": ("conda", frozen, ("log", "warn", "refuse")),
    "shadowing": ("base", hiding, ("log", "warn", "warn")),
    "protected-package": (
        "base",
        by_hand("", "--user", PIP_USERCTL_PROTECT_PACKAGES="demo"),
        ("log", "refuse", "refuse"),
    ),
}
#: Their situation is one in which pip by itself fails, or the newest one.
FAILING = {
    "location-configured": (OLDEST, NEWEST),
    "hidden-user-site": (NEWEST,),
    "hidden-user-site-configured": (NEWEST,),
}
_ROOT = ("root-user", "foreign-user-base")


@pytest.mark.parametrize("rule", [pytest.param(name, marks=[as_root] * (name in _ROOT)) for name in RULES])
def test_each_rule_does_what_its_action_says(shared: Shared, each_pip: str, rule: str) -> None:
    kind, situation, actions = RULES[rule]
    pip = "23.0.1" if rule == "break-system-packages" and each_pip == OLDEST else each_pip
    key = f"PIP_USERCTL_{rule.replace('-', '_').upper()}"
    others = {name: value for name, value in ONLY.items() if name != key}
    policies = [
        (action, {"PIP_USERCTL_PROFILE": profile}) for profile, action in zip(("audit", "default", "strict"), actions)
    ]
    if pip == NEWEST:
        left = [each for each in ("allow", "log", "warn", "refuse") if each not in actions[1:]]
        policies += [(action, {key: action}) for action in left]
    for action, policy in policies if pip == NEWEST else policies[1:]:
        environment = shared(kind, pip=pip)
        arguments, variables = situation(environment)
        result = environment.pip("install", *arguments, **{**variables, **others, **policy})
        fails = action == "refuse" or (action != "ignore" and pip in FAILING.get(rule, ()))
        if policy.get("PIP_USERCTL_PROFILE") == "audit":
            assert_silent(result, returncode=int(fails))
            assert result.rules[rule] == "log", result
        elif rule == "shadowing" and action == "allow":  # then it is not even looked for
            assert_silent(result)
        else:
            assert_judged(result, rule, action, returncode=int(fails))
        ends = {each["result"] for each in result.records if each["event"] == "outcome"}
        assert ends == {"refused" if action == "refuse" else "failed" if fails else "installed"}, result
        folders = (environment.account.home, environment.account.cwd, environment.prefix)
        found = [path for folder in folders for path in folder.rglob("demo-1.0.dist-info")]
        if "PYTHONUSERBASE" in variables:
            found += Path(variables["PYTHONUSERBASE"]).rglob("demo-1.0.dist-info")
            shutil.rmtree(variables["PYTHONUSERBASE"], ignore_errors=True)
        assert bool(found) == (not fails), result


# location-configured


@pytest.mark.parametrize("option", ["--target", "--prefix"])
def test_a_configured_user_install_gives_way_to_a_location(shared: Shared, each_pip: str, option: str) -> None:
    for kind, typed in (("base", True), ("base", False), ("isolated", True), ("system-site", True)):
        environment = shared(kind, pip=each_pip)
        environment.account.config.write_text("[global]\nuser = yes\n")
        folder = environment.account.cwd / "there"
        arguments = [option, str(folder)] if typed else []
        configured = {} if typed else {f"PIP_{option.strip('-').upper()}": str(folder)}
        result = environment.pip("install", *arguments, "demo", **configured)
        assert_judged(result, "location-configured", "ignore")
        (line,) = result.lines(
            "userctl-location-configured: ignoring user = yes (~/.config/pip/pip.conf:2) because of "
        )
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
    for kind in ("base", "system-site", "conda") if reason == "python -s" else ("base",):
        environment = shared(kind, pip=each_pip)
        configured = environment.pip("install", "demo", flags=flags, PIP_USER="1", **variables, **ALLOW_ROOT)
        name = "hidden-user-site-configured" if hidden else f"{kind}-configured"
        assert next(iter(configured.rules)) == name, configured
        assert environment.where("demo") == ("site" if hidden else "user"), configured
        assert (f"({reason})" in configured.output) == hidden, configured
    typed = shared("base", pip=each_pip).pip("install", "--user", "demo", flags=flags, **variables, **ONLY)
    if hidden:
        assert_judged(typed, "hidden-user-site", "refuse")
        assert f"({reason})" in typed.output, typed
    else:
        assert_silent(typed)
    isolated = shared("isolated", pip=each_pip)  # here the table speaks
    assert_judged(
        isolated.pip("install", "demo", flags=flags, PIP_USER="1", **variables), "isolated-configured", "ignore"
    )


def test_a_hidden_setting_is_not_ignored_where_pip_could_not_write_anywhere(shared: Shared, each_pip: str) -> None:
    environment = shared("base", pip=each_pip)
    variables = {"PIP_USER": "1", "PYTHONNOUSERSITE": "1", **ALLOW_ROOT}
    judged = environment.pip("install", "demo", **variables, PIP_USERCTL_BASE_SITE="refuse")
    assert judged.rules == {"hidden-user-site-configured": "ignore", "base-site": "refuse"}, judged
    environment.make_read_only()
    result = environment.pip("install", "demo", **variables)
    assert_judged(result, "hidden-user-site-configured", "refuse")
    assert "PIP_USER=1 cannot work here" in result.output, result


# root-user and foreign-user-base


@as_root
def test_root_is_warned_of_a_user_install_into_its_own_default_base_alone(shared: Shared, each_pip: str) -> None:
    warn = {**ONLY, "PIP_USERCTL_ROOT_USER": "warn", "PIP_ROOT_USER_ACTION": "warn"}
    for typed, variables in (["--user"], {}), ([], {"PIP_USER": "1"}):
        assert_judged(
            shared("base", pip=each_pip).pip("install", *typed, "demo", **warn, **variables), "root-user", "warn"
        )
    fallback = shared("base", pip=each_pip)
    fallback.make_read_only()
    assert_judged(fallback.pip("install", "demo", **warn, PIP_USERCTL_BASE_FALLBACK="allow"), "root-user", "warn")
    environment = shared("base", pip=each_pip)
    other = str(environment.account.home / "x")
    assert_silent(environment.pip("install", "--user", "demo", PYTHONUSERBASE=other, **warn))
    assert_silent(environment.pip("install", "--target", "there", "demo", **warn))
    if each_pip == NEWEST:  # older ones have no such option
        ignored = environment.pip("install", "--user", "demo", **{**warn, "PIP_ROOT_USER_ACTION": "ignore"})
        assert_silent(ignored)
        option = "--root-user-action=ignore"
        assert_silent(environment.pip("install", "--user", option, "--force-reinstall", "demo", **warn))
    isolated = shared("isolated", pip=each_pip).pip("install", "--user", "demo", **warn)
    assert_judged(isolated, "isolated-typed", "refuse")


@as_root
@pytest.mark.parametrize("owned", [".local", "."])
def test_root_is_kept_out_of_the_user_base_of_another_account(shared: Shared, each_pip: str, owned: str) -> None:
    environment = shared("base", pip=each_pip)
    theirs = environment.account.home / owned
    theirs.mkdir(exist_ok=True)
    os.chown(theirs, 12345, 12345)
    result = environment.pip("install", "--user", "demo", PIP_ROOT_USER_ACTION="warn")
    assert_judged(result, "foreign-user-base", "refuse")  # and nothing of root-user, which would contradict it
    base = environment.account.home / ".local"
    assert "root would write into the home of 12345" in result.output, result
    assert f"12345's own pip could not change these files in {base}" in " ".join(result.output.split()), result
    assert not environment.user_site.exists(), result


# container-home


@pytest.mark.parametrize(
    "variable", ["APPTAINER_NAME", "SINGULARITY_CONTAINER", "CH_RUNNING", "SHIFTER_RUNTIME", "ENROOT_ROOTFS"]
)
def test_a_container_that_shares_the_home_is_told_from_one_with_a_base_of_its_own(
    shared: Shared, mount: Path, variable: str
) -> None:
    environment = shared("base")
    with TemporaryDirectory(dir="/var/tmp") as own:
        inside = environment.pip("install", "--user", "demo", PYTHONUSERBASE=f"{own}/x", **{variable: "1"}, **ONLY)
    shares = environment.pip("install", "--user", "demo", PYTHONUSERBASE=f"{mount}/x", **{variable: "1"}, **ONLY)
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
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_user_site_by_path_is_seen_in_every_form(shared: Shared, each_pip: str, form: Situation) -> None:
    environment = shared("base" if each_pip == NEWEST and form is not rooted else "isolated", pip=each_pip)
    arguments, variables = form(environment)
    assert_judged(environment.pip("install", *arguments, **variables), "user-site-by-path", "warn")


def test_the_accounts_own_user_site_is_seen_whatever_home_says(shared: Shared, each_pip: str) -> None:
    environment = shared("isolated", pip=each_pip)
    base = Path(pwd.getpwuid(os.getuid()).pw_dir, ".local")
    refuse = {"PIP_USERCTL_USER_SITE_BY_PATH": "refuse"}
    assert_judged(environment.pip("install", "--prefix", str(base), "demo", **refuse), "user-site-by-path", "refuse")


def test_other_directories_are_no_user_site(shared: Shared, each_pip: str) -> None:
    environment = shared("isolated", pip=each_pip)
    home = environment.account.home
    similar = environment.user_site.with_name("site-packages-of-mine")
    for option, folder in (("--target", home / ".local"), ("--prefix", home), ("--root", home), ("--target", similar)):
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
    assert_silent(environment.pip("install", "demo", PIP_TARGET="configured", **STRICT))
    assert_silent(environment.pip("install", "pip", "packaging", **STRICT))  # a repair
    for kind in ("isolated", "system-site", "conda"):
        assert_silent(shared(kind, pip=each_pip).pip("install", "demo", **STRICT))


# break-system-packages: pips that know PEP 668


@pytest.mark.parametrize("pip", ["23.0.1", NEWEST])
def test_breaking_system_packages_is_judged_where_pip_would_have_stopped(shared: Shared, pip: str) -> None:
    environment, option = shared("base", pip=pip), "--break-system-packages"
    strict = {**STRICT, "PIP_USERCTL_BASE_SITE": "allow"}
    assert_silent(environment.pip("install", option, "demo", **strict))
    manage_externally(environment)
    typed = environment.pip("install", option, "demo", **strict)
    assert_judged(typed, "break-system-packages", "refuse")
    assert f"{option} overrides the system's package manager" in typed.output, typed
    configured = environment.pip("install", "demo", PIP_BREAK_SYSTEM_PACKAGES="1", **strict)
    assert_judged(configured, "break-system-packages", "refuse")
    assert "PIP_BREAK_SYSTEM_PACKAGES=1 overrides" in configured.output, configured
    user = environment.pip("install", option, "--user", "demo", **strict)
    assert user.rules == {"base-typed": "refuse", "break-system-packages": "refuse"}, user
    for free in (["--target", "there", "demo"], ["--prefix", "here", "demo"], ["pip"]):
        assert_silent(environment.pip("install", option, *free, **strict))
    assert_silent(shared("isolated", pip=pip).pip("install", option, "demo", **strict))


@pytest.mark.parametrize("pip", ["23.0.1", NEWEST])
def test_what_pip_stops_because_of_pep_668_is_not_judged(shared: Shared, pip: str) -> None:
    environment = shared("base", pip=pip)
    manage_externally(environment)
    for typed in ([], ["--user"]):
        result = environment.pip("install", *typed, "demo", **STRICT)
        assert_silent(result, returncode=1)
        assert "externally-managed-environment" in result.output, result
        assert result.records == (), result


# conda-frozen

#: What stands in the file, and what is said of it.
FROZEN = {
    '{"message": "ask the\\n team"}': "ask the team",
    "": "says so",
    "{not json": "says so",
    '["a list"]': "says so",
    '{"message": 3}': "says so",
    json.dumps({"message": "\x1b[2J" + "long " * 100}): r"\x1b[2Jlong long",
}


def test_a_frozen_conda_environment_gives_its_reason(shared: Shared, each_pip: str) -> None:
    for content, expected in list(FROZEN.items())[: None if each_pip == NEWEST else 2]:
        environment = shared("conda", pip=each_pip)
        path = environment.prefix / "conda-meta" / "frozen"
        path.write_text(content)
        result = environment.pip("install", "demo")
        assert_judged(result, "conda-frozen", "warn")
        reason = result.records[0]["rules"][0]["reason"]
        assert ("conda-meta/frozen says so" if expected == "says so" else expected) in reason, result
        assert len(reason) <= 200, result
    typed = environment.pip("install", "--user", "demo", **ALLOW_ROOT)
    assert_judged(typed, "conda-typed", "warn")
    assert_silent(environment.pip("install", "--target", "there", "demo"))
