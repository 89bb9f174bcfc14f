"""From a Report to the exception that stops pip; imported when there is one to make, which is before pip installs."""

from __future__ import annotations

from typing import Any

from pip._internal import exceptions

from pip_userctl import environment
from pip_userctl._pip.announce import MARK
from pip_userctl.errors import Report

try:
    from pip._vendor.rich.text import Text
except ImportError:  # pip < 21.2
    Text = None


def refusal(report: Report) -> Exception:
    """The exception that makes pip stop with exit status 1 and print the report.

    Everything is handed over as ``Text``: pip's block reads str as markup, and would swallow ``[socks]`` in a
    requirement.
    """
    diagnostic: Any = getattr(exceptions, "DiagnosticPipError", None)
    error: Any
    if diagnostic is None or Text is None:  # pip < 22
        error = exceptions.InstallationError(block(report, unicode=environment.stderr_is_unicode()))
    else:
        error = diagnostic(
            reference=report.reference,
            message=Text(report.what),
            context=Text(report.why),
            note_stmt=Text(report.note) if report.note else None,
            hint_stmt=Text(report.hint) if report.hint else None,
        )
    setattr(error, MARK, report.reference)
    error.userctl_report = report
    refused: Exception = error
    return refused


def plain(error: Exception) -> Exception:
    """The same refusal for where pip prints an exception's own text and nothing else."""
    report = getattr(error, "userctl_report", None)
    return exceptions.InstallationError(block(report, unicode=environment.stderr_is_unicode())) if report else error


def block(report: Report, *, unicode: bool) -> str:
    """The same text for a pip without the diagnostic block."""
    cross, arrow = ("× ", "╰─> ") if unicode else ("", "")
    lines = [f"error: {report.reference}", "", _indented(cross, report.what), _indented(arrow, report.why)]
    notes = [_indented(f"{name}: ", text) for name, text in (("note", report.note), ("hint", report.hint)) if text]
    return "\n".join([*lines, "", *notes] if notes else lines)


def _indented(prefix: str, text: str) -> str:
    return prefix + text.replace("\n", "\n" + " " * len(prefix))
