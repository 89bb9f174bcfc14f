"""The two instruments: valgrind's callgrind for instructions, pyperf for wall time and memory in pairs."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Callable, NamedTuple

from benchmarks.places import Place

_TOTAL = re.compile(r"I\s+refs:\s+([\d,]+)")
_VALGRIND = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")


class Run(NamedTuple):
    """One run of a whole process. seconds: wall time; peak: bytes, the most that was resident."""

    seconds: float
    peak: int


def nothing() -> None:
    """What is to be done before a run that needs nothing done."""


def instructions(
    place: Place,
    command: Sequence[str],
    variables: Mapping[str, str],
    runs: int,
    before: Callable[[], None] = nothing,
) -> float:
    """The median over the runs, of the whole process. RuntimeError where the command fails."""
    before()
    place.run(command, variables)  # fills the file cache, and writes what bytecode was missing
    counted = []
    for _ in range(runs):
        before()
        result = place.run([*_VALGRIND, *command], variables)
        found = _TOTAL.search(result.stderr)
        if result.returncode or found is None:
            raise RuntimeError(repr(result))
        counted.append(int(found[1].replace(",", "")))
    return statistics.median(counted)


def pairs(first: Callable[[], Run], second: Callable[[], Run], count: int) -> tuple[list[tuple[Run, Run]], float]:
    """So many pairs, each taken in the other order than the one before, and the median ratio of their seconds."""
    taken = []
    for number in range(count):
        if number % 2:
            late = second()
            taken.append((first(), late))
        else:
            taken.append((first(), second()))
    return taken, statistics.median(late.seconds / early.seconds for early, late in taken)


def timed(command: Sequence[str], variables: Mapping[str, str], cwd: str) -> Run:
    """One run of a command of this machine, by pyperf."""
    options = ["--quiet", "--copy-env", "--processes=1", "--values=1", "--warmups=0", "--loops=1"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.json"
        full = [sys.executable, "-m", "pyperf", "command", *options, "--output", str(path), "--", *command]
        done = subprocess.run(full, env=dict(variables), cwd=cwd, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{full} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        document = json.loads(path.read_text(encoding="utf-8"))
    (value,) = document["benchmarks"][0]["runs"][0]["values"]
    return Run(value, document["metadata"]["command_max_rss"])
