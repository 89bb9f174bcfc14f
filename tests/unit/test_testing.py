"""The testing kit without a process: plausible values, wrong names said clearly, the real engine around a plugin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable

import pytest

from pip_userctl import (
    Decision,
    Distribution,
    Finding,
    HealthCheck,
    Machine,
    Outcome,
    Policy,
    PolicyKey,
    Request,
    Verdict,
    hookimpl,
    testing,
)
from pip_userctl.decision import NOBODY
from pip_userctl.models import Asked, Origin


class Acme:
    """A plugin with every hook; its second phase says how many there are, its observers remember."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    @hookimpl
    def userctl_policy_keys(self) -> list[PolicyKey]:
        return [PolicyKey("acme-freeze")]

    @hookimpl
    def userctl_evaluate(self, request: Request, policy: Policy) -> Verdict | None:
        return Verdict("acme-freeze", policy.text("acme-freeze")) if request.scheme == "user" else None

    @hookimpl
    def userctl_evaluate_distributions(self, distributions: tuple[Distribution, ...]) -> Verdict:
        return Verdict("acme-count", "log", str(len(distributions)))

    @hookimpl
    def userctl_decided(self, decision: Decision) -> None:
        self.seen.append(decision)

    @hookimpl
    def userctl_finished(self, outcome: Outcome) -> None:
        self.seen.append(outcome)

    @hookimpl
    def userctl_health_checks(self) -> list[HealthCheck]:
        return [HealthCheck("acme-home", "is there a home", find)]


def find(machine: Machine) -> Iterator[Finding]:
    """The machine's profile, as a finding."""
    yield Finding("warning", machine.policy.text("acme-freeze"), machine.environment.user_base)


class Broken:
    """Each of its hooks raises."""

    @hookimpl
    def userctl_evaluate(self) -> None:
        raise LookupError("lost")

    @hookimpl
    def userctl_decided(self) -> None:
        raise LookupError("lost")

    @hookimpl
    def userctl_health_checks(self) -> None:
        raise LookupError("lost")


def situations(decision: Decision) -> dict[str, str]:
    """Situation → action."""
    return {each.name: each.action for each in decision.verdicts}


# factories


@pytest.mark.parametrize("kind", ["isolated", "system-site", "conda", "base"])
def test_an_environment_has_a_kind_and_the_fields_that_are_said(kind: str) -> None:
    made = testing.environment(kind, euid=0)
    assert (made.kind, made.euid, made.user_site_enabled) == (kind, 0, kind != "isolated")
    assert (made.user_site in made.search_path) is (kind != "isolated")


@pytest.mark.parametrize(
    ("origin", "scheme", "arguments"),
    [
        ("none", "site", ("install", "demo")),
        ("typed", "user", ("install", "--user", "demo")),
        ("configured", "user", ("install", "demo")),
        ("fallback", "user", ("install", "demo")),
        (Origin("typed", "--user"), "user", ("install", "--user", "demo")),
    ],
)
def test_a_requests_scheme_and_arguments_follow_from_its_origin(
    origin: str | Origin, scheme: str, arguments: tuple[str, ...]
) -> None:
    made = testing.request(origin=origin)
    assert (made.scheme, made.arguments, made.requirements) == (scheme, arguments, ("demo",))


def test_a_requests_scheme_follows_from_its_target() -> None:
    assert testing.request(target="/srv").scheme == "target"
    assert testing.request(prefix="/srv").scheme == "prefix"
    assert testing.request(target="/srv", scheme="site").scheme == "site"


@pytest.mark.parametrize(
    ("word", "asked"),
    [
        ("Demo_One", Asked("demo-one")),
        ("demo==1.0", Asked("demo", "1.0")),
        ("demo[extra] == 1.0 ; python_version > '3'", Asked("demo", "1.0")),
        ("demo===1.0", Asked("demo", "1.0")),
        ("demo==1.*", Asked("demo")),
        ("demo>=1,<2", Asked("demo")),
        ("./demo", None),
        ("demo @ https://host/demo.zip", None),
        ("https://host/demo.zip", None),
    ],
)
def test_a_request_knows_what_it_asks_for_by_name(word: str, asked: Asked | None) -> None:
    assert testing.request(word).asked == (asked,)


def test_a_policy_has_values_as_they_are_written_and_the_keys_of_plugins() -> None:
    made = testing.policy(Acme(), acme_freeze="refuse", enabled="no", profile="strict", protect_packages="a, b")
    assert (made.text("acme-freeze"), made.enabled, made.profile) == ("refuse", False, "strict")
    assert made.value("protect-packages") == ("a", "b")
    assert made.source("acme-freeze").line == 2


