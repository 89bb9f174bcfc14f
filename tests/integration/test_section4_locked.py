"""CONTRACT section 4: administrator files and ``locked``, with a real /etc and an account that owns nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest

from pip_userctl.testing import PipResult, make_wheel
from tests.support import scenes
from tests.support.answers import data
from tests.support.cache import unpack
from tests.support.expect import assert_judged, assert_silent
from tests.support.machines import ETC, UID, Machine, values
from tests.support.plugins import RULE
from tests.support.pythons import NEWEST
from tests.support.scenes import Stage

pytestmark = pytest.mark.needs("root", "unshare", "linux")
LOOSE = {"PIP_USERCTL_BASE_TYPED": "allow"}


class NewMachine(Protocol):
    """Makes machines: see `new_machine`."""

    def __call__(self, kind: str = "base", pip: str = NEWEST, uid: int = UID) -> Machine: ...


@pytest.fixture
def new_machine(stage: Stage) -> NewMachine:
    """Make a machine around an environment of the stage, without anything of another test."""

    def new_machine(kind: str = "base", pip: str = NEWEST, uid: int = UID) -> Machine:
        environment = stage.environment(kind, pip)
        stage.clear(environment)
        folder = environment.account.folder
        names = ("etc", "safe", "named.conf", "environment/pip.conf", "shared")
        scenes.remove(*(folder / name for name in names if (folder / name).exists()))
        shutil.chown(environment.prefix, 0, 0)
        return Machine(environment, uid)

    return new_machine


def shell(script: str, machine: Machine, **options: Any) -> None:
    """Run commands as root, with the account's HOME, and a folder SAFE that is not there yet."""
    variables = {**os.environ, "HOME": str(machine.account.home), "SAFE": str(machine.account.folder / "safe")}
    subprocess.run(["sh", "-ec", script], env=variables, check=True, **options)


def ignored(result: PipResult) -> str:
    """What the line about ignored settings lists."""
    (line,) = result.lines("userctl-locked: ")
    start = "userctl-locked: ignored, because the policy is locked by /etc/pip.conf: "
    assert line.startswith(start), result
    return line[len(start) :]


# read directly, whatever hides them from pip

C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
HIDING: Sequence[tuple[Sequence[str], Mapping[str, str]]] = [
    ([], {}),
    ([], {"PIP_CONFIG_FILE": "/dev/null"}),
    ([], {"PIP_CONFIG_FILE": "own.conf"}),
    (["--isolated"], {}),
    ([], {"XDG_CONFIG_DIRS": "/nowhere"}),
    ([], {"HOME": "/nowhere", "PYTHONUSERBASE": "base"}),
    ([], {**C_LOCALE, "PIP_CONFIG_FILE": "/dev/null"}),
    ([], {"SUDO_UID": "²"}),  # not a number, although isdigit() says so
]


def test_neither_a_variable_nor_an_option_nor_a_locale_hides_the_policy(new_machine: NewMachine, each_pip: str) -> None:
    machine = new_machine(pip=each_pip)
    machine.lock("message = Fragt im Büro ☃", "base-typed = refuse")
    (machine.account.cwd / "own.conf").write_text("[userctl]\n")
    for options, variables in HIDING:
        result = machine.pip(*options, "--user", "demo", **LOOSE, **variables)
        assert result.returncode == 1, result
        assert result.printed == ([] if options else ["locked"]) + ["base-typed"], result
        assert " [/etc/pip.conf:4]\n" in result.stderr, result
        if options:  # then no variable counts, that of the audit log neither
            continue
        assert (result.rules, result.records[0]["policy"]["locked"]) == ({"base-typed": "refuse"}, True), result
        assert ignored(result) == "base-typed (PIP_USERCTL_BASE_TYPED)", result


def test_a_user_namespace_does_not_hide_the_policy(new_machine: NewMachine) -> None:
    machine = new_machine()
    machine.lock("base-typed = refuse")
    machine.before = ("unshare", "--user")
    for variables in ({"PIP_USERCTL_PROFILE": "audit"}, {"PIP_CONFIG_FILE": os.devnull}):
        result = machine.pip("--user", "demo", **variables)
        assert (result.returncode, result.printed[-1]) == (1, "base-typed"), result


