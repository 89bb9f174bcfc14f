"""How answers look: aligned plain text for people, one JSON envelope for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from pip_userctl.answers import Answer
from pip_userctl.errors import Report
from pip_userctl.records import SCHEMA, report_record

_COLOURS = {"allow": 32, "log": 36, "ignore": 36, "warn": 33, "refuse": 31, "warning": 33, "error": 31}
# An action as a cell of its own, and the severity at the start of a title.
_WORD = re.compile(r"(?<=  )(?:allow|log|ignore|warn|refuse)(?=  |$)|^(?:error|warning)(?=: )", re.MULTILINE)
_TITLE = re.compile(r"^(?! ).+(?=\n  \S)", re.MULTILINE)

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


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Aligned columns under a header; the last one is as long as it is."""
    lines = [tuple(header), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join("  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths)).rstrip() for line in lines)


def painted(text: str) -> str:
    """The text with titles in bold, and actions and severities in colour, for a terminal; nothing else changes."""
    return _TITLE.sub(
        "\033[1m\\g<0>\033[0m", _WORD.sub(lambda found: f"\033[{_COLOURS[found[0]]}m{found[0]}\033[0m", text)
    )


def error_text(report: Report) -> str:
    """An error for the terminal, in the form of pip's own diagnostic block."""
    lines = [f"error: {report.reference}", "", report.what]
    lines += [each for each in (report.why,) if each]
    notes = [f"{name}: {text}" for name, text in (("note", report.note), ("hint", report.hint)) if text]
    return "\n".join([*lines, "", *notes] if notes else lines)
