"""In a covered environment every verb begins as a run of pip does there: with the plugins of both installations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Mapping

import pytest

from tests.toolkit.environments import Environment, Result
from tests.toolkit.plugins import add_plugin
from tests.toolkit.reach import Pair, assert_succeeded
from tests.toolkit.schemas import valid

Make = Callable[..., Environment]
#: A rule, a key and a check, all of this name.
MODULE = """
from pip_userctl import Finding, HealthCheck, PolicyKey, Verdict, hookimpl

@hookimpl
def userctl_policy_keys():
    return [PolicyKey("NAME-freeze", summary="no installs during a freeze")]

@hookimpl
def userctl_evaluate(policy):
    return Verdict("NAME-freeze", policy.text("NAME-freeze"), "frozen")

@hookimpl
def userctl_health_checks():
    return [HealthCheck("NAME-check", "always finds something", lambda machine: [Finding("warning", "found")])]
"""
NAMES = ["acme", "local"]
#: Verb with its arguments → what its data says of the plugins.
SAID: Mapping[str, Callable[[Any], Any]] = {
    "status": lambda data: sorted({each["name"] for each in data["plugins"]} & set(NAMES)),
    "explain demo": lambda data: sorted(each["plugin"] for each in data["situations"]),
    "matrix": lambda data: sorted(each.partition("-")[0] for each in data["rows"][0]["also"]),
    "doctor": lambda data: sorted(each["check"].partition("-")[0] for each in data["findings"]),
    "plugins": lambda data: sorted({each["name"] for each in data["plugins"]} & set(NAMES)),
}


@pytest.fixture
def two(make: Make, tmp_path: Path) -> Pair:
    """A covered environment. The plugin acme is where pip-userctl is, the plugin local in the environment itself."""
    pair = Pair(make, tmp_path)
    for name, environment in zip(NAMES, (pair.covering, pair.covered)):
        add_plugin(environment, "", name, MODULE.replace("NAME", name))
    pair.covering.account.user_config.write_text("[userctl]\nacme-freeze = log\nlocal-freeze = log\n")
    assert_succeeded(pair.activate())
    return pair


def ask(two: Pair, verb: str, **variables: str) -> Result:
    """The verb in the covered environment, as ``--python`` starts it there; not all verbs have that option."""
    file = two.covering.site_packages / "pip_userctl" / "startup" / "elsewhere.py"
    return two.covered.run(str(file), json.dumps(["pip-userctl"]), *verb.split(), "--json", **variables)


def test_a_run_of_pip_hears_the_plugins_of_both(two: Pair) -> None:
    assert sorted(two.covered.pip("install", "demo").situations) == ["acme-freeze", "local-freeze"]


@pytest.mark.parametrize("verb", SAID)
def test_a_verb_hears_the_plugins_of_both(two: Pair, verb: str) -> None:
    result = ask(two, verb)
    data = valid(result)
    assert SAID[verb](data) == NAMES, result
    assert data.get("problems", []) == [], result
    assert data.get("failures", []) == [], result


def test_check_knows_the_keys_of_both(two: Pair) -> None:
    assert valid(assert_succeeded(ask(two, "check")))["problems"] == []


def test_log_reads_what_a_run_of_pip_there_has_recorded(two: Pair) -> None:
    two.covered.pip("install", "demo", PIP_USERCTL_AUDIT_LOG="~/pip.jsonl")
    result = ask(two, "log", PIP_USERCTL_AUDIT_LOG="~/pip.jsonl")
    (run,) = valid(result)["runs"]
    assert sorted(each["name"] for each in run["situations"]) == ["acme-freeze", "local-freeze"], result
