"""``log`` sums records up, skips what is none, and judges again as the judgement itself would have."""

from __future__ import annotations

import argparse
import functools
import gzip
import itertools
import json
import random
from pathlib import Path
from typing import Any

import pytest

from pip_userctl import records, testing
from pip_userctl.cli import log
from pip_userctl.cli.log import Summary
from pip_userctl.cli.output import render
from pip_userctl.cli.replay import UNKNOWN, Candidate
from pip_userctl.hooks import Decision, Hooks, Outcome
from pip_userctl.judge import Session
from pip_userctl.messages import UserctlError
from pip_userctl.models import Distribution, Source, Verdict
from tests.unit.values import KINDS, Says, administrator, configuration, judge, policy

WHO = ("account", "uid", "agent")


def summed(*parts: Decision | Outcome | bytes, candidate: Candidate | None = None) -> Summary:
    """A log of these; each decision and outcome with an id is taken as it is."""
    summary = Summary(candidate)
    for each in parts:
        summary.take(each if isinstance(each, bytes) else line(each))
    return summary


def line(each: Decision | Outcome, **changes: Any) -> bytes:
    """One line of a log."""
    record = records.decision_record(each) if isinstance(each, Decision) else records.outcome_record(each)
    return records.dumps({**record, **changes}).encode() + b"\n"


@pytest.fixture
def no_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy here is that of nobody: pip's files are not read."""
    session = Session(testing.environment(), testing.policy(), Hooks(), "id")
    monkeypatch.setattr(log, "load_session", lambda: (session, configuration()))


def run(*files: Path, policy: str | None = None) -> Any:
    return log.run(argparse.Namespace(files=list(map(str, files)), policy=policy))


def candidate(**values: str) -> Candidate:
    """The candidate of one administrator file."""
    return Candidate(configuration(administrator(**values)), [], testing.environment())


def decided(id: str, *verdicts: Verdict, **more: Any) -> Decision:
    return testing.decision(*verdicts, id=id, **more)


def test_installs_are_summed_up_by_rule_account_agent_and_verdict() -> None:
    agent = testing.environment(agent="claude-code", account="root", uid=0)
    warned, refused = Verdict("base-typed", "warn"), Verdict("base-typed", "refuse", waived_by="override")
    lines = [
        line(decided("1", warned), time="2026-01-02T00:00:00.000Z"),
        line(decided("2", warned, Verdict("root-user", "log"), environment=agent), time="2026-01-01T00:00:00.000Z"),
        line(decided("3", refused), time="2026-01-03T00:00:00.000Z"),
        line(decided("4"), time="2026-01-04T00:00:00.000Z"),
    ]
    data = summed(*lines).data()
    assert [
        (each["verdict"], each["installs"], each["first"][:10], each["last"][:10]) for each in data["verdicts"]
    ] == [("warn", 3, "2026-01-01", "2026-01-03"), ("allow", 1, "2026-01-04", "2026-01-04")]
    assert {tuple(each[name] for name in ("rule", "verdict", *WHO)): each["installs"] for each in data["rules"]} == {
        ("base-typed", "warn", "ada", "1000", None): 2,
        ("base-typed", "warn", "root", "0", "claude-code"): 1,
        ("root-user", "log", "root", "0", "claude-code"): 1,
        (None, "allow", "ada", "1000", None): 1,
    }


def test_two_decisions_of_one_install_count_once_whatever_comes_between() -> None:
    first, second = decided("1"), decided("1", Verdict("shadowing", "warn"), phase=2)
    other = decided("2")
    for parts in ([first, other, second, testing.outcome(decision=first)], [second, other, first]):
        data = summed(*parts).data()
        assert data["installs"] == 2
        assert {each["verdict"]: each["installs"] for each in data["verdicts"]} == {"warn": 1, "allow": 1}


FOREIGN = [
    b"hello\n",
    b"{}\n",
    b"[]\n",
    b"null\n",
    b"\xff\xfe\n",
    b"[" * 100_000 + b"\n",
    b"9" * 10_000 + b"\n",
    line(decided("1"))[:-100] + b"\n",
    line(decided("1"), schema=2),
    line(decided("1"), event="other"),
    line(decided("1"), rules=[{"name": []}]),
    line(decided("1"), account="ada"),
    line(decided("1"), verdict="never"),
    line(decided("1"), request=None),
    line(testing.outcome(), distributions=None),
]


@pytest.mark.parametrize("judged", [False, True])
def test_torn_and_foreign_lines_are_skipped_and_counted(judged: bool) -> None:
    summary = summed(*FOREIGN, b"\n", line(decided("2")), candidate=candidate() if judged else None)
    data = summary.data()
    assert (data["lines"], data["skipped"], data["installs"]) == (len(FOREIGN) + 1, len(FOREIGN), 1)


