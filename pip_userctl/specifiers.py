"""Requirement specifiers, as the lists of packages in a policy have them; imported only where there is such a list."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from typing import Any

from pip_userctl._pip.requirements import requirement_class
from pip_userctl.models import canonical


@lru_cache(1 << 14)  # reading a long log parses the same few again and again
def parse_requirement(text: str):  # type: ignore[no-untyped-def]
    """Parse a requirement specifier, on every pip as PEP 508 and PEP 440 have it.

    Raises:
        ValueError: if it is not valid; vendored packaging before pip 23.1 accepts versions such as ``<2.x``.
    """
    try:
        found = requirement_class()(text)
    except RecursionError:  # a marker of a thousand brackets
        raise ValueError(text) from None
    if any(type(each).__name__ == "LegacySpecifier" for each in found.specifier):
        raise ValueError(text)
    return found


def matching(name: str, version: str | None, entries: Iterable[str]) -> str | None:
    """The entry that this distribution matches; one with a version part never matches an unknown version."""
    for entry, specifier in _by_name(tuple(entries)).get(canonical(name), ()):
        with suppress(ValueError):  # ``demo===weird``, which PEP 440 does not order
            if not specifier or (version is not None and specifier.contains(version, prereleases=True)):
                return entry
    return None


@lru_cache(16)
def _by_name(entries: tuple[str, ...]) -> dict[str, list[tuple[str, Any]]]:
    """The entries of a list, each with its specifier, by the distribution's name."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for entry in entries:
        requirement = parse_requirement(entry)
        found.setdefault(canonical(requirement.name), []).append((entry, requirement.specifier))
    return found
