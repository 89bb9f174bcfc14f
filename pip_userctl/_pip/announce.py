"""What follows from a decision: lines in pip's log, or the exception that stops pip."""

from __future__ import annotations

import logging

from pip_userctl import wording
from pip_userctl._pip import diagnostics
from pip_userctl._pip.diagnostics import VERBOSE, logger
from pip_userctl.decision import one_a_situation
from pip_userctl.errors import Report
from pip_userctl.models import Decision
from pip_userctl.on_error import (
    failure_report,
    failure_warning,
    is_repair,
    loosening_warning,
    policy_report,
    policy_warning,
)
from pip_userctl.policy import Policy


def announce(decision: Decision, policy: Policy) -> list[str]:
    """Print the decision; the warnings are returned, to be said once more. Raises pip's exception where pip must stop."""
    warnings = []
    quiet = VERBOSE if policy.profile == "audit" else logging.INFO
    verdicts = one_a_situation(decision.verdicts)
    for verdict in verdicts:
        if verdict.action in ("allow", "refuse"):
            continue
        line = wording.line(wording.report(verdict, policy), verdict.action)
        if verdict.action == "warn":
            logger.warning("%s", line)
            warnings.append(line)
        else:
            logger.log(quiet, "%s", line)
    _announce_failures(decision, policy)
    refused = [wording.report(verdict, policy) for verdict in verdicts if verdict.action == "refuse"]
    if refused:
        raise diagnostics.refusal(wording.combined(refused))
    return warnings


def stopped_by_faults(decision: Decision, policy: Policy) -> Report | None:
    """The refusal under ``on-error = refuse``, for mistakes in the policy or for what failed; None where pip goes on."""
    if policy.text("on-error") != "refuse" or is_repair(decision.request):
        return None
    if any(problem.fatal for problem in policy.problems):
        return policy_report(policy.problems, wording.userctl("check", decision.environment))
    return failure_report(decision.failures) if decision.failures else None


def _announce_failures(decision: Decision, policy: Policy) -> None:
    fault = stopped_by_faults(decision, policy)
    if fault is not None:
        raise diagnostics.refusal(fault)
    if policy.loosening:
        logger.warning("%s", loosening_warning(policy.loosening))
    if policy.problems:
        logger.warning("%s", policy_warning(policy.problems, wording.userctl("check", decision.environment)))
    if decision.failures:
        logger.warning("%s", failure_warning(decision.failures))
