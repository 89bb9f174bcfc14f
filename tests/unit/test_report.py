"""What pip prints: lines and their levels, the one note and hint, the block of a refusal, the line that says where it went."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pip_userctl import Policy, Source, Verdict, testing
from pip_userctl._pip import report
from pip_userctl.hooks import Decision
from pip_userctl.messages import Message
from pip_userctl.mistakes import Mistake
from pip_userctl.models import Failure
from tests.unit.values import administrator, file, policy

DEFAULT = Source("default")
LOG, WARN = Verdict("base-typed", "log", "why", "what"), Verdict("root-user", "warn", "because", "that", "do this")
REFUSE = Verdict("isolated-typed", "refuse", "why not", "what not", "do that", DEFAULT)
MISTAKE = Mistake("/etc/pip.conf", 3, "base-typed = x is not valid")
FAILURE = Failure("rule", "acme", "KeyError: 'x'")
STOPS = "userctl-failure: rule acme raised KeyError: 'x'"


class Refused(Exception):
    """In place of pip's own exception."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.reference)
        self.message = message


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """pip-userctl is called by its name, and every level is seen."""
    monkeypatch.setattr(report, "refusal", Refused)
    monkeypatch.setattr("pip_userctl.messages.userctl", lambda _: "pip-userctl")
    caplog.set_level(1, "pip_userctl")


def told(
    caplog: pytest.LogCaptureFixture,
    *verdicts: Verdict,
    rules: Policy | None = None,
    previous: Decision | None = None,
    observers: Sequence[Failure] = (),
    **fields: Any,
) -> tuple[list[tuple[int, str]], Message | None]:
    """The lines that are printed, with their levels, and the refusal."""
    caplog.clear()
    decision = testing.decision(*verdicts, policy=rules, **fields)
    refusal = None
    try:
        report.tell(decision, previous, observers)
    except Refused as refused:
        refusal = refused.message
    return [(record.levelno, record.getMessage()) for record in caplog.records], refusal


# Lines


def test_each_rule_is_one_line_of_its_level(caplog: pytest.LogCaptureFixture) -> None:
    ignored = Verdict("isolated-configured", "ignore", "cause", "ignoring it")
    lines, refusal = told(caplog, LOG, ignored, Verdict("base-site", "allow", "x"), Verdict("acme", "warn", "so"))
    assert refusal is None
    assert lines == [
        (logging.INFO, "userctl-base-typed: what: why"),
        (logging.INFO, "userctl-isolated-configured: ignoring it: cause"),
        (logging.WARNING, "userctl-acme: so"),
    ]


def test_under_audit_a_log_line_takes_a_v(caplog: pytest.LogCaptureFixture) -> None:
    lines, _ = told(caplog, LOG, rules=policy(profile="audit"))
    assert lines == [(15, "userctl-base-typed: what: why")]  # pip's VERBOSE


def test_one_note_and_one_hint_stand_behind_the_last_warning(caplog: pytest.LogCaptureFixture) -> None:
    rules = policy(message="ask the\nhelp desk", help_url="https://host")
    first = Verdict("system-site-typed", "warn", "why", "what", "do this first")
    lines, _ = told(caplog, first, LOG, WARN, rules=rules)
    assert [text for level, text in lines if level == logging.WARNING] == [
        "userctl-system-site-typed: what: why",
        "userctl-root-user: that: because\nnote: ask the\n      help desk\n      https://host\nhint: do this first",
    ]


def test_of_one_rule_the_strictest_verdict_is_said(caplog: pytest.LogCaptureFixture) -> None:
    lines, _ = told(caplog, WARN._replace(action="log"), WARN, WARN._replace(reason="other"))
    assert [text.split("\n")[0] for _, text in lines] == ["userctl-root-user: that: because"]


