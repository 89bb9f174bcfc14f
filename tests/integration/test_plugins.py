"""Plugins on real pip: what a rule may answer, which plugins are loaded, which keys they add."""

from __future__ import annotations

from typing import Callable

import pytest

from tests.toolkit.environments import Environment
from tests.toolkit.expect import AUDIT, NO_ROOT_ROW, STRICT, assert_judged, assert_silent
from tests.toolkit.plugins import DROP, add_plugin

Make = Callable[..., Environment]
# what a rule may answer

ANSWERS = {
    "None": ("return None", "allow"),
    "an empty list": ("return []", "allow"),
    "allow": ("return Verdict('acme-freeze', 'allow', 'fine')", "allow"),
    "log": ("return Verdict('acme-freeze', 'log', 'just so')", "log"),
    "warn": ("return Verdict('acme-freeze', 'warn', 'a freeze is near')", "warn"),
    "refuse": ("return Verdict('acme-freeze', 'refuse', 'there is a freeze')", "refuse"),
}


@pytest.mark.parametrize(("body", "action"), ANSWERS.values(), ids=ANSWERS)
def test_a_rule_may_answer_with_each_action(make: Make, each_pip: str, body: str, action: str) -> None:
    environment = add_plugin(make("isolated", pip=each_pip), body)
    assert_judged(environment.pip("install", "demo"), "acme-freeze", action)
    assert environment.where("demo") == ("" if action == "refuse" else "site")


def test_a_refusal_says_what_why_and_what_to_run_instead(make: Make, each_pip: str) -> None:
    full = "return Verdict('acme-freeze', 'refuse', 'why: [x]', 'what :smile:', 'the hint')"
    result = add_plugin(make("isolated", pip=each_pip), full).pip("install", "demo")
    assert_judged(result, "acme-freeze", "refuse")
    for text in ("what :smile:\n", "why: [x]\n", "hint: the hint\n"):
        assert text in result.output, result
    short = "return Verdict('acme-freeze', 'refuse', 'a freeze')"
    result = add_plugin(make("isolated", pip=each_pip), short).pip("install", "demo")
    assert "pip install, says the plugin acme\n" in result.output, result


def test_a_rule_may_answer_several_times(make: Make, each_pip: str) -> None:
    two = "Verdict('acme-one', 'log', '1'), Verdict('acme-two', 'warn', '2')"
    for body in (f"return [{two}]", f"yield from ({two})"):
        result = add_plugin(make("isolated", pip=each_pip), body).pip("install", "demo")
        assert result.returncode == 0, result
        assert result.situations == ["acme-one", "acme-two", "acme-two"], result


def test_a_rule_sees_what_pip_was_asked_for(make: Make, each_pip: str) -> None:
    body = "return Verdict('acme-saw', 'log', repr((request.requirements, request.scheme, environment.kind)))"
    environment = add_plugin(make("isolated", pip=each_pip), body)
    (environment.account.cwd / "wanted.txt").write_text("depends>=1\n")
    result = environment.pip("install", "demo", "-r", "wanted.txt")
    assert "(('demo', 'depends>=1'), 'site', 'isolated')" in result.output, result


def test_the_answers_of_all_rules_count_and_the_strictest_wins(make: Make, each_pip: str) -> None:
    environment = add_plugin(make("isolated", pip=each_pip), "return Verdict('acme-freeze', 'warn', 'acme')")
    add_plugin(environment, "return Verdict('other-freeze', 'refuse', 'other')", "other")
    result = environment.pip("install", "demo")
    assert result.returncode == 1, result
    assert sorted(result.situations) == ["acme-freeze", "other-freeze"], result
    assert result.lines("error: userctl-other-freeze"), result


@pytest.mark.parametrize(
    ("answers", "action"),
    [
        ("('warn', 'one'), ('warn', 'two')", "warn"),
        ("('log', 'one'), ('warn', 'two'), ('allow', 'three')", "warn"),
        ("('warn', 'one'), ('refuse', 'two'), ('refuse', 'three')", "refuse"),
    ],
)
def test_nothing_is_printed_twice_for_one_situation(make: Make, each_pip: str, answers: str, action: str) -> None:
    body = f"return [Verdict('system-site-typed', *each) for each in [{answers}]]"
    environment = add_plugin(make("system-site", pip=each_pip), body)
    result = environment.pip("install", "--user", "demo", **NO_ROOT_ROW)
    assert_judged(result, "system-site-typed", action)
    assert result.output.count("userctl-system-site-typed") == (2 if action == "warn" else 1), result


# no plugin takes strictness away


@pytest.mark.parametrize(
    "body",
    [
        "return Verdict('isolated-typed', 'allow', 'let them')",
        "return [Verdict(name, 'allow') for name in policy.keys]",
        "return None",
    ],
)
def test_a_plugin_cannot_allow_what_another_rule_refuses(make: Make, each_pip: str, body: str) -> None:
    environment = add_plugin(make("isolated", pip=each_pip), body)
    assert_judged(environment.pip("install", "--user", "demo", **NO_ROOT_ROW), "isolated-typed", "refuse")


