"""The page of the documentation: how it was measured, the tables, and why a goal is missed where one is."""

from __future__ import annotations

from benchmarks import goals, report
from benchmarks.figures import Results

_PAGE = """\
# What it costs

Measured on {date}: pip-userctl {userctl} with pip {pip}, on Python {pythons}; valgrind {valgrind}; {machine}. Written
by `python -m benchmarks --markdown`, which anybody can run ([CONTRIBUTING.md](../CONTRIBUTING.md)); no figure here
was typed.

- "Without" is a virtual environment with pip, pluggy and packaging, all compiled to bytecode; "with" is the same one,
  at the same path, after `pip install` of one more package. The peers are other packages that run code when Python
  starts, newest or as named, from the registry, and inactive where they have a switch.
- Instructions (M: millions) are those of the whole process, counted by valgrind's callgrind with PYTHONHASHSEED=0:
  the median of 5 runs for a start of Python, of up to 3 for what takes longer, of 1 for an install, for growth, and for
  hunter and pip-system-certs. They do not depend on what else the machine does.
- Wall times are the median ratio of interleaved pairs by pyperf. They need a quiet machine; this one had a
  load of {load} meanwhile, the measured process included. Most memory resident is the median of such runs.
- `pip install` installs one small local wheel under the default policy, with the audit log on; `pip download` fetches
  the same wheel. `imports` is a program with 40 imports of the larger modules of the standard library.
- Python 3.15 runs in Debian sid. It reads a start-up file once; before, a virtual environment reads each of them twice.
"""


def page(results: Results) -> str:
    """The whole page, in Markdown."""
    facts = results.facts
    loads = sorted(map(float, facts["load"]))
    pythons = [values[-1] for name, values in facts.items() if name.startswith("Python ")]
    start = _PAGE.format(
        date=", ".join(sorted(facts["date"])),
        userctl=", ".join(facts["pip-userctl"]),
        pip=", ".join(facts["pip"]),
        pythons=", ".join(sorted(pythons, key=lambda version: [*map(int, version.split("."))])),
        valgrind=", ".join(sorted(facts["valgrind"])),
        machine=", ".join(facts["machine"]),
        load=f"{loads[0]:.1f} to {loads[-1]:.1f}",
    )
    parts = [start, *(_table(table) for table in report.tables(results))]
    missed: dict[int, list[str]] = {}
    for answer in goals.answers(results):
        if not answer.holds:
            missed.setdefault(goals.GOALS.index(answer.goal), []).append(answer.python)
    parts[2:2] = [_miss(goals.GOALS[index], pythons) for index, pythons in missed.items()]
    return "\n".join(parts)


def _miss(goal: goals.Goal, pythons: list[str]) -> str:
    return f"Not reached on Python {', '.join(pythons)}: {goal.what}. {goal.why}".rstrip() + "\n"


def _table(table: report.Table) -> str:
    rows = [table.header, ["---"] * len(table.header), *table.rows]
    return "\n".join((f"## {table.title}\n", *(f"| {' | '.join(row)} |" for row in rows), ""))
