"""The tables: goals, peers, commands by the clock, growth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from benchmarks import goals
from benchmarks.figures import BYTES, INSTRUCTIONS, SECONDS, US, Figure, Results
from benchmarks.goals import MEBIBYTE, MILLION
from benchmarks.growth import GROWTHS
from benchmarks.processes import PROCESSES

_SCALES = {INSTRUCTIONS: (MILLION, "M", 2), SECONDS: (0.001, "ms", 1), BYTES: (MEBIBYTE, "MiB", 2)}


class Table(NamedTuple):
    """A title, the names of the columns, and the rows."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def line(figure: Figure) -> str:
    """One figure, as it comes in."""
    what = f"{figure.bench} {figure.parameter}".rstrip()
    return f"{what}: {figure.subject}: {_absolute(figure)} without, {_relative(figure)}, {figure.runs} runs"


def _absolute(figure: Figure) -> str:
    scale, unit, digits = _SCALES[figure.unit]
    return f"{figure.without / scale:,.{digits}f} {unit}"


def _relative(figure: Figure) -> str:
    scale, unit, digits = _SCALES[figure.unit]
    return f"{figure.added / scale:+,.{digits}f} {unit} ({figure.ratio:.4f})"


def _counted(figure: Figure) -> str:
    """With the number of runs, where they differ among themselves."""
    return _relative(figure) + ("" if figure.unit == INSTRUCTIONS else f", {figure.runs} pairs")


def _goals(results: Results) -> Table:
    rows = [
        [
            answer.goal.what,
            answer.python,
            answer.goal.form.format(answer.value),
            answer.goal.form.format(answer.limit),
            "yes" if answer.holds else "**no**",
        ]
        for answer in goals.answers(results)
    ]
    return Table("Goals", ("what", "Python", "figure", "at most", "holds"), rows)


def _processes(results: Results, unit: str, title: str) -> Table:
    """Ours and the peers' of every process: a row a subject, a column a Python."""
    pythons = _pythons(results)
    found = {(each.bench, each.subject, each.python): each for each in results.figures if each.unit == unit}
    rows = []
    for name in PROCESSES:
        subjects = dict.fromkeys(each.subject for each in results.figures if each.bench == name and each.unit == unit)
        bases = {each.python: _absolute(each) for each in found.values() if each.bench == name}
        if bases:
            rows.append([f"`{name}`", "nothing", *(bases.get(python, "") for python in pythons)])
        for subject in sorted(subjects, key=lambda each: (not each.startswith(US), each)):
            cells = (found.get((name, subject, python)) for python in pythons)
            rows.append(["", subject, *(_counted(each) if each else "" for each in cells)])
    return Table(title, ("process", "with", *(f"Python {each}" for each in pythons)), rows)


def _growth(results: Results) -> Iterator[Table]:
    pythons = _pythons(results)
    for name, growth in GROWTHS.items():
        found = {(each.parameter, each.python): each for each in results.figures if each.bench == name}
        steps = [f"{step} {growth.what}" for step in sorted(growth.steps)]
        rows = [
            [step, *(_growing(found.get((step, python))) for python in pythons)]
            for step in steps
            if any(parameter == step for parameter, _ in found)
        ]
        yield Table(f"One `pip install` and {growth.what}", ("there", *(f"Python {each}" for each in pythons)), rows)


def _growing(figure: Figure | None) -> str:
    return f"{_absolute(figure)} {_relative(figure)}" if figure else ""


def _others(results: Results) -> Table:
    what = {
        "plugin-imports": "what the plugins' own imports cost",
        "doctor": "`doctor` on 1,000 distributions, over two `pip list`",
        "shadowing": "the look for hidden copies, 1,000 and 1,000 distributions",
    }
    rows = [
        [what[each.bench], each.parameter, each.python, _absolute(each), _relative(each)]
        for each in results.figures
        if each.bench in what
    ]
    return Table("Others", ("what", "there", "Python", "without", "more"), rows)


def _pythons(results: Results) -> list[str]:
    return sorted({each.python for each in results.figures}, key=lambda version: [*map(int, version.split("."))])


def tables(results: Results) -> list[Table]:
    """Those that have any row."""
    every = (
        _goals(results),
        _processes(results, INSTRUCTIONS, "Instructions of whole processes"),
        *_growth(results),
        _others(results),
        _processes(results, SECONDS, "By the clock, the median of interleaved pairs"),
        _processes(results, BYTES, "Most memory resident"),
    )
    return [table for table in every if table.rows]


def _facts(results: Results) -> str:
    return "; ".join(f"{name} {', '.join(values)}" for name, values in results.facts.items())


def text(results: Results) -> str:
    """For a terminal."""
    parts = [_facts(results)]
    for table in tables(results):
        rows = [table.header, *table.rows]
        widths = [max(len(row[index]) for row in rows) for index in range(len(table.header))]
        lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)
        parts.append("\n".join((table.title, "-" * len(table.title), *lines)))
    return "\n\n".join(parts)


def status(results: Results) -> int:
    """1 where a goal is missed."""
    return 0 if all(answer.holds for answer in goals.answers(results)) else 1
