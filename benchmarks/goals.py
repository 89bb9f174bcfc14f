"""The goals, as a table: what, on which Python, how much at most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Callable, NamedTuple, Optional

from benchmarks.figures import BYTES, INSTRUCTIONS, SECONDS, Figure, Results

#: The figures of one Python, ours by (bench, unit, parameter), and the peers'.
Value = Callable[["Measured"], Optional[float]]
MILLION = 1e6
MEBIBYTE = 2.0**20


class Measured(NamedTuple):
    """The figures of one Python. ours: by (bench, unit, parameter)."""

    ours: Mapping[tuple[str, str, str], Figure]
    peers: tuple[Figure, ...]


class Goal(NamedTuple):
    """limits: the most, by Python; ``""`` stands for any. form: how a value is written. why: the cause of a miss."""

    what: str
    limits: Mapping[str, float]
    form: str
    value: Value
    why: str = ""


class Answer(NamedTuple):
    """One goal on one Python."""

    goal: Goal
    python: str
    value: float
    limit: float

    @property
    def holds(self) -> bool:
        """Whether it is reached."""
        return self.value <= self.limit


def added(bench: str, unit: str = INSTRUCTIONS, scale: float = MILLION) -> Value:
    """What we add, in the scale."""

    def value(measured: Measured) -> float | None:
        figure = measured.ours.get((bench, unit, ""))
        return figure and figure.added / scale

    return value


def ratio(bench: str, unit: str = INSTRUCTIONS) -> Value:
    """With us, over without us."""

    def value(measured: Measured) -> float | None:
        figure = measured.ours.get((bench, unit, ""))
        return figure and figure.ratio

    return value


def _against_the_least_peer(measured: Measured) -> float | None:
    ours = measured.ours.get(("start", INSTRUCTIONS, ""))
    peers = [each.added for each in measured.peers if each.bench == "start"]
    return ours.added / min(peers) if ours and peers else None


def _with_distributions(measured: Measured) -> float | None:
    none, many = (measured.ours.get(("distributions", INSTRUCTIONS, f"{count} distributions")) for count in (0, 500))
    return (many.added - none.added) / MILLION if many and none else None


def _with_plugins(measured: Measured) -> float | None:
    none, many = (measured.ours.get(("plugins", INSTRUCTIONS, f"{count} plugins")) for count in (0, 20))
    imports = measured.ours.get(("plugin-imports", INSTRUCTIONS, "20 plugins"))
    return (many.having - imports.added) / none.having if many and none and imports else None


_COMMAND = {"": 1.007}
_LISTED = "About half of it is that pip reads the metadata of one distribution more, and prints its line."
GOALS = (
    Goal(
        "start of Python in a virtual environment",
        {"3.11": 0.90, "3.13": 2.40, "3.15": 1.35},
        "+{:.3f} M",
        added("start"),
    ),
    Goal(
        "the same, over what the least of the peers adds",
        {"": 1.0},
        "{:.3f}",
        _against_the_least_peer,
        "coverage runs a text and imports nothing there; an empty module imported from a `.pth` adds as much by itself.",
    ),
    Goal(
        "program with 40 imports",
        {"3.11": 1.0025, "3.13": 1.004},
        "{:.5f}",
        ratio("imports"),
        "Most of it is the start; the hook runs once for each new directory, the rest is lookups in fuller dictionaries.",
    ),
    Goal("`pip --version`", _COMMAND, "{:.5f}", ratio("version")),
    Goal("`pip list`", _COMMAND, "{:.5f}", ratio("list"), _LISTED),
    Goal("`pip download` of one wheel", _COMMAND, "{:.5f}", ratio("download")),
    Goal(
        "`pip install` of one wheel, audit log on",
        {"": 1.03},
        "{:.5f}",
        ratio("install"),
        "There pip itself needs much less than on an older Python; most of ours is the import of our modules.",
    ),
    Goal("… with 500 distributions there, more than with none", {"": 10.0}, "+{:.1f} M", _with_distributions),
    Goal("… with 20 plugins, their imports apart, over that with none", {"": 1.5}, "{:.3f}", _with_plugins),
    Goal("memory of `pip install`", {"": 3.0}, "+{:.2f} MiB", added("install", BYTES, MEBIBYTE)),
    Goal("`doctor` on 1,000 distributions, over two `pip list`", {"": 1.0}, "{:.2f}", ratio("doctor", SECONDS)),
)


def measured(results: Results, python: str) -> Measured:
    """The figures of one Python."""
    figures = [each for each in results.figures if each.python == python]
    ours = {(each.bench, each.unit, each.parameter): each for each in figures if each.ours}
    return Measured(ours, tuple(each for each in figures if not each.ours))


def answers(results: Results) -> Iterator[Answer]:
    """Every goal on every Python that has it and was measured."""
    pythons = sorted({each.python for each in results.figures}, key=lambda version: [*map(int, version.split("."))])
    for goal in GOALS:
        for python in pythons:
            limit = goal.limits.get(python, goal.limits.get(""))
            value = goal.value(measured(results, python))
            if limit is not None and value is not None:
                yield Answer(goal, python, value, limit)
