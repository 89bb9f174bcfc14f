"""``break-system-packages``: the option that switches PEP 668's protection off."""

from __future__ import annotations

from pip_userctl import wording
from pip_userctl.models import Environment, Request, Verdict
from pip_userctl.policy import Policy
from pip_userctl.rules import verdict


def userctl_evaluate(request: Request, environment: Environment, policy: Policy) -> Verdict | None:
    """Judged only where pip would otherwise have stopped: not with a directory option, not for a bare report."""
    elsewhere = request.target or request.prefix or request.root or (request.dry_run and request.report)
    if not request.break_system_packages or not environment.externally_managed or elsewhere:
        return None
    return verdict(
        policy,
        "break-system-packages",
        what="--break-system-packages",
        reason=f"the Python in {environment.base_prefix} is managed by the system's package manager (PEP 668)",
        hint=wording.install_in_new_environment(request, environment),
    )
