"""Draw the two examples of README.md as a terminal, light and dark: ``python docs/images/terminal.py``, which needs rich."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, DIMMED_MONOKAI
from rich.text import Text

HERE = Path(__file__).parent
#: What pip's own error display colours.
STYLES = {
    r"^\$ .*": "bold",
    r"^error(?=:)": "bold red",
    r"^(×|╰─>)": "red",
    "^note(?=:)": "magenta",
    "^hint(?=:)": "cyan",
}


def main() -> None:
    """Write terminal-light.svg and terminal-dark.svg."""
    readme = (HERE.parents[1] / "README.md").read_text(encoding="utf-8")
    shown = Text("\n".join(re.findall(r"(?ms)^```console\n(.*?)^```", readme)))
    for pattern, style in STYLES.items():
        shown.highlight_regex(f"(?m){pattern}", style)
    frame = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)  # nothing is fetched
    for name, theme in (("light", DEFAULT_TERMINAL_THEME), ("dark", DIMMED_MONOKAI)):
        console = Console(record=True, width=116, file=StringIO(), force_terminal=True)
        console.print(shown)
        console.save_svg(str(HERE / f"terminal-{name}.svg"), title="", theme=theme, code_format=frame, unique_id="t")


if __name__ == "__main__":
    main()
