"""The engine: the wish is settled first, then everything else adds up; plugins join in and take nothing away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Callable

import pytest

from pip_userctl import engine, hookimpl
from pip_userctl.decision import Decision
from pip_userctl.engine import Session
from pip_userctl.models import Environment, Origin, Request, Source, Verdict
from pip_userctl.plugins import OWN_NAME, Plugin, Plugins
from pip_userctl.policy import Policy
from pip_userctl.testing.factories import KINDS, RUN, policy, request
from tests.toolkit.values import CONFIGURED, FALLBACK, NOBODY, TYPED, config, facts, variables

Answer = Callable[[Request], object]


class Acme:
    """A plugin that answers by the request."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    @hookimpl
    def userctl_evaluate(self, request: Request) -> object:
        """Answer."""
        return self.answer(request)


class Chosen:
    """pip's choice after the wish was dropped; remembers what it was asked."""

    def __init__(self, origin: Origin = NOBODY) -> None:
        self.origin = origin
        self.asked: list[Request] = []

    def __call__(self, asked: Request) -> Request:
        """Choose."""
        self.asked.append(asked)
        return asked._replace(origin=self.origin, scheme="user" if self.origin is FALLBACK else "site")


def session(environment: Environment, words: Policy, *answers: Answer) -> Session:
    """A session with plugins that answer so."""
    plugins = Plugins()
    for number, answer in enumerate(answers):
        plugins.register(Plugin(f"acme{number}", Acme(answer), "acme", "1.0"))
    return Session(environment, words, plugins, RUN)


def decide(
    asked: Request,
    *answers: Answer,
    environment: Environment | None = None,
    chosen: Chosen | None = None,
    values: Mapping[str, str] | None = None,
    **more: str,
) -> Decision:
    """The whole story of one request."""
    here = session(environment or facts(), policy(**{**(values or {}), **more}), *answers)
    settled, verdicts = engine.settle(asked, here)
    return engine.evaluate(settled, verdicts, here, chosen or Chosen())


def names(decision: Decision) -> list[tuple[str, str]]:
    """Situations and actions, in order."""
    return [(verdict.name, verdict.action) for verdict in decision.verdicts]


@pytest.mark.parametrize("kind", KINDS)
def test_a_configured_wish_whose_key_says_ignore_is_dropped(kind: str) -> None:
    name = f"{kind}-configured"
    decision = decide(request(origin=CONFIGURED), environment=facts(kind), values={name: "ignore"})
    assert names(decision) == [(name, "ignore")]
    assert (decision.verdict, decision.request.dropped, decision.request.wish) == ("allow", True, CONFIGURED)
    assert decision.verdicts[0].plugin == OWN_NAME


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("action", ["allow", "log", "warn", "refuse"])
def test_any_other_answer_lets_the_wish_stand(kind: str, action: str) -> None:
    name = f"{kind}-configured"
    decision = decide(request(origin=CONFIGURED), environment=facts(kind), values={name: action})
    assert names(decision) == [(name, action)]
    assert (decision.verdict, decision.request.dropped) == (action, False)


@pytest.mark.parametrize("origin", [TYPED, FALLBACK, NOBODY], ids=lambda origin: origin.kind)
def test_only_a_configured_wish_can_be_dropped(origin: Origin) -> None:
    asked = request(origin=origin)
    assert engine.settle(asked, session(facts(), policy(base_configured="ignore"))) == (asked, ())


def test_a_fallback_after_a_dropped_wish_is_judged_as_a_fallback() -> None:
    here = session(facts(), policy(base_configured="ignore", base_fallback="warn"))
    asked, settled = engine.settle(request(origin=CONFIGURED), here)
    decision = engine.evaluate(asked._replace(origin=FALLBACK, scheme="user"), settled, here, Chosen())
    assert names(decision) == [("base-configured", "ignore"), ("base-fallback", "warn")]
    assert decision.verdict == "warn"


def test_the_strictest_of_built_in_rules_and_plugins_wins() -> None:
    refusing = Verdict("acme-freeze", "refuse", "it freezes")
    assert decide(request(origin=TYPED), lambda _: refusing, base_typed="allow").verdict == "refuse"
    allowing = Verdict("base-typed", "allow", "because")
    assert decide(request(origin=TYPED), lambda _: allowing, base_typed="refuse").verdict == "refuse"


def test_a_verdict_carries_its_plugin_whatever_it_says_itself() -> None:
    decision = decide(request(origin=TYPED), lambda _: Verdict("acme-freeze", "log", plugin="pip_userctl"))
    assert [(verdict.name, verdict.plugin) for verdict in decision.verdicts] == [
        ("base-typed", OWN_NAME),
        ("acme-freeze", "acme0"),
    ]


def ignoring(asked: Request) -> Verdict | None:
    """Ignore a configured wish, and have no opinion on anything else."""
    return Verdict("acme-ignore", "ignore", "not today") if asked.origin.kind == "configured" else None


