"""``protected-package``: what ``protect-packages`` names never enters the user site, as a dependency either."""

from __future__ import annotations

from pip_userctl import wording
from pip_userctl.distributions import canonical
from pip_userctl.models import Asked, Distribution, Environment, Request, Verdict
from pip_userctl.policy import Policy
from pip_userctl.rules import verdict
from pip_userctl.rules.options import is_user_site

#: The situations that may still come up once pip has resolved.
RESOLVED = ("protected-package",)
_ASKED = "was asked for"


def userctl_evaluate(request: Request, environment: Environment, policy: Policy) -> Verdict | None:
    """What was asked for by name is refused before anything is downloaded."""
    if not _applies(request, environment, policy):
        return None
    names = [each.name for each in request.asked if each and _is_protected(each, policy)]
    return _verdict(names, _ASKED, request, environment, policy)


def userctl_evaluate_distributions(
    request: Request, environment: Environment, policy: Policy, distributions: tuple[Distribution, ...]
) -> Verdict | None:
    """The rest once pip has resolved; what the first phase has judged is not judged again."""
    if not _applies(request, environment, policy):
        return None
    judged = {each.name for each in request.asked if each and _is_protected(each, policy)}
    found = [each for each in distributions if canonical(each.name) not in judged and _is_protected(each, policy)]
    how = _ASKED if all(each.requested for each in found) else "would come along as a dependency"
    return _verdict([each.name for each in found], how, request, environment, policy)


def _applies(request: Request, environment: Environment, policy: Policy) -> bool:
    if not policy.value("protect-packages"):
        return False
    if request.scheme == "user":
        return environment.kind != "isolated"  # where pip itself refuses
    return is_user_site(request.destination, environment)


def _is_protected(named: Asked | Distribution, policy: Policy) -> bool:
    from pip_userctl.lists import protected  # most policies have no list

    return protected(named.name, named.version, policy) is not None


def _verdict(names: list[str], how: str, request: Request, environment: Environment, policy: Policy) -> Verdict | None:
    if not names:
        return None
    listed = ", ".join(dict.fromkeys(names))
    place = wording.setting(policy.source("protect-packages"))
    return verdict(
        policy,
        "protected-package",
        what=f"{listed} in the user site",
        reason=f"{listed} {how}, and protect-packages ({place}) keeps it out of {environment.user_site}",
        hint=wording.install_in_new_environment(request, environment),
    )
