"""Administrator files and ``locked``, on a machine of its own: what hides them, who may not write them, what a lock is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

import pytest

from conftest import NEWEST
from tests.toolkit.answers import answer
from tests.toolkit.environments import Environment, Result
from tests.toolkit.expect import assert_judged, assert_silent
from tests.toolkit.machines import ETC, UID, Machine

Make = Callable[..., Environment]
NOT_HEARD = "locked = yes is heard only in an administrator file"
pytestmark = pytest.mark.needs("root", "unshare", "linux")


def policy(machine: Machine, **variables: str) -> Any:
    """The policy that ``status`` shows."""
    return answer(machine.userctl("status", "--json", **variables))["data"]["policy"]


def values(shown: Any, *keys: str) -> list[object]:
    """The values of some keys."""
    return [shown["values"][key]["value"] for key in keys]


# read directly, whatever hides them from pip

HIDING: Mapping[str, tuple[Sequence[str], Mapping[str, str]]] = {
    "nothing": ([], {}),
    "PIP_CONFIG_FILE": ([], {"PIP_CONFIG_FILE": "/dev/null"}),
    "PIP_CONFIG_FILE, another": ([], {"PIP_CONFIG_FILE": "own.conf"}),
    "--isolated": (["--isolated"], {}),
    "XDG_CONFIG_DIRS": ([], {"XDG_CONFIG_DIRS": "/nowhere"}),
    "HOME": ([], {"HOME": "/nowhere", "PYTHONUSERBASE": "base"}),
}


@pytest.mark.parametrize("hidden", HIDING)
def test_an_administrator_file_is_heard_although_pip_does_not_read_it(make: Make, each_pip: str, hidden: str) -> None:
    machine = Machine(make("base", pip=each_pip))
    options, variables = HIDING[hidden]
    machine.lock("base-typed = refuse")
    (machine.account.cwd / "own.conf").write_text("[userctl]\n")
    result = machine.pip(*options, "--user", "demo", **variables)
    assert_judged(result, "base-typed", "refuse")
    assert "(rule: base-typed = refuse, set in /etc/pip.conf:3)" in result.output, result


@pytest.mark.parametrize("path", ETC)
def test_both_files_in_etc_are_administrator_files(make: Make, each_pip: str, path: str) -> None:
    machine = Machine(make("base", pip=each_pip))
    machine.lock("base-typed = refuse", path=path)
    result = machine.pip("--user", "demo", PIP_CONFIG_FILE=os.devnull, PIP_USERCTL_BASE_TYPED="allow")
    assert_judged_under_lock(result, "base-typed", "refuse", "base-typed (PIP_USERCTL_BASE_TYPED)")
    assert f"set in {path}:3)" in result.output, result


def test_the_policy_of_a_hidden_file_is_heard_and_its_other_settings_are_not(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    machine = Machine(environment)
    place = machine.write(ETC[1], "base-configured = refuse")
    place.write_text(place.read_text() + "[install]\nuser = yes\n")
    assert_judged(machine.pip("demo"), "base-configured", "refuse")
    explained = machine.userctl("explain", "--json", "demo", PIP_CONFIG_FILE=os.devnull)
    assert answer(explained)["data"]["request"]["origin"]["kind"] == "fallback", explained


def test_of_two_files_in_etc_the_second_is_the_stronger_and_both_make_the_floor(make: Make) -> None:
    machine = Machine(make("isolated"))
    machine.write(ETC[0], "base-typed = warn", "conda-typed = refuse")
    machine.lock("base-typed = log")
    shown = policy(machine, PIP_USERCTL_CONDA_TYPED="allow", PIP_USERCTL_BASE_TYPED="allow", PIP_CONFIG_FILE=os.devnull)
    assert shown["files"] == list(ETC), shown
    assert values(shown, "base-typed", "conda-typed") == ["log", "refuse"], shown
    assert sorted(each.split()[0] for each in shown["loosening"]) == ["base-typed", "conda-typed"], shown


def test_locked_no_locks_nothing(make: Make) -> None:
    machine = Machine(make("isolated"))
    machine.write(ETC[1], "locked = no", "base-typed = refuse")
    shown = policy(machine, PIP_USERCTL_BASE_TYPED="allow")
    assert (shown["locked"], shown["loosening"], shown["problems"]) == (False, [], []), shown
    assert shown["values"]["base-typed"]["value"] == "allow", shown


# who must not be able to change them


def owned(machine: Machine, place: Path) -> None:
    """The file belongs to the account."""
    os.chown(place, UID, UID)


def read_only_but_owned(machine: Machine, place: Path) -> None:
    """The file belongs to the account, which may not write to it at the moment."""
    owned(machine, place)
    place.chmod(0o444)


def writable_by_all(machine: Machine, place: Path) -> None:
    """The file is writable by everybody."""
    place.chmod(0o666)


def writable_by_its_group(machine: Machine, place: Path) -> None:
    """The file is writable by the account's group."""
    os.chown(place, 0, UID)
    place.chmod(0o664)


