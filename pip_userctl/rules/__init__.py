"""The built-in rules, one family a file; each file is an ordinary plugin, and the texts are in ``messages``."""

from __future__ import annotations

from pip_userctl.models import Environment, Request, Verdict
from pip_userctl.policy import Policy


def verdict(
    rule: str, request: Request, environment: Environment, policy: Policy, action: str = "", **facts: str
) -> Verdict:
    """What the policy says about a rule that applies.

    Args:
        action: instead of the one that the policy has for the rule.
        facts: what fills the rule's texts and is known to the rule alone, as it is.
    """
    from pip_userctl import messages  # to most installs no rule applies

    action = action or policy.action(rule)
    what, why = messages.describe(rule, action, request, environment, facts)
    made = Verdict(rule, action, why, what, source=policy.source(rule))
    if action not in ("warn", "refuse") or not messages.TEXTS[rule][2]:
        return made
    from pip_userctl import hints

    hint = hints.same_install if messages.TEXTS[rule][2] == "same" else hints.new_environment
    return made._replace(hint=hint(request, environment))
