"""``hidden-user-site``: what ``--user`` installs, this interpreter could not import."""

from __future__ import annotations

from pip_userctl import wording
from pip_userctl.hookspecs import hookimpl
from pip_userctl.models import Environment, Request, Verdict
from pip_userctl.policy import Policy
from pip_userctl.rules._verdict import verdict


@hookimpl
def userctl_evaluate(request: Request, environment: Environment, policy: Policy) -> Verdict | None:
    """Typed wishes only: a configured one is the grid's ``hidden-user-site-configured``."""
    if request.origin.kind != "typed" or environment.kind == "isolated" or environment.user_site_enabled:
        return None
    return verdict(
        policy,
        "hidden-user-site",
        what="--user where this interpreter could not import the result",
        reason=f"the user site {environment.user_site} is not on sys.path: {environment.user_site_reason}",
        hint=wording.install_in_new_environment(request, environment),
    )