def in_an_owned_folder(machine: Machine, place: Path) -> None:
    """The folder belongs to the account."""
    os.chown(place.parent, UID, UID)


def in_a_writable_folder(machine: Machine, place: Path) -> None:
    """The folder is writable by everybody."""
    place.parent.chmod(0o777)


def in_a_sticky_folder(machine: Machine, place: Path) -> None:
    """The folder is like /tmp."""
    place.parent.chmod(0o1777)


def below_a_writable_folder(machine: Machine, place: Path) -> None:
    """A folder further above is writable by everybody."""
    place.parents[1].chmod(0o777)


def move(place: Path, target: Path) -> None:
    """Put the file there, and a link in its place."""
    place.rename(target)
    place.symlink_to(target)


def behind_a_link(machine: Machine, place: Path) -> None:
    """The file is a link to one in the account's home."""
    move(place, machine.account.home / "policy.conf")


def behind_a_linked_folder(machine: Machine, place: Path) -> None:
    """The folder is a link into the account's home."""
    folder = machine.account.home / "folder"
    place.parent.rename(folder)
    place.parent.symlink_to(folder)


def behind_a_link_that_can_be_turned(machine: Machine, place: Path) -> None:
    """The file is a link to a link in the account's home, which leads to a file of root's elsewhere."""
    safe = machine.account.home.parent / "safe"
    safe.mkdir()
    turn = machine.account.home / "turn"
    move(place, safe / "policy.conf")
    place.unlink()
    place.symlink_to(turn)
    turn.symlink_to(safe / "policy.conf")


WEAK = (
    owned,
    read_only_but_owned,
    writable_by_all,
    writable_by_its_group,
    in_an_owned_folder,
    in_a_writable_folder,
    in_a_sticky_folder,
    below_a_writable_folder,
    behind_a_link,
    behind_a_linked_folder,
    behind_a_link_that_can_be_turned,
)


@pytest.mark.parametrize("weaken", WEAK, ids=lambda weaken: weaken.__name__)
def test_a_file_that_the_account_can_change_locks_nothing(make: Make, weaken: Callable[[Machine, Path], None]) -> None:
    machine = Machine(make("isolated"))
    weaken(machine, machine.lock("base-typed = refuse", path=ETC[0]))
    # pip reads the file, as any other: the claim is reported, and the account may say something else.
    shown = policy(machine, XDG_CONFIG_DIRS="/etc/xdg", PIP_USERCTL_BASE_TYPED="allow")
    assert (shown["locked"], shown["loosening"]) == (False, []), shown
    assert shown["values"]["base-typed"]["value"] == "allow", shown
    ((path, line, text),) = ((each["path"], each["line"], each["text"]) for each in shown["problems"])
    assert (path, line) == (ETC[0], 2), shown
    assert text.startswith(NOT_HEARD), shown
    # Where pip does not read it, nobody does.
    assert policy(machine)["files"] == []


def test_a_file_behind_links_that_the_account_cannot_change_locks(make: Make) -> None:
    machine = Machine(make("isolated"))
    place = machine.lock("base-typed = refuse", path=ETC[0])
    safe = machine.account.home.parent / "safe"
    safe.mkdir()
    move(place, safe / "policy.conf")
    place.parent.rename(safe / "folder")
    place.parent.symlink_to(safe / "folder")
    assert policy(machine)["locked"] is True


