"""One measured figure, and files of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

US = "pip-userctl"
INSTRUCTIONS, SECONDS, BYTES = "instructions", "seconds", "bytes"


class Figure(NamedTuple):
    """The same thing measured without a package and with it.

    bench: a name of ``goals.BENCHES``. subject: the package and its version. python: such as ``3.11``. unit: one of the three
    above. without, having: medians of so many runs. parameter: what grows, and how far.
    """

    bench: str
    subject: str
    python: str
    unit: str
    without: float
    having: float
    runs: int
    parameter: str = ""

    @property
    def added(self) -> float:
        """What the package adds, in the unit."""
        return self.having - self.without

    @property
    def ratio(self) -> float:
        """With the package, over without it."""
        return self.having / self.without

    @property
    def ours(self) -> bool:
        """Whether it is about pip-userctl and no peer."""
        return self.subject.split(" ")[0] == US

    @property
    def key(self) -> tuple[str, ...]:
        """A later figure of the same key replaces an earlier one. The version of the subject is no part of it."""
        name = self.subject if not self.ours else US
        return (self.bench, name, self.python, self.unit, self.parameter)


class Results(NamedTuple):
    """Figures, and what they were measured with. facts: name → every value that it had."""

    facts: Mapping[str, tuple[str, ...]]
    figures: tuple[Figure, ...]


def merge(parts: Iterable[Results]) -> Results:
    """All parts as one; a later figure replaces an earlier one."""
    facts: dict[str, tuple[str, ...]] = {}
    figures: dict[tuple[str, ...], Figure] = {}
    for part in parts:
        for name, values in part.facts.items():
            facts[name] = tuple(dict.fromkeys((*facts.get(name, ()), *values)))
        for figure in part.figures:
            figures[figure.key] = figure
    return Results(facts, tuple(figures.values()))


def load(path: Path) -> Results:
    """What ``save`` has written."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    facts = {name: tuple(values) for name, values in document["facts"].items()}
    return Results(facts, tuple(Figure(**each) for each in document["figures"]))


def save(results: Results, path: Path) -> None:
    """Write them, for ``load``."""
    document = {"schema": 1, "facts": results.facts, "figures": [each._asdict() for each in results.figures]}
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
