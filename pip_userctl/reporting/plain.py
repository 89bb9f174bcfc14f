"""Sections and tables as aligned plain text, wrapped and coloured where a terminal is looked at."""

from __future__ import annotations

from itertools import zip_longest
from typing import Callable, Iterator, Sequence

from pip_userctl.environment.terminal import Terminal
from pip_userctl.page import Row, Section, Table
from pip_userctl.reporting.words import bold, cells, coloured, harmless, padded, wrapped

_GAP = "  "
#: Prose narrower than this is hard to read: then it stands below its name, not beside it.
_NARROW = 24


def section(part: Section, terminal: Terminal) -> str:
    """Rows under their title."""
    return "\n".join([*([_title(part.title, terminal)] if part.title else []), *rows(part, terminal)])


def rows(part: Section, terminal: Terminal) -> Iterator[str]:
    """The lines of names and texts, the texts aligned, continuation lines too."""
    indent = _GAP if part.title else ""
    harmless_rows = [Row(*map(harmless, row)) for row in part.rows]
    column = max((cells(row.name) for row in harmless_rows if row.text or row.command), default=0)
    for row in harmless_rows:
        yield from (f"{indent}{line}".rstrip() for line in _row(row, column, _room(terminal, indent), terminal))


def _room(terminal: Terminal, indent: str) -> int | None:
    return None if terminal.width is None else max(terminal.width - len(indent), 1)


def _row(row: Row, column: int, room: int | None, terminal: Terminal) -> Iterator[str]:
    if not row.name or not (row.text or row.command):
        alone = row.name or row.text
        yield from lines_of(alone, room, terminal) if alone else ()
        yield from row.command.splitlines()
        return
    beside = None if room is None else room - column - len(_GAP)
    stacked = room is not None and beside is not None and beside < _NARROW and cells(row.text) > beside
    if stacked:
        beside = room - len(_GAP) if room is not None else None
    lines = lines_of(row.text, beside, terminal) if row.text else []
    lines += row.command.splitlines()
    if stacked:
        yield row.name
        yield from (f"{_GAP}{line}" for line in lines)
        return
    for name, line in zip_longest([row.name], lines, fillvalue=""):
        yield f"{padded(name, column)}{_GAP}{line}"


def table(part: Table, terminal: Terminal) -> str:
    """Aligned columns under a header; where a terminal is too narrow for them, one section a row."""
    indent = _GAP if part.title else ""
    grid = [[harmless(cell) for cell in row] for row in (part.header, *part.rows)]
    widths = fitting(grid, _room(terminal, indent), len(_GAP))
    if widths is None:
        return stacked(part, terminal)
    lines = [_title(part.title, terminal)] if part.title else []
    for number, row in enumerate(grid):
        paint = coloured if number else bold
        columns = [lines_of(cell, width, terminal, paint) for cell, width in zip(row, widths)]
        for cut in zip_longest(*columns, fillvalue=""):
            line = _GAP.join(padded(cell, width) for cell, width in zip(cut, widths))
            lines.append(f"{indent}{line}".rstrip())
    return "\n".join(lines)


def fitting(grid: Sequence[Sequence[str]], room: int | None, between: int) -> list[int] | None:
    """How wide each column is, so that all fit into the room and no word is broken; None where that cannot be.

    between: columns of the terminal from one cell to the next. A long word in the last column does not count: the terminal
    itself goes on in its next line.
    """
    columns = list(zip(*grid))
    widths = [max(cells(line) for cell in column for line in cell.splitlines() or [""]) for column in columns]
    if room is None:
        return widths
    least = [max(cells(word) for cell in column for word in cell.split() or [""]) for column in columns]
    least[-1] = min(least[-1], _NARROW)
    while sum(widths) + between * (len(widths) - 1) > room:
        wider = [column for column, width in enumerate(widths) if width > least[column]]
        if not wider:
            return None
        widths[max(wider, key=widths.__getitem__)] -= 1
    return widths


def stacked(part: Table, terminal: Terminal) -> str:
    """Each row as a section: its first cell is the title."""
    blocks = [_title(part.title, terminal)] if part.title else []
    for first, *others in part.rows:
        named = tuple(Row(name, cell) for name, cell in zip(part.header[1:], others) if cell)
        blocks.append(section(Section(first, named), terminal))
    return "\n".join(blocks)


def lines_of(text: str, width: int | None, terminal: Terminal, paint: Callable[[str], str] = coloured) -> list[str]:
    """The lines of a text, the first one painted, which is where a word of its own can stand."""
    first, *others = wrapped(text, width)
    return [paint(first) if terminal.colour else first, *others]


def _title(text: str, terminal: Terminal) -> str:
    return "\n".join(bold(line) if terminal.colour else line for line in wrapped(harmless(text), terminal.width))