def test_what_else_a_hidden_file_says_does_not_count(new_machine: NewMachine) -> None:
    machine = new_machine()
    place = machine.write(ETC[1], "base-configured = refuse")
    place.write_text(place.read_text() + "[install]\nuser = yes\n")
    assert_judged(machine.pip("demo"), "base-configured", "refuse")
    hidden = machine.pip("demo", PIP_CONFIG_FILE=os.devnull)
    assert hidden.records[0]["request"]["origin"]["kind"] == "fallback", hidden


def test_a_file_that_cannot_be_parsed_counts_as_a_mistake_that_stops_pip(new_machine: NewMachine) -> None:
    machine = new_machine()
    machine.path(ETC[1]).write_text("[userctl]\nlocked = yes\n  ]oops\nbase-typed\n")
    result = machine.pip("--user", "demo", PIP_CONFIG_FILE=os.devnull)  # or pip would stop by itself
    assert (result.returncode, result.printed) == (1, ["policy"]), result
    assert "╰─> /etc/pip.conf:4: is not a line of a configuration file: base-typed\n" in result.stderr, result
    machine.path(ETC[1]).write_bytes(b"[userctl]\nlocked = yes\nmessage = \xff\n")
    result = machine.pip("--user", "demo", PIP_CONFIG_FILE=os.devnull)
    assert (result.returncode, result.printed) == (1, ["policy"]), result


# which files: two in /etc, and that of the base interpreter


def test_both_files_of_etc_make_the_floor_and_the_second_is_the_stronger(new_machine: NewMachine) -> None:
    machine = new_machine("isolated")
    machine.write(ETC[0], "base-typed = warn", "conda-typed = refuse", "help-url = https://first")
    machine.lock("base-typed = log", "help-url = https://second")
    shown = machine.policy(PIP_USERCTL_CONDA_TYPED="allow", **LOOSE, PIP_CONFIG_FILE=os.devnull)
    assert shown["files"] == list(ETC), shown
    # The strictest of what they say on each rule.
    assert values(shown, "base-typed", "conda-typed", "help-url") == ["warn", "refuse", "https://second"], shown
    assert shown["ignored"] == ["conda-typed (PIP_USERCTL_CONDA_TYPED)", "base-typed (PIP_USERCTL_BASE_TYPED)"], shown
    # Named as another file, while pip's own list leaves it out.
    named = {"PIP_CONFIG_FILE": ETC[0], "XDG_CONFIG_DIRS": "/nowhere"}
    shown = machine.policy(PIP_USERCTL_CONDA_TYPED="allow", **LOOSE, **named)
    assert (shown["files"], values(shown, "base-typed", "conda-typed")) == (list(ETC), ["warn", "refuse"]), shown
    machine.write(ETC[1], "locked = no", "base-typed = refuse")
    shown = machine.policy(**LOOSE)
    assert (shown["locked"], shown["ignored"], values(shown, "base-typed")) == (False, [], ["allow"]), shown


class OfBase:
    """A base interpreter with a virtual environment made from it, in which everything is asked."""

    def __init__(self, machine: Machine) -> None:
        base = machine.environment
        prefix = machine.account.cwd.parent / "made-from-it"
        if not prefix.exists():
            made = base.run("-I", "-m", "venv", "--without-pip", "--system-site-packages", str(prefix))
            assert made.returncode == 0, made
        self.config, self.machine = base.prefix / "pip.conf", machine
        self._python = base.python
        base.python = prefix / "bin" / "python"

    def __enter__(self) -> Machine:
        return self.machine

    def __exit__(self, *_: object) -> None:
        self.machine.environment.python = self._python


