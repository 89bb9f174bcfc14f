"""``pip-userctl quarantine``: distributions out of the user site, whole, with a way back."""

from __future__ import annotations

import argparse
import os
from itertools import chain
from typing import Any, Iterable, Sequence

from pip_userctl import environment
from pip_userctl.answers import Answer, Usage
from pip_userctl.checks.shadowing import hidings
from pip_userctl.distributions import canonical
from pip_userctl.models import Environment
from pip_userctl.page import Page, lines, section, table
from pip_userctl.quarantine import journal, store
from pip_userctl.quarantine.belongings import Refused, Site, gather
from pip_userctl.quarantine.journal import Manifest

#: What this command runs by; without it nothing could be restored.
_OURS = frozenset({"pip-userctl", "pluggy", "packaging", "pip"})


def run(options: argparse.Namespace) -> Answer:
    """Exit status 1 where something cannot be moved; then nothing has been."""
    if sum(map(bool, (options.names, options.shadowing, options.list))) != 1:
        raise Usage("give names of distributions, or --shadowing, or --list")
    facts = environment.collect()
    site = Site(facts.user_site, facts.user_base)
    if options.list:
        return _listed(store.listed(site))
    with store.alone(site):
        recovered = store.recover(site)
        if options.shadowing:
            options.tell("looking for copies that hide another one")
        names = list(options.names) if options.names else hiding(facts)
        if not names:
            return Answer(
                _data(recovered, None), _recovered(recovered) + lines("nothing in the user site hides another copy")
            )
        _spare_ourselves(names, facts)
        belongings = gather(names, site)
        options.tell(f"moving {len(belongings.files)} files")
        manifest = store.put(belongings, site)
    moved = ", ".join(f"{name} {version}" for name, version in manifest.distributions)
    rows: list[tuple[str, ...]] = [("distributions", moved)]
    rows += [("files", str(len(manifest.files))), ("kept in", os.path.join(journal.root(site.base), manifest.id))]
    if belongings.shared:
        rows.append(("not moved", "\n".join(f"{each} (another distribution has it too)" for each in belongings.shared)))
    rows.append(("to restore", "", f"pip-userctl restore {manifest.id}"))
    data = {**_data(recovered, manifest), "shared": list(belongings.shared)}
    return Answer(data, _recovered(recovered) + section(f"quarantined as {manifest.id}", rows))


def hiding(facts: Environment) -> list[str]:
    """The distributions in the user site that hide another copy here."""
    site = os.path.realpath(facts.user_site)
    pairs = hidings(environment.import_path(), facts.user_site)
    return list(dict.fromkeys(pair.winner.name for pair in pairs if os.path.realpath(pair.winner.path) == site))


def _spare_ourselves(names: Iterable[str], facts: Environment) -> None:
    if os.path.realpath(environment.package_location()) != os.path.realpath(facts.user_site):
        return
    for name in names:
        if canonical(name) in _OURS:
            raise Refused(
                f"{name} is what pip-userctl runs by", f"both are in {facts.user_site}", f"pip uninstall {name}"
            )


def _recovered(recovered: Sequence[Manifest]) -> Page:
    parts = [lines(f"brought back what a stopped run had left half-way: {each.id}") for each in recovered]
    return tuple(chain.from_iterable(parts))


def _listed(found: Sequence[Manifest]) -> Answer:
    rows = [
        (
            each.id,
            each.state,
            str(len(each.files)),
            ", ".join(f"{name} {version}" for name, version in each.distributions),
        )
        for each in found
    ]
    header = ("id", "state", "files", "distributions")
    page = table(header, rows) if rows else lines("nothing is in quarantine")
    return Answer({"quarantines": [entry(each) for each in found]}, page)


def _data(recovered: Sequence[Manifest], manifest: Manifest | None) -> dict[str, Any]:
    return {
        "recovered": [each.id for each in recovered],
        "quarantined": None if manifest is None else entry(manifest),
        "shared": [],
    }


def entry(manifest: Manifest) -> dict[str, Any]:
    """One quarantine as data."""
    return {
        "id": manifest.id,
        "state": manifest.state,
        "time": manifest.time,
        "distributions": [{"name": name, "version": version} for name, version in manifest.distributions],
        "files": [each.path for each in manifest.files],
        "folder": os.path.join(journal.root(manifest.user_base), manifest.id),
    }
