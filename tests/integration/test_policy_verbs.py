"""``check``, ``rules`` and ``plugins``: mistakes with their lines, actions with their places, pages, candidates, hooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pip_userctl.keys import PROFILES, RULES
from pip_userctl.testing import PipEnvironment
from tests.integration.conftest import Shared
from tests.support.answers import answers, data
from tests.support.changes import make_unreadable
from tests.support.expect import assert_error
from tests.support.plugins import KEY, RULE, add_plugin

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
    """What ``check`` says, each mistake a line."""
    result = environment.userctl("check", *arguments, **variables)
    *lines, blank, count = result.stdout.splitlines() if result.returncode else ["", result.stdout]
    assert (blank, result.stderr) == ("", ""), result
    assert (result.returncode, "no mistakes" in count) in ((0, True), (1, False)), result
    return sorted(lines)


def assert_starts(lines: Sequence[str], *starts: str) -> None:
    assert [line.startswith(start) for line, start in zip(lines, starts)] == [True] * len(starts), lines
    assert len(lines) == len(starts), lines


def rules(found: Any) -> dict[str, Any]:
    """The rules of an answer by name."""
    return {each["name"]: each for each in found["rules"]}


# check


def test_every_mistake_is_named_at_once_with_its_line_in_what_pip_reads_and_in_what_is_given(shared: Shared) -> None:
    environment = shared()
    given = environment.account.cwd / "given.conf"
    given.write_text(MISTAKES)
    assert_starts(checked(environment, str(given)), *(f"{given}{text}" for text in SAID))
    config = given.rename(environment.account.config)
    assert_starts(checked(environment), *(f"{config}{text}" for text in SAID))


def test_mistakes_of_all_files_and_variables_are_named(shared: Shared) -> None:
    environment = shared()
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


def test_files_given_are_checked_alone_and_may_be_meant_for_an_administrator(shared: Shared) -> None:
    environment = shared()
    environment.account.config.write_text("[userctl]\nbase-typed = 1\n")
    (environment.account.cwd / "good.conf").write_text("[userctl]\nlocked = yes\nprofile = strict\n")
    assert checked(environment, "good.conf", "missing.conf") == ["missing.conf: there is no such file"]
    environment.account.config.write_text("[userctl]\nbase-typed = warn\n[install]\nuser = yes\n")
    assert checked(environment, PIP_USERCTL_AUDIT_LOG="pip.jsonl") == []


def test_a_file_that_cannot_be_read_is_a_mistake(shared: Shared) -> None:
    environment = shared()
    config = environment.account.config
    config.write_bytes(b"[userctl]\nmessage = \xff\n")
    assert_starts(checked(environment), f"{config}: is not utf-8 text")
    make_unreadable(environment, config)
    assert_starts(checked(environment), f"{config}: cannot be read (Permission denied)")


def test_a_policy_that_is_switched_off_is_checked_like_any_other(shared: Shared) -> None:
    environment = shared()
    add_plugin(environment, "return None", module=RULE + KEY)
    environment.write_policy(enabled="no", acme_freeze="warn", base_tpyed="warn")
    assert_starts(checked(environment), f"{environment.account.config}:4: unknown key base-tpyed")


# rules


def test_every_rule_has_the_action_of_the_profile(shared: Shared) -> None:
    environment = shared()
    for number, profile in enumerate(PROFILES):
        found = rules(data(environment.userctl("rules", "--json", PIP_USERCTL_PROFILE=profile)))
        actions = {name: each["action"] for name, each in found.items()}
        assert actions == {name: actions[number] for name, actions in RULES.items()}
        assert {each["source"]["kind"] for each in found.values()} == {"profile"}, found


def test_a_rule_says_where_its_action_is_set(shared: Shared) -> None:
    environment = shared()
    environment.write_policy(profile="strict", base_typed="warn", enabled="no")
    result = environment.userctl("rules")
    assert result.returncode == 0, result
    assert result.stdout.startswith("nothing is judged, because the policy is switched off (enabled = no)\n"), result
    table = {line.split()[0]: line.split(maxsplit=2)[1:] for line in result.stdout.splitlines() if line}
    assert table["base-typed"] == ["warn", "~/.config/pip/pip.conf:3"], result
    assert table["base-fallback"] == ["refuse", "profile strict, ~/.config/pip/pip.conf:2"], result


def test_policy_shows_what_a_file_on_top_would_change_and_its_mistakes(shared: Shared) -> None:
    environment = shared()
    environment.write_policy(base_typed="log", base_fallback="warn", message="old", root_user="refuse")
    new = environment.account.cwd / "new.conf"
    new.write_text("[userctl]\nbase-typed = refuse\nbase-fallback = warn\nmessage = new\nallow-packages = six\n")
    result = environment.userctl("rules", "--policy", "new.conf")
    assert result.returncode == 0, result
    lines = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines() if line}
    assert lines["base-typed"] == ["log", "refuse", "new.conf:2"], result
    assert lines["base-fallback"] == ["warn", "new.conf:3"], result
    assert lines["root-user"] == ["refuse", "~/.config/pip/pip.conf:5"], result
    assert lines["message"] == ["old", "new", "new.conf:4"], result
    assert lines["allow-packages"] == ["-", "six", "new.conf:5"], result

    new.write_text("[userctl]\nbase-typed = never\nno line\nroot-user = allow\n")
    (wrong, missing) = answers(environment, ["rules", "--policy", "new.conf"], ["rules", "--policy", "gone.conf"])
    assert [each["message"].partition(": ")[0] for each in wrong["data"]["mistakes"]] == ["new.conf:3", "new.conf:2"]
    assert (wrong["exit_code"], rules(wrong["data"])["root-user"]["with_policy"]["action"]) == (1, "allow"), wrong
    (error,) = missing["errors"]
    assert (error["reference"], error["why"]) == ("userctl-policy", "there is no such file"), missing


def test_a_rule_has_a_page_and_an_unknown_one_its_nearest_names(shared: Shared) -> None:
    environment = shared()
    environment.write_policy(base_site="warn")
    result = environment.userctl("rules", "userctl-base-site")
    assert result.returncode == 0, result
    here = "Here\n  base-site = warn [~/.config/pip/pip.conf:2]\n"
    start = f"base-site\n\n{here}\nWhat it looks at\n  A `pip install` that is not"
    assert result.stdout.startswith(start), result
    assert "How to change it" in result.stdout, result
    agent = environment.userctl("rules", "protected-package", AI_AGENT="x", PIP_USERCTL_PROTECT_PACKAGES="numpy").stdout
    assert "protect-packages = numpy [PIP_USERCTL_PROTECT_PACKAGES]\n" in agent, agent
    assert "this run counts as that of a coding agent: x\n" in agent, agent
    assert_error(environment.userctl("rules", "base-sit"), "unknown-rule", "did you mean base-site")
    add_plugin(environment, "return None", module=RULE + KEY)
    page, all_rules = answers(environment, ["rules", "acme-freeze"], ["rules"])
    assert "no installs in a freeze" in page["data"]["page"], page
    assert rules(all_rules["data"])["acme-freeze"]["plugin"] == "acme", all_rules


# plugins


def test_plugins_are_listed_with_distribution_hooks_and_keys(shared: Shared) -> None:
    environment = shared("isolated")
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