WRONG: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "field": (
        lambda: testing.request(schem="user"),
        TypeError,
        r"Request has no field schem \(did you mean scheme\?\)",
    ),
    "field of facts": (lambda: testing.environment(name="x"), TypeError, "Environment has no field name; it has kind"),
    "field of an outcome": (lambda: testing.outcome(removes=()), TypeError, "did you mean removed"),
    "field of a decision": (lambda: testing.decision(phases=2), TypeError, "did you mean phase"),
    "kind": (lambda: testing.environment("venv"), ValueError, "kind = 'venv' is not valid; valid: isolated, sys"),
    "origin": (lambda: testing.request(origin="user"), ValueError, "origin = 'user' is not valid; valid: none, typed"),
    "result": (lambda: testing.outcome("done"), ValueError, "result = 'done' is not valid; valid: installed, failed"),
    "action": (lambda: testing.decision(Verdict("a", "deny")), ValueError, "action = 'deny' is not valid"),
    "key": (lambda: testing.policy(base_typd="warn"), ValueError, r"unknown key base-typd \(did you mean base-typed"),
    "value": (lambda: testing.policy(base_typed="no"), ValueError, "base-typed = no is not valid; valid: allow, log"),
    "no fallback": (
        lambda: testing.evaluate(
            Acme(), request=testing.request(origin="fallback"), environment=testing.environment("isolated")
        ),
        ValueError,
        "never falls back",
    ),
    "switched off": (
        lambda: testing.evaluate(Acme(), policy=testing.policy(enabled="no")),
        ValueError,
        "nothing is judged",
    ),
}


@pytest.mark.parametrize(("make", "error", "text"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_said_clearly(make: Callable[[], object], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        make()


def test_a_decision_is_what_its_verdicts_add_up_to() -> None:
    made = testing.decision(Verdict("acme-a", "log"), Verdict("acme-b", "refuse"), phase=2)
    assert (made.verdict, made.phase) == ("refuse", 2)
    assert testing.decision().verdict == "allow"
    assert testing.outcome("failed", error="no").decision == testing.decision()


# the engine


def test_a_plugin_is_judged_with_the_built_in_rules_or_without() -> None:
    asked = testing.request(origin="typed")
    decision = testing.evaluate(Acme(), request=asked, environment=testing.environment("isolated"))
    assert situations(decision) == {"isolated-typed": "refuse", "acme-freeze": "warn"}
    alone = testing.evaluate(
        Acme(), request=asked, environment=testing.environment("isolated"), built_in=False, distributions=[]
    )
    assert situations(alone) == {"acme-freeze": "warn", "acme-count": "log"}


def test_its_keys_have_the_defaults_of_the_profile_where_nobody_sets_them() -> None:
    asked = testing.request(origin="typed")
    for profile, action in (("audit", "log"), ("default", "warn"), ("strict", "refuse")):
        decision = testing.evaluate(Acme(), request=asked, policy=testing.policy(profile=profile), built_in=False)
        assert situations(decision) == {"acme-freeze": action}


def test_the_second_phase_is_reached_where_the_first_refuses_nothing() -> None:
    wanted = [testing.distribution(), testing.distribution("other", requested=False)]
    decision = testing.evaluate(Acme(), distributions=wanted)
    assert (decision.phase, situations(decision), decision.verdicts[0].reason) == (2, {"acme-count": "log"}, "2")
    refusing = testing.policy(Acme(), acme_freeze="refuse")
    decision = testing.evaluate(Acme(), request=testing.request(origin="typed"), policy=refusing, distributions=wanted)
    assert (decision.phase, "acme-count" in situations(decision)) == (1, False)


def test_a_dropped_wish_is_judged_again_as_pip_would_choose() -> None:
    asked = testing.request(origin="configured")
    venv = testing.environment("isolated")
    decision = testing.evaluate(Acme(), request=asked, environment=venv)
    assert situations(decision) == {"isolated-configured": "ignore"}
    assert (decision.request.dropped, decision.request.origin, decision.request.scheme) == (True, NOBODY, "site")
    assert decision.request.destination is not None
    assert decision.request.destination.purelib == f"{venv.prefix}/lib/python3.13/site-packages"

    blocked = asked._replace(blocked=testing.request(origin="fallback").blocked)
    decision = testing.evaluate(Acme(), request=blocked, policy=testing.policy(base_configured="ignore"))
    assert situations(decision) == {"base-configured": "ignore", "base-fallback": "log", "acme-freeze": "warn"}


def test_observers_and_health_checks_are_shown_what_is_given() -> None:
    plugin, decision, outcome = Acme(), testing.decision(), testing.outcome("failed")
    testing.observe(plugin, decision)
    testing.observe(plugin, outcome)
    assert plugin.seen == [decision, outcome]
    machine = testing.machine(testing.environment(user_base="/srv"), testing.policy(plugin, acme_freeze="log"))
    assert testing.diagnose(plugin, machine) == {"acme-home": (Finding("warning", "log", "/srv"),)}


@pytest.mark.parametrize(
    "call",
    [
        lambda plugin: testing.evaluate(plugin),
        lambda plugin: testing.observe(plugin, testing.decision()),
        lambda plugin: testing.diagnose(plugin),
    ],
    ids=["evaluate", "observe", "diagnose"],
)
def test_what_a_plugin_raises_is_an_assertion_with_its_cause(call: Callable[[object], Any]) -> None:
    with pytest.raises(AssertionError, match="broken failed: LookupError: lost") as raised:
        call(Broken())
    assert isinstance(raised.value.__cause__, LookupError)


def test_failures_may_be_kept_in_the_decision() -> None:
    decision = testing.evaluate(Broken(), failures=True)
    assert [(each.part, each.error) for each in decision.failures] == [("rule", "LookupError: lost")]


def test_a_plugin_runs_in_the_thread_of_its_test() -> None:
    from threading import current_thread

    class Here:
        @hookimpl
        def userctl_evaluate(self) -> Verdict:
            return Verdict("acme-thread", "log", current_thread().name)

    assert testing.evaluate(Here()).verdicts[0].reason == current_thread().name