def test_the_file_of_the_base_counts_in_its_environments_between_global_and_user(
    new_machine: NewMachine, each_pip: str
) -> None:
    pair = OfBase(new_machine(pip=each_pip))
    with pair as machine:
        machine.write(ETC[1], "base-typed = log", "conda-typed = log", "root-user = log")
        machine.write(pair.config, "base-typed = warn", "system-site-typed = refuse", "conda-typed = warn")
        machine.write(machine.account.config, "base-typed = refuse")
        refused = machine.pip("--user", "demo", PIP_CONFIG_FILE=os.devnull)
        assert_judged(refused, "system-site-typed", "refuse")
        assert f" [{pair.config}:3]\n" in refused.stderr, refused
        shown = machine.policy()["values"]
        kinds = [shown[key]["source"]["kind"] for key in ("base-typed", "conda-typed", "root-user")]
        assert kinds == ["user", "base", "global"], shown
        machine.write(pair.config, "locked = yes", "system-site-typed = refuse")
        loose = machine.pip("--user", "demo", PIP_USERCTL_SYSTEM_SITE_TYPED="allow")
        assert (loose.returncode, loose.printed) == (1, ["locked", "system-site-typed"]), loose


def test_in_the_base_itself_it_is_pips_own_file_of_kind_site_and_locks_as_well(new_machine: NewMachine) -> None:
    machine = new_machine()
    config = machine.write(machine.environment.prefix / "pip.conf", "locked = yes", "base-typed = refuse")
    for variables in ({}, {"PIP_CONFIG_FILE": os.devnull}):
        shown = machine.policy(**LOOSE, **variables)
        source = {"kind": "site", "path": str(config), "line": 3, "name": None}
        assert (shown["locked"], shown["values"]["base-typed"]["source"]) == (True, source), shown


# who must not be able to change them


#: What makes a file one that an account could change, as shell commands in its folder, and whether that holds against root.
WEAK = {
    f"chown {UID} pip.conf": True,
    f"chown {UID} pip.conf; chmod 444 pip.conf": True,
    "chmod 666 pip.conf": True,
    f"chgrp {UID} pip.conf; chmod 664 pip.conf": True,
    f"chown {UID} .": True,
    "chmod 1777 .": True,
    "chmod 777 ..": True,
    "mv pip.conf $HOME/policy; ln -s $HOME/policy pip.conf": True,
    "mv $PWD $HOME/folder; ln -s $HOME/folder $PWD": True,
    "mkdir $SAFE; mv pip.conf $SAFE; ln -s $SAFE/pip.conf $HOME/turn; ln -s $HOME/turn pip.conf": True,
    f"chown {UID + 1} pip.conf": False,
}


@pytest.mark.parametrize("uid", [UID, 0], ids=["account", "root"])
@pytest.mark.parametrize("weaken", WEAK)
def test_a_file_that_others_can_change_locks_nothing_and_it_is_said_why_and_how_to_mend_it(
    new_machine: NewMachine, weaken: str, uid: int
) -> None:
    machine = new_machine(uid=uid)
    folder, home = machine.account.folder, str(machine.account.home)
    if uid == 0:
        os.chown(home, UID, UID)
        (machine.account.home / ".local").mkdir()  # root's own, so that no other rule applies
    place = machine.lock("base-typed = refuse", path=ETC[0])
    shell(weaken, machine, cwd=place.parent)
    # pip reads the file as any other: the account may say something else.
    reads = {**LOOSE, "XDG_CONFIG_DIRS": "/etc/xdg", "PIP_USERCTL_FOREIGN_USER_BASE": "allow", "HOME": home}
    result = machine.pip("--user", "demo", **reads)
    if uid == UID and not WEAK[weaken]:
        assert (result.returncode, result.printed) == (1, ["locked", "base-typed"]), result
        return
    assert (result.returncode, result.printed) == (0, ["policy"]), result
    (line,) = result.lines("userctl-policy: ")
    assert f"1 mistake in the policy: {ETC[0]}:2: locked does not count here: " in line, result
    command = line.partition("; mend it with: ")[2].partition(". Run: ")[0].replace("sudo ", "")
    shell(command.replace(f"{folder}/etc", "/etc").replace(" /etc", f" {folder}/etc"), machine)
    mended = machine.pip("--user", "demo", **reads)
    assert (mended.returncode, mended.printed) == (1, ["locked", "base-typed"]), (result, mended)


def test_a_file_behind_links_that_the_account_cannot_change_locks(new_machine: NewMachine) -> None:
    machine = new_machine()
    place = machine.lock("base-typed = refuse", path=ETC[0])
    script = (
        "mkdir $SAFE; mv pip.conf $SAFE; ln -s $SAFE/pip.conf pip.conf; mv $PWD $SAFE/folder; ln -s $SAFE/folder $PWD"
    )
    shell(script, machine, cwd=place.parent)
    assert_judged(machine.pip("--user", "demo"), "base-typed", "refuse")


