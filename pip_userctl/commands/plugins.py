"""``pip-userctl plugins``: what is registered, by which distribution, with which hooks and keys."""

from __future__ import annotations

import argparse
from typing import Any

from pip_userctl import __version__, diagnosis, engine
from pip_userctl.answers import Answer
from pip_userctl.commands._session import begin
from pip_userctl.page import section, table
from pip_userctl.plugins import OWN_NAME, Plugins


def run(options: argparse.Namespace) -> Answer:
    """Exit status 1 where a plugin could not be loaded or its keys were not taken.

    All of ours are listed, also those that only a verb, or a policy with a place for records, needs.
    """
    session = begin().session
    plugins = session.plugins
    engine.add_recorder(session)
    diagnosis.register(plugins)
    rows = described(plugins)
    data = {"plugins": rows, "failures": [each._asdict() for each in plugins.failures]}
    page = table(
        ("plugin", "distribution", "hooks", "keys"),
        [
            (row["name"], f"{row['distribution']} {row['version']}", ", ".join(row["hooks"]), ", ".join(row["keys"]))
            for row in rows
        ],
    )
    failures = [(f"{each.part} {each.name}", each.error) for each in plugins.failures]
    if failures:
        page += section("failures", failures)
    return Answer(data, page, exit_code=1 if failures else 0)


def described(plugins: Plugins) -> list[dict[str, Any]]:
    """One entry a plugin, the built-in ones first."""
    return [
        {
            "name": each.name,
            "distribution": each.distribution or OWN_NAME.replace("_", "-"),
            "version": each.version or __version__,
            "hooks": plugins.hooks_of(each),
            "keys": [key for key, owner in plugins.owners.items() if owner == each.name],
        }
        for each in plugins.plugins
    ]
