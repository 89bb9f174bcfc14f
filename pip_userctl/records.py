"""Records: their JSON forms (schema 1), the audit log, and the observer that writes them.

Everything is imported and resolved when the observer is made: by the time of the outcome pip 26.3 blocks every import.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import time
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from pip_userctl import __version__, environment as process

if TYPE_CHECKING:
    from pip_userctl.frozen import Frozen
    from pip_userctl.hooks import Decision, Outcome
    from pip_userctl.models import Environment, Failure
    from pip_userctl.policy import Policy
    from pip_userctl.syslog import Syslog

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

SCHEMA = 1
#: The facts about an interpreter that go into records.
ENVIRONMENT = (
    *("kind", "prefix", "base_prefix", "executable", "python_flags", "user_base", "user_site"),
    *("user_site_enabled", "externally_managed", "container"),
)
#: Which policy it is, without its values.
POLICY = ("profile", "locked", "files", "ignored")
#: Seconds that a lock is waited for, in all.
LOCK_SECONDS = 0.2
_PAUSE = 0.01


def decision_record(decision: Decision) -> dict[str, Any]:
    """The record of a decision, in either phase."""
    environment, request = decision.environment, decision.request
    fields = ("dropped", "scheme", "requirements", "constraints", "editable", "dry_run", "arguments")
    return {
        **_record("decision", decision.id),
        "phase": decision.phase,
        "verdict": decision.verdict,
        "rules": [
            {
                **pick(each, "name", "action", "reason", "plugin", "waived_by"),
                "source": pick(each.source) if each.source else None,
            }
            for each in decision.verdicts
        ],
        "failures": [failure._asdict() for failure in decision.failures],
        "request": {"origin": pick(request.origin), **pick(request, *fields)},
        "destination": pick(request.destination) if request.destination else None,
        "environment": pick(environment, *ENVIRONMENT),
        "policy": pick(decision.policy, *POLICY),
        **_run_record(environment),
        "distributions": [pick(each, "name", "version", "requested", "parent") for each in decision.distributions],
        "reason": decision.reason,
    }


def outcome_record(outcome: Outcome) -> dict[str, Any]:
    """The record of how an install ended, under the id of its decision."""
    return {
        **_record("outcome", outcome.decision.id),
        "result": outcome.result,
        "error": outcome.error,
        "distributions": [pick(each, "name", "version", "location", "requested") for each in outcome.distributions],
        "removed": [{"name": name, "version": version} for name, version in outcome.removed],
    }


def failure_record(
    id: str, failures: Iterable[Failure], arguments: Iterable[str], environment: Environment | None
) -> dict[str, Any]:
    """The record of a failure that stopped the judgement.

    Args:
        arguments: the command line from ``install`` on, secrets redacted.
        environment: None if that is what failed.
    """
    return {
        **_record("failure", id),
        "failures": [failure._asdict() for failure in failures],
        "request": {"arguments": list(arguments)},
        "environment": pick(environment, *ENVIRONMENT) if environment else None,
        **({"userctl": __version__} if environment is None else _run_record(environment)),
    }


def _record(event: str, id: str) -> dict[str, Any]:
    """How each record begins; the time is RFC 3339 in UTC."""
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"schema": SCHEMA, "event": event, "id": id, "time": now}


def _run_record(environment: Environment) -> dict[str, Any]:
    """For whom, where and by what the process runs."""
    return {
        "account": {"uid": environment.uid, "name": environment.account, "sudo_uid": environment.sudo_uid},
        **pick(environment, "agent", "host", "pid", "parent", "cwd", "pip", "python"),
        "userctl": __version__,
    }


def pick(value: Frozen, *names: str) -> dict[str, Any]:
    """Some fields of a value, or all."""
    return {name: getattr(value, name) for name in names or value._fields}


def dumps(record: dict[str, Any]) -> str:
    """The record as one line of ASCII."""
    return json.dumps(record, separators=(",", ":"))


class RecordError(Exception):
    """A record could not be written."""


class Recorder:
    """The observer that writes each record to every place; a place that fails is not tried again in this run."""

    def __init__(self, policy: Policy) -> None:
        address, paths = policy.text("syslog"), [process.expand(path) for path in policy.items("audit-log")]
        self._places: list[AuditLog | Syslog] = [AuditLog(path) for path in paths]
        self._errors: list[str] = []
        if address:
            from pip_userctl.syslog import Syslog

            self._places.append(Syslog(address))

    def userctl_decided(self, decision: Decision) -> None:
        """Record a decision before pip goes on."""
        self.write(decision_record(decision))

    def userctl_finished(self, outcome: Outcome) -> None:
        """Record how the install ended."""
        self.write(outcome_record(outcome))

    def write(self, record: dict[str, Any]) -> None:
        """Write a record to every place.

        Raises:
            RecordError: if one failed; after a decision only if none is left, because an observer that raises is not
                called again and the others shall get the outcome.
        """
        line = dumps(record)
        for place in list(self._places):
            try:
                place.write(line, record)
            except OSError as error:
                self._places.remove(place)
                self._errors.append(f"{place.name}: {error.strerror or error}")
        if self._errors and (record["event"] != "decision" or not self._places):
            errors, self._errors = self._errors, []
            raise RecordError(f"this install is not recorded in {', '.join(errors)}")


class AuditLog:
    """One JSON object a line in one file, which any number of pips may write at once.

    A line is one ``write`` to a file opened for appending, under an advisory lock: on a local file system no line is
    lost, torn or interleaved, with the lock or without. The file is opened anew for each line, so that it may be renamed
    or truncated in between. It is made if its directory exists: for its owner alone in a home, else as umask says.
    """

    def __init__(self, path: str) -> None:
        self.name = f"the audit log {path}"
        self._path = os.path.abspath(path)
        self._lock_seconds = LOCK_SECONDS

    def write(self, line: str, record: dict[str, Any]) -> None:
        """Append the line; OSError if that cannot be done."""
        data = line.encode("ascii") + b"\n"
        descriptor = self._open()
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(errno.EINVAL, "is not a regular file")
            locked = self._lock(descriptor)
            before = os.fstat(descriptor).st_size
            written = os.write(descriptor, data)  # Python ignores SIGXFSZ: beyond ulimit -f this raises
            if written < len(data):
                # A full disk takes a part of a line; under the lock nobody else has written behind it.
                if locked and os.fstat(descriptor).st_size == before + written:
                    os.ftruncate(descriptor, before)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            os.close(descriptor)

    def _open(self) -> int:
        # Without O_NONBLOCK a pipe that somebody put there would wait for its reader.
        flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
        folder = os.path.dirname(self._path)
        try:
            status = os.stat(folder)
            owner_is_trusted = process.WINDOWS or status.st_uid in (0, process.EUID)
            if not owner_is_trusted or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                flags |= getattr(os, "O_NOFOLLOW", 0)
            return os.open(self._path, flags)
        except FileNotFoundError:
            home = os.path.realpath(os.path.expanduser("~"))
            private = (os.path.realpath(folder) + os.sep).startswith(os.path.join(home, ""))
            return os.open(self._path, flags | os.O_CREAT, 0o600 if private else 0o666)

    def _lock(self, descriptor: int) -> bool:
        """Whether the lock was got in time; some file systems have none, and anybody who may read the file can hold it."""
        if fcntl is None:
            return False
        end = time.monotonic() + self._lock_seconds
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= end:
                    self._lock_seconds = 0.0  # it costs this much once, not for each record
                    return False
                time.sleep(_PAUSE)
            except OSError:
                return False
            else:
                return True
