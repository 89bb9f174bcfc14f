"""Fixtures for pytest. In conftest.py: ``pytest_plugins = ["pip_userctl.testing.fixtures"]``."""

from __future__ import annotations

from typing import Any, Callable

import pytest

from pip_userctl.testing.environments import PipEnvironment, PipResult


@pytest.fixture
def make_userctl_environment(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., PipEnvironment]:
    """Make environments under the policy.

    Returns:
        A function with the arguments of `PipEnvironment` but for the folder: ``make_userctl_environment("system-site")``.
        All results in them are shown when the test fails.
    """

    def show(result: PipResult) -> None:
        # The message of an assertion would be cut; a section of the report is shown whole.
        request.node.add_report_section("call", "pip", repr(result))

    def make(kind: str = "isolated", **options: Any) -> PipEnvironment:
        return PipEnvironment(tmp_path_factory.mktemp("environment"), kind, show=show, **options)

    return make


@pytest.fixture
def userctl_environment(make_userctl_environment: Callable[..., PipEnvironment]) -> PipEnvironment:
    """Make an isolated virtual environment under the policy.

    Returns:
        The environment; its pip has no index.
    """
    return make_userctl_environment()
