"""``container-home``: what a container installs into the home is still there outside it, and in every other one."""

from __future__ import annotations

from pip_userctl import wording
from pip_userctl.hookspecs import hookimpl
from pip_userctl.models import Environment, Request, Verdict
from pip_userctl.policy import Policy
from pip_userctl.rules._verdict import verdict

#: These mount the home of their host unless they are told not to.
SHARING = frozenset({"apptainer", "singularity", "charliecloud", "shifter", "enroot"})


@hookimpl
def userctl_evaluate(request: Request, environment: Environment, policy: Policy) -> Verdict | None:
    """Judged where the user base is not part of the container's own root."""
    if request.scheme != "user" or environment.container not in SHARING or not environment.user_base_mounted:
        return None
    return verdict(
        policy,
        "container-home",
        what=f"a user install inside a container ({environment.container})",
        reason=f"{environment.user_base} is the host's, so the host and every other container with a Python of this"
        " version import what is installed there",
        hint=wording.install_in_new_environment(request, environment),
    )
