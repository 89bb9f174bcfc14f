"""How answers look: aligned plain text for people, one JSON envelope for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from pip_userctl.commands import Answer
from pip_userctl.errors import Report
from pip_userctl.records import SCHEMA, report_record

Rows = Sequence["tuple[str, str]"]


def envelope(command: str, answer: Answer) -> str:
    """The answer as one JSON object."""
    content = {
        "schema": SCHEMA,
        "command": command,
        "ok": answer.exit_code == 0,
        "exit_code": answer.exit_code,
        "data": answer.data,
        "errors": [report_record(each) for each in answer.errors],
    }
    return json.dumps(content, indent=2)  # ASCII, because it must stay JSON in every encoding


def sections(parts: Iterable[tuple[str, Rows]]) -> str:
    """Titled blocks of ``name  value`` rows, the values aligned within a block, continuation lines too."""
    blocks = []
    for title, rows in parts:
        indent = "  " if title else ""
        width = max((len(name) for name, value in rows if value), default=0)
        lines = [title] if title else []
        for name, value in rows:
            first, *others = value.splitlines() or [""]
            lines.append(f"{indent}{name:<{width}}  {first}".rstrip())
            lines += [f"{indent}{'':<{width}}  {other}".rstrip() for other in others]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def error_text(report: Report) -> str:
    """An error for the terminal, in the form of pip's own diagnostic block."""
    lines = [f"error: {report.reference}", "", report.what]
    lines += [each for each in (report.why,) if each]
    notes = [f"{name}: {text}" for name, text in (("note", report.note), ("hint", report.hint)) if text]
    return "\n".join([*lines, "", *notes] if notes else lines)
