"""What follows from a decision: lines in pip's log, or the exception that stops pip."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence

from pip_userctl import wording
from pip_userctl.decision import NEVER_OVERRIDDEN, Decision, Outcome, one_a_situation
from pip_userctl.distributions import copies_of, recorded
from pip_userctl.errors import Report
from pip_userctl.models import Destination, Distribution, Failure, Verdict
from pip_userctl.on_error import (
    failure_report,
    failure_warning,
    is_repair,
    loosening_warning,
    policy_report,
    policy_warning,
)
from pip_userctl.policy import Policy

logger = logging.getLogger("pip_userctl")
#: pip's level between DEBUG and INFO, shown with ``-v``.
VERBOSE = 15
#: The attribute that tells a refusal of ours from pip's own errors.
MARK = "userctl_reference"
_OVERRIDE = 'or, with a reason that is recorded: PIP_USERCTL_REASON="..." in front of the same command'


def announce(decision: Decision, previous: Decision | None = None) -> list[str]:
    """Print what the previous decision did not say; gives the warnings. Raises pip's exception where pip must stop."""
    said = () if previous is None else one_a_situation(previous.verdicts)
    verdicts = [verdict for verdict in one_a_situation(decision.verdicts) if verdict not in said]
    warnings = _print_verdicts(verdicts, decision.policy)
    fault = stopped_by_faults(decision, previous)
    if fault is not None:
        raise _refused(fault)
    if previous is None:
        _announce_policy(decision)
    warn_of(_new_failures(decision, previous))
    refused = [verdict for verdict in verdicts if verdict.action == "refuse"]
    if refused:
        raise _refused(_refusal(refused, decision.policy))
    return warnings


def _refused(report: Report) -> Exception:
    from pip_userctl._pip.diagnostics import refusal  # most installs are not refused

    return refusal(report)


def stopped_by_faults(decision: Decision, previous: Decision | None = None) -> Report | None:
    """The refusal under ``on-error = refuse``, for mistakes in the policy or for what failed; None where pip goes on."""
    policy = decision.policy
    only_reported = decision.request.dry_run and decision.request.report  # pip does not stop those either
    if policy.text("on-error") != "refuse" or is_repair(decision.request) or only_reported:
        return None
    if any(problem.fatal for problem in policy.problems):
        return policy_report(policy.problems, wording.userctl("check", decision.environment))
    failures = _new_failures(decision, previous)
    return failure_report(failures) if failures else None


def _new_failures(decision: Decision, previous: Decision | None) -> tuple[Failure, ...]:
    return decision.failures[0 if previous is None else len(previous.failures) :]


def warn_of(failures: Sequence[Failure]) -> None:
    """One warning for failures that stop nothing."""
    if failures:
        logger.warning("%s", failure_warning(failures))


def repeat(warnings: Sequence[str], outcome: Outcome | None) -> None:
    """The closing lines: each warning once more, and where a user install that somebody was warned of went."""
    for line in warnings:
        logger.warning("%s", line)
    if outcome is None or outcome.result != "installed" or outcome.decision.request.scheme != "user":
        return
    destination = outcome.decision.request.destination
    if outcome.decision.verdict == "allow" or destination is None or not outcome.distributions:
        return
    logger.log(
        _quiet(outcome.decision.policy),
        "%s",
        wording.whereabouts(
            outcome.distributions,
            destination,
            outcome.decision.environment,
            commands=_have_commands(outcome.distributions, destination),
        ),
    )


def _have_commands(installed: Sequence[Distribution], destination: Destination) -> bool:
    """Whether one of them has put something into the scripts directory."""
    copies = copies_of((each.name for each in installed), (destination.purelib,))
    files = (path for found in copies.values() for copy in found for path in recorded(copy) or ())
    return any(os.path.dirname(path) == destination.scripts for path in files)


def _print_verdicts(verdicts: Sequence[Verdict], policy: Policy) -> list[str]:
    warnings = []
    for verdict in verdicts:
        if verdict.action in ("allow", "refuse"):
            continue
        line = wording.line(wording.report(verdict, policy), verdict.action)
        if verdict.action == "warn":
            logger.warning("%s", line)
            warnings.append(line)
        else:
            logger.log(_quiet(policy), "%s", line)
    return warnings


def _quiet(policy: Policy) -> int:
    """The level of what is only to be seen by those who look: under ``audit`` it takes a ``-v``."""
    return VERBOSE if policy.profile == "audit" else logging.INFO


def _announce_policy(decision: Decision) -> None:
    policy = decision.policy
    if policy.loosening:
        logger.warning("%s", loosening_warning(policy.loosening))
    if policy.problems:
        logger.warning("%s", policy_warning(policy.problems, wording.userctl("check", decision.environment)))


def _refusal(refused: Sequence[Verdict], policy: Policy) -> Report:
    report = wording.combined([wording.report(verdict, policy) for verdict in refused])
    helps = policy.value("override") == "allow" and not any(each.name in NEVER_OVERRIDDEN for each in refused)
    if helps:
        report = report._replace(hint=f"{report.hint}\n{_OVERRIDE}" if report.hint else _OVERRIDE)
    return report
