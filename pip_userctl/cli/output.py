"""What the verbs answer with, and how that looks: aligned text for people, one JSON object for programs."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple, Optional

from pip_userctl import environment, messages
from pip_userctl.messages import Message
from pip_userctl.records import SCHEMA

_GAP = "  "
#: The last column is wrapped only if at least this much of a line is left for it.
_NARROW = 24
_COLOURS = {"allow": 32, "log": 36, "ignore": 36, "warn": 33, "refuse": 31}


class Result(NamedTuple):
    """What a verb found.

    Attributes:
        data: what ``--json`` prints; the text is made from it.
        exit_code: 0 (fine), 1 (findings, refused, not active) or 2 (usage).
        errors: why the verb could not do its work, or a part of it.
    """

    data: dict[str, Any]
    exit_code: int = 0
    errors: tuple[Message, ...] = ()


class Section(NamedTuple):
    """Rows under a title. A row of one cell is a line, which is never broken; of several cells, columns are aligned."""

    title: str = ""
    rows: Sequence[Sequence[str]] = ()


class Terminal(NamedTuple):
    """What standard output can show. width: in columns; None if it is not a terminal."""

    width: Optional[int] = None
    colour: bool = False
    unicode: bool = False


PLAIN = Terminal()  # a pipe or a file


def terminal() -> Terminal:
    """Look at standard output, NO_COLOR (https://no-color.org) and FORCE_COLOR; the first of the two wins."""
    shown = sys.stdout is not None and not sys.stdout.closed and sys.stdout.isatty()
    variables = environment.variables
    able = shown and not environment.WINDOWS and variables.get("TERM", "dumb") not in ("dumb", "")
    colour = not variables.get("NO_COLOR") and bool(variables.get("FORCE_COLOR") or able)
    unicode = (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")
    return Terminal(shutil.get_terminal_size().columns if shown else None, colour, unicode)


def render(sections: Iterable[Section], terminal: Terminal = PLAIN) -> str:
    """The sections as text, an empty line between them; a section without rows is left out."""
    return "\n\n".join("\n".join(_lines(each, terminal)) for each in sections if each.rows)


def render_error(message: Message, terminal: Terminal = PLAIN) -> str:
    """An error as pip shows one."""
    text = escape(messages.block(message, unicode=terminal.unicode))
    return text.replace("error", "\033[1;31merror\033[0m", 1) if terminal.colour else text


def envelope(verb: str, result: Result) -> str:
    """The result as one JSON object; in ASCII, because it must stay JSON in every encoding."""
    content = {"schema": SCHEMA, "command": verb, "ok": result.exit_code == 0, "exit_code": result.exit_code}
    errors = [each._asdict() for each in result.errors]
    return json.dumps({**content, "data": result.data, "errors": errors}, indent=2)


def escape(text: str) -> str:
    """The text without anything by which it could move the cursor; lines and spaces stay."""
    return messages.escape("\n".join(text.expandtabs(4).splitlines()))


def write(text: str) -> str:
    """Print the text; returns why that is impossible. A reader who has gone, as ``head`` does, is no failure."""
    if sys.stdout is None:  # the caller has closed it
        return ""
    encoding = sys.stdout.encoding or "ascii"
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + ("\n" if text else ""))
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains once more at exit
        return "" if error.errno in (errno.EPIPE, errno.EINVAL) else str(error.strerror)
    return ""


def _lines(section: Section, terminal: Terminal) -> Iterator[str]:
    indent = _GAP if section.title else ""
    if section.title:
        yield f"\033[1m{escape(section.title)}\033[0m" if terminal.colour else escape(section.title)
    rows = [[escape(cell) for cell in row] for row in section.rows]
    widths = [max(map(len, column)) for column in zip_longest(*(row[:-1] for row in rows), fillvalue="")]
    for row in rows:
        start = indent + "".join(_coloured(cell, width, terminal) + _GAP for cell, width in zip(row[:-1], widths))
        offset = len(indent) + sum(width + len(_GAP) for width in widths[: len(row) - 1])
        first, *more = lines = row[-1].splitlines() or [""]
        width = (terminal.width or 0) - offset
        if len(row) > 1 and width >= _NARROW:
            wrap = textwrap.TextWrapper(width, break_long_words=False, break_on_hyphens=False).wrap
            first, *more = [part for line in lines for part in wrap(line) or [""]]
        yield f"{start}{_coloured(first, 0, terminal)}".rstrip()
        yield from (f"{' ' * offset}{line}".rstrip() for line in more)


def _coloured(cell: str, width: int, terminal: Terminal) -> str:
    colour = _COLOURS.get(cell) if terminal.colour else None
    return (f"\033[{colour}m{cell}\033[0m" if colour else cell) + " " * (width - len(cell))
