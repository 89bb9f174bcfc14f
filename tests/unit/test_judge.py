"""The judgement: what waives a refusal, how verdicts add up, what plugins may say, what a session has."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations, product
from pathlib import Path
from typing import Any

import pytest

from pip_userctl import (
    Distribution,
    Policy,
    PolicyKey,
    Request,
    Source,
    Verdict,
    hookimpl,
    judge as judging,
    plugins,
    testing,
)
from pip_userctl.hooks import Decision, Plugin
from pip_userctl.keys import RULES
from pip_userctl.models import ACTIONS, Failure, Unwritable
from pip_userctl.policy import resolve
from tests.unit.values import Says, actions, administrator, asked, configuration, file, judge, named, policy

UNWRITABLE = Unwritable("/opt/python/lib", "owner root, mode drwxr-xr-x")

# What a policy makes of a refusal

WAIVABLE = sorted(set(RULES) - {"isolated-typed", "hidden-user-site", "foreign-user-base", "protected-package"})


def refused(rule: str, rules: Policy | None = None, **more: Any) -> Verdict:
    """The verdict of a decision in which this rule refuses."""
    (verdict,) = testing.decision(Verdict(rule, "refuse"), policy=rules, **more).verdicts
    return verdict


@pytest.mark.parametrize("rule", RULES)
def test_an_allowed_name_and_an_allowed_user_base_log_instead(rule: str) -> None:
    facts, allowed = testing.environment(user_base="/scratch/ada"), rule in WAIVABLE
    for key, values in {"allow-packages": ("demo", "other"), "allow-user-base": ("/scratch/*", "/srv/*")}.items():
        given, other = (testing.policy(**{key.replace("-", "_"): value}) for value in values)
        verdict = refused(rule, given, environment=facts)
        assert (verdict.action, verdict.waived_by) == ("refuse", key if allowed else None)
        assert verdict.effect == ("log" if allowed else "refuse")
        assert refused(rule, other, environment=facts).effect == "refuse"


@pytest.mark.parametrize("rule", RULES)
def test_a_reason_turns_a_refusal_into_a_warning_except_where_nothing_could_be_imported(
    monkeypatch: pytest.MonkeyPatch, rule: str
) -> None:
    monkeypatch.setenv("PIP_USERCTL_REASON", " ticket 42 ")
    never = rule in ("isolated-typed", "hidden-user-site")
    assert refused(rule).effect == ("refuse" if never else "warn")
    assert refused(rule).waived_by == (None if never else "override")
    for rules in (policy(override="deny"), policy(administrator(locked="yes"))):
        decision = testing.decision(Verdict(rule, "refuse"), policy=rules)
        assert (decision.verdict, decision.reason) == ("refuse", "ticket 42")
    monkeypatch.setenv("PIP_USERCTL_REASON", "  ")
    assert testing.decision(Verdict(rule, "refuse")).reason is None
    assert refused(rule).effect == "refuse"


@pytest.mark.parametrize(("dry_run", "report"), list(product([True, False], repeat=2)))
@pytest.mark.parametrize("action", ACTIONS)
def test_only_a_dry_run_with_a_report_is_never_refused(action: str, dry_run: bool, report: bool) -> None:
    decision = judge(asked("typed", dry_run=dry_run, report=report), None, testing.policy(base_typed=action))
    (verdict,) = decision.verdicts
    waived = action == "refuse" and dry_run and report
    assert (verdict.action, verdict.waived_by) == (action, "dry-run" if waived else None)
    assert decision.verdict == verdict.effect == ("allow" if waived else action)


def test_a_dry_run_with_a_report_still_ignores_what_is_to_be_ignored() -> None:
    decision = judge(asked("configured", dry_run=True, report=True), testing.environment("isolated"))
    assert (actions(decision.verdicts), decision.request.dropped) == ({"isolated-configured": "ignore"}, True)


@pytest.mark.parametrize(
    ("requested", "repair"),
    [
        (("pip",), True),
        (("PIP==26.3", "pluggy>=1", "Packaging", "pip.userctl"), True),
        (("pip", "demo"), False),
        (("pip[extra]",), False),
        (("pip @ https://host/pip.whl",), False),
        (("./pip",), False),
        (("pip-tools",), False),
    ],
)
def test_a_repair_installs_nothing_but_what_mends_pip_userctl(requested: tuple[str, ...], repair: bool) -> None:
    request = asked("none", *requested)
    assert request.is_repair == repair
    strict = testing.policy(on_error="refuse")
    assert judging.stops_on_error(strict, request) == (not repair)
    assert not judging.stops_on_error(strict, request._replace(dry_run=True, report=True))
    for only in ({"dry_run": True}, {"report": True}):
        assert judging.stops_on_error(strict, request._replace(**only)) == (not repair)
    assert not judging.stops_on_error(testing.policy(), request)
    assert not asked(requested=()).is_repair


def test_a_repair_is_not_exempt_from_the_rules_about_user_installs() -> None:
    assert judge(asked("typed", "pip"), testing.environment("isolated")).verdict == "refuse"


# What plugins say


class Asks:
    """A plugin that says ignore to every configured setting, by what the request says of its origin."""

    @hookimpl
    def userctl_evaluate(self, request: Request) -> Verdict | None:
        return Verdict("acme-ignore", "ignore", "not today") if request.user_install == "configured" else None


class Late:
    """A plugin that judges the resolved set."""

    def __init__(self, *verdicts: Verdict) -> None:
        self.verdicts = verdicts

    @hookimpl
    def userctl_evaluate_distributions(self, distributions: tuple[Distribution, ...]) -> Iterator[Verdict]:
        assert distributions
        yield from self.verdicts


class Keyed(Late):
    """The same with keys, one of them that of its rule."""

    @hookimpl
    def userctl_policy_keys(self) -> list[PolicyKey]:
        return [PolicyKey("keyed-late"), PolicyKey("keyed-names", "list", defaults=((), (), ()))]


class Raises:
    """A plugin whose rules raise."""

    @hookimpl
    def userctl_evaluate(self) -> None:
        raise ValueError("no")

    @hookimpl
    def userctl_evaluate_distributions(self) -> None:
        raise LookupError("lost")


@pytest.mark.parametrize("given", [each for size in range(4) for each in permutations(ACTIONS, size)])
def test_the_strictest_verdict_wins_whatever_the_order(given: tuple[str, ...]) -> None:
    verdicts = [Verdict(f"acme-{action}", action) for action in given]
    decision = judge(plugin=Says(*verdicts), built_in=False)
    assert decision.verdict == max(given, key=ACTIONS.index, default="allow")
    assert actions(decision.verdicts) == {f"acme-{action}": action for action in given}


def test_a_plugin_can_add_strictness_and_take_none_away() -> None:
    refusing, allowing = Says(Verdict("acme-freeze", "refuse", "so")), Says(Verdict("base-typed", "allow", "so"))
    assert judge(asked("typed"), None, testing.policy(base_typed="allow"), refusing).verdict == "refuse"
    assert judge(asked("typed"), None, testing.policy(base_typed="refuse"), allowing).verdict == "refuse"


def test_a_verdict_carries_its_plugin_and_its_own_source_and_cannot_waive_itself() -> None:
    source = Source("global", "/etc/acme.conf", 3)
    says = Verdict("acme-freeze", "refuse", "so", source=source, plugin="pip_userctl", waived_by="override")
    (verdict,) = judge(plugin=Says(says), built_in=False).verdicts
    assert (verdict.plugin, verdict.source, verdict.effect) == ("acme", source, "refuse")


def test_what_is_said_twice_counts_once() -> None:
    verdict = Verdict("acme-freeze", "warn", "so")
    decision = judge(plugin=Says(verdict, verdict, verdict._replace(reason="other")), built_in=False)
    assert [each.reason for each in decision.verdicts] == ["so", "other"]


def test_a_plugin_may_drop_a_configured_setting_and_pip_is_asked_again() -> None:
    decision = judge(asked("configured", unwritable=UNWRITABLE), None, testing.policy(base_configured="warn"), Asks())
    assert actions(decision.verdicts) == {"acme-ignore": "ignore", "base-fallback": "log"}
    assert (decision.verdict, decision.request.dropped, decision.request.user_install) == ("log", True, "fallback")


def test_a_refusal_stands_against_a_plugin_that_would_drop_the_setting() -> None:
    decision = judge(asked("configured"), None, testing.policy(base_configured="refuse"), Asks())
    assert (decision.verdict, decision.request.dropped) == ("refuse", False)
    assert actions(decision.verdicts) == {"base-configured": "refuse"}


@pytest.mark.parametrize("origin", ["none", "typed", "fallback"])
def test_to_ignore_anything_but_a_configured_setting_is_a_failure(origin: str) -> None:
    decision = judge(asked(origin), plugin=Says(Verdict("acme-ignore", "ignore")), failures=True)
    assert "acme-ignore" not in named(decision)
    (failure,) = decision.failures
    assert (failure.part, failure.name) == ("rule", "acme")
    assert "only a configured setting can be ignored" in failure.error


def test_to_ignore_a_configured_setting_that_is_dropped_already_is_none() -> None:
    decision = judge(
        asked("configured"), testing.environment("isolated"), plugin=Says(Verdict("acme-ignore", "ignore"))
    )
    assert (decision.verdict, decision.failures, decision.request.dropped) == ("allow", (), True)
    assert actions(decision.verdicts)["isolated-configured"] == "ignore"


def test_once_pip_has_resolved_nothing_can_be_ignored() -> None:
    late = Late(Verdict("acme-late", "ignore"))
    decision = judge(asked("configured"), plugin=late, distributions=[testing.distribution()], failures=True)
    assert "before pip has resolved" in decision.failures[0].error


@pytest.mark.parametrize(
    "says",
    [
        ("acme-freeze", "refuse"),
        Verdict("acme-freeze", "deny"),
        Verdict("acme-freeze", "REFUSE"),
        Verdict("", "refuse"),
        Verdict(None, "refuse"),  # type: ignore[arg-type]
        Verdict("acme-freeze", "refuse", reason=None),  # type: ignore[arg-type]
        Verdict("acme-freeze", "refuse", hint=["pip"]),  # type: ignore[arg-type]
        Verdict("acme-freeze", "refuse", source="/etc/pip.conf"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_verdict_is_a_failure_and_the_others_stand(says: object) -> None:
    rules = testing.policy(base_typed="refuse")
    decision = judge(asked("typed"), None, rules, Says(says, Verdict("acme-fine", "log")), failures=True)
    assert actions(decision.verdicts) == {"base-typed": "refuse", "acme-fine": "log"}
    assert [(each.part, each.name) for each in decision.failures] == [("rule", "acme")]


def test_a_rule_that_raises_is_a_failure_in_either_step() -> None:
    decision = judge(asked("typed"), plugin=Raises(), distributions=[testing.distribution()], failures=True)
    assert decision.failures == (
        Failure("rule", "acme", "ValueError: no"),
        Failure("rule", "acme", "LookupError: lost"),
    )
    assert decision.phase == 2


def test_judging_again_forgets_what_rules_raised_and_says_what_could_not_be_loaded_in_the_first_step_alone() -> None:
    session = judging.load_session(testing.environment(), configuration(file(plugins="absent")), [], "id")
    plugins.add(session.hooks, Plugin("acme", Raises()))
    for _ in range(2):
        decision = judging.evaluate(asked("typed"), (), session, lambda request: request)
        assert [each.name for each in decision.failures] == ["absent", "acme"]
    session = judging.load_session(testing.environment(), configuration(file(plugins="absent")), [], "id")
    decision = judging.evaluate(asked(), (), session, lambda request: request)
    assert judging.evaluate_distributions(decision, [], session) is None


def test_the_second_step_adds_to_the_first() -> None:
    late, resolved = Late(Verdict("acme-late", "refuse", "so")), [testing.distribution()]
    decision = judge(asked("typed"), None, testing.policy(base_typed="warn"), late, distributions=resolved)
    assert (decision.phase, decision.verdict, decision.distributions) == (2, "refuse", tuple(resolved))
    assert actions(decision.verdicts) == {"base-typed": "warn", "acme-late": "refuse"}
    assert judge(asked("typed"), plugin=Late(), distributions=resolved).phase == 1


@pytest.mark.parametrize(("action", "effect"), [("warn", "log"), ("refuse", "log"), ("log", "log"), ("allow", "allow")])
def test_under_audit_the_opinion_of_a_plugin_neither_warns_nor_refuses(action: str, effect: str) -> None:
    decision = judge(None, None, testing.policy(profile="audit"), Says(Verdict("acme-x", action)), built_in=False)
    (verdict,) = decision.verdicts
    assert (decision.verdict, verdict.effect) == (effect, effect)
    assert verdict.waived_by == ("audit" if action == "refuse" else None)
    outright = Says(Verdict("acme-x", action, source=Source("global", "/etc/acme.conf")))
    assert judge(None, None, testing.policy(profile="audit"), outright, built_in=False).verdict == action
    key = PolicyKey("acme-x")
    for given, expected in ({}, effect), ({"acme_x": action}, action):
        rules = resolve(configuration(file(profile="audit", **given)), [key])
        assert judge(None, None, rules, Says(Verdict("acme-x", action)), built_in=False).verdict == expected


def test_under_audit_the_opinion_of_a_plugin_drops_no_setting() -> None:
    decision = judge(asked("configured"), None, testing.policy(profile="audit"), Asks())
    assert (decision.verdict, decision.request.dropped) == ("log", False)


def test_under_audit_only_a_key_that_is_set_outright_refuses() -> None:
    rules = testing.policy(profile="audit", protect_packages="demo", isolated_typed="refuse")
    assert judge(asked("typed"), None, rules).verdict == "log"
    assert judge(asked("typed"), testing.environment("isolated"), rules).verdict == "refuse"


# The session


def test_a_session_loads_the_plugins_that_the_policy_names_and_none_where_it_is_switched_off() -> None:
    def failed(**values: str) -> list[str]:
        session = judging.load_session(testing.environment(), configuration(file(**values)), [], "id")
        return [each.name for each in session.hooks.failures]

    assert failed(plugins="one, two") == ["one", "two"]
    assert failed(plugins="one", enabled="no") == []
    assert failed(plugins="none", base_typed="x", nonsense="1") == []
    made = judging.load_session(testing.environment(agent="acme"), configuration(agent_profile="strict"), [], "id")
    assert (made.policy.value("base-typed"), made.id) == ("refuse", "id")


def test_a_session_knows_the_keys_of_the_plugins_that_it_has_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "acme_policy-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-policy\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[pip_userctl]\nacme = acme_judged_policy\n")
    (tmp_path / "acme_judged_policy.py").write_text(
        "from pip_userctl import PolicyKey, hookimpl\n\n"
        "@hookimpl\ndef userctl_policy_keys():\n    return [PolicyKey('acme-freeze')]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    said = configuration(file(acme_freeze="refuse", base_typed="warn"))
    made = judging.load_session(testing.environment(), said, [str(tmp_path)], "id")
    assert (made.policy.value("acme-freeze"), made.policy.mistakes, made.hooks.failures) == ("refuse", (), [])


@pytest.mark.parametrize("given", [{}, {"audit_log": "/var/log/a"}, {"syslog": "local"}], ids=str)
def test_a_recorder_is_there_where_the_policy_names_a_place_for_records(given: dict[str, str]) -> None:
    session = judging.load_session(testing.environment(), configuration(file(**given)), [], "id")
    judging.add_recorder(session)
    assert session.hooks.has_plugin("pip_userctl.recorder") == bool(given)


def test_an_observer_that_raises_is_a_failure_and_is_not_called_again() -> None:
    calls: list[str] = []

    class Observer:
        @hookimpl
        def userctl_decided(self, decision: Decision) -> None:
            calls.append(decision.verdict)
            raise OSError("full")

    session = judging.Session(testing.environment(), testing.policy(), judging.load_hooks(testing.policy(), []), "id")
    plugins.add(session.hooks, Plugin("acme", Observer()))
    decision = testing.decision()
    assert judging.observe("userctl_decided", session, decision=decision) == [
        Failure("observer", "acme", "OSError: full")
    ]
    assert judging.observe("userctl_decided", session, decision=decision) == []
    assert calls == ["allow"]


def test_what_only_the_resolved_set_shows_is_named() -> None:
    session = judging.Session(testing.environment(), testing.policy(), judging.load_hooks(testing.policy(), []), "id")
    plugins.add(session.hooks, Plugin("acme", Late(), "acme", "1.0"))
    plugins.add(session.hooks, Plugin("keyed", Keyed(), "keyed", "1.0"))
    plugins.add(session.hooks, Plugin("early", Says(), "early", "1.0"))
    late = ["acme", "keyed-late"]
    assert plugins.not_judged(testing.decision(), session.hooks) == ["shadowing", "protected-package", *late]
    refused_by_name = testing.decision(Verdict("protected-package", "refuse"))
    assert plugins.not_judged(refused_by_name, session.hooks) == ["shadowing", *late]
