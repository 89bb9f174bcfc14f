"""An installation in an interpreter of its own, and environments of that interpreter in which it is not installed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pip_userctl.testing import PipEnvironment, PipResult
from tests.integration.conftest import Make
from tests.support.pythons import discover

ALL = "--all-environments"
FIRST, LAST = (list(discover())[index] for index in (0, -1))
#: Python's own bytecode of a copied interpreter is not the question.
QUIET = {"PYTHONDONTWRITEBYTECODE": "1"}


def creator(maker: str, python: Path) -> Sequence[str]:
    """The command of a tool that makes environments; its last argument is the prefix."""
    commands = {
        "virtualenv": ["virtualenv", "-q", "--no-seed", "--no-periodic-update", "-p", str(python)],
        "uv": ["uv", "venv", "-q", "--offline", "--no-config", "-p", str(python)],
    }
    return [sys.executable, "-m", *commands[maker]] if maker in commands else ()


class Pair(NamedTuple):
    """The installation that covers, and what it covers."""

    covering: PipEnvironment
    covered: PipEnvironment

    @property
    def file(self) -> Path:
        """The start-up file of ``activate ENV``."""
        return self.covered.site_packages / "pip_userctl_covered.pth"

    @property
    def library(self) -> Path:
        """The directory of the standard library, in which ``activate --all-environments`` puts its package."""
        return self.covering.prefix / "lib" / f"python{self.covering.version}"

    def activate(self, *arguments: str, **variables: str) -> PipResult:
        """Cover the environment, or what the arguments name."""
        return self.covering.userctl("activate", *(arguments or [str(self.covered.prefix)]), **variables)

    def deactivate(self, *arguments: str, **variables: str) -> PipResult:
        """Cover it no longer."""
        return self.covering.userctl("deactivate", *(arguments or [str(self.covered.prefix)]), **variables)


def make_pair(make: Make, maker: str = "venv", python: str = LAST, pip: str | None = None) -> Pair:
    """Make both. maker: ``venv``, ``virtualenv``, ``uv`` or ``conda``."""
    covering = make("base", python)
    return Pair(covering, make_covered(make, covering, maker, pip))


def make_covered(make: Make, covering: PipEnvironment, maker: str = "venv", pip: str | None = None) -> PipEnvironment:
    """Make another environment of the same interpreter."""
    kind = "conda" if maker == "conda" else "system-site" if maker == "system-site" else "isolated"
    return make(kind, covering, pip, userctl=False, creator=tuple(creator(maker, covering.python)))


def assert_done(result: PipResult, *words: str) -> PipResult:
    """Exit status 0, nothing on standard error, and these words."""
    assert (result.returncode, result.stderr) == (0, ""), result
    assert all(word in result.stdout for word in words), result
    return result