@pytest.mark.parametrize("named", ["user_config", "global_config", "PIP_CONFIG_FILE"])
def test_a_lock_anywhere_else_is_reported_and_not_honoured(make: Make, each_pip: str, named: str) -> None:
    machine = Machine(make("base", pip=each_pip))
    place: Path = getattr(machine.account, named, machine.account.home.parent / "named.conf")
    machine.write(place, "locked = yes", "base-typed = refuse")
    variables = {"PIP_CONFIG_FILE": str(place)} if named == "PIP_CONFIG_FILE" else {}
    result = machine.pip("--user", "demo", PIP_USERCTL_BASE_TYPED="allow", **variables)
    assert result.returncode == 0, result
    (line,) = result.lines("userctl-policy: ")
    assert f"1 mistake in the policy; {place}:2: {NOT_HEARD}" in line, result
    assert result.situations == ["policy"], result


# root: nobody but root or the owner of the base interpreter


def of_another(machine: Machine, place: Path) -> None:
    """The file belongs to an account that is not the base interpreter's owner."""
    os.chown(place, UID + 1, UID + 1)


def test_for_root_the_files_of_root_and_of_the_owner_of_the_interpreter_lock(make: Make) -> None:
    environment = make("base")
    machine = Machine(environment, uid=0)
    machine.lock("base-typed = refuse")
    assert policy(machine, PIP_USERCTL_BASE_TYPED="allow")["locked"] is True
    os.chown(environment.prefix, UID, UID)
    os.chown(machine.path(ETC[1]), UID, UID)
    shown = policy(machine, PIP_USERCTL_BASE_TYPED="allow")
    assert (shown["locked"], shown["values"]["base-typed"]["value"]) == (True, "refuse"), shown


@pytest.mark.parametrize(
    "weaken",
    [of_another, writable_by_all, writable_by_its_group, in_a_writable_folder, in_a_sticky_folder, behind_a_link],
    ids=lambda weaken: weaken.__name__,
)
def test_for_root_a_file_that_somebody_else_can_change_locks_nothing(
    make: Make, weaken: Callable[[Machine, Path], None]
) -> None:
    machine = Machine(make("isolated"), uid=0)
    machine.give(machine.account.home)
    os.chown(machine.account.home, UID, UID)
    weaken(machine, machine.lock("base-typed = refuse", path=ETC[0]))
    shown = policy(machine, XDG_CONFIG_DIRS="/etc/xdg", PIP_USERCTL_BASE_TYPED="allow")
    assert (shown["locked"], shown["values"]["base-typed"]["value"]) == (False, "allow"), shown
    assert [each["path"] for each in shown["problems"]] == [ETC[0]], shown


# what a lock is


def assert_judged_under_lock(result: Result, situation: str, action: str, *not_heard: str) -> None:
    """The situation was judged so, after one line about what was not heard."""
    lines = result.lines("userctl-locked: ")
    start = "userctl-locked: the policy is locked by the administrator; not heard: "
    assert lines == [start + ", ".join(not_heard)], result
    assert result.returncode == (1 if action == "refuse" else 0), result
    assert set(result.situations) == {"locked", situation}, result
    if action == "refuse":
        assert result.lines(f"error: userctl-{situation}"), result


def test_what_would_loosen_a_lock_is_one_line_and_not_heard(make: Make, each_pip: str) -> None:
    machine = Machine(make("base", pip=each_pip))
    machine.lock("base-typed = warn")
    config = machine.account.user_config
    machine.write(config, "base-typed = allow", "conda-typed = allow", "profile = audit", "enabled = no")
    result = machine.pip("--user", "demo", PIP_USERCTL_ROOT_USER="log")
    expected = (
        f"base-typed ({config}:2)",
        f"conda-typed ({config}:3)",
        f"profile ({config}:4)",
        f"enabled ({config}:5)",
    )
    (line,) = result.lines("userctl-locked: ")
    assert all(words in line for words in expected), result
    assert "root-user (PIP_USERCTL_ROOT_USER)" in line, result
    assert result.situations.count("base-typed") == 2, result
    assert result.returncode == 0, result
    data = answer(machine.userctl("explain", "--json", "--user", "demo"))["data"]
    assert set(expected) == set(data["policy"]["loosening"]), data
    text = machine.userctl("explain", "--user", "demo").stdout
    assert f"not heard, because the policy is locked\n  {expected[1]}\n  {expected[0]}\n" in text, text


