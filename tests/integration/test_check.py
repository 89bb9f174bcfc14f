"""``check`` names every mistake in the policy, with its file and line, and exits 1 for any."""

from __future__ import annotations

from typing import Callable

import pytest

from tests.toolkit.environments import Environment
from tests.toolkit.plugins import add_plugin
from tests.toolkit.schemas import valid

Make = Callable[..., Environment]

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


def said(environment: Environment, *arguments: str, **variables: str) -> list[str]:
    """The mistakes; the exit status must fit."""
    result = environment.userctl("check", *arguments, **variables)
    *lines, blank, count = result.stdout.splitlines() if result.returncode else ["", result.stdout]
    assert blank == "", result
    assert (result.returncode, "no mistakes" in count) in ((0, True), (1, False)), result
    assert result.stderr == "", result
    return lines


def test_a_policy_without_mistakes_is_fine(make: Make) -> None:
    environment = make()
    environment.account.user_config.write_text("[userctl]\nbase-typed = warn\n[install]\nuser = yes\n")
    assert said(environment) == []
    data = valid(environment.userctl("check", "--json"))
    assert data["problems"] == []
    assert str(environment.account.user_config) in data["files"]


@pytest.mark.parametrize("given", [False, True], ids=["read by pip", "given"])
def test_every_mistake_is_named_at_once_with_its_line(make: Make, given: bool) -> None:
    environment = make()
    path = environment.account.cwd / "given.conf" if given else environment.account.user_config
    path.write_text(MISTAKES)
    arguments = [str(path)] if given else []
    lines = said(environment, *arguments)
    for text in SAID:
        assert any(line.startswith(f"{path}{text}") for line in lines), (text, lines)
    assert len(lines) == len(SAID), lines
    assert len(valid(environment.userctl("check", "--json", *arguments))["problems"]) == len(SAID)


def test_mistakes_of_all_files_and_variables_are_named(make: Make) -> None:
    environment = make()
    account = environment.account
    account.global_config.write_text("[userctl]\nbase-typed = 1\n")
    account.user_config.write_text("[userctl]\nno section header ends\n")
    environment.site_config.write_text("before\n[userctl]\nenabled = perhaps\n")
    lines = said(environment, PIP_USERCTL_ON_ERROR="shrug")
    starts = [
        f"{account.global_config}:2: base-typed = 1",
        f"{account.user_config}:2: is not a line",
        f"{environment.site_config}:1: stands before",
        f"{environment.site_config}:3: enabled = perhaps",
        "PIP_USERCTL_ON_ERROR: on-error = shrug",
    ]
    for start in starts:
        assert any(line.startswith(start) for line in lines), (start, lines)
    assert len(lines) == len(starts), lines


def test_a_section_with_a_misspelled_name_is_a_mistake_that_stops_nothing(make: Make) -> None:
    environment = make()
    config = environment.account.user_config
    config.write_text("[install]\nuser = no\n[userctrl]\nprofile = strict\n")
    (line,) = said(environment)
    assert line == f"{config}:3: unknown section [userctrl] (did you mean [userctl]?)"
    assert said(environment, str(config)) == [line]
    result = environment.pip("install", "demo", PIP_USERCTL_ON_ERROR="refuse")
    assert result.returncode == 0, result
    (warning,) = result.lines("userctl-policy: ")
    assert line in warning, result


def test_a_log_that_moves_with_the_working_directory_is_a_mistake_in_a_file_and_none_in_a_variable(make: Make) -> None:
    environment = make()
    config = environment.account.user_config
    config.write_text("[userctl]\naudit-log = logs/pip.jsonl\n")
    (line,) = said(environment)
    assert line.startswith(f"{config}:2: audit-log = logs/pip.jsonl is relative: each pip install writes into the dir")
    assert said(environment, str(config)) == [line]
    (environment.account.cwd / "logs").mkdir()
    result = environment.pip("install", "demo")
    assert "userctl" not in result.output, result
    assert (environment.account.cwd / "logs" / "pip.jsonl").exists()
    for path in ("~/pip.jsonl", "/var/log/pip.jsonl", "$HOME/pip.jsonl"):
        config.write_text(f"[userctl]\naudit-log = {path}\n")
        assert said(environment, PIP_USERCTL_AUDIT_LOG="pip.jsonl") == []


def test_files_given_are_checked_alone(make: Make) -> None:
    environment = make()
    environment.account.user_config.write_text("[userctl]\nbase-typed = 1\n")
    good = environment.account.cwd / "good.conf"
    good.write_text("[userctl]\nlocked = yes\nprofile = strict\n")
    assert said(environment, "good.conf") == []
    assert said(environment, "good.conf", "missing.conf") == ["missing.conf: there is no such file"]


def test_a_lock_that_is_not_heard_is_a_mistake_where_it_is_and_none_in_a_file_for_an_administrator(make: Make) -> None:
    environment = make()
    environment.account.user_config.write_text("[userctl]\nlocked = yes\n")
    (line,) = said(environment)
    assert line.startswith(f"{environment.account.user_config}:2: locked = yes is heard only in an administrator file")
    assert said(environment, str(environment.account.user_config)) == [line]


def test_a_file_that_cannot_be_read_is_a_mistake(make: Make) -> None:
    environment = make()
    environment.account.user_config.write_text("[userctl]\n")
    environment.make_unreadable(environment.account.user_config)
    (line,) = said(environment)
    assert line.startswith(f"{environment.account.user_config}: cannot be read (Permission denied)")


def test_a_policy_that_is_switched_off_is_checked_like_any_other(make: Make) -> None:
    environment = make()
    keys = "return [PolicyKey('acme-most', 'action', ('allow', 'log', 'warn', 'refuse'), ('log',) * 3, 'x')]"
    module = f"from pip_userctl import PolicyKey, hookimpl\n@hookimpl\ndef userctl_policy_keys():\n    {keys}\n"
    add_plugin(environment, "", module=module)
    config = environment.account.user_config
    for switch in ("yes", "no"):
        config.write_text(f"[userctl]\nenabled = {switch}\nacme-most = warn\nbase-tpyed = warn\n")
        (line,) = said(environment)
        assert line.startswith(f"{config}:4: unknown key base-tpyed"), line


def test_a_plugin_that_does_not_load_is_named(make: Make) -> None:
    (line,) = said(make(), PIP_USERCTL_PLUGINS="missing")
    assert line == "plugin missing: no installed distribution has this entry point"
