"""Administrator files and ``locked``, on a machine of its own: what hides them, who may not write them, what a lock is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

import pytest

from tests.toolkit.answers import answer
from tests.toolkit.environments import Environment, Result
from tests.toolkit.expect import assert_judged
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


# root: nobody but root or the owner of the base interpreter


def of_another(machine: Machine, place: Path) -> None:
    """The file belongs to an account that is not the base interpreter's owner."""
    os.chown(place, UID + 1, UID + 1)


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


#: What others say and nobody hears, whether the locked file says something of it or not.
UNHEARD = {"message": "mine", "help-url": "https://mine.example", "plugins": "none", "plugin-timeout": "9"}


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