def test_nothing_is_said_twice(caplog: pytest.LogCaptureFixture) -> None:
    first = testing.decision(WARN, failures=(FAILURE,))
    late = Verdict("shadowing", "warn", "x comes first", "y will be hidden")
    lines, _ = told(caplog, WARN, late, previous=first, failures=(FAILURE,), rules=_mistaken())
    assert [text for _, text in lines] == ["userctl-shadowing: y will be hidden: x comes first"]
    assert told(caplog, WARN, previous=first)[0] == []


# A refusal


def test_a_refusal_is_one_block_and_what_else_warns_stands_before_it_without_hints(
    caplog: pytest.LogCaptureFixture,
) -> None:
    other = Verdict("acme-freeze", "refuse", "it freezes")
    lines, refusal = told(caplog, REFUSE, WARN, other, rules=policy(message="ask"))
    assert lines == [(logging.WARNING, "userctl-root-user: that: because")]
    why, note = "why not\nalso userctl-acme-freeze: it freezes", "ask\npip-userctl rules isolated-typed"
    assert refusal == Message("userctl-isolated-typed", "what not", why, note, "do that")
    assert told(caplog, other)[1] == Message("userctl-acme-freeze", "it freezes")  # which has no page


OFFER = 'PIP_USERCTL_REASON="..." in front of the command overrides this once, with a record'


@pytest.mark.parametrize(
    ("files", "rule", "agent", "offered"),
    [
        ([administrator(base_typed="refuse")], "base-typed", None, True),
        ([administrator(profile="strict")], "base-typed", None, True),
        ([administrator(locked="yes", override="allow", base_typed="refuse")], "base-typed", None, True),
        ([administrator(locked="yes", base_typed="refuse")], "base-typed", None, False),
        ([administrator(base_typed="refuse", override="deny")], "base-typed", None, False),
        ([administrator(base_typed="refuse")], "base-typed", "acme", False),
        ([file(base_typed="refuse")], "base-typed", None, False),
        ([administrator(isolated_typed="refuse")], "isolated-typed", None, False),
    ],
)
def test_an_override_is_offered_only_where_an_administrator_allows_one_and_no_agent_runs_pip(
    caplog: pytest.LogCaptureFixture, files: list[Any], rule: str, agent: str | None, offered: bool
) -> None:
    rules = policy(*files)
    refuse = Verdict(rule, "refuse", "why", "what", source=rules.source(rule))
    _, refusal = told(caplog, refuse, rules=rules, environment=testing.environment(agent=agent))
    assert refusal is not None
    assert refusal.note == "\n".join([OFFER] * offered + [f"pip-userctl rules {rule}"])


