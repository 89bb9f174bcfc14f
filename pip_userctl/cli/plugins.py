"""``pip-userctl plugins``: what is registered, by which distribution, with which hooks and keys."""

from __future__ import annotations

import argparse
from typing import Any

from pip_userctl import __version__, judge
from pip_userctl.cli.output import Result, Section
from pip_userctl.cli.policies import load_session, remarks
from pip_userctl.plugins import hooks_of


def run(args: argparse.Namespace) -> Result:
    """Exit status 1 if a plugin could not be loaded."""
    session, _ = load_session()
    judge.add_recorder(session)
    hooks = session.hooks
    plugins = [
        {
            "name": each.name,
            "distribution": each.distribution or "pip-userctl",
            "version": each.version or __version__,
            "hooks": hooks_of(hooks, each),
            "keys": [key for key, owner in hooks.owners.items() if owner == each.name],
        }
        for each in hooks.plugins
    ]
    failures = [each._asdict() for each in hooks.failures]
    return Result({"plugins": plugins, "failures": failures}, exit_code=1 if failures else 0)


def text(data: dict[str, Any]) -> list[Section]:
    """One line a plugin, and what could not be loaded."""
    rows = [
        (each["name"], f"{each['distribution']} {each['version']}", ", ".join([*each["hooks"], *each["keys"]]))
        for each in data["plugins"]
    ]
    table = Section("plugins", [("name", "distribution", "hooks and keys"), *rows])
    return [table, *remarks(failures=data["failures"])]
