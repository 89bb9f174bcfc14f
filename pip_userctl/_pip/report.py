"""What follows from a decision: lines in pip's log, or the exception that stops pip."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any

from pip_userctl import config, environment as process, messages
from pip_userctl._pip.request import configuration_files
from pip_userctl.hooks import Decision, Outcome
from pip_userctl.installed import display_name, find_installed
from pip_userctl.judge import NOT_OVERRIDDEN, Session, stops_on_error
from pip_userctl.keys import RULES
from pip_userctl.locks import lock_is_claimed
from pip_userctl.messages import Message
from pip_userctl.models import Failure, Request, Verdict, canonical
from pip_userctl.policy import Policy, resolve

logger = logging.getLogger("pip_userctl")
#: Verdicts with their effects, failures, and whether mistakes in the policy stop this install.
News = tuple[list[tuple[Verdict, str]], Sequence[Failure], bool]
#: pip's level between DEBUG and INFO, shown with ``-v``.
VERBOSE = 15


def tell(decision: Decision, previous: Decision | None, failed_observers: Sequence[Failure]) -> None:
    """Print what the previous decision did not say. Raises pip's exception if pip must stop."""
    policy, facts = decision.policy, decision.environment
    news = _news(decision, previous)
    verdicts, failures, is_mistaken = news
    message = stop_message(decision, news)
    refused, goes_on = any(effect == "refuse" for _, effect in verdicts), message is None
    _print_verdicts(verdicts, decision, with_hint=goes_on)
    if previous is None:
        if policy.ignored:
            logger.warning("%s", messages.ignored_line(policy, facts))
        if policy.mistakes and not is_mistaken:
            logger.warning("%s", messages.mistakes_line(policy.mistakes, facts))
        if refused and decision.reason and policy.value("override") == "deny":
            place = policy.source("override")
            where = "" if place.kind == "default" else f" [{messages.describe_source(place, facts)}]"
            logger.warning("userctl-override: PIP_USERCTL_REASON does not count here: override = deny%s", where)
    if failed_observers:
        warn_of_failures(failed_observers, goes_on=goes_on)
    if failures and (refused or goes_on):
        warn_of_failures(failures, goes_on=goes_on)
    if message is not None:
        raise refusal(message)


def stop_message(decision: Decision, news: News | None = None) -> Message | None:
    """What stops pip: refusals, else mistakes or failures; None if pip goes on. news: by default all of the decision."""
    verdicts, failures, is_mistaken = news or _news(decision, None)
    refused = [verdict for verdict, effect in verdicts if effect == "refuse"]
    policy, facts = decision.policy, decision.environment
    if refused:
        first, offer = refused[0], []
        by_administrator = first.source is not None and first.source.path in policy.administrator_files
        allowed = policy.value("override") == "allow" and not facts.agent and not decision.reason
        if by_administrator and allowed and not any(each.name in NOT_OVERRIDDEN for each in refused):
            offer.append('PIP_USERCTL_REASON="..." in front of the command overrides this once, with a record')
        if first.name in RULES or (first.name in policy.keys and policy.keys[first.name].page):
            offer.append(f"{messages.userctl(facts)} rules {first.name}")
        return messages.refusal(refused, policy, facts, offer)
    if is_mistaken:
        return messages.mistakes_refusal(policy.mistakes, facts)
    if failures and stops_on_error(policy, decision.request):
        return messages.failure_refusal(failures)
    return None


def _news(decision: Decision, previous: Decision | None) -> News:
    """What the previous decision did not have.

    Of several verdicts of one rule the strictest, and the first of those.
    """
    said, failed = (previous.verdicts, len(previous.failures)) if previous else ((), 0)
    order = ("allow", "log", "ignore", "warn", "refuse")
    shown: dict[str, tuple[Verdict, str]] = {}
    for verdict in decision.verdicts:
        effect = verdict.effect
        if verdict in said:
            continue
        if verdict.name not in shown or order.index(effect) > order.index(shown[verdict.name][1]):
            shown[verdict.name] = verdict, effect
    fatal = previous is None and any(mistake.fatal for mistake in decision.policy.mistakes)
    is_mistaken = fatal and stops_on_error(decision.policy, decision.request)
    return list(shown.values()), decision.failures[failed:], is_mistaken


