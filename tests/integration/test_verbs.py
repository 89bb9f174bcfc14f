"""Section 7 of the contract: ``status``, ``check``, ``rules``, ``plugins``, ``--python``, ``--json``, usage."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pip_userctl import cli
from pip_userctl.keys import KEYS, PROFILES, RULES
from pip_userctl.testing import PipEnvironment, PipResult
from tests.integration.conftest import Make
from tests.support import cache
from tests.support.answers import SCHEMAS, answer, data, status, validator
from tests.support.changes import make_unreadable, remove
from tests.support.expect import assert_error
from tests.support.machines import Machine
from tests.support.plugins import RULE, add_plugin
from tests.support.pythons import NEWEST, discover, pip_for
from tests.support.terminals import show

KEY = (
    "@hookimpl\ndef userctl_policy_keys():\n    return [PolicyKey('acme-freeze', summary='no installs in a freeze')]\n"
)
FIRST, LAST = (list(discover())[index] for index in (0, -1))


def test_an_active_environment_is_described(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    found = status(environment)
    assert (found["active"], found["reason"]) == (True, ""), found
    assert found["location"] == str(environment.site_packages), found
    pip = str(cache.pip_folder(each_pip) / "pip" / "__init__.py")
    assert found["pip"] == {"version": each_pip, "location": pip}, found
    text = f"this virtual environment only: {environment.prefix}"
    assert found["coverage"] == {"by": "installation", "file": None, "text": text}, found
    facts, policy = found["environment"], found["policy"]
    assert (facts["kind"], facts["prefix"], facts["user_site_enabled"]) == ("isolated", str(environment.prefix), False)
    assert (policy["profile"], policy["locked"], policy["files"], policy["values"]) == ("default", False, [], {}), (
        policy
    )

    result = environment.userctl("status")
    assert result.returncode == 0, result
    for line in (
        f"active       yes\npip-userctl  0.1.0 from {environment.site_packages}\npip          {each_pip} from {pip}\n",
        f"covers       {text}\n\nenvironment\n  kind                isolated\n",
        f"  user site           {environment.user_site} (not on sys.path: isolated virtual environment)\n",
        "policy, profile default\n  every key has its default\n",
    ):
        assert line in result.stdout, result


def without_start_up_file(environment: PipEnvironment) -> None:
    remove(environment, "pip_userctl.pth")


def switched_off(environment: PipEnvironment) -> None:
    environment.write_policy(enabled="no")


def misfitting_pip(environment: PipEnvironment) -> None:
    (link,) = environment.site_packages.glob("pip-of-the-tests.pth")
    own = environment.prefix / "pip-folder"
    shutil.copytree(link.read_text().strip(), own)
    module = own / "pip" / "_internal" / "commands" / "install.py"
    module.write_text(module.read_text().replace("decide_user_install", "choose_user_install"))
    link.write_text(f"{own}\n")


def without_pip(environment: PipEnvironment) -> None:
    remove(environment, "pip-of-the-tests.pth")


def half_a_pip(environment: PipEnvironment) -> None:
    without_pip(environment)
    (environment.site_packages / "pip").mkdir()
    (environment.site_packages / "pip" / "__init__.py").write_text("__version__ = '26.3'\n")


def imported_before(environment: PipEnvironment) -> None:
    (link,) = environment.site_packages.glob("pip-of-the-tests.pth")
    link.rename(environment.site_packages / "a.pth")
    (environment.site_packages / "b.pth").write_text("import pip._internal.commands.install\n")


INACTIVE: Mapping[Callable[[PipEnvironment], None], str] = {
    without_start_up_file: "pip_userctl.pth",
    switched_off: "the policy is switched off (enabled = no)",
    misfitting_pip: "this pip has no decide_user_install",
    without_pip: "this interpreter has no pip",
    half_a_pip: "pip cannot be loaded: No module named 'pip._internal'",
    imported_before: "pip's install command was imported before the start-up module",
}


@pytest.mark.parametrize("damage", INACTIVE, ids=lambda damage: damage.__name__)
def test_where_it_is_not_active_the_reason_is_given(
    make: Make, each_pip: str, damage: Callable[[PipEnvironment], None]
) -> None:
    environment = make("isolated", pip=each_pip)
    damage(environment)
    result = environment.userctl("status")
    assert result.returncode == 1, result
    assert "Traceback" not in result.stderr, result
    assert result.stdout.splitlines()[0].split(None, 1)[1].startswith("no: "), result
    assert INACTIVE[damage] in result.stdout.splitlines()[0], result
    found = data(environment.userctl("status", "--json"))
    assert (found["active"], INACTIVE[damage] in found["reason"]) == (False, True), found


def test_a_file_with_the_start_up_modules_name_in_front_of_it_is_named(make: Make) -> None:
    environment = make("isolated")
    other = environment.account.cwd / "_pip_userctl.py"
    other.touch()
    found = status(environment, PYTHONPATH=str(other.parent))
    assert found["active"] is False, found
    assert found["reason"] == f"{other} is loaded instead of {environment.site_packages}/_pip_userctl.py", found


@pytest.mark.parametrize("missing", ["pluggy", "pip_userctl/judge.py"])
def test_where_a_part_is_missing_the_command_says_which_and_how_to_mend_it(make: Make, missing: str) -> None:
    environment = make("isolated")
    remove(environment, missing)
    result = environment.userctl("status")
    assert_error(result, "not-installed", Path(missing).stem, "-m pip install --force-reinstall pip-userctl")
    (error,) = answer(environment.userctl("status", "--json"))["errors"]
    assert error["reference"] == "userctl-not-installed", error


def test_without_pip_other_verbs_say_how_to_get_one(make: Make) -> None:
    environment = make("isolated")
    without_pip(environment)
    for verb in ("explain", "check", "rules", "plugins"):
        assert_error(environment.userctl(verb), "not-installed", f"hint: {environment.python} -m ensurepip --upgrade")
    assert environment.userctl("--help").returncode == 0


def test_what_is_covered_depends_on_where_it_is_installed(make: Make) -> None:
    interpreter = "this interpreter, {}, and its --system-site-packages environments; not its isolated"
    for kind, start in (("conda", interpreter), ("system-site", "this virtual environment only: {}")):
        environment = make(kind)
        assert status(environment)["coverage"]["text"].startswith(start.format(environment.prefix))

    base = make("base")
    seen = make("system-site", base, userctl=False)
    found = status(seen)
    assert found["active"], found
    assert found["coverage"]["text"] == f"every environment that sees the system site-packages of {base.prefix}", found

    base.user_site.mkdir(parents=True)
    for each in ("pip_userctl", "_pip_userctl.py", "pip_userctl.pth", "pluggy", "packaging"):
        shutil.move(str(base.site_packages / each), str(base.user_site / each))
    found = status(base)
    assert (found["active"], found["location"]) == (True, str(base.user_site)), found
    for words in ("of this account", "not isolated virtual environments", "-s, -I or PYTHONNOUSERSITE"):
        assert words in found["coverage"]["text"], found


@pytest.mark.needs("root", "unshare")
def test_an_installation_that_other_accounts_cannot_read_is_told(make: Make) -> None:
    machine = Machine(make("base"), uid=0)
    assert machine.userctl("status").returncode == 0
    package = machine.environment.site_packages / "pip_userctl"
    package.chmod(0o700)
    result = machine.userctl("status")
    assert result.returncode == 1, result
    for part in ("active       yes\n", "\nerror: userctl-unreadable\n", str(package)):
        assert part in result.stdout, result
    assert answer(machine.userctl("status", "--json"))["errors"][0]["reference"] == "userctl-unreadable"


def test_verify_compares_the_start_up_files_with_the_released_ones_and_with_record(make: Make) -> None:
    environment = make("isolated")
    result = environment.userctl("status", "--verify")
    assert result.returncode == 0, result
    assert result.stdout.count("as in release 0.1.0, as in RECORD\n") == 3, result
    loader = environment.site_packages / "pip_userctl" / "startup" / "loader.py"
    loader.write_text(loader.read_text() + "# mine\n")
    result = environment.userctl("status", "--verify")
    assert result.returncode == 1, result
    assert f"{loader} " in result.stdout, result
    assert "not as in release 0.1.0, not as in RECORD\n" in result.stdout, result
    (environment.site_packages / "pip_userctl.pth").write_text("import _pip_userctl, os\n")
    files = data(environment.userctl("status", "--json", "--verify"))["start_up_files"]
    assert {Path(each["path"]).name: (each["released"], each["recorded"]) for each in files} == {
        "_pip_userctl.py": (True, True),
        "pip_userctl.pth": (False, False),
        "loader.py": (False, False),
    }
    assert environment.userctl("status").returncode == 0


def test_each_value_has_its_source(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    account = environment.account
    named, site = account.cwd / "named.conf", environment.prefix / "pip.conf"
    places = {"global": account.global_config, "user": account.config, "site": site, "env": named}
    account.global_config.write_text("[userctl]\nprofile = strict\nbase-typed = log\nroot-user = log\n")
    account.config.write_text("[userctl]\nroot-user = warn\nbase-fallback = warn\n")
    site.write_text("[userctl]\n# a remark\nconda-typed = allow\nplugins = none\n")
    named.write_text("[global]\ntimeout = 5\n[userctl]\nconda-fallback = allow\n")

    def source(kind: str, line: int | None = None, name: str | None = None) -> dict[str, object]:
        path = str(places["global" if kind == "profile" else kind]) if line else None
        return {"kind": kind, "path": path, "line": line, "name": name}

    variables = {"PIP_USERCTL_CONDA_TYPED": "refuse", "PIP_USERCTL_MESSAGE": "Ask us."}
    values = data(environment.userctl("status", "--json", "--all", **variables))["policy"]["values"]
    expected = {
        "profile": ("strict", source("global", 2)),
        "base-typed": ("log", source("global", 3)),
        "root-user": ("warn", source("user", 2)),
        "plugins": (["none"], source("site", 4)),
        "conda-typed": ("refuse", source("env-var", name="PIP_USERCTL_CONDA_TYPED")),
        "message": ("Ask us.", source("env-var", name="PIP_USERCTL_MESSAGE")),
        "base-configured": ("refuse", source("profile", 2)),
        "on-error": ("warn", source("default")),
    }
    assert {key: (values[key]["value"], values[key]["source"]) for key in expected} == expected, values
    assert list(values) == list(KEYS)
    assert "on-error" not in status(environment)["policy"]["values"]

    # A PIP_CONFIG_FILE that exists hides the user's file from pip.
    policy = status(environment, PIP_CONFIG_FILE=str(named))["policy"]
    assert policy["values"]["conda-fallback"]["source"] == source("env", 4), policy
    assert policy["values"]["root-user"]["source"] == source("global", 4), policy
    assert policy["files"] == [str(places[kind]) for kind in ("global", "site", "env")], policy


def test_the_text_names_the_place_of_what_is_not_the_default(make: Make) -> None:
    environment = make("isolated")
    environment.account.config.write_text("[userctl]\nprofile = strict\nmessage = one\n  two\n")
    result = environment.userctl("status", PIP_USERCTL_BASE_TYPED="log")
    for line in (
        "policy, profile strict\n",
        "  base-fallback                refuse   profile strict, ~/.config/pip/pip.conf:2\n",
        "  base-typed                   log      PIP_USERCTL_BASE_TYPED\n",
        "  message                      one two  ~/.config/pip/pip.conf:3\n",
    ):
        assert line in result.stdout, result
    assert "on-error" not in result.stdout, result
    assert "  on-error                     warn\n" in environment.userctl("status", "--all").stdout


def test_mistakes_plugins_and_failures_are_listed(make: Make) -> None:
    environment = make("isolated")
    add_plugin(environment, "return None", module=RULE + KEY)
    environment.write_policy(base_typed="refus", base_tpyed="log", locked="yes", acme_freeze="log")
    found = answer(environment.userctl("status", "--json"))
    assert (found["exit_code"], found["data"]["active"]) == (1, True), found
    policy, config = found["data"]["policy"], environment.account.config
    assert [(each["path"], each["line"]) for each in policy["mistakes"]] == [(str(config), line) for line in (2, 3, 4)]
    assert (policy["locked"], policy["values"]["acme-freeze"]["value"]) == (False, "log"), policy
    assert {"name": "acme", "distribution": "acme-policy", "version": "1.0"} in found["data"]["plugins"], found

    add_plugin(environment, "", name="broken", module="raise RuntimeError('no such thing')\n")
    result = environment.userctl("status")
    assert f"  {config}:2: base-typed = refus is not valid (did you mean refuse?); valid: allow, " in result.stdout, (
        result
    )
    assert "failures\n  plugin broken  RuntimeError: no such thing\n" in result.stdout, result


# check

MISTAKES = """\
[userctl]
base-typed = nope
base-tpyed = warn
this is no line
profile = paranoid
neither is this
acme-freeze = warn
profile = strict
"""
SAID = [
    ":2: base-typed = nope is not valid; valid: allow, log, warn, refuse",
    ":3: unknown key base-tpyed (did you mean base-typed?)",
    ":4: is not a line of a configuration file: this is no line",
    ":5: profile = paranoid is not valid",
    ":6: is not a line of a configuration file: neither is this",
    ":7: unknown key acme-freeze",
    ":8: key profile stands here a second time in [userctl]",
]


def checked(environment: PipEnvironment, *arguments: str, **variables: str) -> list[str]:
    result = environment.userctl("check", *arguments, **variables)
    *lines, blank, count = result.stdout.splitlines() if result.returncode else ["", result.stdout]
    assert (blank, result.stderr) == ("", ""), result
    assert (result.returncode, "no mistakes" in count) in ((0, True), (1, False)), result
    return sorted(lines)


def assert_starts(lines: Sequence[str], *starts: str) -> None:
    assert [line.startswith(start) for line, start in zip(lines, starts)] == [True] * len(starts), lines
    assert len(lines) == len(starts), lines


@pytest.mark.parametrize("given", [False, True], ids=["read by pip", "given"])
def test_every_mistake_is_named_at_once_with_its_line(make: Make, given: bool) -> None:
    environment = make()
    path = environment.account.cwd / "given.conf" if given else environment.account.config
    path.write_text(MISTAKES)
    arguments = [str(path)] if given else []
    assert_starts(checked(environment, *arguments), *(f"{path}{text}" for text in SAID))
    assert len(data(environment.userctl("check", "--json", *arguments))["mistakes"]) == len(SAID)


def test_mistakes_of_all_files_and_variables_are_named(make: Make) -> None:
    environment = make()
    account, site = environment.account, environment.prefix / "pip.conf"
    account.global_config.write_text("[userctl]\nbase-typed = 1\n[userctl]\n")
    account.config.write_text("[userctrl]\nprofile = strict\n[userctl]\naudit-log = logs/pip.jsonl\nlocked = yes\n")
    site.write_text("before\n[userctl]\nenabled = perhaps\n")
    starts = [
        f"{account.config}:1: unknown section [userctrl] (did you mean [userctl]?)",
        f"{account.config}:4: audit-log = logs/pip.jsonl is relative",
        f"{account.config}:5: locked",
        f"{site}:1: stands before the first [section]",
        f"{site}:3: enabled = perhaps",
        f"{account.global_config}:2: base-typed = 1",
        f"{account.global_config}:3: section [userctl] stands here a second time",
        "PIP_USERCTL_ON_ERROR: on-error = shrug",
        "plugin missing: LookupError: no installed distribution has this entry point",
    ]
    lines = checked(environment, PIP_USERCTL_ON_ERROR="shrug", PIP_USERCTL_PLUGINS="missing")
    assert_starts(lines, *sorted(starts))


def test_files_given_are_checked_alone_and_may_be_meant_for_an_administrator(make: Make) -> None:
    environment = make()
    environment.account.config.write_text("[userctl]\nbase-typed = 1\n")
    (environment.account.cwd / "good.conf").write_text("[userctl]\nlocked = yes\nprofile = strict\n")
    assert checked(environment, "good.conf") == []
    assert checked(environment, "good.conf", "missing.conf") == ["missing.conf: there is no such file"]
    environment.account.config.write_text("[userctl]\nbase-typed = warn\n[install]\nuser = yes\n")
    assert checked(environment, PIP_USERCTL_AUDIT_LOG="pip.jsonl") == []
    assert str(environment.account.config) in data(environment.userctl("check", "--json"))["files"]


def test_a_file_that_cannot_be_read_is_a_mistake(make: Make) -> None:
    environment = make()
    config = environment.account.config
    config.write_bytes(b"[userctl]\nmessage = \xff\n")
    assert_starts(checked(environment), f"{config}: is not utf-8 text")
    make_unreadable(environment, config)
    assert_starts(checked(environment), f"{config}: cannot be read (Permission denied)")


def test_a_policy_that_is_switched_off_is_checked_like_any_other(make: Make) -> None:
    environment = make()
    add_plugin(environment, "return None", module=RULE + KEY)
    for switch in ("yes", "no"):
        environment.write_policy(enabled=switch, acme_freeze="warn", base_tpyed="warn")
        assert_starts(checked(environment), f"{environment.account.config}:4: unknown key base-tpyed")


# rules


def rules(environment: PipEnvironment, *arguments: str, **variables: str) -> dict[str, Any]:
    found = data(environment.userctl("rules", "--json", *arguments, **variables))
    return {each["name"]: each for each in found["rules"]}


@pytest.mark.parametrize("profile", PROFILES)
def test_every_rule_has_the_action_of_the_profile(make: Make, profile: str) -> None:
    found = rules(make("base"), PIP_USERCTL_PROFILE=profile)
    assert {name: each["action"] for name, each in found.items()} == {
        name: actions[PROFILES.index(profile)] for name, actions in RULES.items()
    }
    assert {each["source"]["kind"] for each in found.values()} == {"profile"}, found


def test_a_rule_says_where_its_action_is_set(make: Make) -> None:
    environment = make()
    environment.write_policy(profile="strict", base_typed="warn")
    result = environment.userctl("rules")
    assert result.returncode == 0, result
    table = {line.split()[0]: line.split(maxsplit=2)[1:] for line in result.stdout.splitlines()}
    assert table["base-typed"] == ["warn", "~/.config/pip/pip.conf:3"], result
    assert table["base-fallback"] == ["refuse", "profile strict, ~/.config/pip/pip.conf:2"], result
    assert "nothing is judged" in environment.userctl("rules", PIP_USERCTL_ENABLED="no").stdout


def test_policy_shows_what_a_file_on_top_would_change(make: Make) -> None:
    environment = make()
    environment.write_policy(base_typed="log", base_fallback="warn", message="old", root_user="refuse")
    (environment.account.cwd / "new.conf").write_text(
        "[userctl]\nbase-typed = refuse\nbase-fallback = warn\nmessage = new\nallow-packages = six\n"
    )
    result = environment.userctl("rules", "--policy", "new.conf")
    assert result.returncode == 0, result
    lines = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines() if line}
    assert lines["base-typed"] == ["log", "refuse", "new.conf:2"], result
    assert lines["base-fallback"] == ["warn", "new.conf:3"], result
    assert lines["root-user"] == ["refuse", "~/.config/pip/pip.conf:5"], result
    assert lines["message"] == ["old", "new", "new.conf:4"], result
    assert lines["allow-packages"] == ["-", "six", "new.conf:5"], result
    found = data(environment.userctl("rules", "--json", "--policy", "new.conf"))
    assert [(each["key"], each["then"]) for each in found["changes"]] == [
        ("message", "new"),
        ("allow-packages", ["six"]),
    ]
    changed = {each["name"] for each in found["rules"] if each["action"] != each["with_policy"]["action"]}
    assert changed == {"base-typed"}, found


def test_mistakes_in_the_file_are_named_and_a_missing_one_is_an_error(make: Make) -> None:
    environment = make()
    (environment.account.cwd / "new.conf").write_text("[userctl]\nbase-typed = never\nno line\nroot-user = allow\n")
    result = environment.userctl("rules", "--policy", "new.conf")
    assert result.returncode == 1, result
    assert "new.conf:2: base-typed = never is not valid" in result.stdout, result
    assert "new.conf:3: is not a line" in result.stdout, result
    assert rules(environment, "--policy", "new.conf")["root-user"]["with_policy"]["action"] == "allow"
    assert_error(environment.userctl("rules", "--policy", "gone.conf"), "policy", "gone.conf", "there is no such file")


def test_a_rule_has_a_page_and_an_unknown_one_its_nearest_names(make: Make) -> None:
    environment = make()
    environment.write_policy(base_site="warn")
    for name in ("base-site", "userctl-base-site"):
        result = environment.userctl("rules", name)
        assert result.returncode == 0, result
        here = "Here\n  base-site = warn [~/.config/pip/pip.conf:2]\n"
        start = f"base-site\n\n{here}\nWhat it looks at\n  A `pip install` that is not"
        assert result.stdout.startswith(start), result
        assert "How to change it" in result.stdout, result
    agent = environment.userctl("rules", "protected-package", AI_AGENT="x", PIP_USERCTL_PROTECT_PACKAGES="numpy").stdout
    assert "protect-packages = numpy [PIP_USERCTL_PROTECT_PACKAGES]\n" in agent, agent
    assert "this run counts as that of a coding agent: x\n" in agent, agent
    page = data(environment.userctl("rules", "--json", "base-site"))
    assert (page["name"], page["action"], page["page"][:11]) == ("base-site", "warn", "# base-site"), page
    assert_error(environment.userctl("rules", "base-sit"), "unknown-rule", "did you mean base-site")

    add_plugin(environment, "return None", module=RULE + KEY)
    assert "no installs in a freeze" in environment.userctl("rules", "acme-freeze").stdout
    assert rules(environment)["acme-freeze"]["plugin"] == "acme"


# plugins


def test_plugins_are_listed_with_distribution_hooks_and_keys(make: Make) -> None:
    environment = make("isolated")
    listed = data(environment.userctl("plugins", "--json", PIP_USERCTL_AUDIT_LOG="~/pip.jsonl"))["plugins"]
    assert {each["distribution"] for each in listed} == {"pip-userctl"}, listed
    hooks = {hook for each in listed for hook in each["hooks"]}
    assert hooks == {*("userctl_evaluate", "userctl_evaluate_distributions", "userctl_decided", "userctl_finished")}
    add_plugin(environment, "return None", module=RULE + KEY)
    add_plugin(environment, "", name="broken", module="import missing_module\n")
    result = environment.userctl("plugins", "--json")
    assert result.returncode == 1, result
    (acme,) = [each for each in data(result)["plugins"] if each["name"] == "acme"]
    assert (acme["distribution"], acme["version"], acme["keys"]) == ("acme-policy", "1.0", ["acme-freeze"]), acme
    assert acme["hooks"] == ["userctl_evaluate", "userctl_policy_keys"], acme
    text = environment.userctl("plugins").stdout
    assert "failures\n  plugin broken  ModuleNotFoundError: No module named 'missing_module'\n" in text


# --python

REMOTE = ["status", "explain demo", "rules", "check", "doctor"]


@pytest.mark.needs("several-pythons")
def test_a_verb_tells_of_another_interpreter(make: Make) -> None:
    asking, there = make("base", FIRST), make("base", LAST, userctl=False)
    site = there.prefix / "pip.conf"
    site.write_text("[userctl]\nbase-typed = refuse\nbase-tpyed = warn\n")
    elsewhere = ("--json", "--python", str(there.python))
    found = data(asking.userctl("status", *elsewhere))
    assert (found["active"], found["coverage"]["by"]) == (False, None), found
    assert (found["environment"]["prefix"], found["pip"]["version"]) == (str(there.prefix), pip_for(LAST)), found
    mistakes = data(asking.userctl("check", *elsewhere))["mistakes"]
    assert [each["message"] for each in mistakes] == [f"{site}:3: unknown key base-tpyed (did you mean base-typed?)"]
    assert rules(asking, *elsewhere)["base-typed"]["source"]["path"] == str(site)
    result = asking.userctl("explain", *elsewhere, "--user", "demo")
    assert (result.returncode, [each["name"] for each in data(result)["rules"]]) == (1, ["base-typed"]), result


@pytest.mark.parametrize("verb", REMOTE)
def test_a_directory_stands_for_its_interpreter_and_pip_is_needed_there(make: Make, verb: str) -> None:
    asking, there = make("base"), make("isolated", userctl=False)
    name, *arguments = verb.split()
    answers = [
        answer(asking.userctl(name, "--json", "--python", str(path), *arguments))
        for path in (there.prefix, there.python)
    ]
    for each in answers:
        for changing in ("id", "time", "pid"):
            each["data"].pop(changing, None)
    assert answers[0] == answers[1]
    without_pip(there)
    result = asking.userctl(name, f"--python={there.prefix}", *arguments)
    if name == "status":
        assert result.stdout == "active  no: this interpreter has no pip\n", result
    else:
        assert_error(result, "not-installed", f"{there.python} -m ensurepip --upgrade")


def test_an_environment_with_its_own_installation_or_a_covering_one_is_active(make: Make) -> None:
    asking = make("base")
    own, covered = make("isolated"), make("isolated", asking, userctl=False)
    found = data(asking.userctl("status", "--json", "--python", str(own.prefix)))
    assert (found["active"], found["location"]) == (True, str(own.site_packages)), found
    assert asking.userctl("activate", str(covered.prefix)).returncode == 0
    found = data(asking.userctl("status", "--json", "--python", str(covered.prefix)))
    expected = (True, "activate", str(asking.site_packages))
    assert (found["active"], found["coverage"]["by"], found["location"]) == expected, found


def test_where_pluggy_does_not_run_on_the_other_python_the_answer_says_so(make: Make) -> None:
    asking, there = make("base"), make("isolated", userctl=False)
    module = asking.site_packages / "pluggy" / "__init__.py"
    fails = f"import sys\nif sys.prefix == {str(there.prefix)!r}: raise ImportError('for newer Pythons')\n"
    module.write_text(fails + module.read_text())
    result = asking.userctl("check", "--python", str(there.prefix))
    assert_error(result, "not-installed", "for newer Pythons", f"hint: {there.python} -m pip install")
    assert asking.userctl("check").returncode == 0


def test_what_is_no_python_is_an_error(make: Make, tmp_path: Path) -> None:
    environment = make("isolated")
    text = tmp_path / "python-text"
    text.write_text("import this\n")
    text.chmod(0o755)
    for name in (str(tmp_path), str(tmp_path / "python"), str(text), "/bin/true", "/bin/cat"):
        assert_error(environment.userctl("status", "--python", name), "no-interpreter", name)
    assert data(environment.userctl("doctor", "--json", "--python", "/bin/true")) == {}
    assert environment.userctl("status", "--python").returncode == 2
    assert environment.userctl("plugins", "--python", sys.executable).returncode == 2


@pytest.mark.needs("root")
@pytest.mark.parametrize("what", ["owner", "mode", "folder", "link"])
def test_root_does_not_run_an_interpreter_that_another_account_can_change(
    make: Make, tmp_path: Path, what: str
) -> None:
    environment = make("isolated")
    folder = tmp_path / "theirs"
    folder.mkdir()
    python, mark = folder / "python", tmp_path / "ran"
    python.write_text(f"#!/bin/sh\ntouch {mark}\n")
    python.chmod(0o755)
    environment.userctl("status", "--python", str(python))
    assert mark.exists()
    mark.unlink()
    asked, named = python, python
    if what == "owner":
        os.chown(python, 12345, 12345)
    elif what == "mode":
        python.chmod(0o775)
    elif what == "folder":
        os.chown(folder, 12345, 12345)
        named = folder
    else:
        os.chown(folder, 12345, 12345)
        asked, named = tmp_path / "python3", folder
        asked.symlink_to(python)
    assert_error(
        environment.userctl("status", "--python", str(asked)), "no-interpreter", "root does not run", str(named)
    )
    assert not mark.exists()


def test_the_other_interpreter_is_run_once(make: Make, tmp_path: Path) -> None:
    environment = make("isolated")
    python = tmp_path / "python3"
    python.write_text(f'#!/bin/sh\necho "$2" >> {tmp_path}/runs\n')
    python.chmod(0o755)
    assert environment.userctl("check", "--python", str(python)).returncode == 0
    assert (tmp_path / "runs").read_text() == "check\n"


# --json, usage, and what standard output can be

ANSWERS = [
    *("status", "status --all --verify", "explain demo", "explain --user demo", "explain", "explain -r missing.txt"),
    *("explain --target t --user demo", "rules", "rules --policy /dev/null", "rules shadowing", "rules nonsense"),
    *("check", "check missing", "doctor", "quarantine --list", "quarantine --shadowing", "quarantine missing"),
    *("quarantine", "restore missing", "log /dev/null", "log", "plugins", "plugins --wrong", "activate"),
    *("activate nowhere", "deactivate nowhere"),
]


def test_what_json_prints_fits_its_schema_whatever_the_answer(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    environment.write_policy(base_typed="nope", audit_log="~/pip.jsonl")
    for command in ANSWERS:
        answer(environment.userctl(*command.split(), "--json"))


def test_every_verb_has_a_schema_that_refuses_another_shape() -> None:
    for path in SCHEMAS.glob("*.json"):
        Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))
    for verb in cli.VERBS:
        good = {"schema": 1, "command": verb, "ok": False, "exit_code": 2, "data": {}, "errors": []}
        assert validator(verb).is_valid(good), verb
        shapes: list[object] = [
            {**good, "data": {"nonsense": 1}},
            {**good, "command": "other"},
            {**good, "more": 1},
            [],
        ]
        for bad in shapes:
            assert not validator(verb).is_valid(bad), (verb, bad)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "pip-userctl: error: argument verb: invalid choice: 'nonsense'"),
        (["--nonsense"], "pip-userctl: error: "),
        (["status", "--nonsense"], "pip-userctl status: error: unrecognized arguments: --nonsense"),
        (["status", "demo"], "pip-userctl status: error: unrecognized arguments: demo"),
        (["status", "--jso"], "pip-userctl status: error: unrecognized arguments: --jso"),
        (["status", "--python"], "pip-userctl status: error: argument --python: expected one argument"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(make: Make, arguments: list[str], words: str) -> None:
    environment = make("isolated")
    result = environment.userctl(*arguments)
    assert (result.returncode, result.stdout) == (2, ""), result
    assert result.stderr.startswith("usage: pip-userctl"), result
    assert words in result.stderr, result
    if arguments[0] == "status":
        envelope = answer(environment.userctl("status", "--json", *arguments[1:]))
        assert (envelope["exit_code"], envelope["data"]) == (2, {}), envelope
        assert envelope["errors"][0]["what"] in words, envelope


def test_help_lists_each_verb_with_what_it_does(make: Make) -> None:
    environment = make("isolated")
    bare = environment.userctl()
    assert (bare.returncode, bare.stdout) == (2, ""), bare
    listed = environment.userctl("--help")
    assert (listed.returncode, listed.stdout) == (0, bare.stderr), listed
    for verb in cli.VERBS:
        (line,) = [line for line in listed.stdout.splitlines() if line.split()[:1] == [verb]]
        shown = environment.userctl(verb, "--help")
        assert (shown.returncode, shown.stderr) == (0, ""), shown
        assert shown.stdout.startswith(f"usage: pip-userctl {verb} [-h] "), shown
        assert ("--python PATH" in shown.stdout) == (verb in cli.REMOTE), shown
        assert " ".join(line.split()[1:]) in " ".join(shown.stdout.split()), shown
    assert environment.userctl("--version").stdout == "pip-userctl 0.1.0\n"


def shell(environment: PipEnvironment, script: str, *arguments: str) -> PipResult:
    return environment.account.run(["sh", "-c", script, "sh", str(environment.python), "-m", "pip_userctl", *arguments])


@pytest.mark.needs("linux")
@pytest.mark.parametrize("command", ["status", "status --json", "explain --user demo"])
def test_the_exit_status_does_not_depend_on_who_reads(make: Make, command: str) -> None:
    environment = make("isolated")
    arguments = command.split()
    expected = environment.userctl(*arguments).returncode
    for script in ('"$@" >&-', '"$@" 2>&-', '"$@" <&-', '"$@" >/dev/null'):
        result = shell(environment, script, *arguments)
        assert (result.returncode, result.stderr) == (expected, ""), (script, result)
    head = shell(environment, '("$@"; echo $? >status) | head -0; cat status', *arguments)
    assert (head.stdout, head.stderr) == (f"{expected}\n", ""), head
    full = shell(environment, '"$@" >/dev/full', *arguments)
    assert full.returncode == 1, full
    assert full.stderr == "pip-userctl: error: the answer cannot be written: No space left on device\n", full


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_letters_that_the_stream_lacks_are_escaped(make: Make, encoding: str) -> None:
    environment = make("isolated")
    letters = "caf\u00e9 \u2192 \u4e2d\U0001f600"
    environment.account.config.write_text(f"[userctl]\nmessage = {letters}\n", encoding="utf-8")
    command = [str(environment.python), "-X", "utf8", "-m", "pip_userctl", "status"]
    variables = {**environment.account.variables(), "PYTHONIOENCODING": encoding}
    shown = subprocess.run(command, env=variables, capture_output=True, check=True).stdout
    assert letters.encode(encoding, "backslashreplace") in shown, shown
    envelope = json.loads(subprocess.run([*command, "--json"], env=variables, capture_output=True, check=True).stdout)
    assert envelope["data"]["policy"]["values"]["message"]["value"] == letters


@pytest.mark.needs("linux")
def test_on_a_terminal_columns_fit_and_actions_are_coloured(make: Make) -> None:
    environment = make("isolated", pip=NEWEST)
    environment.write_policy(message="word " * 40, base_typed="refuse")
    wide, narrow = show(environment, "status", columns=200), show(environment, "status", columns=70)
    assert "\033[31mrefuse\033[0m" in wide.screen, wide
    assert "\033[1menvironment\033[0m\n" in wide.screen, wide
    prose = [line for line in narrow.text.splitlines() if "word" in line]
    assert prose, narrow
    assert "\033[" not in show(environment, "status", NO_COLOR="1").screen
    assert "\033[" in environment.userctl("status", FORCE_COLOR="1").stdout
    assert "\033[" not in environment.userctl("status").stdout
