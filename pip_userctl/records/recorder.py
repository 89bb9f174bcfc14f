"""The observer that writes records to the audit logs and to syslog, where the policy names them.

Everything is imported and resolved when it is made: by the time of the outcome pip 26.3 blocks every import.
"""

from __future__ import annotations

import json
from typing import Any, Protocol

from pip_userctl.decision import Decision, Outcome
from pip_userctl.environment import expand
from pip_userctl.policy import Policy
from pip_userctl.records.audit_log import AuditLog
from pip_userctl.records.form import decision_record, outcome_record


class Sink(Protocol):
    """A place for records. name: as the warning calls it; write raises OSError."""

    name: str

    def write(self, line: str, record: dict[str, Any]) -> None:
        """Write one record, given as a line of ASCII JSON too."""


class RecordError(Exception):
    """A record could not be written."""


class Recorder:
    """Writes each record to each sink; one that fails is not tried again in this run."""

    def __init__(self, policy: Policy) -> None:
        paths = policy.value("audit-log")
        self._sinks: list[Sink] = [AuditLog(expand(path)) for path in (paths if isinstance(paths, tuple) else ())]
        if policy.value("syslog"):
            from pip_userctl.records.syslog import Syslog

            self._sinks.append(Syslog(policy.text("syslog")))

    def userctl_decided(self, decision: Decision) -> None:
        """Before pip goes on."""
        self._write(decision_record(decision))

    def userctl_finished(self, outcome: Outcome) -> None:
        """When pip is done."""
        self._write(outcome_record(outcome))

    def _write(self, record: dict[str, Any]) -> None:
        line = json.dumps(record, separators=(",", ":"))
        errors = []
        for sink in list(self._sinks):
            try:
                sink.write(line, record)
            except OSError as error:
                self._sinks.remove(sink)
                errors.append(f"{sink.name}: {error.strerror or error}")
        if errors:
            raise RecordError(f"this install is not recorded in {', '.join(errors)}")
