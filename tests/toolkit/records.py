"""Audit logs as the tests read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

#: The keys of the records, as promised.
DECISION = {
    "schema",
    "event",
    "phase",
    "id",
    "time",
    "verdict",
    "situations",
    "lifted",
    "failures",
    "request",
    "destination",
    "environment",
    "policy",
    "account",
    "host",
    "pid",
    "parent",
    "cwd",
    "pip",
    "python",
    "userctl",
    "override",
}
OUTCOME = {"schema", "event", "id", "time", "result", "error", "distributions", "removed"}


def read(path: Path) -> list[dict[str, Any]]:
    """Every line as a record; a line that is torn or foreign fails."""
    text = path.read_text(encoding="utf-8")
    assert text.endswith("\n"), text[-200:]
    return [json.loads(line) for line in text.splitlines()]


def by_run(records: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Id → its records, in order."""
    runs: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        runs.setdefault(record["id"], []).append(record)
    return runs


def assert_complete(records: list[dict[str, Any]]) -> None:
    """Each run has one or two decisions and then one outcome."""
    for run in by_run(records).values():
        events = [record["event"] for record in run]
        assert events in (["decision", "outcome"], ["decision", "decision", "outcome"]), run