def test_a_reason_that_does_not_count_is_one_line(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_USERCTL_REASON", "ticket 42")
    text = "userctl-override: PIP_USERCTL_REASON does not count here: override = deny"
    lines, refusal = told(caplog, Verdict("base-typed", "refuse"), rules=policy(administrator(locked="yes")))
    assert (lines, refusal is None) == ([(logging.WARNING, text)], False)
    lines, _ = told(caplog, Verdict("base-typed", "refuse"), rules=policy(file(override="deny")))
    assert lines == [(logging.WARNING, f"{text} [/user/pip.conf]")]
    assert told(caplog, LOG, rules=policy(override="deny"))[0] == [(logging.INFO, "userctl-base-typed: what: why")]
    lines, refusal = told(caplog, Verdict("base-typed", "refuse", "so"))
    assert (lines, refusal) == ([(logging.WARNING, "userctl-base-typed: so")], None)


def test_a_report_of_a_dry_run_says_nothing_of_what_would_be_refused(caplog: pytest.LogCaptureFixture) -> None:
    assert told(caplog, REFUSE, request=testing.request(dry_run=True, report=True)) == ([], None)


# The policy, and what fails


def _mistaken(on_error: str = "warn", *, fatal: bool = True) -> Policy:
    return policy(on_error=on_error)._replace(mistakes=(MISTAKE._replace(fatal=fatal),))


SAID = "userctl-policy: 1 mistake in the policy: /etc/pip.conf:3: base-typed = x is not valid. Run: pip-userctl check"


GOES_ON = f"{STOPS}; pip goes on"


@pytest.mark.parametrize(
    ("rules", "requirement", "failures", "lines", "stopped"),
    [
        (_mistaken(), "demo", (), [SAID], ""),
        (_mistaken("refuse"), "demo", (), [], "userctl-policy"),
        (_mistaken("refuse", fatal=False), "demo", (), [SAID], ""),
        (_mistaken("refuse"), "pip", (), [SAID], ""),
        (policy(on_error="warn"), "demo", (FAILURE,), [GOES_ON], ""),
        (policy(on_error="refuse"), "demo", (FAILURE,), [], "userctl-failure"),
        (policy(on_error="refuse"), "pip", (FAILURE,), [GOES_ON], ""),
    ],
)
def test_a_mistake_and_a_failure_are_one_warning_or_stop_pip(
    caplog: pytest.LogCaptureFixture,
    rules: Policy,
    requirement: str,
    failures: tuple[Failure, ...],
    lines: list[str],
    stopped: str,
) -> None:
    printed, refusal = told(caplog, rules=rules, request=testing.request(requirement), failures=failures)
    assert [text for _, text in printed] == lines
    assert (refusal.reference if refusal else "") == stopped


@pytest.mark.parametrize(
    ("rules", "fields", "stopped"),
    [
        (_mistaken("refuse"), {}, True),
        (_mistaken("warn"), {}, False),
        (_mistaken("refuse"), {"previous": testing.decision()}, False),
        (policy(on_error="refuse"), {"failures": (FAILURE,)}, True),
        (policy(on_error="warn"), {"failures": (FAILURE,)}, False),
        (policy(on_error="refuse"), {}, False),
    ],
)
def test_where_pip_is_stopped_a_warning_has_no_hint_and_nothing_says_that_pip_goes_on(
    caplog: pytest.LogCaptureFixture, rules: Policy, fields: dict[str, Any], stopped: bool
) -> None:
    lines, refusal = told(caplog, WARN, rules=rules, observers=[Failure("observer", "acme", "OSError")], **fields)
    assert (refusal is not None) == stopped
    text = "\n".join(text for _, text in lines)
    assert ("hint: do this" in text) == ("observer acme raised OSError; pip goes on" in text) == (not stopped)
    assert "observer acme raised OSError" in text
    lines, _ = told(caplog, REFUSE, failures=(FAILURE,))
    assert [text for _, text in lines] == [STOPS]


def test_what_a_lock_ignores_is_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    lines, _ = told(caplog, rules=policy(administrator(locked="yes"), message="mine"))
    said = "ignored, because the policy is locked by /etc/pip.conf: message (PIP_USERCTL_MESSAGE)"
    assert lines == [(logging.WARNING, f"userctl-locked: {said}")]


# Where it went


def test_after_a_warning_one_line_says_where_it_went(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    info = tmp_path / "six-1.17.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: SIX\n")
    facts = testing.environment(home=str(tmp_path.parent))
    installed = [testing.distribution("six", "1.17.0", location=str(tmp_path))]

    def said(*verdicts: Verdict) -> list[str]:
        caplog.clear()
        decision = testing.decision(*verdicts, environment=facts)
        report.say_where(testing.outcome("installed", decision=decision, distributions=tuple(installed)))
        return [record.getMessage() for record in caplog.records]

    where = f"~/{tmp_path.name} (root-user, acme)"
    assert said(WARN, LOG, Verdict("acme", "warn")) == [f"userctl: SIX 1.17.0 is in {where}"]
    installed += [testing.distribution(name, location=str(tmp_path)) for name in ("b", "c", "d")]
    assert said(WARN, Verdict("acme", "warn")) == [f"userctl: SIX 1.17.0, b 1.0, c 1.0 and 1 more are in {where}"]
