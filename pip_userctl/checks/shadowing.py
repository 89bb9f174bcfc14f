"""What in the user site hides, is hidden by, or breaks what this interpreter sees."""

from __future__ import annotations

from typing import Iterable, Iterator, NamedTuple

from pip_userctl import distributions
from pip_userctl.distributions import Copy
from pip_userctl.health import ERROR, WARNING, Finding, HealthCheck, Machine


def userctl_health_checks() -> Iterable[HealthCheck]:
    """Three questions about the same pairs of copies."""
    return [
        HealthCheck("shadowing", "copies in the user site that hide another copy, or are hidden by one", find_hiding),
        HealthCheck("requirements", "distributions here whose requirement a copy in the user site breaks", find_broken),
        HealthCheck("import-names", "modules in the user site that hide one of another distribution", find_modules),
    ]


class Pair(NamedTuple):
    """One distribution seen twice: the copy that wins and one that it hides."""

    winner: Copy
    loser: Copy


def hidings(search_path: Iterable[str], user_site: str) -> Iterator[Pair]:
    """Every pair in which the user site takes part. Nothing where this interpreter does not see the user site."""
    directories = distributions.directories(search_path)
    places = directories.values()
    own = directories.get(distributions.identity(user_site))
    if own is None:
        return
    mine = distributions.scan(own)
    before = True
    for place in places:
        if place == own:
            before = False
            continue
        for name, other in distributions.scan(place).items():
            if name in mine:
                yield Pair(other, mine[name]) if before else Pair(mine[name], other)


def find_hiding(machine: Machine) -> Iterator[Finding]:
    """One finding a pair; a copy of the same version does no harm until one of them is upgraded."""
    site = machine.environment.user_site
    for winner, loser in hidings(machine.search_path, site):
        in_user_site = distributions.identity(winner.path) == distributions.identity(site)
        severity = ERROR if in_user_site and winner.version != loser.version else WARNING
        mine = winner if in_user_site else loser
        what = f"{winner.name} {winner.version} in {winner.path} hides {loser.version} in {loser.path}"
        yield Finding(severity, what, mine.metadata, f"pip-userctl quarantine {mine.name}")


def find_broken(machine: Machine) -> Iterator[Finding]:
    """Requirements that the hidden copy meets and the copy in the user site does not."""
    user_site = machine.environment.user_site
    site = distributions.identity(user_site)
    mine = {
        distributions.canonical(winner.name): (winner, loser)
        for winner, loser in hidings(machine.search_path, user_site)
        if distributions.identity(winner.path) == site and winner.version != loser.version
    }
    if not mine:
        return
    seen: set[str] = set(distributions.scan(user_site))
    for known, place in distributions.directories(machine.search_path).items():
        if known == site:
            continue
        for name, copy in distributions.scan(place).items():
            if name in seen:
                continue
            seen.add(name)
            for required in distributions.fields(copy, "Requires-Dist")["Requires-Dist"]:
                yield from _breaks(copy, required, mine)


def _breaks(copy: Copy, required: str, mine: dict[str, tuple[Copy, Copy]]) -> Iterator[Finding]:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(required)
    except InvalidRequirement:
        return
    winner, loser = mine.get(distributions.canonical(requirement.name), (None, None))
    if winner is None or loser is None or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
        return
    allows = requirement.specifier.contains
    if not allows(winner.version, prereleases=True) and allows(loser.version, prereleases=True):
        what = f"{copy.name} {copy.version} needs {requirement.name}{requirement.specifier}, and gets {winner.version}"
        yield Finding(ERROR, f"{what} from the user site", winner.metadata, f"pip-userctl quarantine {winner.name}")


def find_modules(machine: Machine) -> Iterator[Finding]:
    """Equal import names in distributions of different names, or in none at all."""
    directories = distributions.directories(machine.search_path)
    site = distributions.identity(machine.environment.user_site)
    if site not in directories:
        return
    places = list(directories.values())
    index = list(directories).index(site)
    own = distributions.importable(places[index])
    known = {
        distributions.canonical(pair.winner.name)
        for pair in hidings(machine.search_path, machine.environment.user_site)
    }
    mine_by = _Owners(places[index])
    for place in places[index + 1 :]:
        others_by = _Owners(place)
        for name in sorted(own.keys() & distributions.importable(place).keys()):
            mine, other = mine_by.of(name), others_by.of(name)
            if mine and other and mine == other and mine in known:
                continue  # the pair has been told already
            who = f"{mine} in {places[index]}" if mine else f"{own[name]}, which belongs to no distribution,"
            what = f"the module {name} of {who} hides that of {other or 'no distribution'} in {place}"
            remedy = f"pip-userctl quarantine {mine}" if mine else ""
            yield Finding(WARNING, what, own[name], remedy)


class _Owners:
    """Which distribution of a directory records a module; reads every RECORD there once, and only if it has to."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._likely = distributions.scan(directory)
        self._all: dict[str, str] | None = None

    def of(self, module: str) -> str:
        """The canonical name; empty where none does."""
        likely = self._likely.get(distributions.canonical(module))
        if likely is not None and module in distributions.import_names(likely):
            return distributions.canonical(likely.name)
        if self._all is None:
            self._all = {
                name: distributions.canonical(copy.name)
                for copy in distributions.entries(self._directory)
                for name in distributions.import_names(copy)
            }
        return self._all.get(module, "")
