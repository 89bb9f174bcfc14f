"""``other-interpreter``: ``pip --python OTHER install`` where OTHER is not covered. Judged by the pip that is asked."""

from __future__ import annotations

from pip_userctl import wording
from pip_userctl.models import Environment, Request, Verdict
from pip_userctl.policy import Policy
from pip_userctl.rules import verdict

NAME = "other-interpreter"


def judge(request: Request, environment: Environment, policy: Policy, interpreter: str, prefix: str) -> Verdict:
    """interpreter: as pip found it; prefix: the environment that it belongs to."""
    return verdict(
        policy,
        NAME,
        what=f"pip --python {interpreter} install",
        reason=f"{prefix} has no pip-userctl and is not covered by one, so this policy does not hold there",
        hint=f"{environment.userctl} activate {wording.join([prefix], environment)}",
    )
