"""``pip-userctl log``: the audit log summed up, and what another policy would have done with what it tells."""

from __future__ import annotations

import argparse
import gzip
import io
import json
import os
import shlex
import zlib
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple, Optional, Tuple

from pip_userctl import environment
from pip_userctl._pip.progress import show_reading
from pip_userctl.cli.output import Result, Section
from pip_userctl.cli.policies import load_session, mistake_record, read_candidate, remarks
from pip_userctl.cli.replay import UNKNOWN, Candidate, Judged, brought
from pip_userctl.config import Configuration
from pip_userctl.messages import Message, UserctlError
from pip_userctl.mistakes import Mistake
from pip_userctl.models import ACTIONS, WAIVED

#: What is kept has a limit, because anybody may write into a log: bytes of a line, decisions whose outcome is not read
#: yet, rows of a table, rules of an install, words of a command, characters of a text.
_LINE, _OPEN, _ROWS, _RULES, _WORDS, _TEXT = 1 << 20, 2_000, 10_000, 200, 20, 200
_decode = json.JSONDecoder().decode
_START = b'{"schema":1,"event":"'
_WHO = ("account", "uid", "agent")


def run(args: argparse.Namespace) -> Result:
    """Exit status 1 if the policy would have refused something, has mistakes, or a file cannot be read to its end."""
    paths, candidate = list(args.files), None
    mistakes: list[Mistake] = []
    if not paths or args.policy is not None:
        session, configuration = load_session()
    if args.policy is not None:
        files, keys, mistakes = read_candidate(args.policy, session, configuration)
        alone = Configuration(tuple(each._replace(kind="global", administrator=True) for each in files))
        candidate = Candidate(alone, keys, session.environment)
    if not paths:
        # If there are several, each has all installs of this account: one is read.
        paths = [environment.expand(path) for path in session.policy.items("audit-log")]
        if not paths:
            what, hint = "no audit log is configured", f"{session.environment.userctl} log FILE"
            raise UserctlError(Message("userctl-log", what, "the key audit-log is not set", hint=hint))
        paths = [next((path for path in paths if os.access(path, os.R_OK)), paths[0])]
    summary, errors = Summary(candidate), []
    for path in sorted(paths, key=_first_time):
        try:
            for line in _lines(path):
                summary.take(line)
        except (OSError, EOFError, zlib.error) as error:
            why = getattr(error, "strerror", None) or str(error)
            errors.append(Message("userctl-log", f"{path} cannot be read, or not to its end", why))
    if errors and not summary.lines:
        raise UserctlError(errors[0])
    data = {"files": paths, **summary.data(), "policy": None}
    if candidate is not None:
        found = [mistake_record(each) for each in mistakes]
        data["policy"] = {"file": args.policy, "mistakes": found, **summary.replay_data(candidate)}
    findings = errors or mistakes or summary.replayed["refuse"]
    return Result(data, 1 if findings else 0, tuple(errors))


def _lines(path: str) -> Iterator[bytes]:
    """Every line; one that is longer than a record can be comes in parts."""
    with open(path, "rb") as raw, show_reading(raw) as shown:
        whole = io.BufferedReader(shown, _LINE)
        with gzip.open(whole) if path.endswith(".gz") else whole as file:
            yield from iter(partial(file.readline, _LINE), b"")


def _first_time(path: str) -> str:
    """When the first record of a file was written: rotated files are read in their order."""
    if not os.path.isfile(path):  # what a pipe has is read once
        return ""
    try:
        with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as file:
            return str(json.loads(file.readline(_LINE))["time"])
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, RecursionError):
        return ""


class Install(NamedTuple):
    """One install, by its last decision. who: account, uid and agent; rules: (name, what it did)."""

    id: str
    time: str
    phase: int
    verdict: str
    who: Tuple[str, ...]
    rules: Tuple[Tuple[str, str], ...]
    host: str
    arguments: Tuple[str, ...]
    judged: Optional[Judged]


class Table:
    """How many installs have the same cells, from when to when."""

    def __init__(self, *names: str) -> None:
        self._names = names
        self._rows: dict[tuple[str, ...], dict[str, Any]] = {}

    def add(self, cells: tuple[str, ...], time: str) -> dict[str, Any]:
        """Count one install; returns the row."""
        if cells not in self._rows and len(self._rows) >= _ROWS:
            cells = ("others",) * len(cells)
        row = self._rows.setdefault(cells, {"installs": 0, "first": time, "last": time})
        row["installs"] += 1
        row["first"], row["last"] = min(row["first"], time), max(row["last"], time)
        return row

    def data(self) -> list[dict[str, Any]]:
        """The rows, the most frequent first; an empty cell is null."""
        ordered = sorted(self._rows.items(), key=lambda item: (-item[1]["installs"], item[0]))
        return [{**{name: cell or None for name, cell in zip(self._names, cells)}, **row} for cells, row in ordered]


