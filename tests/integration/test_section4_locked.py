"""CONTRACT section 4: administrator files and ``locked``, with a real /etc and an account that owns nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Callable, Protocol

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


def test_what_else_a_hidden_file_says_does_not_count(new_machine: NewMachine, each_pip: str) -> None:
    machine = new_machine(pip=each_pip)
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


@pytest.mark.parametrize("locked", [True, False], ids=["etc locked", "etc not locked"])
def test_the_file_of_the_base_loosens_what_etc_says_unless_that_is_locked(
    new_machine: NewMachine, locked: bool
) -> None:
    pair = OfBase(new_machine())
    with pair as machine:
        machine.write(ETC[1], *(["locked = yes"] * locked), "system-site-typed = refuse")
        machine.write(pair.config, "locked = yes", "system-site-typed = log", "conda-typed = refuse")
        shown = machine.policy(PIP_USERCTL_CONDA_TYPED="log")
        keys = ("system-site-typed", "conda-typed")
        # Both are administrator files: one that is locked makes a floor of what both say.
        assert values(shown, *keys) == ["refuse", "refuse"], shown
        assert shown["ignored"] == ["conda-typed (PIP_USERCTL_CONDA_TYPED)"], shown


def test_in_the_base_itself_it_is_pips_own_file_of_kind_site_and_locks_as_well(new_machine: NewMachine) -> None:
    machine = new_machine()
    config = machine.write(machine.environment.prefix / "pip.conf", "locked = yes", "base-typed = refuse")
    for variables in ({}, {"PIP_CONFIG_FILE": os.devnull}):
        shown = machine.policy(**LOOSE, **variables)
        source = {"kind": "site", "path": str(config), "line": 3, "name": None}
        assert (shown["locked"], shown["values"]["base-typed"]["source"]) == (True, source), shown


# who must not be able to change them


def owned(place: Path) -> None:
    """The file belongs to the account."""
    os.chown(place, UID, UID)


def read_only_but_owned(place: Path) -> None:
    """The file belongs to the account, which may not write to it at the moment."""
    owned(place)
    place.chmod(0o444)


def writable_by_all(place: Path) -> None:
    """The file is writable by everybody."""
    place.chmod(0o666)


def writable_by_its_group(place: Path) -> None:
    """The file is writable by the account's group."""
    os.chown(place, 0, UID)
    place.chmod(0o664)


def in_an_owned_folder(place: Path) -> None:
    """The folder belongs to the account."""
    os.chown(place.parent, UID, UID)


def in_a_sticky_folder(place: Path) -> None:
    """The folder is like /tmp."""
    place.parent.chmod(0o1777)


def below_a_writable_folder(place: Path) -> None:
    """A folder further above is writable by everybody."""
    place.parents[1].chmod(0o777)


def of_another(place: Path) -> None:
    """The file belongs to a third account."""
    os.chown(place, UID + 1, UID + 1)


def move(place: Path, target: Path) -> None:
    """Put the file there, and a link in its place."""
    place.rename(target)
    place.symlink_to(target)


def behind_a_link(place: Path) -> None:
    """The file is a link to one in the account's home."""
    move(place, place.parents[3] / "home" / "policy.conf")


def behind_a_linked_folder(place: Path) -> None:
    """The folder is a link into the account's home."""
    move(place.parent, place.parents[3] / "home" / "folder")


def behind_a_link_that_can_be_turned(place: Path) -> None:
    """The file is a link to a link in the account's home, which leads to a file of root's elsewhere."""
    safe, turn = place.parents[3] / "safe", place.parents[3] / "home" / "turn"
    safe.mkdir()
    move(place, safe / "policy.conf")
    place.unlink()
    place.symlink_to(turn)
    turn.symlink_to(safe / "policy.conf")


#: What an account could change, and whether the same holds against root.
WEAK: Sequence[tuple[Callable[[Path], None], bool]] = [
    (owned, True),
    (read_only_but_owned, True),
    (writable_by_all, True),
    (writable_by_its_group, True),
    (in_an_owned_folder, True),
    (in_a_sticky_folder, True),
    (below_a_writable_folder, True),
    (behind_a_link, True),
    (behind_a_linked_folder, True),
    (behind_a_link_that_can_be_turned, True),
    (of_another, False),
]


@pytest.mark.parametrize("uid", [UID, 0], ids=["account", "root"])
@pytest.mark.parametrize("weaken", [each for each, _ in WEAK], ids=lambda weaken: weaken.__name__)
def test_a_file_that_others_can_change_locks_nothing_and_it_is_said_why_and_how_to_mend_it(
    new_machine: NewMachine, weaken: Callable[[Path], None], uid: int
) -> None:
    machine = new_machine(uid=uid)
    if uid == 0:
        os.chown(machine.account.home, UID, UID)
        (machine.account.home / ".local").mkdir()  # root's own, so that no other rule applies
    place = machine.lock("base-typed = refuse", path=ETC[0])
    weaken(place)
    # pip reads the file as any other: the account may say something else.
    reads = {"XDG_CONFIG_DIRS": "/etc/xdg", "PIP_USERCTL_FOREIGN_USER_BASE": "allow", "HOME": str(machine.account.home)}
    result = machine.pip("--user", "demo", **LOOSE, **reads)
    harmless = weaken is of_another and uid == UID
    assert result.returncode == (1 if harmless else 0), result
    if harmless:
        return
    (line,) = result.lines("userctl-policy: ")
    assert f"1 mistake in the policy: {ETC[0]}:2: locked does not count here: " in line, result
    assert result.printed == ["policy"], result
    command = line.partition("; mend it with: ")[2].partition(". Run: ")[0].replace("sudo ", "")
    if "behind" in weaken.__name__:
        command = command.replace(f" {machine.account.folder}/etc", " /etc")
    subprocess.run(["sh", "-ec", command.replace(" /etc", f" {machine.account.folder}/etc")], check=True)
    mended = machine.pip("--user", "demo", **LOOSE, **reads)
    assert (mended.returncode, mended.printed) == (1, ["locked", "base-typed"]), (result, mended)


