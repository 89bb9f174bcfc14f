"""``<base prefix>/pip.conf``: the administrator file of an interpreter and of the virtual environments made from it."""

from __future__ import annotations

import os
from typing import Callable

import pytest

from conftest import NEWEST
from tests.toolkit.environments import Environment
from tests.toolkit.expect import assert_judged, assert_judged_under_lock
from tests.toolkit.machines import ETC, UID, Machine, values

Make = Callable[..., Environment]
pytestmark = pytest.mark.needs("root", "unshare", "linux")


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
    shown = machine.policy()
    kinds = [shown["values"][key]["source"]["kind"] for key in ("base-typed", "conda-typed", "root-user")]
    assert kinds == ["user", "base", "global"], shown
    assert shown["values"]["conda-typed"] == {
        "value": "warn",
        "source": {"kind": "base", "path": str(pair.config), "line": 3},
    }, shown


def test_the_file_of_the_base_is_not_read_where_the_account_can_change_it(make: Make) -> None:
    pair = Pair(make, NEWEST)
    os.chown(pair.machine.write(pair.config, "system-site-typed = refuse"), UID, UID)
    assert pair.machine.policy()["files"] == []


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
        shown = machine.policy(PIP_USERCTL_BASE_TYPED="allow", **variables)
        source = {"kind": "site", "path": str(machine.environment.site_config), "line": 3}
        assert shown["values"]["base-typed"] == {"value": "refuse", "source": source}, shown
        assert shown["locked"] is True, shown


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "not locked"])
def test_the_file_of_the_base_may_loosen_what_etc_says_unless_that_is_locked(make: Make, locked: bool) -> None:
    pair = Pair(make, NEWEST)
    machine = pair.machine
    machine.write(ETC[1], *(["locked = yes"] * locked), "system-site-typed = refuse")
    machine.write(pair.config, "locked = yes", "system-site-typed = log", "conda-typed = refuse")
    shown = machine.policy(PIP_USERCTL_CONDA_TYPED="log")
    keys = ("system-site-typed", "conda-typed")
    if locked:
        # The base's file may then only be stricter, and what both say is the floor for others.
        assert values(shown, *keys) == ["refuse", "refuse"], shown
        told = [f"system-site-typed ({pair.config}:3)", "conda-typed (PIP_USERCTL_CONDA_TYPED)"]
        assert shown["loosening"] == told, shown
    else:
        assert values(shown, *keys) == ["log", "refuse"], shown
        assert shown["loosening"] == ["conda-typed (PIP_USERCTL_CONDA_TYPED)"], shown


@pytest.mark.parametrize("owner", [0, 1000], ids=["root's", "somebody's"])
def test_a_file_of_the_base_that_claims_a_lock_and_may_not_is_reported_where_pip_does_not_read_it(
    make: Make, owner: int
) -> None:
    pair = Pair(make, NEWEST)
    machine = pair.machine
    machine.write(pair.config, "locked = yes", "system-site-typed = refuse")
    os.chown(pair.config, owner, owner)
    if owner:
        pair.config.chmod(0o666)
    shown = machine.policy()
    assert shown["locked"] is not bool(owner), shown
    assert values(shown, "system-site-typed") == ["warn" if owner else "refuse"], shown
    assert [(each["path"], each["line"]) for each in shown["problems"]] == [(str(pair.config), 2)] * bool(owner), shown
    assert (str(pair.config) in shown["files"]) is not bool(owner), shown
