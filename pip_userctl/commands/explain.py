"""``pip-userctl explain``: the decision that a ``pip install`` would get; installs nothing, needs no network."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from pip_userctl import records, wording
from pip_userctl._pip.announce import stopped_by_faults
from pip_userctl._pip.preview import Preview, preview
from pip_userctl.answers import Answer, Usage
from pip_userctl.commands._changes import Change, changes
from pip_userctl.decision import Decision
from pip_userctl.errors import Report
from pip_userctl.page import Page, sections


def run(options: argparse.Namespace) -> Answer:
    """Exit status 1 where the policy or pip itself refuses."""
    arguments = _without_pip_install(options.rest)
    try:
        found = preview(arguments)
    except SystemExit as error:  # pip's parser: --help, or a usage error that it has printed itself
        if not error.code:
            raise
        raise Usage("pip does not accept these arguments, or its configuration; its own message says why") from None
    decision = found.decision
    fault = None if decision is None else stopped_by_faults(decision)
    refused = fault is not None or (decision is not None and decision.verdict == "refuse")
    data: dict[str, Any] = {}
    if decision is not None:
        data = records.decision_record(decision)
    # No key of ours changes what pip itself refuses.
    ways = list(changes(decision)) if decision is not None and not found.pip_refusal else []
    data["judged"] = decision is not None
    data["changes"] = [each._asdict() for each in ways]
    data["reason"] = found.reason
    data["pip_refuses"] = wording.redact(found.pip_refusal) or None
    data["not_judged"] = list(found.not_judged)
    data["not_read"] = list(map(wording.redact, found.unread))
    data["problems"] = list(map(records.problem_record, found.policy.problems))
    exit_code = 1 if refused or found.pip_refusal else 0
    return Answer(data, _page(arguments, found, fault, ways), exit_code, errors=() if fault is None else (fault,))


def _without_pip_install(arguments: Sequence[str]) -> list[str]:
    """People paste the whole command."""
    return list(arguments[2:] if tuple(arguments[:2]) == ("pip", "install") else arguments)


def _page(arguments: Sequence[str], found: Preview, fault: Report | None, ways: Sequence[Change]) -> Page:
    decision = found.decision
    rows: list[tuple[str, list[tuple[str, ...]]]] = []
    head: list[tuple[str, ...]] = [("command", "", " ".join(["pip install", *map(wording.redact, arguments)]))]
    head.append(("verdict", decision.verdict if decision else f"not judged: {found.reason or 'pip refuses by itself'}"))
    if found.pip_refusal:
        head.append(("pip itself", f"refuses: {wording.redact(found.pip_refusal)}"))
    rows.append(("", head))
    if fault is not None:
        rows.append((fault.reference, [("what", fault.what), ("why", fault.why), ("hint", "", fault.hint)]))
    if decision is not None:
        rows += _decision_rows(decision, found)
    if ways:
        rows.append(("what would change it", [_change_row(each) for each in ways]))
    if found.unread:
        rows.append(
            ("not read, because it would have to be fetched", [(wording.redact(each),) for each in found.unread])
        )
    if found.policy.loosening:
        rows.append(("not heard, because the policy is locked", [(each,) for each in found.policy.loosening]))
    if found.policy.problems:
        rows.append(("mistakes in the policy", [(str(each),) for each in found.policy.problems]))
    if found.not_judged:
        rows.append(("not judged, because it needs the resolved set", [(", ".join(found.not_judged),)]))
    return sections(rows)


def _change_row(change: Change) -> tuple[str, ...]:
    place = f" (set in {change.where})" if change.key and change.where else ""
    return change.key or change.where, f"{change.what}{place}", change.command


def _decision_rows(decision: Decision, found: Preview) -> list[tuple[str, list[tuple[str, ...]]]]:
    request = decision.request
    rows: list[tuple[str, list[tuple[str, ...]]]] = []
    for verdict in decision.verdicts:
        report = wording.report(verdict, found.policy)
        details: list[tuple[str, ...]] = [("action", verdict.action), ("what", report.what), ("why", report.why)]
        details += [row for row in (("note", report.note), ("hint", "", report.hint)) if row[-1]]
        rows.append((f"situation {verdict.name}", details))
    for failure in decision.failures:
        rows.append((f"failure of {failure.part} {failure.name}", [("error", failure.error)]))
    origin = request.wish or request.origin
    wish = "nobody asked for a user install" if origin.kind == "none" else f"{origin.kind}: {wording.wish(origin)}"
    rows.append(("request", [("wish", wish + (", dropped" if request.dropped else ""))]))
    if request.destination is not None:
        places = request.destination._asdict()
        rows.append(("destination", [(name, str(value)) for name, value in places.items() if value]))
    return rows