class Summary:
    """What all lines together say. An install is counted when its outcome is read, or at the end."""

    def __init__(self, candidate: Candidate | None = None) -> None:
        self.lines = self.skipped = self.installs = self.failures = 0
        self.replayed: Counter[str] = Counter()
        self._candidate = candidate
        self._verdicts = Table("verdict")
        self._rules = Table("rule", "verdict", *_WHO)
        self._changes = Table("verdict", "rule", *_WHO)
        self._unknown: Counter[str] = Counter()
        self._open: dict[str, Install] = {}
        self._events = {"decision": self._decided, "outcome": self._finished, "failure": self._failed}

    def take(self, line: bytes) -> None:
        """Read one line. One that is torn or foreign is skipped, but not a whole record behind a torn one."""
        if line == b"\n":
            return
        self.lines += 1
        try:
            record = _decode(line.decode())
            if record["schema"] != 1:
                raise ValueError(record["schema"])
            self._events[record["event"]](record)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            self.skipped += 1
            behind = line.rfind(_START, 1)
            if behind > 0:
                self.take(line[behind:])

    def _failed(self, record: dict[str, Any]) -> None:
        self.failures += 1

    def _decided(self, record: dict[str, Any]) -> None:
        account, arguments = record["account"], record["request"]["arguments"][:_WORDS]
        rules = [(each["name"], WAIVED.get(each["waived_by"], each["action"])) for each in record["rules"][:_RULES]]
        who = (account["name"], account["uid"], record["agent"])
        install = Install(
            _short(record["id"]),
            _short(record["time"]),
            int(record["phase"]),
            ACTIONS[ACTIONS.index(record["verdict"])],
            tuple("" if each is None else _short(each) for each in who),
            tuple((_short(name), _short(effect)) for name, effect in rules),
            _short(record["host"]),
            tuple(map(_short, arguments)),
            None if self._candidate is None else self._candidate.judge(record),
        )
        known = self._open.get(install.id)
        if known is None or known.phase < install.phase:  # the second decision stands for both
            self._open[install.id] = install if known is None else install._replace(time=known.time)
        if len(self._open) > _OPEN:
            self._count(self._open.pop(next(iter(self._open))))

    def _finished(self, record: dict[str, Any]) -> None:
        distributions, result = brought(record), record["result"]
        install = self._open.pop(record["id"], None)
        if install is not None:
            if self._candidate is not None and install.judged is not None and install.judged.protecting:
                install = install._replace(judged=self._candidate.resolved(install.judged, distributions))
            self._count(install, known=result in ("installed", "unchanged"))

    def _count(self, install: Install, *, known: bool = False) -> None:
        """Count an install. known: whether the log says what pip installed."""
        self.installs += 1
        self._verdicts.add((install.verdict,), install.time)
        for rule, effect in install.rules or (("", install.verdict),):
            self._rules.add((rule, effect, *install.who), install.time)
        if install.judged is None or self._candidate is None:
            return
        judged, verdict = install.judged, install.judged.verdict
        self.replayed[verdict] += 1
        for rule in (rule for rule, effect in judged.effects.items() if effect == verdict in ("warn", "refuse")):
            row = self._changes.add((verdict, rule, *install.who), install.time)
            if "example" not in row:
                example = {name: getattr(install, name) for name in ("id", "time", "host")}
                command = _short(shlex.join(["pip", *install.arguments]))
                row.update(new=0, example={**example, "command": command, "why": judged.why[rule]})
            row["new"] += verdict != install.verdict
        if verdict != "refuse":
            stopped = not known and install.phase == 1 and (judged.protecting or self._candidate.looks_for_shadowing)
            for each in (*judged.unknown, *(("stopped",) if stopped else ())):
                self._unknown[each] += 1

    def data(self) -> dict[str, Any]:
        """What the log says."""
        while self._open:
            self._count(self._open.popitem()[1])
        counts = {name: getattr(self, name) for name in ("lines", "skipped", "installs", "failures")}
        return {**counts, "verdicts": self._verdicts.data(), "rules": self._rules.data()}

    def replay_data(self, candidate: Candidate) -> dict[str, Any]:
        """What the candidate would have done. new: how many installs had another verdict when they were recorded."""
        unknown: dict[str, int | None] = {"shadowing": None} if candidate.looks_for_shadowing else {}
        unknown.update(sorted(self._unknown.items()))
        return {
            "refused": self.replayed["refuse"],
            "warned": self.replayed["warn"],
            "rules": self._changes.data(),
            "unknown": [{"what": UNKNOWN[key], "installs": number} for key, number in unknown.items()],
        }


def _short(value: object) -> str:
    return str(value)[:_TEXT]


def text(data: dict[str, Any]) -> list[Section]:
    """The sums; with a policy, what it would have done."""
    installs, policy = data["installs"], data["policy"]
    head = [(f"{installs} install{'' if installs == 1 else 's'}",)]
    head += [(f"{data['failures']} more were not judged, because pip-userctl failed",)] if data["failures"] else []
    head += [(f"{data['skipped']} of {data['lines']} lines skipped: they are no records",)] if data["skipped"] else []
    sections = [Section(rows=head), _table("by verdict", data["verdicts"], "verdict")]
    if policy is None:
        by_rule = _table("by rule, account and agent", data["rules"], "rule", "verdict", "account", "agent")
        return [*sections, by_rule]
    refused, warned = ([each for each in policy["rules"] if each["verdict"] == kind] for kind in ("refuse", "warn"))
    unknown = [(str(each["installs"] or "-"), each["what"]) for each in policy["unknown"]]
    total = f"{policy['file']} would have refused {policy['refused']} and warned about {policy['warned']}"
    return [
        *sections,
        *remarks(mistakes=policy["mistakes"]),
        Section(rows=[(total,)]),
        _table("would have been refused", refused, "rule", "account", "agent"),
        _table("would have been warned about", warned, "rule", "account", "agent"),
        Section("what the records cannot tell", [("installs", "what"), *unknown] if unknown else []),
    ]


def _table(title: str, found: list[dict[str, Any]], *names: str) -> Section:
    """Rows of a `Table` under a header."""
    if not found:
        return Section()
    header = [*names, *(name for name in ("installs", "new", "first", "last", "example") if name in found[0])]
    rows = [header]
    for each in found:
        shown = {**each, "first": each["first"][:19], "last": each["last"][:19]}
        if "example" in each:
            shown["example"] = f"{each['example']['command']} ({each['example']['why']})"
        rows.append([str(shown[name] or "-") for name in header])
    return Section(title, rows)