def refusal(message: Message) -> Exception:
    """The exception that makes pip stop with exit status 1 and print the message.

    Everything is handed over as ``Text``: pip's block reads str as markup, and would swallow ``[socks]``.
    """
    from pip._internal import exceptions

    diagnostic: Any = getattr(exceptions, "DiagnosticPipError", None)
    text = messages.plain(message)
    if diagnostic is None:  # pip < 22
        error = exceptions.InstallationError(text)
    else:
        from pip._vendor.rich.text import Text

        error = diagnostic(
            reference=message.reference,
            message=Text(message.what),
            context=Text(message.why) if message.why else None,
            note_stmt=Text(message.note) if message.note else None,
            hint_stmt=Text(message.hint) if message.hint else None,
        )
        error.args = (text.split("\n")[0],)  # for --log, and for tools that show no more than this
    error.userctl_message = message
    refused: Exception = error
    return refused


def warn_of_failures(failures: Sequence[Failure], *, goes_on: bool = True) -> None:
    """One warning for failures that do not stop pip by themselves."""
    text = messages.failure_line(failures)
    logger.warning("%s", text if goes_on else text.rpartition("; ")[0])


def tell_failure(failure: Failure, request: Request, session: Session | None) -> None:
    """Record a failure that stopped the judgement, then warn, or raise pip's exception under ``on-error = refuse``.

    Args:
        session: None if it could not be loaded.
    """
    policy = session.policy if session else None
    if policy is None:
        try:
            policy = resolve(config.load(configuration_files(), isolated=False))
        except Exception:  # what reads it is what failed
            pass
    if policy is None:
        stops = lock_is_claimed() and not request.is_repair
    else:
        stops = stops_on_error(policy, request)
        if policy.value("audit-log") or policy.value("syslog"):
            _record_failure(failure, request, policy, session)
    if stops:
        raise refusal(messages.failure_refusal([failure])) from None
    warn_of_failures([failure])


def _record_failure(failure: Failure, request: Request, policy: Policy, session: Session | None) -> None:
    id, facts = (session.id, session.environment) if session else (os.urandom(16).hex(), None)
    if session is None:
        try:
            import pip

            facts = process.detect(str(pip.__version__))
        except Exception:  # what failed may be this very thing
            pass
    try:
        from pip_userctl.records import Recorder, failure_record

        Recorder(policy).write(failure_record(id, [failure], request.arguments, facts))
    except Exception as error:  # a record that cannot be written costs a warning, not the install
        logger.warning("userctl-failure: observer pip_userctl.recorder raised %s", messages.foreign(str(error)))


def _print_verdicts(verdicts: Sequence[tuple[Verdict, str]], decision: Decision, *, with_hint: bool) -> None:
    policy, facts = decision.policy, decision.environment
    warned = [verdict for verdict, effect in verdicts if effect == "warn"]
    for verdict, effect in verdicts:
        if effect in ("log", "ignore"):
            # Under audit it takes a -v.
            level = VERBOSE if policy.profile == "audit" and effect == "log" else logging.INFO
            _inform(messages.line(verdict, policy, facts), level)
        elif effect == "warn":
            text = messages.line(verdict, policy, facts)
            if with_hint and verdict is warned[-1]:
                extra = (
                    ("note", messages.note(policy)),
                    ("hint", messages.escape(next((each.hint for each in warned if each.hint), ""))),
                )
                text += "".join(f"\n{messages.indented(f'{name}: ', each)}" for name, each in extra if each)
            logger.warning("%s", text)


def _inform(text: str, level: int = logging.INFO) -> None:
    """Print a line on standard output. A character that it cannot show would cost pip this line and all that follow."""
    encoding = process.output_encoding()
    logger.log(level, "%s", text.encode(encoding, "backslashreplace").decode(encoding))


def say_where(outcome: Outcome) -> None:
    """After a warning: where the distributions went."""
    decision = outcome.decision
    warned = dict.fromkeys(each.name for each in decision.verdicts if each.effect == "warn")
    location = outcome.distributions[0].location
    found = find_installed([each.name for each in outcome.distributions], [location])
    names = []
    for each in outcome.distributions:
        there = found[canonical(each.name)]
        names.append(f"{display_name(there[0]) if there else each.name} {each.version}")
    verb = "is" if len(names) == 1 else "are"
    where = messages.shorten(location, decision.environment)
    _inform(f"userctl: {messages.list_names(names)} {verb} in {where} ({', '.join(warned)})")