def test_others_may_be_stricter_and_nobody_is_told(make: Make, each_pip: str) -> None:
    machine = Machine(make("base", pip=each_pip))
    machine.lock("base-typed = log")
    for variables in ({"PIP_USERCTL_BASE_TYPED": "refuse"}, {"PIP_USERCTL_BASE_TYPED": "warn"}):
        result = machine.pip("--user", "--force-reinstall", "demo", **variables)
        assert_judged(result, "base-typed", variables["PIP_USERCTL_BASE_TYPED"])


def test_others_may_choose_a_stricter_profile(make: Make, each_pip: str) -> None:
    machine = Machine(make("system-site", pip=each_pip))
    machine.lock("system-site-configured = log")
    result = machine.pip("--user", "demo", PIP_USERCTL_PROFILE="strict")
    assert_judged(result, "system-site-typed", "refuse")
    assert "by the profile set in PIP_USERCTL_PROFILE" in result.output, result


def test_enabled_is_fixed_both_ways(make: Make, each_pip: str) -> None:
    machine = Machine(make("base", pip=each_pip))
    machine.lock("base-typed = refuse")
    off = machine.pip("--user", "demo", PIP_USERCTL_ENABLED="no")
    assert_judged_under_lock(off, "base-typed", "refuse", "enabled (PIP_USERCTL_ENABLED)")
    machine.lock("base-typed = refuse", "enabled = no")
    assert_silent(machine.pip("--user", "demo", PIP_USERCTL_ENABLED="yes"))


@pytest.mark.parametrize("action", ["refuse", "warn"])
def test_on_error_refuse_may_be_set_and_not_taken_away(make: Make, action: str) -> None:
    machine = Machine(make("isolated"))
    machine.lock(*([] if action == "refuse" else ["on-error = refuse"]))
    shown = policy(machine, PIP_USERCTL_ON_ERROR=action)
    assert shown["values"]["on-error"]["value"] == "refuse", shown
    assert shown["loosening"] == ([] if action == "refuse" else ["on-error (PIP_USERCTL_ON_ERROR)"]), shown


#: What others say and nobody hears, whether the locked file says something of it or not.
UNHEARD = {"message": "mine", "help-url": "https://mine.example", "plugins": "none", "plugin-timeout": "9"}


@pytest.mark.parametrize("said", [True, False], ids=["said", "not said"])
def test_other_keys_of_others_are_not_heard(make: Make, said: bool) -> None:
    machine = Machine(make("isolated"))
    machine.lock(
        *(["message = ours", "help-url = https://ours.example", "plugins = auto", "plugin-timeout = 3"] * said)
    )
    variables = {f"PIP_USERCTL_{key.upper().replace('-', '_')}": value for key, value in UNHEARD.items()}
    shown = policy(machine, **variables)
    ours = ["ours", "https://ours.example", ["auto"], 3.0] if said else ["", "", ["auto"], 2.0]
    assert values(shown, *UNHEARD) == ours, shown
    assert sorted(shown["loosening"]) == sorted(f"{key} ({name})" for key, name in zip(UNHEARD, variables)), shown


def test_in_a_locked_file_an_invalid_action_counts_as_refuse(make: Make, each_pip: str) -> None:
    machine = Machine(make("base", pip=each_pip))
    machine.lock("base-typed = refus", "isolated-configured = ignor", "plugin-timeout = long")
    result = machine.pip("--user", "demo")
    assert result.returncode == 1, result
    assert result.lines("error: userctl-base-typed"), result
    (line,) = result.lines("userctl-policy: ")
    assert "3 mistakes in the policy; the first: /etc/pip.conf:3: base-typed = refus is not valid" in line, result
    shown = policy(machine, PIP_USERCTL_BASE_TYPED="allow")
    assert values(shown, "base-typed", "isolated-configured", "plugin-timeout") == ["refuse", "refuse", 2.0], shown


def test_without_a_lock_an_invalid_action_counts_as_absent(make: Make, each_pip: str) -> None:
    machine = Machine(make("base", pip=each_pip))
    machine.write(ETC[1], "base-typed = refus")
    result = machine.pip("--user", "demo")
    assert (result.returncode, result.situations) == (0, ["policy"]), result


