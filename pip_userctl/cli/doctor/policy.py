"""Settings that do not do what they seem to: a configured user install, a lock that does not count, a pip that does not fit."""

from __future__ import annotations

import os
from collections.abc import Iterator

from pip_userctl import config, environment as process, messages
from pip_userctl._pip.compat import installed_pip
from pip_userctl.cli import covering
from pip_userctl.cli.doctor.findings import ERROR, WARNING, Finding, Machine
from pip_userctl.mistakes import find_line
from pip_userctl.models import BOOLEANS, SECTION
from pip_userctl.startup import loader


def find_configured(machine: Machine) -> Iterator[Finding]:
    """A configured user install disturbs every tool that runs pip in a virtual environment."""
    facts = machine.environment
    setting = machine.configuration.find(("user", "no-user"))
    if setting is None or facts.kind not in ("isolated", "system-site") or not BOOLEANS.get(setting[0].lower()):
        return
    from pip_userctl._pip.request import configuration_files

    source = setting[1]
    file = next((each for each in machine.configuration.files if each.path == source.path), None)
    section = "install" if file and source.name in file.sections.get("install", {}) else "global"
    if file is None:
        remedy = f"unset {source.name}"
    elif file.path != configuration_files().get(source.kind, [""])[-1] or source.name in file.inherited:
        # pip config edits the last place of a kind alone, and does not know [DEFAULT].
        remedy = f"remove the line in {file.path}"
    else:
        # It reads [global] itself: as its own --user, which contradicts --global and --site.
        quiet = "PIP_USER=0 " if section == "global" and source.kind != "user" else ""
        remedy = f"{quiet}pip config --{source.kind} unset {section}.{source.name}"
    origin, where = messages.describe_origin(source, facts), messages.describe_source(source, facts._replace(home=""))
    what = f"{origin} asks for a user install in the virtual environment {facts.prefix}"
    if source.name in ("PIP_USER", "user") and section == "global":
        what += ", and makes pip list and pip freeze leave out what is installed there"
    yield Finding(WARNING, what, where, remedy)


def find_lock(machine: Machine) -> Iterator[Finding]:
    """Files that claim ``locked`` and could be changed by this account; on Windows all of them."""
    for file in machine.configuration.files:
        if not file.claims_lock:
            continue
        where = f"{file.path}:{find_line(file.path, SECTION, 'locked')}"
        if process.WINDOWS:
            yield Finding(ERROR, "locked is not honoured on Windows", where)
        elif (file.kind, file.path) not in process.administrator_places():
            places = ", ".join(path for _, path in process.administrator_places())
            yield Finding(ERROR, f"locked is not honoured here, but in {places}", where)
        else:
            found = config.obstacle(file.path, *process.uids())
            if found is not None:
                what = f"locked is not honoured, because {found.path} {found.reason}"
                yield Finding(ERROR, what, where, found.command)


def find_pip(machine: Machine) -> Iterator[Finding]:
    """A pip that is not under the policy."""
    pip = installed_pip()
    if pip.problem:
        why = covering.not_active_reason(pip.problem)
        yield Finding(ERROR, f"pip {pip.version} is not under the policy: {why}", os.path.dirname(pip.location))


def find_unreadable(machine: Machine) -> Iterator[Finding]:
    """An installation by root that other accounts of this interpreter cannot read, after ``umask 077``."""
    found = covering.find_unreadable_here(machine.environment)
    if found is not None:
        yield Finding(ERROR, f"{found.what}: {found.why}", loader.startup_module, found.hint)
