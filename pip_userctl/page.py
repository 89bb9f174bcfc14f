"""What is said to people, as data: sections and tables, in their order.

A page says what belongs together, never how it looks: ``reporting`` alone makes text of it, for a pipe, for a terminal of
some width, or with rich.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Tuple, Union


class Row(NamedTuple):
    """One line of a section. text: prose, which may be wrapped; command: to be copied, so it is never broken; it follows.

    A row of a name alone is a line of prose, one without a name stands where names stand.
    """

    name: str
    text: str = ""
    command: str = ""


class Section(NamedTuple):
    """Rows under a title, their texts aligned; without a title they stand at the margin."""

    title: str
    rows: Tuple[Row, ...]


class Table(NamedTuple):
    """Rows of cells under a header, all of one length; a cell may be of several lines, and holds no command."""

    title: str
    header: Tuple[str, ...]
    rows: Tuple[Tuple[str, ...], ...]


Page = Tuple[Union[Section, Table], ...]


def section(title: str, rows: Iterable[tuple[str, ...]]) -> Page:
    """A page of one section; a row is (name), (name, text) or (name, text, command)."""
    return (Section(title, tuple(Row(*row) for row in rows)),)


def sections(parts: Iterable[tuple[str, Iterable[tuple[str, ...]]]]) -> Page:
    """A page of several sections: (title, rows)."""
    return tuple(each for title, rows in parts for each in section(title, rows))


def lines(*texts: str) -> Page:
    """A page of lines at the margin."""
    return section("", [(text,) for text in texts])


def table(header: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> Page:
    """A page of one table."""
    return (Table(title, tuple(header), tuple(tuple(row) for row in rows)),)
