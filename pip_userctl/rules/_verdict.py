"""The one step that all built-in rules share: from a situation to what the policy says about it."""

from __future__ import annotations

from pip_userctl.models import Verdict
from pip_userctl.policy import Policy


def verdict(policy: Policy, name: str, *, what: str, reason: str, hint: str) -> Verdict:
    """The policy's word on the situation, with its source."""
    return Verdict(name, policy.text(name), reason, what, hint, policy.source(name))
