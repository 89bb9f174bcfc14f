"""``root-user`` and ``foreign-user-base``: user installs by root."""

from __future__ import annotations

from collections.abc import Iterator

from pip_userctl import wording
from pip_userctl.hookspecs import hookimpl
from pip_userctl.models import Environment, Request, Verdict
from pip_userctl.policy import Policy
from pip_userctl.rules._verdict import verdict


@hookimpl
def userctl_evaluate(request: Request, environment: Environment, policy: Policy) -> Iterator[Verdict]:
    """Judged where pip could really write into the user site; never on Windows, which has no uid 0."""
    if request.scheme != "user" or environment.kind == "isolated" or environment.euid != 0:
        return
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
