"""What follows from a decision: lines in pip's log, or the exception that stops pip."""

from __future__ import annotations

import logging
from typing import Sequence

from pip_userctl import wording
from pip_userctl._pip import diagnostics
from pip_userctl._pip.diagnostics import VERBOSE, logger
from pip_userctl.errors import Problem
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
    for verdict in decision.verdicts:
        if verdict.action in ("allow", "refuse"):
            continue
        line = wording.line(wording.report(verdict, policy), verdict.action)
        if verdict.action == "warn":
            logger.warning("%s", line)
            warnings.append(line)
        else:
            logger.log(quiet, "%s", line)
    _announce_failures(decision, policy)
    refused = [wording.report(verdict, policy) for verdict in decision.verdicts if verdict.action == "refuse"]
    if refused:
        raise diagnostics.refusal(wording.combined(refused))
    return warnings


def _announce_failures(decision: Decision, policy: Policy) -> None:
    stops = policy.text("on-error") == "refuse" and not is_repair(decision.request)
    problems: Sequence[Problem] = policy.problems
    check = wording.userctl("check", decision.environment)
    if stops and any(problem.fatal for problem in problems):
        raise diagnostics.refusal(policy_report(problems, check))
    if stops and decision.failures:
        raise diagnostics.refusal(failure_report(decision.failures))
    if policy.loosening:
        logger.warning("%s", loosening_warning(policy.loosening))
    if problems:
        logger.warning("%s", policy_warning(problems, check))
    if decision.failures:
        logger.warning("%s", failure_warning(decision.failures))
