"""Settings that do not do what they look like: a configured user install, a lock that is not heard, an unfit pip."""

from __future__ import annotations

import re
from typing import Iterable, Iterator

from pip_userctl import wording
from pip_userctl.health import ERROR, WARNING, Finding, HealthCheck, Machine
from pip_userctl.policy import NOT_HEARD


def userctl_health_checks() -> Iterable[HealthCheck]:
    """What the configuration files and variables say."""
    return [
        HealthCheck("configured-user", "PIP_USER and user = true in a virtual environment", find_wish),
        HealthCheck("locked", "locked = yes in a file that is not honoured", find_lock),
        HealthCheck("pip", "a pip that is not under the policy", find_pip),
    ]


def find_wish(machine: Machine) -> Iterator[Finding]:
    """A configured wish breaks every tool that runs pip in a virtual environment."""
    wish, facts = machine.wish, machine.environment
    if wish is None or wish.kind != "configured" or facts.kind not in ("isolated", "system-site"):
        return
    where = wording.place(wish.path, wish.line) if wish.path else str(wish.name)
    what = f"{wording.wish(wish)} asks for a user install in the virtual environment {facts.prefix}"
    by_hand = f"remove the line in {wish.path}" if wish.path else f"unset {wish.name}"
    remedy = machine.unset_wish or by_hand
    yield Finding(WARNING, what, where, remedy)


def find_lock(machine: Machine) -> Iterator[Finding]:
    """An administrator file must be out of reach of those whom it binds, and on Windows none can be."""
    for problem in machine.policy.problems:
        if problem.text == NOT_HEARD:
            where = wording.place(problem.path, problem.line)
            yield Finding(ERROR, f"locked = yes is not honoured: {problem.text}", where, f"chown root {problem.path}")
    if machine.environment.windows and machine.policy.value("locked"):
        path = machine.policy.source("locked").path or ""
        yield Finding(ERROR, "locked = yes is not honoured on Windows", path)


def find_pip(machine: Machine) -> Iterator[Finding]:
    """Pip installs are not judged while this stands."""
    if machine.pip_problem:
        where = re.sub(r"^$", "pip", f"pip {machine.pip}".strip())
        yield Finding(ERROR, f"pip install is not under the policy: {machine.pip_problem}", where)