def test_a_plugin_cannot_ignore_a_wish_that_another_rule_refuses(make: Make, each_pip: str) -> None:
    body = "return Verdict('acme-drop', 'ignore', 'no wish') if request.origin.kind == 'configured' else None"
    environment = add_plugin(make("base", pip=each_pip), body)
    assert_judged(environment.pip("install", "demo", PIP_USER="1", **STRICT), "base-configured", "refuse")


# ignore


def test_a_plugin_may_drop_a_configured_wish(make: Make, each_pip: str) -> None:
    environment = add_plugin(make("base", pip=each_pip), DROP)
    assert_judged(environment.pip("install", "demo", PIP_USER="1", **NO_ROOT_ROW), "acme-drop", "ignore")
    assert environment.where("demo") == "site"


def test_what_follows_a_wish_that_a_plugin_dropped_is_judged_as_a_fallback(make: Make, each_pip: str) -> None:
    environment = add_plugin(make("base", pip=each_pip), DROP)
    environment.make_read_only()
    refuse = {**NO_ROOT_ROW, "PIP_USERCTL_BASE_FALLBACK": "refuse"}
    refused = environment.pip("install", "demo", PIP_USER="1", **refuse)
    assert refused.returncode == 1, refused
    assert refused.situations == ["acme-drop", "base-fallback"], refused
    result = environment.pip("install", "demo", PIP_USER="1", **NO_ROOT_ROW)
    assert result.situations == ["acme-drop", "base-fallback"], result
    assert environment.where("demo") == "user", result


# which plugins and which keys there are

KEYED = """
from pathlib import Path
from pip_userctl import PolicyKey, Verdict, hookimpl

Path("imported").touch()

@hookimpl
def userctl_policy_keys():
    return [PolicyKey("acme-freeze", summary="no installs during a freeze")]

@hookimpl
def userctl_evaluate(policy):
    source = policy.source("acme-freeze")
    return Verdict("acme-freeze", policy.text("acme-freeze"), "a freeze", source=source)
"""


@pytest.mark.parametrize(("variables", "action"), [(AUDIT, "allow"), ({}, "warn"), (STRICT, "refuse")])
def test_a_plugins_key_has_defaults_for_each_profile(
    make: Make, each_pip: str, variables: dict[str, str], action: str
) -> None:
    environment = add_plugin(make("isolated", pip=each_pip), "", module=KEYED)
    assert_judged(environment.pip("install", "demo", **variables), "acme-freeze", action)


def test_a_plugins_key_is_set_like_any_other(make: Make, each_pip: str) -> None:
    environment = add_plugin(make("isolated", pip=each_pip), "", module=KEYED)
    environment.account.user_config.write_text("[userctl]\nacme_freeze = refuse\n")
    result = environment.pip("install", "demo")
    assert_judged(result, "acme-freeze", "refuse")
    assert f"rule: acme-freeze = refuse, set in {environment.account.user_config}:2" in result.output, result
    assert_judged(environment.pip("install", "demo", PIP_USERCTL_ACME_FREEZE="log"), "acme-freeze", "log")
    mistake = environment.pip("install", "demo", PIP_USERCTL_ACME_FREEZE="deny")
    assert "PIP_USERCTL_ACME_FREEZE: acme-freeze = deny is not valid; valid: allow, log, warn" in mistake.output, (
        mistake
    )


def test_a_key_of_no_loaded_plugin_never_stops_pip(make: Make, each_pip: str) -> None:
    environment = add_plugin(make("isolated", pip=each_pip), "", module=KEYED)
    key = {"PIP_USERCTL_ACME_FREEZE": "refuse", "PIP_USERCTL_PLUGINS": "none"}
    result = environment.pip("install", "demo", **key, PIP_USERCTL_ON_ERROR="refuse")
    assert result.returncode == 0, result
    assert result.situations == ["policy"], result
    assert "PIP_USERCTL_ACME_FREEZE: unknown key acme-freeze" in result.output, result


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("auto", ["acme-freeze", "other-freeze"]),
        ("none", []),
        ("acme", ["acme-freeze"]),
        ("other", ["other-freeze"]),
        ("other, acme", ["acme-freeze", "other-freeze"]),
    ],
)
def test_the_key_plugins_says_which_are_loaded(make: Make, each_pip: str, wanted: str, found: list[str]) -> None:
    environment = add_plugin(make("isolated", pip=each_pip), "return Verdict('acme-freeze', 'log')")
    add_plugin(environment, "return Verdict('other-freeze', 'log')", "other")
    environment.account.user_config.write_text(f"[userctl]\nplugins = {wanted}\n")
    result = environment.pip("install", "demo")
    assert result.returncode == 0, result
    assert sorted(result.situations) == found, result


def test_a_plugin_is_not_imported_where_nothing_is_judged_or_none_is_wanted(make: Make, each_pip: str) -> None:
    environment = add_plugin(make("isolated", pip=each_pip), "", module=KEYED)
    mark = environment.account.cwd / "imported"
    assert_silent(environment.pip("install", "demo", PIP_USERCTL_ENABLED="no"))
    assert_silent(environment.pip("install", "demo", PIP_USERCTL_PLUGINS="none"))
    assert environment.pip("list").returncode == 0
    assert not mark.exists()
    environment.pip("install", "demo")
    assert mark.exists()
