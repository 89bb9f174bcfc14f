"""The guard around each test."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def unchanged_process() -> Iterator[None]:
    """Fail a test that leaves the process changed."""

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