def test_a_plugin_may_drop_a_configured_wish_and_pip_is_asked_again() -> None:
    chosen = Chosen(FALLBACK)
    decision = decide(request(origin=CONFIGURED), ignoring, chosen=chosen, base_configured="warn", base_fallback="log")
    assert [asked.dropped for asked in chosen.asked] == [True]
    assert chosen.asked[0].origin == NOBODY
    assert names(decision) == [("acme-ignore", "ignore"), ("base-fallback", "log")]
    assert (decision.verdict, decision.request.wish) == ("log", CONFIGURED)


def test_a_refusal_stands_against_a_plugin_that_would_drop_the_wish() -> None:
    chosen = Chosen()
    decision = decide(request(origin=CONFIGURED), ignoring, chosen=chosen, base_configured="refuse")
    assert chosen.asked == []
    assert names(decision) == [("base-configured", "refuse")]
    assert not decision.request.dropped


@pytest.mark.parametrize("origin", [TYPED, FALLBACK, NOBODY], ids=lambda origin: origin.kind)
def test_ignoring_any_other_wish_is_a_failure(origin: Origin) -> None:
    chosen = Chosen()
    decision = decide(
        request(origin=origin), lambda _: Verdict("acme-ignore", "ignore"), chosen=chosen, base_fallback="log"
    )
    assert chosen.asked == []
    assert "acme-ignore" not in dict(names(decision))
    assert [(each.part, each.name) for each in decision.failures] == [("rule", "acme0")]
    assert "only a configured wish can be ignored" in decision.failures[0].error


@pytest.mark.parametrize(
    "answer",
    [
        ("acme-freeze", "refuse"),
        [("acme-freeze", "refuse")],
        Verdict("acme-freeze", "deny"),
        Verdict("acme-freeze", "REFUSE"),
        Verdict("", "refuse"),
        Verdict(None, "refuse"),  # type: ignore[arg-type]
        Verdict("acme-freeze", "refuse", reason=None),  # type: ignore[arg-type]
        Verdict("acme-freeze", "refuse", hint=["pip"]),  # type: ignore[arg-type]
        Verdict("acme-freeze", "refuse", source="/etc/pip.conf"),  # type: ignore[arg-type]
    ],
)
def test_an_answer_that_is_no_verdict_is_a_failure_and_the_others_stand(answer: object) -> None:
    decision = decide(request(origin=TYPED), lambda _: answer, base_typed="refuse")
    assert names(decision) == [("base-typed", "refuse")]
    assert {(each.part, each.name) for each in decision.failures} == {("rule", "acme0")}


def test_a_source_of_a_plugins_own_is_kept() -> None:
    source = Source("global", "/etc/acme.conf", 3)
    decision = decide(request(), lambda _: Verdict("acme-freeze", "log", source=source))
    assert [verdict.source for verdict in decision.verdicts] == [source]


def broken(_: Request) -> object:
    """Raise."""
    raise ValueError("no")


def test_a_plugin_that_raises_is_counted_once_even_where_pip_is_asked_again() -> None:
    decision = decide(request(origin=CONFIGURED), ignoring, broken)
    assert [(each.name, each.error) for each in decision.failures] == [("acme1", "ValueError: no")]


def test_judging_again_forgets_the_failures_of_rules_and_keeps_those_of_loading() -> None:
    here = session(facts(), policy(), broken)
    here.plugins.load(["absent"], [])
    for _ in range(2):
        decision = engine.evaluate(request(origin=TYPED), (), here, Chosen())
        assert [each.name for each in decision.failures] == ["absent", "acme0"]


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[Iterable[str]]:
    """What the session was asked to load, in place of loading it."""
    asked: list[Iterable[str]] = []
    monkeypatch.setattr(Plugins, "load", lambda self, wanted, search_path: asked.append(wanted))
    return asked


def test_a_session_loads_the_plugins_that_the_policy_names(loaded: list[Iterable[str]]) -> None:
    here = engine.start(facts(), [config(plugins="one two", plugin_timeout="0.5")], variables(), [], "26.3")
    assert loaded == [("one", "two")]
    assert here.plugins.timeout == 0.5


def test_a_policy_that_is_switched_off_loads_no_plugin(loaded: list[Iterable[str]]) -> None:
    here = engine.start(facts(), [config(enabled="no", plugins="one")], variables(), [], "26.3")
    assert loaded == []
    assert not here.policy.enabled


def test_a_session_finds_each_mistake_once() -> None:
    here = engine.start(facts(), [config(plugins="none", base_typed="x", nonsense="1")], variables(), [], "26.3")
    assert [each.line for each in here.policy.problems] == [3, 4]


def says(action: str) -> Answer:
    """A rule of this opinion."""
    return lambda _: Verdict("acme-x", action, "so")


def test_under_audit_a_plugins_opinion_neither_refuses_nor_drops() -> None:
    for origin, action in ((TYPED, "refuse"), (TYPED, "warn"), (CONFIGURED, "ignore")):
        decision = decide(request(origin=origin), says(action), profile="audit")
        assert decision.verdict == "log"
        assert not decision.request.dropped
        assert ("acme-x", "log") in names(decision)


def test_a_policys_values_cannot_be_changed_by_a_plugin() -> None:
    with pytest.raises(TypeError):
        policy().given["base-typed"] = None  # type: ignore[index]
