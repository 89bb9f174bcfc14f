"""Tables drawn by rich, where that is installed (the extra ``rich``). Nothing else of the command needs it."""

from __future__ import annotations

from io import StringIO

from pip_userctl.environment.terminal import Terminal
from pip_userctl.page import Table
from pip_userctl.reporting import plain
from pip_userctl.reporting.words import cells, harmless

#: What the lines take beside the cells: at both ends, and from one cell to the next.
_ENDS, _BETWEEN = 4, 3


def table(part: Table, terminal: Terminal) -> str:
    """The table in lines; plain without rich, and where the terminal is too narrow for the lines."""
    try:
        from rich import box
        from rich.console import Console
        from rich.table import Table as Lined
        from rich.text import Text
    except Exception:  # not installed, or not whole: the answer matters, not its lines
        return plain.table(part, terminal)
    grid = [[harmless(cell) for cell in row] for row in (part.header, *part.rows)]
    widths = plain.fitting(grid, None if terminal.width is None else terminal.width - _ENDS, _BETWEEN)
    if widths is None:
        return plain.table(part, terminal)

    def cell(content: str, width: int) -> Text:
        # Never a str, which rich would read as markup: requests[socks] loses its brackets, :smile: becomes a picture.
        return Text.from_ansi("\n".join(plain.lines_of(content, width, terminal)))

    header, *rows = grid
    lined = Lined(
        box=box.ROUNDED if terminal.unicode else box.ASCII,
        title=Text(harmless(part.title)) if part.title else None,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        border_style="dim",
    )
    for name, width in zip(header, widths):
        lined.add_column(Text(name), width=max(width, cells(name)), overflow="fold")
    for row in rows:
        lined.add_row(*(cell(content, width) for content, width in zip(row, widths)))
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
        console.print(lined)
    return "\n".join(line.rstrip() for line in drawn.get().splitlines())
