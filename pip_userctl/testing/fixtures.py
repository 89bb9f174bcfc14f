"""Fixtures for pytest. In conftest.py: ``pytest_plugins = ["pip_userctl.testing.fixtures"]``."""

from __future__ import annotations

from typing import Callable

import pytest

from pip_userctl.testing.pip_environment import PipEnvironment, PipResult


@pytest.fixture
def make_userctl_environment(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., PipEnvironment]:
    """Make environments: ``make_userctl_environment("system-site")``."""

    def show(result: PipResult) -> None:
        # A message behind an assertion would be cut to 240 characters; a section of the report is shown whole.
        request.node.add_report_section("call", "pip", repr(result))

    def make(kind: str = "isolated") -> PipEnvironment:
        return PipEnvironment(tmp_path_factory.mktemp("userctl"), kind, show)

    return make


@pytest.fixture
def userctl_environment(make_userctl_environment: Callable[..., PipEnvironment]) -> PipEnvironment:
    """An isolated virtual environment under the policy, with a pip that has no index."""
    return make_userctl_environment()
