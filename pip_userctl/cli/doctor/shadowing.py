"""What in the user site hides, is hidden by, or breaks what this interpreter imports."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
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
from pip_userctl.keys import parse_requirement
from pip_userctl.models import canonical


class Pair(NamedTuple):
    """Two installed distributions of one name: the one that is imported, and one that it hides."""

    first: InstalledDistribution
    hidden: InstalledDistribution
    user_site_first: bool


def find_pairs(search_path: Iterable[str], user_site: str) -> Iterator[Pair]:
    """Every pair with one in the user site; none if this interpreter does not import from it."""
    directories = unique_directories(search_path)
    own = directories.get(same_directory_key(user_site))
    if own is None:
        return
    mine, before = installed_by_name(own), True
    for place in directories.values():
        if place == own:
            before = False
            continue
        for name, other in installed_by_name(place).items():
            if name in mine:
                yield Pair(other, mine[name], False) if before else Pair(mine[name], other, True)


def _pairs(machine: Machine) -> list[Pair]:
    return list(find_pairs(machine.environment.search_path, machine.environment.user_site))


def find_hidden(machine: Machine) -> Iterator[Finding]:
    """One finding a pair; of the same version both are the same until one of them is upgraded."""
    for first, hidden, user_site_first in _pairs(machine):
        is_error = user_site_first and first.version != hidden.version
        what = f"{display_name(first)} {first.version} in {first.path} hides {hidden.version} in {hidden.path}"
        mine = first if user_site_first else hidden
        remedy = f"{machine.userctl} quarantine {display_name(mine)}"
        yield Finding(ERROR if is_error else WARNING, what, mine.metadata, remedy)


def find_broken_requirements(machine: Machine) -> Iterator[Finding]:
    """Requirements that the hidden distribution meets and the one in the user site does not."""
    hiding = {canonical(pair.first.name): pair for pair in _pairs(machine) if pair.user_site_first}
    if not hiding:
        return
    places = unique_directories(machine.environment.search_path).values()
    imported = {name: each for place in reversed([*places]) for name, each in installed_by_name(place).items()}
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


def find_hidden_modules(machine: Machine) -> Iterator[Finding]:
    """Modules of one name in distributions of different names, or in none at all."""
    directories = unique_directories(machine.environment.search_path)
    site = same_directory_key(machine.environment.user_site)
    if site not in directories:
        return
    places = list(directories.values())
    own, *behind = places[list(directories).index(site) :]
    modules = importable_names(own)
    hiding = {canonical(pair.first.name) for pair in _pairs(machine)}
    for place in behind:
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


@functools.cache
def _modules(distribution: InstalledDistribution) -> set[str]:
    """Its importable names; reading every RECORD of a directory takes long."""
    return top_level_names(distribution)
