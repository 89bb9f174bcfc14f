"""The table of environments and origins: exactly one of its rules applies to a user install."""

from __future__ import annotations

from collections.abc import Iterator

from pip_userctl.models import IGNORE, Environment, Request, Verdict
from pip_userctl.policy import Policy
from pip_userctl.rules import verdict


def userctl_evaluate(request: Request, environment: Environment, policy: Policy) -> Iterator[Verdict]:
    """Judge the user install by the table, and a typed one whose result could not be imported."""
    found = judge(request, environment, policy)
    if found is not None:
        yield found
    # A configured setting has a rule of its own for this.
    if environment.kind != "isolated" and environment.user_site_hidden and request.user_install == "typed":
        yield verdict("hidden-user-site", request, environment, policy)


def judge(request: Request, environment: Environment, policy: Policy) -> Verdict | None:
    """The verdict of the one rule that applies; None if this is not a user install."""
    origin = request.user_install
    if origin == "none":
        return None
    if origin == "configured" and (request.target or request.prefix):
        from pip_userctl.messages import is_typed

        name = "target" if request.target else "prefix"
        option = f"--{name}" if is_typed(f"--{name}", request) else f"PIP_{name.upper()} or its setting"
        return verdict("location-configured", request, environment, policy, option=option)
    if origin == "configured" and environment.kind != "isolated" and environment.user_site_hidden:
        rule = "hidden-user-site-configured"
        # Without the setting pip could not write anywhere, or would fall back to what nobody imports.
        must_refuse = request.unwritable is not None and policy.action(rule) == IGNORE
        return verdict(rule, request, environment, policy, action="refuse" if must_refuse else "")
    return verdict(f"{environment.kind}-{origin}", request, environment, policy)