# <base prefix>/pip.conf


class Pair:
    """A base interpreter, and a virtual environment made from it, in which pip is asked."""

    def __init__(self, make: Make, pip: str) -> None:
        base = make("base", pip=pip)
        prefix = base.account.cwd.parent / "environment"
        result = base.run("-I", "-m", "venv", "--without-pip", "--system-site-packages", str(prefix))
        assert result.returncode == 0, result
        self.config = base.site_config
        self.machine = Machine(base)
        base.python = prefix / "bin" / "python"


def test_the_file_of_the_base_is_read_in_its_virtual_environments(make: Make, each_pip: str) -> None:
    pair = Pair(make, each_pip)
    machine = pair.machine
    machine.write(pair.config, "system-site-typed = refuse")
    result = machine.pip("--user", "demo", PIP_CONFIG_FILE=os.devnull)
    assert_judged(result, "system-site-typed", "refuse")
    assert f"set in {pair.config}:2)" in result.output, result


def test_the_file_of_the_base_stands_between_global_and_user(make: Make) -> None:
    pair = Pair(make, NEWEST)
    machine = pair.machine
    machine.write(ETC[1], "base-typed = log", "conda-typed = log", "root-user = log")
    machine.write(pair.config, "base-typed = warn", "conda-typed = warn")
    machine.write(machine.account.user_config, "base-typed = refuse")
    shown = policy(machine)
    kinds = [shown["values"][key]["source"]["kind"] for key in ("base-typed", "conda-typed", "root-user")]
    assert kinds == ["user", "base", "global"], shown
    assert shown["values"]["conda-typed"] == {
        "value": "warn",
        "source": {"kind": "base", "path": str(pair.config), "line": 3},
    }, shown


def test_the_file_of_the_base_is_not_read_where_the_account_can_change_it(make: Make) -> None:
    pair = Pair(make, NEWEST)
    os.chown(pair.machine.write(pair.config, "system-site-typed = refuse"), UID, UID)
    assert policy(pair.machine)["files"] == []


def test_the_file_of_the_base_locks_its_virtual_environments(make: Make, each_pip: str) -> None:
    pair = Pair(make, each_pip)
    pair.machine.write(pair.config, "locked = yes", "system-site-typed = refuse")
    result = pair.machine.pip("--user", "demo", PIP_USERCTL_SYSTEM_SITE_TYPED="allow")
    not_heard = "system-site-typed (PIP_USERCTL_SYSTEM_SITE_TYPED)"
    assert_judged_under_lock(result, "system-site-typed", "refuse", not_heard)


def test_in_the_base_itself_it_is_pips_own_site_file_and_locks_as_well(make: Make) -> None:
    machine = Machine(make("base"))
    machine.write(machine.environment.site_config, "locked = yes", "base-typed = refuse")
    for variables in ({}, {"PIP_CONFIG_FILE": os.devnull}):
        shown = policy(machine, PIP_USERCTL_BASE_TYPED="allow", **variables)
        source = {"kind": "site", "path": str(machine.environment.site_config), "line": 3}
        assert shown["values"]["base-typed"] == {"value": "refuse", "source": source}, shown
        assert shown["locked"] is True, shown


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "not locked"])
def test_the_file_of_the_base_may_loosen_what_etc_says_unless_that_is_locked(make: Make, locked: bool) -> None:
    pair = Pair(make, NEWEST)
    machine = pair.machine
    machine.write(ETC[1], *(["locked = yes"] * locked), "system-site-typed = refuse")
    machine.write(pair.config, "locked = yes", "system-site-typed = log", "conda-typed = refuse")
    shown = policy(machine, PIP_USERCTL_CONDA_TYPED="log")
    keys = ("system-site-typed", "conda-typed")
    if locked:
        # The base's file is one of the others then: it may be stricter, until a stronger place takes that back.
        assert values(shown, *keys) == ["refuse", "warn"], shown
        assert f"system-site-typed ({pair.config}:3)" in shown["loosening"], shown
    else:
        assert values(shown, *keys) == ["log", "refuse"], shown
        assert shown["loosening"] == ["conda-typed (PIP_USERCTL_CONDA_TYPED)"], shown
