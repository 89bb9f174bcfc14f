"""Administrator files, on a machine of its own: what does not hide them, who may not write them, whom they reach."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable, Mapping, Sequence

import pytest

from tests.toolkit.answers import answer
from tests.toolkit.environments import Environment
from tests.toolkit.expect import assert_judged, assert_judged_under_lock
from tests.toolkit.machines import ETC, UID, Machine, values

Make = Callable[..., Environment]
NOT_HEARD = "locked = yes is heard only in an administrator file"
pytestmark = pytest.mark.needs("root", "unshare", "linux")


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
    shown = machine.policy(PIP_USERCTL_CONDA_TYPED="allow", PIP_USERCTL_BASE_TYPED="allow", PIP_CONFIG_FILE=os.devnull)
    assert shown["files"] == list(ETC), shown
    assert values(shown, "base-typed", "conda-typed") == ["log", "refuse"], shown
    assert sorted(each.split()[0] for each in shown["loosening"]) == ["base-typed", "conda-typed"], shown


def test_locked_no_locks_nothing(make: Make) -> None:
    machine = Machine(make("isolated"))
    machine.write(ETC[1], "locked = no", "base-typed = refuse")
    shown = machine.policy(PIP_USERCTL_BASE_TYPED="allow")
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
    shown = machine.policy(XDG_CONFIG_DIRS="/etc/xdg", PIP_USERCTL_BASE_TYPED="allow")
    assert (shown["locked"], shown["loosening"]) == (False, []), shown
    assert shown["values"]["base-typed"]["value"] == "allow", shown
    ((path, line, text),) = ((each["path"], each["line"], each["text"]) for each in shown["problems"])
    assert (path, line) == (ETC[0], 2), shown
    assert text.startswith(NOT_HEARD), shown
    # Where pip does not read it, nobody does.
    assert machine.policy()["files"] == []


def test_a_file_behind_links_that_the_account_cannot_change_locks(make: Make) -> None:
    machine = Machine(make("isolated"))
    place = machine.lock("base-typed = refuse", path=ETC[0])
    safe = machine.account.home.parent / "safe"
    safe.mkdir()
    move(place, safe / "policy.conf")
    place.parent.rename(safe / "folder")
    place.parent.symlink_to(safe / "folder")
    assert machine.policy()["locked"] is True


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
    assert machine.policy(PIP_USERCTL_BASE_TYPED="allow")["locked"] is True
    os.chown(environment.prefix, UID, UID)
    os.chown(machine.path(ETC[1]), UID, UID)
    shown = machine.policy(PIP_USERCTL_BASE_TYPED="allow")
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
    shown = machine.policy(XDG_CONFIG_DIRS="/etc/xdg", PIP_USERCTL_BASE_TYPED="allow")
    assert (shown["locked"], shown["values"]["base-typed"]["value"]) == (False, "allow"), shown
    assert [each["path"] for each in shown["problems"]] == [ETC[0]], shown
