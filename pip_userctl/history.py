"""Reading the audit log: the records of one ``pip install`` put together again, filtered and counted.

Many accounts may append to one file, so every line may be somebody else's, or torn: such lines are counted, never fatal.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any, Iterable, Iterator, NamedTuple

from pip_userctl.answers import Tell, silent

_AGO = re.compile(r"(\d+)([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
NONE = "none"
_OFTEN = 2000


class Run(NamedTuple):
    """One ``pip install``.

    situations: (name, action); origin: who asked for a user install; result: None where no outcome was recorded; phase: 2
    where the resolved set changed the decision.
    """

    id: str
    time: str
    account: str
    uid: str
    host: str
    verdict: str
    situations: tuple[tuple[str, str], ...]
    origin: str
    requirements: tuple[str, ...]
    result: str | None = None
    error: str | None = None
    phase: int = 1


class History(NamedTuple):
    """runs: those that are wanted, oldest first; total: how many there are.

    lines: how many were read; skipped: those that are no record of this schema; unread: (file, why), for the files that
    could not be read, or not to their end.
    """

    runs: tuple[Run, ...]
    total: int
    lines: int
    skipped: int
    unread: tuple[tuple[str, str], ...] = ()


class Wanted(NamedTuple):
    """What to show; None: all. account: a name or a uid."""

    since: datetime | None = None
    verdict: str | None = None
    situation: str | None = None
    account: str | None = None

    def takes(self, run: Run) -> bool:
        """Whether the run is one of those that are asked for."""
        return (
            (self.since is None or moment(run.time) >= self.since)
            and self.verdict in (None, run.verdict)
            and (self.situation is None or self.situation in {name for name, _ in run.situations})
            and (self.account is None or self.account in (run.account, run.uid))
        )


def read(paths: Iterable[str], wanted: Wanted = Wanted(), tell: Tell = silent) -> History:  # noqa: B008
    """What these files say, rotated ones in any order."""
    runs: dict[str, Run] = {}
    outcomes: dict[str, dict[str, Any]] = {}
    unread: list[tuple[str, str]] = []
    lines = skipped = 0
    for path in paths:
        for line in _lines(path, unread):
            if not line.strip():
                continue
            lines += 1
            if not lines % _OFTEN:
                tell(f"lines read, now in {path}", lines)
            try:
                _take(json.loads(line), runs, outcomes)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                skipped += 1
    joined = [_with_outcome(run, outcomes.get(id_)) for id_, run in runs.items()]
    chosen = sorted(filter(wanted.takes, joined), key=lambda run: moment(run.time))
    return History(tuple(chosen), len(joined), lines, skipped, tuple(unread))


def _lines(path: str, unread: list[tuple[str, str]]) -> Iterator[str]:
    """Every line up to where the file cannot be read any more."""
    try:
        if path.endswith(".gz"):
            with gzip.open(path, "rt", encoding="utf-8", errors="replace") as packed:
                yield from packed
        else:
            with open(path, encoding="utf-8", errors="replace") as plain:
                yield from plain
    except (OSError, EOFError, zlib.error) as error:
        unread.append((path, getattr(error, "strerror", None) or str(error)))


def _take(record: dict[str, Any], runs: dict[str, Run], outcomes: dict[str, dict[str, Any]]) -> None:
    if record["schema"] != 1:
        raise ValueError(record["schema"])
    id_ = str(record["id"])
    moment(record["time"])
    if record["event"] == "decision":
        # A second decision of the same run, about the resolved set, stands for both, whichever is read first.
        first, second = sorted((_run(id_, record), runs.get(id_) or _run(id_, record)), key=lambda run: run.phase)
        runs[id_] = second._replace(time=first.time)
    elif record["event"] == "outcome":
        outcomes[id_] = {"result": str(record["result"]), "error": _text(record["error"])}
    else:
        raise ValueError(record["event"])


def _run(id_: str, record: dict[str, Any]) -> Run:
    account, request = record["account"], record["request"]
    return Run(
        id_,
        record["time"],
        str(account["name"]),
        str(account["uid"]),
        str(record["host"]),
        str(record["verdict"]),
        tuple((str(each["name"]), str(each["action"])) for each in record["situations"]),
        str(request["origin"]["kind"]),
        tuple(map(str, request["requirements"])),
        phase=int(record.get("phase", 1)),
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _with_outcome(run: Run, outcome: dict[str, Any] | None) -> Run:
    return run if outcome is None else run._replace(**outcome)


def summary(runs: Iterable[Run]) -> list[tuple[str, str, str, int]]:
    """(account, situation, action, how many runs), the most frequent first; a run without one counts under ``none``."""
    count: Counter[tuple[str, str, str]] = Counter()
    for run in runs:
        for name, action in set(run.situations) or {(NONE, run.verdict)}:
            count[run.account, name, action] += 1
    return [(*key, number) for key, number in sorted(count.items(), key=lambda item: (-item[1], item[0]))]


def moment(text: str) -> datetime:
    """A time out of a record; ValueError where it is none."""
    found = datetime.fromisoformat(re.sub(r"Z$", "+00:00", text))
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def since(text: str, now: datetime) -> datetime:
    """A time as people give it: a date or a time (in UTC, unless it says otherwise), or how long ago."""
    ago = _AGO.fullmatch(text)
    return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}) if ago else moment(text)
