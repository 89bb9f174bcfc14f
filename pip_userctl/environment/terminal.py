"""The terminal that an answer is shown on, if there is one. For the command alone: no ``pip install`` imports it."""

from __future__ import annotations

import os
import shutil
import sys
from typing import NamedTuple, Optional, TextIO

from pip_userctl.environment.facts import WINDOWS


class Terminal(NamedTuple):
    """What standard output can show. width: in columns, None where it is no terminal; boxes: lines around tables."""

    width: Optional[int] = None
    colour: bool = False
    boxes: bool = False
    unicode: bool = False


def terminal() -> Terminal:
    """What the variables (https://no-color.org, https://force-color.org) and standard output itself say."""
    shown = _is_terminal(sys.stdout)
    able = shown and not _is_dumb()
    return Terminal(
        width=columns() if shown else None,
        colour=_colour(able),
        boxes=able,
        unicode=_is_unicode(sys.stdout),
    )


def columns() -> int:
    """How wide the terminal is: what COLUMNS says, what it says itself, or 80."""
    return shutil.get_terminal_size().columns


def shows_progress() -> bool:
    """Whether standard error is a terminal on which a line can be written over."""
    return _is_terminal(sys.stderr) and not _is_dumb() and not WINDOWS


def _colour(able: bool) -> bool:
    # In the order of Python's own command line: no beats yes beats what the terminal is.
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (able and not WINDOWS)


def _is_dumb() -> bool:
    return not WINDOWS and os.environ.get("TERM", "dumb") in ("dumb", "")


def _is_terminal(stream: Optional[TextIO]) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def _is_unicode(stream: Optional[TextIO]) -> bool:
    return (getattr(stream, "encoding", None) or "").lower().startswith("utf")
