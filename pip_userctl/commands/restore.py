"""``pip-userctl restore``: brings back what ``quarantine`` took away, byte for byte."""

from __future__ import annotations

import argparse

from pip_userctl import environment
from pip_userctl.answers import Answer
from pip_userctl.commands.quarantine import entry
from pip_userctl.page import section
from pip_userctl.quarantine import store
from pip_userctl.quarantine.belongings import Site


def run(options: argparse.Namespace) -> Answer:
    """Exit status 1 where it cannot be restored; then nothing has been moved."""
    facts = environment.collect()
    site = Site(facts.user_site, facts.user_base)
    with store.alone(site):
        recovered = {each.id: each for each in store.recover(site)}
        manifest = recovered.get(options.id) or store.take_back(options.id, site)
    data = {"recovered": sorted(recovered), "restored": entry(manifest)}
    names = ", ".join(f"{name} {version}" for name, version in manifest.distributions)
    return Answer(
        data, section(f"restored {manifest.id}", [("distributions", names), ("files", str(len(manifest.files)))])
    )
