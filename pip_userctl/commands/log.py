"""``pip-userctl log``: what the audit log says, run by run or counted."""

from __future__ import annotations

import argparse
import re
from datetime import datetime, timezone
from typing import Any

from pip_userctl import environment, history
from pip_userctl.answers import Answer, Usage
from pip_userctl.commands._session import begin
from pip_userctl.errors import Report, UserctlError
from pip_userctl.history import History, Run, Wanted
from pip_userctl.models import ACTIONS
from pip_userctl.page import Page, lines, table


def run(options: argparse.Namespace) -> Answer:
    """Exit status 1 where there is no log, or a part of it cannot be read; lines of others are counted and passed over."""
    wanted = _wanted(options)
    files = list(options.files) or _configured()
    found = history.read(files, wanted, options.tell)
    what = "{} cannot be read, or not to its end"
    errors = tuple(Report("userctl-log", what.format(path), why) for path, why in found.unread)
    if errors and not found.lines:
        raise UserctlError(errors[0])
    data: dict[str, Any] = {"files": files, "lines": found.lines, "skipped": found.skipped}
    if options.summary:
        rows = history.summary(found.runs)
        names = ("account", "situation", "action", "count")
        data["summary"] = [dict(zip(names, row)) for row in rows]
        page = table(names, [(*row[:3], str(row[3])) for row in rows]) if rows else _nothing(found)
    else:
        data["runs"] = [_data(each) for each in found.runs]
        page = _page(found)
    if found.skipped:
        page += lines(f"passed over: {found.skipped} of {found.lines} lines, which are no records")
    for each in errors:
        page += lines(f"{each.what}: {each.why}")
    return Answer(data, page, 1 if errors else 0, errors)


def _nothing(found: History) -> Page:
    return lines(f"none of the {found.total} recorded installs fits" if found.total else "nothing recorded")


def _wanted(options: argparse.Namespace) -> Wanted:
    if options.verdict is not None and options.verdict not in ACTIONS:
        raise Usage(f"--verdict {options.verdict} is none; valid: {', '.join(ACTIONS)}")
    try:
        since = history.since(options.since, datetime.now(timezone.utc)) if options.since is not None else None
    except (ValueError, OverflowError):
        raise Usage(f"--since {options.since} is no time; valid: 2026-01-31, 2026-01-31T12:00:00Z, 24h, 7d") from None
    return Wanted(since, options.verdict, options.situation, options.account)


def _configured() -> list[str]:
    policy = begin().session.policy
    value = policy.value("audit-log")
    paths = list(value) if isinstance(value, tuple) else [str(value)] if value else []
    if not paths:
        hint = "set the key audit-log, or name a file: pip-userctl log FILE"
        raise UserctlError(Report("userctl-log", "no audit log is configured", hint=hint))
    return [environment.expand(path) for path in paths]


def _data(run: Run) -> dict[str, Any]:
    content = run._asdict()
    del content["phase"]
    content["situations"] = [{"name": name, "action": action} for name, action in run.situations]
    return content


def _when(time: str) -> str:
    """To the second; the blank is where a narrow terminal can break it."""
    return re.sub(r"T([\d:]*)(\.\d*)?", r" \1", time)


def _page(found: History) -> Page:
    rows = [
        (
            _when(each.time),
            each.account,
            each.verdict,
            ", ".join(name for name, _ in each.situations) or "-",
            each.result or "-",
            " ".join(each.requirements),
        )
        for each in found.runs
    ]
    return (
        table(("time", "account", "verdict", "situations", "result", "requirements"), rows) if rows else _nothing(found)
    )
