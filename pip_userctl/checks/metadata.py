"""Broken metadata in the user site and in the environment's own directory."""

from __future__ import annotations

import os
import shlex
from typing import Iterable, Iterator

from pip_userctl import distributions
from pip_userctl.distributions import Copy
from pip_userctl.health import ERROR, WARNING, Finding, HealthCheck, Machine


def userctl_health_checks() -> Iterable[HealthCheck]:
    """One question."""
    return [HealthCheck("metadata", "distributions whose metadata is broken, twice there, or left behind", find_broken)]


def find_broken(machine: Machine) -> Iterator[Finding]:
    """In every directory of this environment and in the user site, whether it is on the path or not."""
    facts = machine.environment
    own = os.path.join(os.path.realpath(facts.prefix), "")
    for place in distributions.directories([*machine.search_path, facts.user_site]).values():
        real = os.path.realpath(place)
        if real == os.path.realpath(facts.user_site) or real.startswith(own):
            yield from _leftovers(place)
            yield from _broken(place)


def _leftovers(place: str) -> Iterator[Finding]:
    """Pip renames what it is about to remove, and is sometimes stopped before it does."""
    try:
        names = sorted(name for name in os.listdir(place) if name.startswith("~"))
    except OSError:
        return
    for name in names:
        path = os.path.join(place, name)
        yield Finding(WARNING, "left behind by an interrupted pip", path, f"rm -r {shlex.quote(path)}")


def _broken(place: str) -> Iterator[Finding]:
    seen: dict[str, Copy] = {}
    for copy in distributions.entries(place):
        name = distributions.canonical(copy.name)
        again = seen.setdefault(name, copy)
        remove = f"rm -r {shlex.quote(copy.metadata)}"
        if again is not copy:
            what = f"{copy.name} has metadata twice, of {again.version} and of {copy.version}"
            yield Finding(ERROR, what, copy.metadata, f"pip install --force-reinstall {copy.name}")
            continue
        told = distributions.fields(copy, "Name", "Version")
        if not told["Name"] or not told["Version"]:
            yield Finding(ERROR, f"{copy.name} has no metadata with a name and a version", copy.metadata, remove)
        elif distributions.canonical(told["Name"][0]) != name:
            what = f"the folder says {copy.name}, the metadata in it {told['Name'][0]}"
            yield Finding(ERROR, what, copy.metadata, remove)
