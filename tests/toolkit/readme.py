"""What the README says, as data: its commands and its console examples.

``python -m tests.toolkit.readme test-command`` prints the command that runs the tests.
"""

from __future__ import annotations

import re
import sys
from typing import NamedTuple

from tests.toolkit.cache import PROJECT


class Example(NamedTuple):
    """One command with its output. ``...`` alone on a line of the output stands for any lines."""

    command: str
    output: str


def examples(name: str = "README.md") -> list[Example]:
    """The console blocks of a page."""
    blocks = re.findall(r"```console\n\$ (.+)\n((?:.*\n)*?)```", (PROJECT / name).read_text(encoding="utf-8"))
    return [Example(command, output) for command, output in blocks]


def commands() -> list[str]:
    """The commands of the section "Try it", each alone in an indented block: the main job, then the tests."""
    section = (PROJECT / "README.md").read_text(encoding="utf-8").split("## Try it")[1].split("## ")[0]
    return re.findall(r"^    (\S.*)$", section, re.MULTILINE)


if __name__ == "__main__":
    print(dict(zip(["main-job", "test-command"], commands()))[sys.argv[1]])
