"""``shadowing`` and ``shadowing-other``: which copy of a distribution wins once pip is done.

The order is that of ``sys.path``: PYTHONPATH before all, an environment before the user site, the user site before the
system. What pip replaces, in place or elsewhere, hides nothing and is hidden by nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from pip_userctl import wording
from pip_userctl.distributions import Copy, canonical, copies_of, directories, editable_source, identity, import_names
from pip_userctl.frozen import Frozen
from pip_userctl.models import Distribution, Environment, Request, Verdict
from pip_userctl.policy import Policy
from pip_userctl.rules import verdict

#: The situations that may still come up once pip has resolved.
RESOLVED = ("shadowing", "shadowing-other")


class Hiding(Frozen):
    """One copy hides another. new_wins: whether the one that pip is about to install is the winner."""

    distribution: Distribution
    other: Copy
    new_wins: bool


def userctl_evaluate_distributions(
    request: Request, environment: Environment, policy: Policy, distributions: tuple[Distribution, ...]
) -> Iterator[Verdict]:
    """One verdict a situation, whatever the number of distributions; none where the key says ``allow``."""
    wanted = [name for name in RESOLVED if policy.text(name) != "allow"]
    if not wanted or request.root or not distributions:
        return
    found = hidings(distributions, environment)
    by_user_site = [each for each in found if _concerns_user_site(each, request, environment)]
    others = [each for each in found if each not in by_user_site]
    for name, among in zip(RESOLVED, (by_user_site, others)):
        if among and name in wanted:
            yield verdict(
                policy,
                name,
                what=_what(among),
                reason="; ".join(_sentence(each) for each in among) + _consequence(among, request, environment),
                hint=wording.install_in_new_environment(request, environment),
            )


def hidings(distributions: tuple[Distribution, ...], environment: Environment) -> list[Hiding]:
    """What will hide what, the winner's neighbour first."""
    known = directories(environment.search_path)
    entries = list(known.values())
    written = {each for distribution in distributions for each in (distribution.location, distribution.replaced_in)}
    entry_of = {each: known.get(identity(each)) for each in written if each}
    all_copies = copies_of((each.name for each in distributions), entries)
    found = []
    for each in distributions:
        place = entry_of.get(each.location)
        if place is None:
            continue  # --target and --prefix outside sys.path: this interpreter sees neither
        replaced = (place, entry_of.get(each.replaced_in or ""))
        for copy in all_copies[canonical(each.name)]:
            if copy.path not in replaced:
                found.append(Hiding(each, copy, entries.index(place) < entries.index(copy.path)))
    return found


def _concerns_user_site(hiding: Hiding, request: Request, environment: Environment) -> bool:
    """A user install that wins, or any install that loses against the user site."""
    if hiding.new_wins:
        return request.scheme == "user"
    return identity(hiding.other.path) == identity(environment.user_site)


def _what(among: list[Hiding]) -> str:
    names = ", ".join(dict.fromkeys(each.distribution.name for each in among))
    return f"two copies of {names}"


def _sentence(hiding: Hiding) -> str:
    new, old = hiding.distribution, hiding.other
    installed = f"{new.name} {new.version} in {new.location}"
    source = editable_source(old)
    kind = f" (editable, {wording.redact(source)})" if source else ""
    other = f"{old.name} {old.version} in {old.path}{kind}"
    names = sorted(import_names(old) - {canonical(old.name).replace("-", "_")})
    imported = f" (import {', '.join(names)})" if names else ""
    if hiding.new_wins:
        return f"{installed} will hide {other}{imported}"
    return f"{installed} will be hidden by {other}{imported}"


def _consequence(among: list[Hiding], request: Request, environment: Environment) -> str:
    if request.scheme != "user" or not any(each.new_wins for each in among):
        return ""
    python = "Python {}.{}".format(*environment.python.split("."))
    return (
        f"; command-line tools of {environment.base_prefix} and all other environments of {python} that see the user site"
        " will import the new copy too"
    )
