"""How far a scan is: one line on a terminal, written over again and again, and gone when the answer comes."""

from __future__ import annotations

import contextlib
from typing import Iterator, TextIO

from pip_userctl.answers import Tell, silent
from pip_userctl.reporting.words import cells, harmless

_ERASE = "\r\033[K"


@contextlib.contextmanager
def shown(command: str, stream: TextIO | None, width: int) -> Iterator[Tell]:
    """What a verb tells how far it is. stream: the terminal, None where nothing is to be seen; width: its columns."""
    if stream is None:
        yield silent
        return
    told = False

    def write(line: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # a terminal that has gone, or lacks a letter, stops nothing
            stream.write(f"{_ERASE}{line}")
            stream.flush()

    def tell(what: str, done: int = 0, of: int = 0) -> None:
        nonlocal told
        told = True
        count = f"{done} of {of}: " if of else f"{done} " if done else ""
        line = harmless(f"{command}: {count}{what}").replace("\n", " ")
        while cells(line) >= width:  # else the terminal goes on in a second line, and that one would stay
            line = line[:-1]
        write(line)

    try:
        yield tell
    finally:
        if told:
            write("")
