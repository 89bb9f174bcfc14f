"""Health checks as data: what a check is, what it looks at, what it finds.

A plugin returns HealthCheck descriptions from ``userctl_health_checks`` and ``pip-userctl doctor`` runs them: a check
neither prints nor repairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pip_userctl.frozen import Frozen
from pip_userctl.models import Environment, Origin
from pip_userctl.policy import Policy

ERROR, WARNING = "error", "warning"
SEVERITIES = (ERROR, WARNING)


class Machine(Frozen):
    """What a health check may look at.

    search_path: ``sys.path``; path: the directories of PATH; wish: a user install that pip's configuration asks for, or
    None; pip: its version; pip_problem: why that pip is not under the policy, empty where it is; unset_wish: the command
    that takes the wish back, empty where ``pip config`` cannot.
    """

    environment: Environment
    policy: Policy
    search_path: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    wish: Origin | None = None
    pip: str = ""
    pip_problem: str = ""
    unset_wish: str = ""


class Finding(Frozen):
    """One thing that is wrong.

    severity: ``error`` (something does not work, or not as it seems) or ``warning`` (it may not); what: one sentence
    without the final full stop; where: a path, ``file:line`` or a variable; remedy: a command.
    """

    severity: str
    what: str
    where: str = ""
    remedy: str = ""


class HealthCheck(Frozen):
    """One check. name: kebab-case, a plugin's own best named ``<plugin>-…``; summary: what it looks for."""

    name: str
    summary: str
    find: Callable[[Machine], Iterable[Finding]]
