"""``python -m benchmarks``: what pip-userctl adds to Python and pip, in instructions; needs valgrind.

Each command runs in one virtual environment, first without pip-userctl, then with it; all bytecode is there before.
Instructions do not depend on what else the machine does. The table is printed, and written into docs/cost.md unless
interpreters are named.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pip_userctl import __version__
from pip_userctl.testing import make_wheel
from tests.support import cache
from tests.support.pythons import NEWEST, Python, discover

PAGE = cache.PROJECT / "docs" / "cost.md"
BEGIN, END = "<!-- written by python -m benchmarks -->\n", "<!-- end -->\n"
VALGRIND = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
PYTHONS = ("3.11", "3.13")
MILLION = 1e6


class Command(NamedTuple):
    """What is measured.

    Attributes:
        name: in the table.
        arguments: of Python; ``{wheel}`` stands for a small wheel.
        limits: Python → the most that may be added: millions of instructions, or a ratio if ``is_ratio``; ``""`` is any other.
        settings: lines of the ``[userctl]`` section of the account's pip.conf.
        runs: of which the median counts.
    """

    name: str
    arguments: tuple[str, ...]
    limits: Mapping[str, float]
    is_ratio: bool = True
    settings: str = ""
    runs: int = 1


AUDIT_LOG = "audit-log = ~/pip.jsonl\n"
INSTALL = ("-m", "pip", "install", "--no-deps", "--no-index", "--force-reinstall", "{wheel}")
COMMANDS = (
    Command("start of Python", ("-c", "pass"), {"3.11": 0.9, "3.13": 2.4, "3.15": 1.35}, is_ratio=False, runs=3),
    Command("`pip --version`", ("-m", "pip", "--version"), {"": 1.007}),
    Command("`pip list`", ("-m", "pip", "list"), {"": 1.007}),
    Command("`pip install`, audit log on", INSTALL, {"": 1.035}, settings=AUDIT_LOG),
    Command(
        "the same with `protect-packages`", INSTALL, {"": 1.035}, settings=f"{AUDIT_LOG}protect-packages = numpy\n"
    ),
)


class Figure(NamedTuple):
    """One command on one Python: instructions without pip-userctl, and with it."""

    command: Command
    python: str
    without: float
    having: float

    @property
    def value(self) -> float:
        """What the goal is about."""
        return self.having / self.without if self.command.is_ratio else (self.having - self.without) / MILLION

    @property
    def limit(self) -> float | None:
        """The goal; None if there is none for this Python."""
        return self.command.limits.get(self.python, self.command.limits.get(""))

    @property
    def excess(self) -> float:
        """By how much it is over its goal; 0 if it is not."""
        return max(0.0, self.value - (self.limit or self.value))

    def written(self) -> str:
        """The cell of the table; in bold if it is over its goal."""
        added = f"+{(self.having - self.without) / MILLION:.2f} M"
        text = f"{self.value:.4f} ({added})" if self.command.is_ratio else added
        return f"**{text}**" if self.excess else text


class Stand:
    """A virtual environment of one Python with pip, pluggy and packaging, and an account with a home of its own."""

    def __init__(self, python: Python, folder: Path) -> None:
        self._home, self._prefix = folder / "home", folder / "environment"
        self._config = self._home / ".config" / "pip" / "pip.conf"
        self._config.parent.mkdir(parents=True)
        self._wheel = make_wheel(folder, "demo")
        self._variables = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self._home),
            "XDG_CONFIG_DIRS": str(folder / "xdg"),
            "LC_ALL": "C.UTF-8",
            "PYTHONHASHSEED": "0",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
        }
        self._run([python.path, "-I", "-m", "venv", "--without-pip", str(self._prefix)])
        library = self._prefix / "lib" / f"python{python.version}" / "site-packages"
        for source in (cache.pip_folder(NEWEST), cache.dependencies_folder(python)):
            # Bytecode of another place would be corrected in each run.
            shutil.copytree(source, library, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        self.python("-m", "compileall", "-q", str(library))
        self.python("-m", "pip", "install", "--no-index", str(self._wheel))  # so that it is there in all runs

    def python(self, *arguments: str) -> None:
        """Run the interpreter of the environment."""
        self._run([str(self._prefix / "bin" / "python"), *arguments])

    def count(self, command: Command) -> float:
        """The instructions of a command: the median of its runs, behind one that is not counted."""
        self._config.write_text(f"[userctl]\n{command.settings}")
        words = [each.replace("{wheel}", str(self._wheel)) for each in command.arguments]
        self.python(*words)
        return statistics.median(self._count(words) for _ in range(command.runs))

    def _count(self, arguments: Sequence[str]) -> int:
        output = self._run([*VALGRIND, str(self._prefix / "bin" / "python"), *arguments])
        found = re.search(r"I\s+refs:\s+([\d,]+)", output)
        if found is None:
            raise RuntimeError(f"valgrind counted nothing:\n{output}")
        return int(found[1].replace(",", ""))

    def _run(self, command: Sequence[str]) -> str:
        done = subprocess.run(command, env=self._variables, cwd=self._home, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stderr


def measure(python: Python, folder: Path) -> Iterator[Figure]:
    """All commands on one Python."""
    stand = Stand(python, folder)
    without = [stand.count(command) for command in COMMANDS]
    stand.python("-m", "pip", "install", "--quiet", "--no-index", "--no-deps", str(cache.build(folder / "built").wheel))
    for command, before in zip(COMMANDS, without):
        yield Figure(command, python.version, before, stand.count(command))


def table(figures: Sequence[Figure]) -> str:
    """The figures, and what is over its goal."""
    pythons = list(dict.fromkeys(each.python for each in figures))
    valgrind = subprocess.run(["valgrind", "--version"], capture_output=True, text=True).stdout.strip()
    rows = [["", *(f"Python {each}" for each in pythons), "at most"], ["---"] * (len(pythons) + 2)]
    for command in COMMANDS:
        cells = [each.written() for each in figures if each.command is command]
        rows.append([command.name, *cells, _limits(command, pythons)])
    lines = [f"| {' | '.join(row)} |" for row in rows]
    over = [
        f"{each.command.name} on Python {each.python} by {each.excess:.4f}{'' if each.command.is_ratio else ' M'}"
        for each in figures
        if each.excess
    ]
    facts = f"pip-userctl {__version__}, pip {NEWEST}, {valgrind}, {sys.platform}."
    return "\n".join([*lines, "", f"{facts} Over its goal: {', '.join(over) or 'nothing'}.", ""])


def _limits(command: Command, pythons: Sequence[str]) -> str:
    limits = [command.limits.get(python, command.limits.get("")) for python in pythons]
    if command.is_ratio:
        return f"{limits[0]}"
    return ", ".join("-" if limit is None else f"+{limit:.2f} M" for limit in limits)


def write(text: str, page: Path) -> None:
    """Replace what is between the markers."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Measure and print; returns 1 if a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pythons", nargs="*", metavar="VERSION", help=f"such as 3.12; {', '.join(PYTHONS)} if left out")
    wanted = parser.parse_args(arguments).pythons
    found = discover()
    missing = [version for version in wanted or PYTHONS if version not in found]
    if missing or shutil.which("valgrind") is None:
        parser.error(f"not found on this machine: {', '.join(missing) or 'valgrind'}")
    figures: list[Figure] = []
    for version in wanted or PYTHONS:
        with tempfile.TemporaryDirectory(prefix="pip-policy-bench-") as folder:
            for figure in measure(found[version], Path(folder)):
                print(f"Python {version}, {figure.command.name}: {figure.written()}", file=sys.stderr, flush=True)
                figures.append(figure)
    text = table(figures)
    print(text)
    if not wanted:
        write(text, PAGE)
    return int(any(each.excess for each in figures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
