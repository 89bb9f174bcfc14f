"""The variables of the account that runs the tests change nothing."""

from __future__ import annotations

import os

import pytest

from pip_userctl.environment import AGENTS

_PREFIXES = ("PIP_", "PYTHON", "XDG_", "AI_AGENT", "JPY_", "SUDO_", *AGENTS)


@pytest.fixture(autouse=True)
def plain_variables(unchanged_process: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what configures pip or Python, and what marks a coding agent."""
    for name in os.environ:
        if name.startswith(_PREFIXES):
            monkeypatch.delenv(name)
