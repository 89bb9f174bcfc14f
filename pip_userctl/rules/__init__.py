"""The built-in rules, one family a file, each an ordinary plugin; their texts are in ``texts``, their pages in ``pages``."""

from __future__ import annotations

from collections.abc import Sequence

from pip_userctl.models import Environment, Request, Verdict
from pip_userctl.policy import Policy


def verdict(
    rule: str,
    request: Request,
    environment: Environment,
    policy: Policy,
    action: str = "",
    **facts: str | Sequence[str],
) -> Verdict:
    """What the policy says about a rule that applies.

    Args:
        action: instead of the one that the policy has for the rule.
        facts: what fills the rule's texts and is known to the rule alone, as it is.
    """
    from pip_userctl.messages import describe  # to most installs no rule applies

    action = action or policy.action(rule)
    what, why, hint = describe(rule, action, request, environment, facts)
    return Verdict(rule, action, why, what, hint, policy.source(rule), "pip_userctl")
