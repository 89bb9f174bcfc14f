"""The JSON forms of a decision, of the policy and of the environment: schema 1."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from pip_userctl import __version__
from pip_userctl.decision import Decision, Outcome
from pip_userctl.errors import Problem, Report
from pip_userctl.models import Environment, Source, Verdict
from pip_userctl.policy import Policy

SCHEMA = 1
_FACTS = [
    "kind",
    "prefix",
    "base_prefix",
    "executable",
    "python_flags",
    "user_base",
    "user_site",
    "user_site_enabled",
    "externally_managed",
    "container",
]


def decision_record(decision: Decision) -> dict[str, Any]:
    """The decision record of one phase."""
    environment, request, policy, run = decision.environment, decision.request, decision.policy, decision.run
    return {
        "schema": SCHEMA,
        "event": "decision",
        "phase": decision.phase,
        "id": run.id,
        "time": now(),
        "verdict": decision.verdict,
        "situations": [_situation(verdict) for verdict in decision.verdicts],
        "lifted": [each._asdict() for each in decision.lifted],
        "failures": [each._asdict() for each in decision.failures],
        "request": {
            "origin": (request.wish or request.origin)._asdict(),
            "dropped": request.dropped,
            "scheme": request.scheme,
            "requirements": list(request.requirements),
            "constraints": list(request.constraints),
            "editable": list(request.editable),
            "dry_run": request.dry_run,
            "arguments": list(request.arguments),
        },
        "destination": request.destination._asdict() if request.destination else None,
        "environment": environment_record(environment),
        "policy": policy_record(policy),
        "account": {"uid": environment.uid, "name": environment.account, "sudo_uid": run.process.sudo_uid},
        "host": run.process.host,
        "pid": run.process.pid,
        "parent": run.process.parent,
        "cwd": run.process.cwd,
        "pip": run.pip,
        "python": environment.python,
        "userctl": __version__,
        "override": decision.override,
    }


def outcome_record(outcome: Outcome) -> dict[str, Any]:
    """The outcome record, under the id of its decision."""
    names = ("name", "version", "location", "requested")
    return {
        "schema": SCHEMA,
        "event": "outcome",
        "id": outcome.decision.run.id,
        "time": now(),
        "result": outcome.result,
        "error": outcome.error,
        "distributions": [{name: getattr(each, name) for name in names} for each in outcome.distributions],
        "removed": [{"name": name, "version": version} for name, version in outcome.removed],
    }


def environment_record(environment: Environment) -> dict[str, Any]:
    """The facts that go into records."""
    return {name: _plain(getattr(environment, name)) for name in _FACTS}


def policy_record(policy: Policy) -> dict[str, Any]:
    """Which policy it is, without its values."""
    return {
        "profile": policy.profile,
        "locked": policy.locked,
        "files": list(policy.files),
        "loosening": list(policy.loosening),
    }


def problem_record(problem: Problem) -> dict[str, Any]:
    """A mistake in a policy; message: all of it in one line."""
    return {**problem._asdict(), "message": str(problem)}


def source_record(source: Source | None) -> dict[str, Any] | None:
    """kind, path and line."""
    return None if source is None else {"kind": source.kind, "path": source.path, "line": source.line}


def report_record(report: Report) -> dict[str, Any]:
    """An error as data."""
    return report._asdict()


def now() -> str:
    """The time, RFC 3339 in UTC."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _situation(verdict: Verdict) -> dict[str, Any]:
    return {
        "name": verdict.name,
        "action": verdict.action,
        "reason": verdict.reason,
        "plugin": verdict.plugin,
        "source": source_record(verdict.source),
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
