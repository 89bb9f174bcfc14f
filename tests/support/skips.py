"""A pytest plugin, ``-p tests.support.skips``: a skip without a missing need fails the run. ``.ci/run`` loads it."""

from __future__ import annotations

from typing import Any

import pytest

#: How the reason begins if something is missing on this machine.
MARK = "needs: "


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name the skips that fail the run."""
    for report in _unexplained(terminalreporter):
        terminalreporter.write_line(f"skipped without a need that is missing here: {report.nodeid}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and _unexplained(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _unexplained(reporter: Any) -> list[Any]:
    return [report for report in reporter.stats.get("skipped", ()) if MARK not in str(report.longrepr)]
