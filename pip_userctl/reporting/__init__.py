"""How answers look: text for people, by the terminal they sit at, and one JSON envelope for programs."""

from __future__ import annotations

import json

from pip_userctl.answers import Answer
from pip_userctl.environment.terminal import Terminal
from pip_userctl.page import Page, Table
from pip_userctl.records import SCHEMA, report_record
from pip_userctl.reporting import boxes, plain


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


def text(page: Page, terminal: Terminal) -> str:
    """The page as text: with rich where that is installed and a terminal can show it, else plain and aligned."""
    look = boxes if terminal.boxes and boxes.is_there() else plain
    parts = (look.table(part, terminal) if isinstance(part, Table) else look.section(part, terminal) for part in page)
    return "\n\n".join(parts)
