"""Words on a screen: how wide they are, where lines break, which are coloured."""

from __future__ import annotations

import re
import unicodedata
from typing import Iterator

_COLOURS = {"allow": 32, "log": 36, "ignore": 36, "warn": 33, "refuse": 31, "warning": 33, "error": 31}
# An action as a cell of its own, or with what plugins add behind it.
_ACTION = re.compile(r"(?:allow|log|ignore|warn|refuse)(?=$|, )")
_SEVERITY = re.compile(r"(?:error|warning)(?=: |$)")
_STYLE = re.compile(r"\033\[[\d;]*m")
# Everything by which a text out of a file could move the cursor or change the screen, line ends left aside: the controls,
# and those that turn the direction of writing.
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """The text with control characters escaped, of several lines still; a tab is a space."""
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], "\n".join(text.replace("\t", " ").splitlines()))


def cells(text: str) -> int:
    """How many columns of a terminal a line takes: East Asian wide characters two, combining ones and colours none."""
    plain = _STYLE.sub("", text)
    return len(plain) if plain.isascii() else sum(map(_cells, plain))


def _cells(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def padded(text: str, width: int) -> str:
    """The text with spaces behind it, up to this many columns."""
    return text + " " * (width - cells(text))


def wrapped(text: str, width: int | None) -> Iterator[str]:
    """The lines of a text, none wider than this where it can be: no word is ever broken, because it may be a path."""
    for line in text.splitlines() or [""]:
        if width is None or cells(line) <= width:
            yield line
            continue
        taken = ""
        for word in re.findall(r"\s*\S+", line):
            if taken and cells(taken + word) > width:
                yield taken
                word = word.lstrip()
            else:
                word = taken + word
            taken = word
        yield taken


def coloured(text: str) -> str:
    """The action that a cell is, or the severity that a line begins with, in its colour."""
    found = _ACTION.match(text) or _SEVERITY.match(text)
    return f"\033[{_COLOURS[found[0]]}m{found[0]}\033[0m{text[found.end() :]}" if found else text


def bold(text: str) -> str:
    """A title; the severity that it begins with has its colour, too."""
    if not text:
        return ""
    found = _SEVERITY.match(text)
    if found:
        return f"\033[1;{_COLOURS[found[0]]}m{found[0]}\033[0m\033[1m{text[found.end() :]}\033[0m"
    return f"\033[1m{text}\033[0m"