def test_a_whole_record_behind_a_torn_one_counts() -> None:
    data = summed(line(decided("1"))[:200] + line(decided("2", Verdict("base-typed", "warn")))).data()
    assert (data["lines"], data["skipped"], data["installs"]) == (2, 1, 1)


def test_packed_and_rotated_files_are_read_in_the_order_of_their_records(tmp_path: Path, no_pip: None) -> None:
    now, before = tmp_path / "log", tmp_path / "log.1.gz"
    ended = testing.outcome(decision=decided("1"), distributions=(testing.distribution("numpy"),))
    now.write_bytes(line(ended, time="2026-01-02T00:00:00.000Z"))
    asked = decided("1", request=testing.request("depends", origin="typed"))
    before.write_bytes(gzip.compress(line(asked, time="2026-01-01T00:00:00.000Z")))
    (tmp_path / "new.conf").write_text("[userctl]\nprotect-packages = numpy\n")
    data = run(now, before, policy=str(tmp_path / "new.conf")).data
    assert (data["installs"], data["skipped"], data["files"]) == (1, 0, [str(now), str(before)])
    assert data["policy"]["refused"] == 1, data


def test_what_is_kept_has_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_OPEN", 10)
    monkeypatch.setattr(log, "_ROWS", 10)
    summary = summed(*(decided(str(number), Verdict(f"acme-{number}", "warn", "x" * 9999)) for number in range(100)))
    assert len(summary._open) == 10
    data = summary.data()
    first = data["rules"][0]
    assert (data["installs"], len(data["rules"]), first["rule"], first["installs"]) == (100, 11, "others", 90)


ORIGINS = ("none", "typed", "configured", "fallback")
POLICIES: list[dict[str, str]] = [
    {},
    {"profile": "strict"},
    {"profile": "audit", "base_typed": "refuse"},
    {"profile": "strict", "allow_packages": "demo<2, other", "protect_packages": "numpy", "override": "deny"},
    {"protect_packages": "demo==1.0, dependency", "allow_user_base": "/srv/*", "agent_profile": "strict"},
    {"locked": "yes", "base_fallback": "refuse", "root_user": "refuse", "on_error": "warn"},
    {"enabled": "no", "profile": "strict"},
    {"isolated_configured": "refuse", "base_configured": "ignore", "shadowing": "allow"},
]
URL = "demo @ https://example.org/x.zip"
REQUIREMENTS = [("demo==1.0", "other"), ("demo==2.0",), ("Numpy>=1",), ("./folder",), (URL,)]


@functools.cache
def installs() -> list[tuple[Any, Any, list[Distribution]]]:
    """All kinds, origins and requirements, with what else rules look at chosen by chance."""
    chance, made = random.Random(7), []
    for kind, origin, requirements in itertools.product(KINDS, ORIGINS, REQUIREMENTS):
        if origin == "fallback" and kind == "isolated":
            continue
        root = chance.random() < 0.3
        facts: dict[str, Any] = {"uid": 0, "euid": 0, "user_base_owner": chance.choice([0, 1000])} if root else {}
        facts["agent"] = chance.choice([None, None, "codex"])
        if chance.random() < 0.2:
            facts["user_base"] = "/srv/base"
        fields: dict[str, Any] = {"dry_run": True, "report": True} if chance.random() < 0.1 else {}
        if fields:
            fields["arguments"] = ("install", "--dry-run", "--report", "-", *requirements)
        if origin == "none" and chance.random() < 0.3:
            facts["externally_managed"], fields["break_system_packages"] = True, Source("typed")
        brought = [testing.distribution(name, requested=False) for name in chance.sample(("dependency", "demo"), 1)]
        asked = testing.request(*requirements, origin=origin, **fields)
        made.append((asked, testing.environment(kind, **facts), brought))
    return made


@functools.cache
def recorded(profile: str, reason: str) -> list[Any]:
    """What each of them was judged to be then."""
    rules = {agent: policy(administrator(profile=profile), agent=agent) for agent in (None, "codex")}
    return [judge(asked, facts, rules[facts.agent], opinion(facts)) for asked, facts, _ in installs()]


def opinion(environment: Any) -> Says | None:
    """A plugin that minds what agents do."""
    return Says(Verdict("acme-opinion", "refuse", "no")) if environment.agent else None


