"""Fixtures of all tests, and the guards around each."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

from pip_userctl.testing import make_wheel
from tests.toolkit import cache, environments, extras, needs, pythons
from tests.toolkit.environments import Account, Environment

OLDEST, NEWEST = cache.PIPS[0], cache.PIPS[-1]


def pytest_configure(config: pytest.Config) -> None:
    """Prepare the cache once, before any worker starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A job in the background of a script ignores Ctrl-C, and so would every pip that a test interrupts.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):
        cache.prepare()
        extras.prepare()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine cannot run: ``@pytest.mark.needs("root")``, see tests/toolkit/needs.py."""
    names = tuple(str(name) for mark in item.iter_markers("needs") for name in mark.args)
    reason = needs.missing(names)
    if reason:
        pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name what fails the run in ``pytest_sessionfinish``."""
    for report in _unexplained(terminalreporter):
        terminalreporter.write_line(f"skipped without a need that is missing here: {report.nodeid}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where PIP_USERCTL_SKIPS_FAIL is set, a skip by anything but a missing need fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("PIP_USERCTL_SKIPS_FAIL") and reporter is not None and _unexplained(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _unexplained(reporter: Any) -> list[Any]:
    return [each for each in reporter.stats.get("skipped", ()) if needs.MARK not in str(each.longrepr)]


def pytest_report_header() -> list[str]:
    """Which interpreters and pips this run covers."""
    pairs = cache.starting_pairs()
    return [
        "interpreters: " + ", ".join(f"{each.version} ({each.path})" for each in pythons.discover().values()),
        f"pips: {', '.join(cache.PIPS)}; {len(pairs)} pairs in which pip starts",
    ]


def pair(pip: str) -> tuple[str, str]:
    """The newest Python of this machine on which this pip starts."""
    return next(pair for pair in reversed(cache.starting_pairs()) if pair[1] == pip)


@pytest.fixture(autouse=True)
def unchanged_process() -> Iterator[None]:
    """A test that leaves the process changed fails."""

    def state() -> tuple[object, ...]:
        return (
            {key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"},
            Path.cwd(),
            list(sys.meta_path),
            list(sys.path_hooks),
            logging.getLogger("pip_userctl").handlers[:],
        )

    before = state()
    yield
    assert state() == before


@pytest.fixture
def account(tmp_path: Path) -> Account:
    """A home without any configuration."""
    return Account(tmp_path)


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels that the tests install: demo, and depends, which requires it."""
    folder = tmp_path_factory.mktemp("wheels")
    make_wheel(folder, "demo", extras=["socks"])
    make_wheel(folder, "depends", requires=["demo"])
    return folder


@pytest.fixture
def make(tmp_path: Path, account: Account, wheels: Path) -> Callable[..., Environment]:
    """Make an environment: ``make("isolated", "3.11", "26.3")``; by default the newest pip and a Python for it."""

    def make(kind: str = "isolated", python: str | None = None, pip: str = NEWEST) -> Environment:
        chosen = pythons.discover()[python or pair(pip)[0]]
        prefix = tmp_path / f"environment-{len(list(tmp_path.iterdir()))}"
        return environments.make(kind, prefix, chosen, pip, account, wheels)

    return make


@pytest.fixture(params=[OLDEST, NEWEST])
def each_pip(request: pytest.FixtureRequest) -> str:
    """The oldest and the newest supported pip."""
    return str(request.param)
