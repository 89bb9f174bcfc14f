"""What ``locked`` and ``agent-profile`` make of a policy, values that others can only make stricter; and whose lock counts."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pip_userctl import environment
from pip_userctl.config import ConfigFile, obstacle
from pip_userctl.keys import PROFILES, PolicyKey, Value, merge
from pip_userctl.mistakes import Mistake, find_line, lines, with_line
from pip_userctl.models import SECTION, STRICTNESS, Source

#: Others may add to these under ``locked``.
_ADDED = ("protect-packages", "audit-log")


def _order(key: PolicyKey) -> tuple[str, ...]:
    """The values of a key from the mildest to the strictest; empty if they have no order."""
    if key.kind == "action":
        return STRICTNESS
    return {"profile": PROFILES, "on-error": ("warn", "refuse")}.get(key.name, ())


def _said(key: PolicyKey, given: Mapping[str, Value]) -> Value | None:
    """What a place says of a key: by itself, or by its profile."""
    value, profile = given.get(key.name), given.get("profile")
    if value is not None and value.value is not None:
        return value
    if key.kind != "action" or profile is None or profile.value is None:
        return None
    return Value(key.default(profile.value), profile.source._replace(kind="profile"), profile.rank)


def _value(key: PolicyKey, given: Mapping[str, Value]) -> Any:
    """What a key is, by itself or by the profile."""
    if key.name in given:
        return given[key.name].value
    return key.default(given["profile"].value if "profile" in given else PROFILES[1])


def with_floor(
    keys: Mapping[str, PolicyKey], theirs: Sequence[Mapping[str, Value]], others: Mapping[str, Value]
) -> tuple[dict[str, Value], tuple[str, ...]]:
    """What administrators say as a floor, with what others make stricter or add; and what of theirs is ignored.

    Args:
        theirs: what each administrator file says.
        others: what everything else adds up to.
    """
    floor, default = merge(theirs), Source("default")
    for name, key in keys.items():
        order = _order(key)
        values = [value for given in theirs for value in [_said(key, given)] if value is not None]
        if order and values:
            floor[name] = max(values, key=lambda value: order.index(value.value))
        elif key.kind == "action":  # which a stricter profile of others must not change
            floor[name] = Value(key.default(PROFILES[1]), default)
    floor.setdefault("override", Value("deny", default))
    is_audit = _value(keys["profile"], floor) == "audit"
    floor.setdefault("on-error", Value("warn" if is_audit else "refuse", default))
    given, ignored = dict(floor), []
    for name, key in keys.items():
        asked, order, least = _said(key, others), _order(key), _value(key, floor)
        if asked is None:
            continue
        if order and order.index(asked.value) > order.index(least):
            given[name] = asked
        elif name in _ADDED:
            given[name] = asked._replace(value=tuple(dict.fromkeys((*least, *asked.value))))
        elif name in others and asked.value != least:
            source = with_line(asked.source, name)
            ignored.append(f"{name} ({source.name or f'{source.path}:{source.line}'})")
    return given, tuple(ignored)


def with_agent_profile(
    given: Mapping[str, Value], keys: Mapping[str, PolicyKey], binding: Collection[str] | None
) -> dict[str, Value]:
    """What is given for a coding agent: each rule has the stricter of its action and that of ``agent-profile``.

    A rule's key that is set by itself, in the same or a stronger place, stays.

    Args:
        binding: of a locked policy, the administrator files: only what they set stays.
    """
    profile = given["agent-profile"]
    source = profile.source._replace(kind="profile", name=profile.source.name or "agent-profile")
    made = dict(given)
    for name, key in keys.items():
        own = given.get(name)
        outright = own is not None and own.source.kind not in ("default", "profile") and own.rank >= profile.rank
        if key.kind != "action" or (outright and own and (binding is None or own.source.path in binding)):
            continue
        agents = key.default(profile.value)
        if STRICTNESS.index(agents) > STRICTNESS.index(_value(key, given)):
            made[name] = Value(agents, source, profile.rank)
    return made


def refused_claim(file: ConfigFile) -> Mistake:
    """A file that says ``locked = yes`` and could be changed by this account, or is none of an administrator."""
    found = None
    if (file.kind, file.path) in environment.administrator_places():
        found = obstacle(file.path, *environment.uids())
    why = "this is Windows" if file.administrator else "it is not an administrator file"
    if found:
        why = f"{found.path} {found.reason}; mend it with: {found.command}"
    line = find_line(file.path, SECTION, "locked")
    return Mistake(file.path, line, f"locked does not count here: {why}", fatal=False)


def lock_is_claimed() -> bool:
    """Whether an administrator file says ``locked = yes``, by its text alone: for when the policy cannot be read."""
    uids = environment.uids()
    for _, path in environment.administrator_places():
        claims = re.search(r"(?im)^locked\s*[=:]\s*(y|yes|t|true|on|1)\s*$", "\n".join(lines(path)))
        if claims and not environment.WINDOWS and obstacle(path, *uids) is None:
            return True
    return False
