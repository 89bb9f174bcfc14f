"""A plugin that looks at what pip has resolved, on real pip."""

from __future__ import annotations

from typing import Callable

from tests.toolkit.environments import Environment
from tests.toolkit.expect import assert_judged, assert_silent
from tests.toolkit.plugins import add_plugin

Make = Callable[..., Environment]
MODULE = """
from pip_userctl import Verdict, hookimpl

@hookimpl
def userctl_evaluate_distributions(request, distributions):
    names = ", ".join(sorted(each.name for each in distributions))
    {}
"""
SAY = "return Verdict('acme-resolved', '%s', names + ' for ' + ' '.join(request.requirements))"


def with_rule(environment: Environment, body: str) -> Environment:
    """The environment with a plugin whose rule does this."""
    return add_plugin(environment, body, module=MODULE)


def test_a_rule_sees_what_was_resolved_before_anything_is_written(make: Make, each_pip: str) -> None:
    environment = with_rule(make("isolated", pip=each_pip), SAY % "refuse")
    result = environment.pip("install", "depends")
    assert_judged(result, "acme-resolved", "refuse")
    assert "demo, depends for depends" in result.output, result
    assert (environment.where("demo"), environment.where("depends")) == ("", ""), result


def test_its_milder_answers_are_said_and_pip_goes_on(make: Make, each_pip: str) -> None:
    for action in ("log", "warn"):
        environment = with_rule(make("isolated", pip=each_pip), SAY % action)
        assert_judged(environment.pip("install", "depends"), "acme-resolved", action)
        assert environment.where("demo") == "site"


def test_it_is_not_asked_where_nothing_is_to_be_installed(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    assert environment.pip("install", "demo").returncode == 0
    with_rule(environment, SAY % "refuse")
    assert_silent(environment.pip("install", "demo"))


def test_it_is_too_late_to_drop_a_wish(make: Make, each_pip: str) -> None:
    environment = with_rule(make("system-site", pip=each_pip), SAY % "ignore")
    allowed = {"PIP_USERCTL_ROOT_USER": "allow", "PIP_USERCTL_SYSTEM_SITE_CONFIGURED": "allow", "PIP_USER": "1"}
    result = environment.pip("install", "demo", **allowed)
    assert result.returncode == 0, result
    (line,) = result.lines("userctl-failure: ")
    assert "the rule acme failed" in line, result
    assert environment.where("demo") == "user", result
    stopped = environment.pip("install", "--force-reinstall", "demo", **allowed, PIP_USERCTL_ON_ERROR="refuse")
    assert stopped.returncode == 1, stopped
    assert stopped.lines("error: userctl-failure"), stopped