def test_for_root_the_owner_of_the_base_interpreter_counts_as_well(new_machine: NewMachine) -> None:
    machine = new_machine(uid=0)
    machine.lock("base-typed = refuse")
    os.chown(machine.environment.prefix, UID, UID)
    os.chown(machine.path(ETC[1]), UID, UID)
    assert machine.policy()["locked"] is True


def test_a_claim_in_a_place_that_pip_does_not_read_is_reported_too(new_machine: NewMachine) -> None:
    pair = OfBase(new_machine())
    with pair as machine:
        machine.write(pair.config, "locked = yes", "system-site-typed = refuse")
        os.chown(pair.config, UID, UID)
        result = machine.pip("--user", "demo")
        assert result.printed == ["system-site-typed", "policy"], result
        assert f"{pair.config}:2: locked does not count here: {pair.config} belongs to 12345;" in result.stderr, result


@pytest.mark.parametrize("named", ["config", "global_config", "PIP_CONFIG_FILE"])
def test_a_lock_anywhere_else_is_reported_and_does_not_count(new_machine: NewMachine, named: str) -> None:
    machine = new_machine()
    place: Path = getattr(machine.account, named, machine.account.folder / "named.conf")
    machine.write(place, "locked = yes", "base-typed = refuse")
    variables = {named: str(place)} if named == "PIP_CONFIG_FILE" else {}
    result = machine.pip("--user", "demo", **LOOSE, **variables, PIP_USERCTL_ON_ERROR="refuse")
    assert result.returncode == 0, result
    shown = str(place).replace(str(machine.account.home), "~")
    assert f"{shown}:2: locked does not count here: it is not an administrator file. Run: " in result.stderr, result
    assert result.printed == ["policy"], result


# a lock is a floor


def test_what_would_loosen_it_is_one_line_and_does_not_count(new_machine: NewMachine) -> None:
    machine = new_machine()
    machine.lock("base-typed = warn")
    keys = ("base-typed = allow", "conda-typed = allow", "profile = audit", "enabled = no", "allow-packages = demo")
    machine.write(machine.account.config, *keys)
    result = machine.pip("--user", "demo", PIP_USERCTL_ROOT_USER="log")
    places = {f"{key.partition(' ')[0]} (~/.config/pip/pip.conf:{line})" for line, key in enumerate(keys, 2)}
    assert set(ignored(result).split(", ")) == {*places, "root-user (PIP_USERCTL_ROOT_USER)"}, result
    assert (result.returncode, result.printed) == (0, ["base-typed", "locked"]), result
    told = result.records[0]["policy"]["ignored"]
    assert {each.replace(str(machine.account.home), "~") for each in told} == set(ignored(result).split(", ")), result
    assert "\nignored, because the policy is locked\n" in machine.userctl("explain", "--user", "demo").stdout


def test_others_may_be_stricter_and_nothing_is_said_of_it(new_machine: NewMachine, each_pip: str) -> None:
    machine = new_machine(pip=each_pip)
    machine.lock("base-typed = log", "protect-packages = other")
    for action in ("refuse", "warn"):
        assert_judged(machine.pip("--user", "demo", PIP_USERCTL_BASE_TYPED=action), "base-typed", action)
    by_profile = machine.pip("--user", "demo", PIP_USERCTL_PROFILE="strict")
    # What the floor says by name is not what a profile of others says, unless that is stricter.
    assert_judged(by_profile, "base-typed", "refuse")
    assert " [profile strict, PIP_USERCTL_PROFILE]\n" in by_profile.stderr, by_profile
    make_wheel(machine.account.wheels, "other")
    for name in ("demo", "other"):
        protected = machine.pip("--user", name, PIP_USERCTL_PROTECT_PACKAGES="demo")
        assert protected.lines("error: userctl-protected-package") or each_pip != NEWEST, protected
        assert protected.rules["protected-package"] == "refuse", protected


