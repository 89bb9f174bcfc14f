"""Rules about whose home a user install goes to: ``root-user``, ``foreign-user-base``, ``container-home``."""

from __future__ import annotations

import os
from collections.abc import Iterator

from pip_userctl.environment import owner_name
from pip_userctl.models import Environment, Request, Verdict
from pip_userctl.policy import Policy
from pip_userctl.rules import verdict

#: These mount the home of their host unless they are told not to.
_SHARING = ("apptainer", "singularity", "charliecloud", "shifter", "enroot")


def userctl_evaluate(request: Request, environment: Environment, policy: Policy) -> Iterator[Verdict]:
    """Judge user installs by root, and those inside a container whose home is its host's."""
    if request.scheme != "user" or environment.kind == "isolated":  # where pip refuses by itself
        return
    if environment.euid == 0:  # never on Windows
        owner, base, default = environment.user_base_owner, environment.user_base, environment.default_user_base
        if owner:
            nobody = environment._replace(home="")  # "~" would be somebody else's
            yield verdict("foreign-user-base", request, nobody, policy, owner=owner_name(owner))
        elif request.root_user_action != "ignore" and os.path.realpath(base) == os.path.realpath(default):
            yield verdict("root-user", request, environment, policy)
    if environment.container in _SHARING and environment.user_base_mounted:
        yield verdict("container-home", request, environment, policy)
