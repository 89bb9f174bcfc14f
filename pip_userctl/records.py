"""The JSON forms of a decision, of the policy and of the environment: schema 1."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from pip_userctl import __version__
from pip_userctl.environment import Process
from pip_userctl.errors import Report
from pip_userctl.models import Decision, Environment, Source, Verdict
from pip_userctl.policy import Policy

SCHEMA = 1
_FACTS = (
    "kind prefix base_prefix executable python_flags user_base user_site user_site_enabled externally_managed container"
).split()


def decision_record(decision: Decision, policy: Policy, process: Process, pip: str) -> dict[str, Any]:
    """The fields of a decision record; ``id`` is None until a run of pip gives it one."""
    environment = decision.environment
    request = decision.request
    return {
        "schema": SCHEMA,
        "event": "decision",
        "phase": 1,
        "id": None,
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
        "policy": {
            "profile": policy.profile,
            "locked": policy.locked,
            "files": list(policy.files),
            "loosening": list(policy.loosening),
        },
        "account": {"uid": environment.uid, "name": environment.account, "sudo_uid": process.sudo_uid},
        "host": process.host,
        "pid": process.pid,
        "parent": process.parent,
        "cwd": process.cwd,
        "pip": pip,
        "python": environment.python,
        "userctl": __version__,
        "override": None,
    }


def environment_record(environment: Environment) -> dict[str, Any]:
    """The facts that go into records."""
    return {name: _plain(getattr(environment, name)) for name in _FACTS}


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
