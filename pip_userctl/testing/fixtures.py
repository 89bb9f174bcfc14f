"""Fixtures for pytest. In conftest.py: ``pytest_plugins = ["pip_userctl.testing.fixtures"]``."""

from __future__ import annotations

from typing import Callable

import pytest

from pip_userctl.testing.pip_environment import PipEnvironment


@pytest.fixture
def make_userctl_environment(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., PipEnvironment]:
    """Make environments: ``make_userctl_environment("system-site")``."""

    def make(kind: str = "isolated") -> PipEnvironment:
        return PipEnvironment(tmp_path_factory.mktemp("userctl"), kind)

    return make


@pytest.fixture
def userctl_environment(make_userctl_environment: Callable[..., PipEnvironment]) -> PipEnvironment:
    """An isolated virtual environment under the policy, with a pip that has no index."""
    return make_userctl_environment()
