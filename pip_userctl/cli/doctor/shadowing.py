"""What in the user site hides, is hidden by, or breaks what this interpreter imports."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

from pip_userctl.cli.distributions import importable_names, installed_by_name, iter_installed, top_level_names
from pip_userctl.cli.doctor.findings import ERROR, WARNING, Finding, Machine
from pip_userctl.installed import (
    InstalledDistribution,
    display_name,
    read_metadata,
    same_directory_key,
    unique_directories,
)
from pip_userctl.models import Environment, canonical
from pip_userctl.specifiers import parse_requirement


class Pair(NamedTuple):
    """Two installed distributions of one name: the one that is imported, and one that it hides."""

    first: InstalledDistribution
    hidden: InstalledDistribution
    user_site_first: bool


def find_pairs(environment: Environment) -> Iterator[Pair]:
    """Every pair with one in the user site; none if this interpreter does not import from it."""
    before, behind = _around_user_site(environment)
    mine = installed_by_name(environment.user_site) if behind else {}
    for place in (*before, *behind[1:]):
        for name, other in installed_by_name(place).items():
            if name in mine:
                yield Pair(other, mine[name], False) if place in before else Pair(mine[name], other, True)


def _around_user_site(environment: Environment) -> tuple[list[str], list[str]]:
    """The directories before the user site, and from it on; the latter is empty if it is not on the path."""
    directories = unique_directories(environment.search_path)
    places, key = list(directories.values()), same_directory_key(environment.user_site)
    position = list(directories).index(key) if key in directories else len(places)
    return places[:position], places[position:]


def find_hidden(machine: Machine) -> Iterator[Finding]:
    """One finding a pair; of the same version both are the same until one of them is upgraded."""
    for first, hidden, user_site_first in find_pairs(machine.environment):
        is_error = user_site_first and first.version != hidden.version
        what = f"{display_name(first)} {first.version} in {first.path} hides {hidden.version} in {hidden.path}"
        mine = first if user_site_first else hidden
        remedy = f"{machine.userctl} quarantine {display_name(mine)}"
        yield Finding(ERROR if is_error else WARNING, what, mine.metadata, remedy)


def find_broken(machine: Machine) -> Iterator[Finding]:
    """Requirements that the hidden distribution meets and the one in the user site does not."""
    hiding = {canonical(pair.first.name): pair for pair in find_pairs(machine.environment) if pair.user_site_first}
    places = [*unique_directories(machine.environment.search_path).values()] if hiding else []
    imported = {name: each for place in reversed(places) for name, each in installed_by_name(place).items()}
    own = installed_by_name(machine.environment.user_site)
    for each in (each for name, each in imported.items() if name not in own):
        for text in read_metadata(each, "Requires-Dist")["Requires-Dist"]:
            try:
                requirement = parse_requirement(text)
                pair = hiding.get(canonical(requirement.name))
                if pair is None or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
                    continue
                here, there = (
                    requirement.specifier.contains(one.version, prereleases=True) for one in (pair.first, pair.hidden)
                )
            except ValueError:  # not only of what is no requirement: markers and versions may make no sense, too
                continue
            if there and not here:
                needs = f"{display_name(each)} {each.version} needs {requirement.name}{requirement.specifier}"
                what = f"{needs}, and gets {pair.first.version} from the user site"
                remedy = f"{machine.userctl} quarantine {display_name(pair.first)}"
                yield Finding(ERROR, what, pair.first.metadata, remedy)


def find_modules(machine: Machine) -> Iterator[Finding]:
    """Modules of one name in distributions of different names, or in none at all."""
    own, (_, places) = machine.environment.user_site, _around_user_site(machine.environment)
    modules = importable_names(own)
    hiding = {canonical(pair.first.name) for pair in find_pairs(machine.environment)}
    for place in places[1:]:
        for module in sorted(modules.keys() & importable_names(place).keys()):
            mine, other = owner_of(module, own), owner_of(module, place)
            if mine and other and canonical(mine.name) == canonical(other.name) and canonical(mine.name) in hiding:
                continue  # find_hidden has it
            who = f"{display_name(mine)} in {own}" if mine else f"{modules[module]}, which belongs to no distribution,"
            what = f"the module {module} of {who} hides that of {display_name(other) if other else 'no distribution'}"
            remedy = f"{machine.userctl} quarantine {display_name(mine)}" if mine else ""
            yield Finding(WARNING, f"{what} in {place}", modules[module], remedy)


def owner_of(module: str, directory: str) -> InstalledDistribution | None:
    """The distribution in the directory whose RECORD has the module; that of the same name is asked first."""
    likely_first = sorted(iter_installed(directory), key=lambda each: canonical(each.name) != canonical(module))
    return next((each for each in likely_first if module in _modules(each)), None)


_modules = functools.cache(top_level_names)  # reading every RECORD of a directory takes long