def test_others_may_add_an_audit_log_and_cannot_take_one_away(new_machine: NewMachine) -> None:
    machine = new_machine()
    shared = machine.account.folder / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    machine.lock(f"audit-log = {shared}/log.jsonl")
    result = machine.pip("--user", "demo")
    own = [each["id"] for each in result.records]
    assert (len(own), result.printed) == (2, []), result
    assert [own[0] in line for line in (shared / "log.jsonl").read_text().splitlines()] == [True, True], result


def test_enabled_is_fixed_both_ways_and_an_invalid_action_counts_as_refuse(new_machine: NewMachine) -> None:
    machine = new_machine()
    machine.lock("base-typed = refus", "on-error = warn")
    off = machine.pip("--user", "demo", PIP_USERCTL_ENABLED="no")
    assert (off.returncode, off.printed) == (1, ["locked", "policy", "base-typed"]), off
    assert ignored(off) == "enabled (PIP_USERCTL_ENABLED)", off
    assert "1 mistake in the policy: /etc/pip.conf:3: base-typed = refus is not valid" in off.stderr, off
    machine.write(ETC[1], "base-typed = refus")  # without a lock it counts as absent
    result = machine.pip("--user", "demo")
    assert (result.returncode, result.printed) == (0, ["policy"]), result
    machine.lock("base-typed = refuse", "enabled = no")
    assert_silent(machine.pip("--user", "demo", PIP_USERCTL_ENABLED="yes"))


def test_a_reason_does_not_count_by_default_and_is_said_and_recorded(new_machine: NewMachine) -> None:
    machine = new_machine()
    machine.lock("base-typed = refuse")
    denied = machine.pip("--user", "demo", PIP_USERCTL_REASON="ticket 7")
    assert (denied.returncode, denied.printed) == (1, ["override", "base-typed"]), denied
    line = "WARNING: userctl-override: PIP_USERCTL_REASON does not count here: override = deny"
    assert denied.stderr.startswith(f"{line}\n"), denied
    assert [denied.records[0][key] for key in ("verdict", "reason")] == ["refuse", "ticket 7"], denied
    machine.lock("base-typed = refuse", "override = allow")
    assert "PIP_USERCTL_REASON=" in machine.pip("--user", "demo").stderr
    allowed = machine.pip("--user", "demo", PIP_USERCTL_REASON="ticket 7")
    assert (allowed.returncode, allowed.rules, allowed.verdict) == (0, {"base-typed": "refuse"}, "warn"), allowed
    assert allowed.records[0]["rules"][0]["waived_by"] == "override", allowed


# plugins


def install_plugin(folder: Path, name: str, action: str) -> None:
    """A distribution with a plugin that answers this."""
    points = f"[pip_userctl]\n{name} = {name}_policy\n"
    body = f"return Verdict('{name}-rule', '{action}', 'so it is')"
    files = {f"{name}_policy.py": RULE.replace("{}", body)}
    wheel = make_wheel(folder.parent, f"{name}-policy", files=files, entry_points=points)
    unpack(folder, wheel)
    wheel.unlink()


def test_plugins_come_from_folders_that_the_account_cannot_change_and_from_nowhere_else(
    new_machine: NewMachine, each_pip: str
) -> None:
    machine = new_machine(pip=each_pip)
    environment, account = machine.environment, machine.account
    own = account.cwd / "own"
    for folder in (own, environment.user_site):
        folder.mkdir(parents=True)
    install_plugin(environment.site_packages, "dept", "log")
    install_plugin(environment.user_site, "depu", "refuse")
    install_plugin(own, "depp", "refuse")
    (own / "dept_policy.py").write_text("raise SystemExit('this is not the plugin')\n")
    machine.give(own, account.home)
    path = {"PYTHONPATH": str(own)}
    machine.lock("base-fallback = allow")
    locked = machine.pip("demo", **path)
    assert (locked.returncode, locked.printed) == (0, ["dept-rule"]), locked
    plugins: Any = data(machine.userctl("plugins", "--json", **path))["plugins"]
    assert [each["name"] for each in plugins if each["distribution"] != "pip-userctl"] == ["dept"], plugins
    machine.path(ETC[1]).unlink()
    free = machine.pip("--force-reinstall", "demo", **path)
    assert {"depu-rule", "depp-rule"} <= set(free.printed), free