def test_a_file_behind_links_that_the_account_cannot_change_locks(new_machine: NewMachine) -> None:
    machine = new_machine()
    place = machine.lock("base-typed = refuse", path=ETC[0])
    safe = machine.account.folder / "safe"
    safe.mkdir()
    move(place, safe / "policy.conf")
    move(place.parent, safe / "folder")
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


def test_what_would_loosen_it_is_one_line_and_does_not_count(new_machine: NewMachine, each_pip: str) -> None:
    machine = new_machine(pip=each_pip)
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


def test_enabled_is_fixed_both_ways(new_machine: NewMachine, each_pip: str) -> None:
    machine = new_machine(pip=each_pip)
    machine.lock("base-typed = refuse")
    off = machine.pip("--user", "demo", PIP_USERCTL_ENABLED="no")
    assert (off.returncode, off.printed, ignored(off)) == (
        1,
        ["locked", "base-typed"],
        "enabled (PIP_USERCTL_ENABLED)",
    ), off
    machine.lock("base-typed = refuse", "enabled = no")
    assert_silent(machine.pip("--user", "demo", PIP_USERCTL_ENABLED="yes"))


def test_a_reason_does_not_count_by_default_and_is_said_and_recorded(new_machine: NewMachine, each_pip: str) -> None:
    machine = new_machine(pip=each_pip)
    machine.lock("base-typed = refuse")
    denied = machine.pip("--user", "demo", PIP_USERCTL_REASON="ticket 7")
    assert (denied.returncode, denied.printed) == (
        1,
        ["override", "base-typed"],
    ), denied
    line = "WARNING: userctl-override: PIP_USERCTL_REASON does not count here: override = deny"
    assert denied.stderr.startswith(f"{line}\n"), denied
    assert [denied.records[0][key] for key in ("verdict", "reason")] == ["refuse", "ticket 7"], denied
    machine.lock("base-typed = refuse", "override = allow")
    assert "PIP_USERCTL_REASON=" in machine.pip("--user", "demo").stderr
    allowed = machine.pip("--user", "demo", PIP_USERCTL_REASON="ticket 7")
    assert (allowed.returncode, allowed.rules, allowed.verdict) == (0, {"base-typed": "refuse"}, "warn"), allowed
    assert allowed.records[0]["rules"][0]["waived_by"] == "override", allowed


#: Keys of others that count for nothing, whether the locked file says something of them or not.
OTHERS = {
    "message": "mine",
    "help-url": "https://mine.example",
    "plugins": "none",
    "override": "allow",
    "on-error": "warn",
}


@pytest.mark.parametrize("said", [True, False], ids=["said", "not said"])
def test_other_keys_of_others_do_not_count(new_machine: NewMachine, said: bool) -> None:
    machine = new_machine("isolated")
    machine.lock(*(["message = ours", "help-url = https://ours", "plugins = auto", "on-error = refuse"] * said))
    variables = {f"PIP_USERCTL_{key.upper().replace('-', '_')}": value for key, value in OTHERS.items()}
    shown = machine.policy(**variables)
    expected = ["ours" if said else "", "https://ours" if said else "", ["auto"], "deny", "refuse"]
    assert values(shown, *OTHERS) == expected, shown
    assert sorted(shown["ignored"]) == sorted(f"{key} ({name})" for key, name in zip(OTHERS, variables)), shown


def test_on_error_may_be_made_stricter(new_machine: NewMachine) -> None:
    machine = new_machine()
    machine.lock("on-error = warn", "base-fallback = allow")
    for variables, status in (({}, 0), ({"PIP_USERCTL_ON_ERROR": "refuse"}, 1)):
        result = machine.pip("demo", PIP_USERCTL_BASE_TYPED="never", **variables)
        assert (result.returncode, result.printed) == (status, ["policy"]), result


def test_in_a_locked_file_an_invalid_action_counts_as_refuse(new_machine: NewMachine, each_pip: str) -> None:
    machine = new_machine(pip=each_pip)
    lines = ("base-typed = refus", "isolated-configured = ignor", "syslog = nowhere")
    machine.lock("on-error = warn", *lines)
    result = machine.pip("--user", "demo")
    assert (result.returncode, result.printed) == (1, ["policy", "base-typed"]), result
    first = "3 mistakes in the policy: /etc/pip.conf:4: base-typed = refus is not valid (did you mean refuse?); valid: "
    assert first in result.stderr, result
    shown = machine.policy(**LOOSE)
    assert values(shown, "base-typed", "isolated-configured", "syslog") == ["refuse", "refuse", ""], shown
    machine.write(ETC[1], *lines)  # without a lock it counts as absent
    result = machine.pip("--user", "demo")
    assert (result.returncode, result.printed) == (0, ["policy"]), result


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