@pytest.mark.parametrize(("profile", "reason"), [("audit", ""), ("default", "ticket 7"), ("strict", "")])
@pytest.mark.parametrize("values", POLICIES, ids=str)
def test_an_install_gets_the_verdict_that_the_judgement_gives(
    values: dict[str, str], profile: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_USERCTL_REASON", reason)
    made, compared = candidate(**values), 0
    rules = {agent: policy(administrator(**values), agent=agent) for agent in (None, "codex")}
    for was, (asked, facts, brought) in zip(recorded(profile, reason), installs()):
        judged = made.judge(json.loads(records.dumps(records.decision_record(was))))
        then = rules[facts.agent]
        if not then.enabled:
            assert judged.effects == {}
            continue
        expected = judge(asked, facts, then, opinion(facts), distributions=brought)
        if was.verdict != "refuse":
            judged = made.resolved(judged, [(each.name, each.version) for each in brought])
        elif expected.phase == 2:
            continue  # stopped before pip had resolved
        if not judged.unknown & {"ignored", "not-ignored"}:
            compared += 1
            assert judged.effects == {each.name: each.effect for each in expected.verdicts}, (was, expected, judged)
            assert judged.verdict == expected.verdict, (was, expected, judged)
    assert compared > 40 or not then.enabled


def test_the_answer_names_who_and_for_what_with_an_example_and_what_is_not_known(tmp_path: Path, no_pip: None) -> None:
    here, ignored = testing.environment("base"), Verdict("base-configured", "log", "nobody asked")
    fallback = Verdict("base-fallback", "log", "not writable")
    user = testing.request("depends", origin="fallback")
    lines = [
        line(decided("1", fallback, request=user), time="2026-01-01T00:00:00.000Z"),
        line(testing.outcome(decision=decided("1"))),
        line(decided("2", fallback, request=user), time="2026-01-02T00:00:00.000Z"),
        line(testing.outcome("refused", decision=decided("2"))),
        line(decided("3", ignored, request=testing.request("demo", origin="configured"), environment=here)),
        line(decided("4", request=testing.request("depends", origin="typed"), environment=here)),
        line(testing.outcome(decision=decided("4"), distributions=(testing.distribution("Numpy", requested=False),))),
        line(decided("5", Verdict("acme-freeze", "warn", "a freeze", plugin="acme"), environment=here)),
    ]
    (tmp_path / "log").write_bytes(b"".join(lines))
    (tmp_path / "new.conf").write_text(
        "[userctl]\nbase-fallback = refuse\nbase-configured = ignore\nprotect-packages = numpy\n"
    )
    result = run(tmp_path / "log", policy=str(tmp_path / "new.conf"))
    found = result.data["policy"]
    assert (result.exit_code, found["refused"], found["warned"], found["mistakes"]) == (1, 3, 1, [])
    rows = {each["rule"]: each for each in found["rules"]}
    assert {rule: (each["verdict"], each["installs"], each["new"]) for rule, each in rows.items()} == {
        "base-fallback": ("refuse", 2, 2),
        "protected-package": ("refuse", 1, 1),
        "acme-freeze": ("warn", 1, 0),
    }
    first, found_row = "2026-01-01T00:00:00.000Z", rows["base-fallback"]
    example = {"id": "1", "time": first, "host": "host", "command": "pip install depends", "why": "not writable"}
    assert (found_row["first"], found_row["last"][:10], found_row["example"]) == (first, "2026-01-02", example)
    assert rows["protected-package"]["example"]["why"] == "Numpy"
    told = {each["what"]: each["installs"] for each in found["unknown"]}
    assert told == {UNKNOWN["shadowing"]: None, UNKNOWN["ignored"]: 1, UNKNOWN["plugin"]: 1, UNKNOWN["stopped"]: 2}
    shown = render(log.text(result.data))
    assert f"{tmp_path / 'new.conf'} would have refused 3 and warned about 1" in shown
    assert "\n  base-fallback      ada      -      2         2    2026-01-01T00:00:00" in shown, shown


def test_a_policy_that_refuses_nothing_or_has_mistakes(tmp_path: Path, no_pip: None) -> None:
    (tmp_path / "log").write_bytes(line(decided("1", Verdict("base-typed", "refuse"))))
    (tmp_path / "new.conf").write_text("[userctl]\n")
    assert run(tmp_path / "log", policy=str(tmp_path / "new.conf")).exit_code == 0
    (tmp_path / "new.conf").write_text("[userctl]\nbase-typed = never\n")
    result = run(tmp_path / "log", policy=str(tmp_path / "new.conf"))
    assert (result.exit_code, [each["line"] for each in result.data["policy"]["mistakes"]]) == (1, [2])
    with pytest.raises(UserctlError, match="is no policy"):
        run(tmp_path / "log", policy=str(tmp_path / "missing"))
