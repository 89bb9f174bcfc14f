"""``allow-packages``, ``protect-packages`` and ``allow-user-base``: does it match?

``packaging`` is imported by the functions that need it: only a policy with such a key pays for it.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Sequence

from pip_userctl import environment as process
from pip_userctl.distributions import canonical
from pip_userctl.models import Asked, Environment, Request
from pip_userctl.policy import Policy


def matching(name: str, version: str | None, entries: Iterable[str]) -> str | None:
    """The entry that this distribution matches; one with a version part never matches an unknown version."""
    from packaging.requirements import Requirement

    for entry in entries:
        requirement = Requirement(entry)
        if canonical(requirement.name) != canonical(name):
            continue
        if not requirement.specifier:
            return entry
        if version is not None and requirement.specifier.contains(version, prereleases=True):
            return entry
    return None


def allowed_by(request: Request, environment: Environment, policy: Policy) -> str | None:
    """The key that lifts refusals for this request: what was asked for, or where it would go, matches it."""
    packages = _entries(policy, "allow-packages")
    if packages and _all_match(request.asked, packages):
        return "allow-packages"
    bases = _entries(policy, "allow-user-base")
    redirected = os.path.realpath(environment.user_base) != os.path.realpath(environment.default_user_base)
    if bases and redirected and any(_is_base(environment.user_base, each) for each in bases):
        return "allow-user-base"
    return None


def protected(name: str, version: str | None, policy: Policy) -> str | None:
    """The entry of ``protect-packages`` that the distribution matches."""
    entries = _entries(policy, "protect-packages")
    return matching(name, version, entries) if entries else None


def _all_match(asked: Sequence[Asked | None], entries: Sequence[str]) -> bool:
    named = [each for each in asked if each is not None and not each.direct]
    return bool(asked) and named == list(asked) and all(matching(each.name, each.version, entries) for each in named)


def _is_base(user_base: str, pattern: str) -> bool:
    expanded = os.path.normpath(process.expand(pattern))
    return any(
        fnmatch.fnmatchcase(each, expanded) for each in {os.path.normpath(user_base), os.path.realpath(user_base)}
    )


def _entries(policy: Policy, name: str) -> tuple[str, ...]:
    value = policy.value(name)
    return value if isinstance(value, tuple) else ()
