"""Rules about distributions: ``protected-package``, and ``shadowing`` once pip has resolved.

The order is that of ``sys.path``: the first installed distribution of a name is the one that is imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pip_userctl.installed import (
    InstalledDistribution,
    display_name,
    editable_source,
    find_installed,
    same_directory_key,
    unique_directories,
)
from pip_userctl.models import Distribution, Environment, Request, Verdict, canonical
from pip_userctl.policy import Policy
from pip_userctl.rules import verdict
from pip_userctl.rules.locations import user_site_of

#: The rules that may still apply once pip has resolved.
RESOLVED = ("shadowing", "protected-package")
Pair = tuple[Distribution, InstalledDistribution]


def userctl_evaluate(request: Request, environment: Environment, policy: Policy) -> Iterator[Verdict]:
    """Judge what is asked for by name before anything is downloaded."""
    names = _protected(request, environment, policy)
    if names:
        yield verdict("protected-package", request, environment, policy, names=names, text="asked for")


def userctl_evaluate_distributions(
    request: Request, environment: Environment, policy: Policy, distributions: tuple[Distribution, ...]
) -> Iterator[Verdict]:
    """Judge the resolved set; what was judged by name is not judged again."""
    judged = _protected(request, environment, policy)
    if judged is not None:
        found = [each for each in distributions if canonical(each.name) not in judged]
        found = [each for each in found if policy.protects(each.name, each.version)]
        parent = next((each.parent for each in found if each.parent), None)
        how = f"comes with {parent}" if parent else "asked for"
        if found:
            names = [each.name for each in found]
            yield verdict("protected-package", request, environment, policy, names=names, text=how)
    if policy.action("shadowing") != "allow" and not request.root:
        hidden, hiding = find_shadowing(distributions, request, environment)
        if hidden or hiding:
            yield _shadowing(hidden, hiding, request, environment, policy)


def _protected(request: Request, environment: Environment, policy: Policy) -> list[str] | None:
    """The protected names that are asked for; None if nothing enters a user site."""
    if not policy.value("protect-packages"):
        return None
    if request.scheme == "user":
        enters = environment.kind != "isolated"  # where pip refuses by itself
    else:
        enters = user_site_of(request.destination, environment) is not None
    return (
        [each.name for each in request.requested if each and policy.protects(each.name, each.version)]
        if enters
        else None
    )


def find_shadowing(
    distributions: Sequence[Distribution], request: Request, environment: Environment
) -> tuple[list[Pair], list[Pair]]:
    """The distributions that another one will hide, and those of a user install that will newly hide another one.

    What pip replaces, in place or elsewhere, hides nothing and is hidden by nothing.
    """
    known = unique_directories(environment.search_path)
    entries = list(known.values())
    written = {each for one in distributions for each in (one.location, one.replaced_in)}
    entry_of = {each: known.get(same_directory_key(each)) for each in written if each}
    installed = find_installed((each.name for each in distributions), entries)
    hidden: list[Pair] = []
    hiding: list[Pair] = []
    for each in distributions:
        place = entry_of.get(each.location)
        if place is None:
            continue  # a destination outside sys.path
        replaced = (place, entry_of.get(each.replaced_in or ""))
        others = [
            one for one in installed[canonical(each.name)] if one.path not in replaced and not _is_source(one, each)
        ]
        before = [one for one in others if entries.index(one.path) < entries.index(place)]
        after = [one for one in others if entries.index(one.path) > entries.index(place)]
        if before:
            hidden.append((each, before[0]))
        elif after and request.scheme == "user" and not (each.replaced_in and entry_of.get(each.replaced_in) == place):
            hiding.append((each, after[0]))
    return hidden, hiding


def _is_source(other: InstalledDistribution, new: Distribution) -> bool:
    """Whether the installed one is the project that the request itself names: its metadata lies in its source tree."""
    return new.requested and other.metadata.endswith(".egg-info") and new.source == other.path


def _shadowing(
    hidden: Sequence[Pair], hiding: Sequence[Pair], request: Request, environment: Environment, policy: Policy
) -> Verdict:
    pairs = hidden or hiding
    _, first = pairs[0]
    source, user_site = editable_source(first), same_directory_key(environment.user_site)
    return verdict(
        "shadowing",
        request,
        environment,
        policy,
        names=[f"{new.name} {new.version}" for new, _ in pairs],
        what="will be hidden" if hidden else "will hide another copy",
        other=f"{display_name(first)} {first.version}",
        dir=first.path,
        editable=f" (editable, {source})" if source else "",
        text="comes first" if hidden else "comes after it",
        quarantine=[display_name(each) for _, each in hidden if same_directory_key(each.path) == user_site],
    )
