"""Lines around tables and behind titles, drawn by rich where that is installed (the extra ``rich``).

Everything else of a page stays plain, so that whatever is copied from it is whole.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from pip_userctl.environment.terminal import Terminal
from pip_userctl.page import Section, Table
from pip_userctl.reporting import plain
from pip_userctl.reporting.words import bold, cells, harmless

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

#: What the lines take beside the cells: at both ends, and from one cell to the next.
_ENDS, _BETWEEN = 4, 3
#: rich needs some 0.4 ms a row, a plain table a twentieth of that.
_MANY = 2000
#: What has to be left of a line behind a title.
_LEFT = 6


def is_there() -> bool:
    """Whether rich can be loaded: where it is not whole, the answer matters, not its lines."""
    try:
        import rich.console
        import rich.rule
        import rich.table
        import rich.text  # noqa: F401
    except Exception:
        return False
    return True


def section(part: Section, terminal: Terminal) -> str:
    """The section with a line behind its title, if one has room there."""
    title = harmless(part.title)
    if not title or terminal.width is None or "\n" in title or cells(title) + _LEFT > terminal.width:
        return plain.section(part, terminal)
    from rich.rule import Rule

    shown = _text(bold(title) if terminal.colour else title)
    rule = Rule(shown, align="left", characters="\u2500" if terminal.unicode else "-", style="dim")
    return "\n".join([_drawn(rule, terminal), *plain.rows(part, terminal)])


def table(part: Table, terminal: Terminal) -> str:
    """The table in lines; plain where the terminal is too narrow for them, or the table so long that they take seconds."""
    if len(part.rows) > _MANY:
        return plain.table(part, terminal)
    grid = [[harmless(cell) for cell in row] for row in (part.header, *part.rows)]
    widths = plain.fitting(grid, None if terminal.width is None else terminal.width - _ENDS, _BETWEEN)
    if widths is None:
        return plain.table(part, terminal)
    from rich import box
    from rich.table import Table as Lined

    header, *rows = grid
    lined = Lined(
        box=box.ROUNDED if terminal.unicode else box.ASCII,
        title=_text(harmless(part.title)) if part.title else None,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        border_style="dim",
    )
    for name, width in zip(header, widths):
        lined.add_column(_text(name), width=max(width, cells(name)), overflow="fold")
    for row in rows:
        lined.add_row(*(_text(*plain.lines_of(cell, width, terminal)) for cell, width in zip(row, widths)))
    return _drawn(lined, terminal)


def _text(*lines: str) -> Text:
    """Never a str, which rich would read as markup: requests[socks] loses its brackets, :smile: becomes a picture."""
    from rich.text import Text

    return Text.from_ansi("\n".join(lines))


def _drawn(content: RenderableType, terminal: Terminal) -> str:
    from rich.console import Console

    console = Console(
        file=StringIO(),
        width=terminal.width,
        color_system="standard" if terminal.colour else None,
        force_terminal=terminal.colour,
        legacy_windows=False,
        emoji=False,
        markup=False,
        highlight=False,
    )
    with console.capture() as drawn:
        console.print(content)
    return "\n".join(line.rstrip() for line in drawn.get().splitlines())
