"""What a verb of ``pip-userctl`` gives back, for those who render it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from pip_userctl.errors import Report
from pip_userctl.page import Page, Row, lines, section


class Answer(NamedTuple):
    """What a verb found: data for ``--json``, page for people. exit_code: 0 fine, 1 findings, 2 usage."""

    data: Mapping[str, Any]
    page: Page
    exit_code: int = 0
    errors: tuple[Report, ...] = ()


class Tell(Protocol):
    """How a verb tells what it is at: the ``tell`` of its options. of: how much there is in all, 0 where nobody knows."""

    def __call__(self, what: str, done: int = 0, of: int = 0) -> None:
        """It may be called often; it prints only on a terminal."""


def silent(what: str, done: int = 0, of: int = 0) -> None:
    """Tell nobody."""


class Usage(Exception):
    """The command line is wrong; the message says how."""


def failed(report: Report, exit_code: int = 1) -> Answer:
    """Nothing was found out; the page has the form of pip's own diagnostic block."""
    page = lines(f"error: {report.reference}") + lines(*filter(None, (report.what, report.why)))
    notes = [Row(f"note: {report.note}")] if report.note else []
    if report.hint:
        notes.append(Row("", "", f"hint: {report.hint}"))
    return Answer({}, page + section("", notes) if notes else page, exit_code, (report,))
