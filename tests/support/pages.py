"""What a page of the documentation shows, as data: console examples, files, modules."""

from __future__ import annotations

import re
from typing import NamedTuple

from tests.support.cache import PROJECT


class Example(NamedTuple):
    """One command with its output, in which ``...`` alone on a line stands for any lines."""

    command: str
    output: str

    def fits(self, output: str) -> bool:
        """Whether this is what the page shows."""
        pattern = re.escape(self.output).replace(re.escape("...\n"), "(?:.*\n)*")
        return re.fullmatch(pattern, output) is not None


def text(name: str) -> str:
    """The page, by its path from the checkout."""
    return (PROJECT / name).read_text(encoding="utf-8")


def examples(name: str) -> list[Example]:
    """The ``console`` blocks that begin with a command."""
    blocks = re.findall(r"^```console\n\$ (.+)\n((?:.*\n)*?)```", text(name), re.MULTILINE)
    return [Example(command, output) for command, output in blocks]


def files(name: str) -> dict[str, str]:
    """The blocks below a line that is a path between backquotes and a colon, by that path."""
    blocks = re.findall(r"^`([\w./]+)`:\n\n```\w+\n(.*?)^```", text(name), re.MULTILINE | re.DOTALL)
    return dict(blocks)


def modules(name: str) -> list[str]:
    """The ``python`` blocks that are none of these files."""
    blocks = re.findall(r"^```python\n(.*?)^```", text(name), re.MULTILINE | re.DOTALL)
    return [each for each in blocks if each not in files(name).values()]
