"""What a health check looks at and what it finds."""

from __future__ import annotations

from typing import NamedTuple

from pip_userctl.config import Configuration
from pip_userctl.models import Environment

ERROR, WARNING = "error", "warning"


class Machine(NamedTuple):
    """What a check may look at. userctl: how a shell calls pip-userctl."""

    environment: Environment
    configuration: Configuration
    userctl: str


class Finding(NamedTuple):
    """One thing that is wrong.

    Attributes:
        severity: ``error`` if something does not work, or not as it seems; ``warning`` if it may not.
        what: one clause.
        where: a path, ``file:line`` or a variable.
        remedy: a command; empty if there is none.
    """

    severity: str
    what: str
    where: str = ""
    remedy: str = ""
