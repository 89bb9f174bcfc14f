"""What a verb of ``pip-userctl`` gives back, for those who render it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pip_userctl.errors import Report


class Answer(NamedTuple):
    """What a verb found: data for ``--json``, text for people. exit_code: 0 fine, 1 findings, 2 usage."""

    data: Mapping[str, Any]
    text: str
    exit_code: int = 0
    errors: tuple[Report, ...] = ()


class Usage(Exception):
    """The command line is wrong; the message says how."""
