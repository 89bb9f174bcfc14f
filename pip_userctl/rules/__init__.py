"""The built-in rules: one family of situations a file, each an ordinary plugin.

A rule answers with what the policy's key for the situation says; the wording of a situation stands beside its rule.
"""

from __future__ import annotations

from pip_userctl.models import Verdict
from pip_userctl.policy import Policy


def verdict(policy: Policy, name: str, *, what: str, reason: str, hint: str) -> Verdict:
    """The policy's word on the situation, with its source."""
    return Verdict(name, policy.text(name), reason, what, hint, policy.source(name))
