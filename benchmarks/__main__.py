"""``python -m benchmarks``: measure, and print the tables."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Callable

from benchmarks import doctor, figures, growth, page, places, processes, report, shadowing
from benchmarks.figures import Figure, Results
from benchmarks.places import Place
from benchmarks.settings import Settings
from benchmarks.stand import PIP, Stand
from tests.toolkit import cache

Bench = Callable[[Stand, Settings], Iterator[Figure]]


def _named(measure: Callable[[Stand, str, Settings], Iterator[Figure]], name: str) -> Bench:
    return lambda stand, settings: measure(stand, name, settings)


BENCHES: dict[str, Bench] = {
    **{name: _named(processes.measure, name) for name in processes.PROCESSES},
    "pairs": processes.measure_pairs,
    **{name: _named(growth.measure, name) for name in growth.GROWTHS},
    "doctor": doctor.measure,
    "shadowing": shadowing.measure,
}


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What pip-userctl costs.")
    parser.add_argument("--only", metavar="NAME,…", default="", help=f"some of: {', '.join(BENCHES)}")
    parser.add_argument("--python", metavar="VERSION", action="append", default=[], help="3.11, 3.13, 3.15 by default")
    parser.add_argument("--quick", action="store_true", help="a look: fewer runs, two steps of each growth")
    parser.add_argument("--ours", action="store_true", help="leave the peers out")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures; those that it has already stay")
    parser.add_argument("--markdown", action="store_true", help="write docs/cost.md to stdout")
    parser.add_argument("--show", action="store_true", help="measure nothing; show what --json FILE has")
    chosen = parser.parse_args(arguments)
    chosen.only = [name for name in chosen.only.split(",") if name] or list(BENCHES)
    unknown = [name for name in chosen.only if name not in BENCHES]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}")
    if chosen.show and not chosen.json:
        parser.error("--show needs --json FILE")
    return chosen


def _facts() -> dict[str, tuple[str, ...]]:
    return {
        "date": (datetime.date.today().isoformat(),),
        "pip": (PIP,),
        "pip-userctl": (cache.wheel().name.split("-")[1],),
        "machine": (f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",),
    }


def _measure(place: Place, names: Sequence[str], settings: Settings) -> Iterator[Results]:
    """All of one Python, bench by bench; one that fails is named on stderr, and the others go on."""
    stand = Stand(place)
    facts = {
        **_facts(),
        "valgrind": (stand.check(["valgrind", "--version"]).stdout.strip().split("-")[1],),
        f"Python {place.version}": (stand.check([place.interpreter, "--version"]).stdout.split()[1],),
    }
    yield Results(facts, ())
    for name in names:
        print(f"Python {place.version}: {name}", file=sys.stderr, flush=True)
        try:
            for figure in BENCHES[name](stand, settings):
                print(f"  {report.line(figure)}", file=sys.stderr, flush=True)
                load = {"load": (f"{os.getloadavg()[0]:.1f}",)} if figure.unit == figures.SECONDS else {}
                yield Results(load, (figure,))
        except RuntimeError as error:
            print(f"  failed: {error}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Exit status 1 where a goal is missed."""
    chosen = _arguments(arguments)
    results = figures.load(chosen.json) if chosen.json and chosen.json.exists() else Results({}, ())
    if not chosen.show:
        cache.prepare()
        with tempfile.TemporaryDirectory(prefix="userctl-bench-") as scratch:
            for place in places.find(chosen.python, Path(scratch)):
                for part in _measure(place, chosen.only, Settings(chosen.quick, chosen.ours)):
                    results = figures.merge([results, part])
                    if chosen.json:
                        figures.save(results, chosen.json)
    print(page.page(results), end="") if chosen.markdown else print(report.text(results))
    return report.status(results)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
