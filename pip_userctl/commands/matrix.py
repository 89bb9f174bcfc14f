"""``pip-userctl matrix``: what the policy says about every situation, and what another policy would change."""

from __future__ import annotations

import argparse
from typing import Any, NamedTuple, Sequence

from pip_userctl import records, wording
from pip_userctl.answers import Answer, Usage
from pip_userctl.commands._samples import SAMPLES, judged
from pip_userctl.commands._session import Beginning, alone, begin
from pip_userctl.engine import Session
from pip_userctl.models import Source
from pip_userctl.page import Page, lines, section, table
from pip_userctl.policy import SITUATIONS, Policy


class Row(NamedTuple):
    """One situation. action: what is done about it; also: what plugins add, ``name = action``."""

    situation: str
    summary: str
    action: str
    also: tuple[str, ...]
    source: Source


def run(options: argparse.Namespace) -> Answer:
    """Exit status 1 where the policy, or a file given, has mistakes."""
    beginning = begin()
    policy, mistakes = _policy(options.config, beginning)
    rows = matrix(beginning.session._replace(policy=policy))
    data: dict[str, Any] = {**_head(policy), "rows": [_data(row) for row in rows]}
    if options.compare:
        other, more = _policy(options.compare, beginning)
        mistakes = [*mistakes, *more]
        changes = list(zip(rows, matrix(beginning.session._replace(policy=other))))
        changes = [(now, then) for now, then in changes if (now.action, now.also) != (then.action, then.also)]
        data["compared"] = {
            **_head(other),
            "changes": [
                {"situation": now.situation, "now": now.action, "then": then.action, "source": _data(then)["source"]}
                for now, then in changes
            ],
        }
        page = _changes(changes)
    else:
        page = table(
            ("situation", "decision", "because"),
            [(row.situation, _decision(row), because(row.source)) for row in rows],
        )
    data["problems"] = list(map(records.problem_record, mistakes))
    if mistakes:
        page += section("mistakes in the policy", [(str(each),) for each in mistakes])
    return Answer(data, page, exit_code=1 if mistakes else 0)


def _policy(path: str | None, beginning: Beginning) -> tuple[Policy, Sequence[Any]]:
    if path is None:
        return beginning.session.policy, beginning.session.policy.problems
    policy, mistakes = alone(path, beginning)
    if not policy.files and any(each.line is None for each in mistakes):  # nothing of the file could be read
        raise Usage(str(mistakes[0]))
    return policy, mistakes


def matrix(session: Session) -> list[Row]:
    """One row a situation. What can be judged from a request alone is judged, by the engine that judges for pip."""
    rows = []
    for key in SITUATIONS:
        source = session.policy.source(key.name)
        action = session.policy.text(key.name)
        also: tuple[str, ...] = ()
        if not session.policy.enabled:
            action, source = "not judged", session.policy.source("enabled")
        elif key.name in SAMPLES:
            action, also = judged(key.name, session)
        rows.append(Row(key.name, key.summary, action, also, source))
    return rows


def because(source: Source) -> str:
    """Where a value comes from, in a few words."""
    if source.kind == "default":
        return "the default"
    place = source.name or wording.place(source.path, source.line)
    return f"profile in {place}" if source.kind == "profile" else place


def _decision(row: Row) -> str:
    return ", ".join((row.action, *row.also))


def _changes(changes: Sequence[tuple[Row, Row]]) -> Page:
    if not changes:
        return lines("nothing would change")
    rows = [(now.situation, _decision(now), _decision(then), because(then.source)) for now, then in changes]
    return table(("situation", "now", "then", "because"), rows)


def _head(policy: Policy) -> dict[str, Any]:
    return {**records.policy_record(policy), "enabled": policy.enabled}


def _data(row: Row) -> dict[str, Any]:
    return {
        "situation": row.situation,
        "summary": row.summary,
        "action": row.action,
        "also": list(row.also),
        "source": records.source_record(row.source),
    }
