"""``pip-userctl quarantine``: moves distributions out of the user site, whole; ``restore`` moves them back."""

from __future__ import annotations

import argparse
import glob
import os
from collections.abc import Iterable
from typing import Any

from pip_userctl import environment as process, messages
from pip_userctl.cli.distributions import iter_installed, recorded_files
from pip_userctl.cli.doctor.shadowing import find_pairs
from pip_userctl.cli.output import Result, Section
from pip_userctl.cli.user_base import UserBase, files_below, refuse, resolve
from pip_userctl.installed import display_name
from pip_userctl.models import REPAIR, Environment, canonical


def run(args: argparse.Namespace) -> Result:
    """Move everything that was asked for, or nothing."""
    environment = process.detect()
    words = ["--shadowing"] if args.shadowing else ["--list"] if args.list else args.names
    base = UserBase(environment, ["quarantine", *words])
    if args.list:
        return Result({"quarantines": [base.describe(each) for each in base.quarantines()]})
    with base.lock():
        data: dict[str, Any] = {"recovered": base.recover(), "quarantined": None, "shared": [], "restore": ""}
        names = args.names
        if args.shadowing:
            names = [pair.first.name for pair in find_pairs(environment) if pair.user_site_first]
        if names:
            files, data["shared"] = _gather(names, environment, base)
            id_ = base.take(files)
            data.update(quarantined=base.describe(id_), restore=f"{messages.userctl(environment)} restore {id_}")
    return Result(data)


def text(data: dict[str, Any]) -> list[Section]:
    """What was moved and the command that moves it back, or the table of all quarantines."""
    if "quarantines" in data:
        table = [(each["id"], each["state"], str(len(each["files"])), listed(each)) for each in data["quarantines"]]
        header = ("id", "state", "files", "distributions")
        return [Section(rows=[header, *table] if table else [("nothing is in quarantine",)])]
    recovered = Section(rows=[(f"moved back what a stopped run had left: {id_}",) for id_ in data["recovered"]])
    moved = data["quarantined"]
    if moved is None:
        return [recovered, Section(rows=[("nothing in the user site hides another distribution",)])]
    rows = [("distributions", listed(moved)), ("files", str(len(moved["files"]))), ("moved to", moved["folder"])]
    rows += [("not moved", f"{path} (another distribution has it too)") for path in data["shared"]]
    return [recovered, Section(f"quarantined as {moved['id']}", [*rows, ("to restore", data["restore"])])]


def listed(quarantine: dict[str, Any]) -> str:
    """The distributions of a quarantine in one line."""
    return ", ".join(f"{each['name']} {each['version']}" for each in quarantine["distributions"])


def _gather(names: Iterable[str], environment: Environment, base: UserBase) -> tuple[list[str], list[str]]:
    """The files of these distributions, and those that stay because another distribution has them too."""
    site, wanted = environment.user_site, {canonical(name): name for name in names}
    if process.is_user_site(os.path.dirname(process.startup_module()) or process.package_folder()):
        for name in wanted.keys() & set(REPAIR):  # without them nothing could be restored
            refuse(f"{wanted[name]} is not moved, because pip-userctl needs it", f"both are in {site}")
    installed = list(iter_installed(site))
    chosen = [each for each in installed if canonical(each.name) in wanted]
    for missing in wanted.keys() - {canonical(each.name) for each in chosen}:
        refuse(f"{wanted[missing]} is not in the user site", f"{site} has no metadata of it")
    files: set[str] = set()
    for each in chosen:
        what, recorded = f"{display_name(each)} cannot be moved whole", recorded_files(each)
        if recorded is None:
            refuse(what, f"{each.metadata} has no RECORD that can be read, so nobody knows its files")
        for path in (*recorded, *files_below(each.metadata)):
            # A link to a directory is moved as a link.
            if os.path.islink(path) or (os.path.exists(path) and not os.path.isdir(path)):
                if not base.holds(path):
                    refuse(what, f"{path} lies outside the user base, or in a quarantine")
                files.add(resolve(path))
    names_of_files = set(map(os.path.basename, files))  # resolving every path of the user site would take long
    others = (path for each in installed if each not in chosen for path in recorded_files(each) or ())
    shared = files & {resolve(path) for path in others if os.path.basename(path) in names_of_files}
    files -= shared
    for path in sorted(files):
        folder, name = os.path.split(path)
        cache = os.path.join(folder, "__pycache__")
        if name.endswith(".py") and not os.path.islink(cache):
            # What importing the module has left, for any interpreter and level of optimisation.
            files.update(glob.glob(os.path.join(glob.escape(cache), f"{glob.escape(name[:-3])}.*.pyc")))
    return sorted(files), sorted(shared)
