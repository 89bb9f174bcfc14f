"""Whose home it is: ``root-user``, ``foreign-user-base`` and ``container-home``, where it is the host's."""

from __future__ import annotations

from collections.abc import Iterator

from pip_userctl import wording
from pip_userctl.models import Environment, Request, Verdict
from pip_userctl.policy import Policy
from pip_userctl.rules import verdict

#: These mount the home of their host unless they are told not to.
SHARING = frozenset({"apptainer", "singularity", "charliecloud", "shifter", "enroot"})


def userctl_evaluate(request: Request, environment: Environment, policy: Policy) -> Iterator[Verdict]:
    """User installs by root where pip could really write into the user site, and those inside a container."""
    if request.scheme != "user":
        return
    if environment.euid == 0 and environment.kind != "isolated":  # never on Windows, which has no uid 0
        yield from _by_root(request, environment, policy)
    # Only where the user base is not part of the container's own root.
    if environment.container in SHARING and environment.user_base_mounted:
        yield verdict(
            policy,
            "container-home",
            what=f"a user install inside a container ({environment.container})",
            reason=f"{environment.user_base} is the host's, so the host and every other container with a Python of this"
            " version import what is installed there",
            hint=wording.install_in_new_environment(request, environment),
        )


def _by_root(request: Request, environment: Environment, policy: Policy) -> Iterator[Verdict]:
    hint = wording.install_in_new_environment(request, environment)
    yield verdict(
        policy,
        "root-user",
        what="a user install by root",
        reason=f"root's own user site {environment.user_site} serves root alone,"
        " and hides the system's packages from it",
        hint=hint,
    )
    owner = environment.user_base_owner
    if owner not in (None, 0):
        yield verdict(
            policy,
            "foreign-user-base",
            what="a user install by root into another account's home",
            reason=f"the user base {environment.user_base} belongs to uid {owner}, whose pip could not change or remove"
            " root's files there",
            hint=hint,
        )
