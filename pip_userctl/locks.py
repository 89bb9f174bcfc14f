"""What ``locked`` and ``agent-profile`` make of a policy: values that others can only make stricter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pip_userctl.keys import PROFILES, PolicyKey
from pip_userctl.models import STRICTNESS, Source
from pip_userctl.policy import Policy, Value, merge, with_line

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


def with_floor(policy: Policy, theirs: Sequence[Mapping[str, Value]], others: Mapping[str, Value]) -> Policy:
    """What administrators say as a floor, with what others make stricter or add; the rest of theirs is ignored.

    Args:
        theirs: what each administrator file says.
        others: what everything else adds up to.
    """
    floor, default = merge(theirs), Source("default")
    for name, key in policy.keys.items():
        order = _order(key)
        values = [value for given in theirs for value in [_said(key, given)] if value is not None]
        if order and values:
            floor[name] = max(values, key=lambda value: order.index(value.value))
        elif key.kind == "action":  # which a stricter profile of others must not change
            floor[name] = Value(key.default(PROFILES[1]), default)
    least = Policy(floor, policy.keys)
    floor.setdefault("override", Value("deny", default))
    floor.setdefault("on-error", Value("warn" if least.profile == "audit" else "refuse", default))
    given, ignored = dict(floor), []
    for name, key in policy.keys.items():
        asked, order = _said(key, others), _order(key)
        if asked is None:
            continue
        if order and order.index(asked.value) > order.index(least.text(name)):
            given[name] = asked
        elif name in _ADDED:
            given[name] = asked._replace(value=tuple(dict.fromkeys((*least.items(name), *asked.value))))
        elif name in others and asked.value != least.value(name):
            source = with_line(asked.source, name)
            ignored.append(f"{name} ({source.name or f'{source.path}:{source.line}'})")
    return policy._replace(given=given, ignored=tuple(ignored))


def with_agent_profile(policy: Policy, profile: Value) -> Policy:
    """The policy for a coding agent: each rule has the stricter of its action and that of ``agent-profile``."""
    source = profile.source._replace(kind="profile", name=profile.source.name or "agent-profile")
    given = dict(policy.given)
    for name, key in policy.keys.items():
        own = policy.given.get(name)
        if key.kind != "action" or (own is not None and _is_outright(own, profile, policy)):
            continue
        agents = Value(key.default(profile.value), source, profile.rank)
        if STRICTNESS.index(agents.value) > STRICTNESS.index(policy.text(name)):
            given[name] = agents
    return policy._replace(given=given)


def _is_outright(own: Value, profile: Value, policy: Policy) -> bool:
    """Whether a rule's key is set by itself, in the same or a stronger place; under ``locked`` by an administrator."""
    if own.source.kind in ("default", "profile") or own.rank < profile.rank:
        return False
    return not policy.locked or own.source.path in policy.administrator_files
