"""The story of one judgement: facts, policy, wish, hooks, decision.

pip's own run and ``pip-userctl explain`` both go through here; only what they do with the decision differs.
"""

from __future__ import annotations

from typing import Callable, Iterable, Mapping, NamedTuple

from pip_userctl.decision import cell, combine, drop
from pip_userctl.models import ACTIONS, IGNORE, Decision, Environment, Failure, Request, Source, Verdict
from pip_userctl.plugins import OWN_NAME, Answer, Plugins, describe
from pip_userctl.policy import ConfigFile, Policy, Setting, resolve
from pip_userctl.rules.grid import judge

#: Asks pip where it would install, once the wish has been dropped; gives the request with the answer.
Reconsider = Callable[[Request], Request]


class Session(NamedTuple):
    """What stays the same during one run of pip."""

    environment: Environment
    policy: Policy
    plugins: Plugins


def start(
    environment: Environment,
    files: Iterable[ConfigFile],
    variables: Mapping[str, Setting],
    search_path: Iterable[str],
) -> Session:
    """Read the policy and load the plugins. Two steps, because plugins add keys and a key names the plugins."""
    files = tuple(files)
    policy = resolve(files, variables, plugins_loaded=False)
    plugins = Plugins()
    if policy.enabled:
        plugins.timeout = float(policy.text("plugin-timeout"))
        plugins.load(policy.value("plugins"), search_path)  # type: ignore[arg-type]
        policy = resolve(files, variables, plugins.keys)
    return Session(environment, policy, plugins)


def settle(request: Request, session: Session) -> tuple[Request, tuple[Verdict, ...]]:
    """The wish first: a configured one whose key says ``ignore`` is dropped, with the verdict that says so."""
    if request.origin.kind != "configured":
        return request, ()
    name = cell(request, session.environment)
    if name is None or session.policy.value(name) != IGNORE:
        return request, ()
    verdict = judge(name, request, session.environment, session.policy)
    return drop(request), (verdict._replace(plugin=OWN_NAME),)


def evaluate(request: Request, settled: tuple[Verdict, ...], session: Session, reconsider: Reconsider) -> Decision:
    """Everything else, about what remains of the wish."""
    verdicts = _collect(request, session)
    ignored = tuple(verdict for verdict in verdicts if verdict.action == IGNORE)
    if ignored and not any(verdict.action == "refuse" for verdict in verdicts):
        settled += ignored
        request = reconsider(drop(request))
        verdicts = _collect(request, session)
    remaining = [verdict for verdict in verdicts if verdict.action != IGNORE]
    return combine([*settled, *remaining], session.plugins.failures, request, session.environment)


def _collect(request: Request, session: Session) -> list[Verdict]:
    session.plugins.failures = [each for each in session.plugins.failures if each.part == "plugin"]
    answers = session.plugins.ask(
        "userctl_evaluate", request=request, environment=session.environment, policy=session.policy
    )
    verdicts = []
    for answer in answers:
        try:
            verdicts.append(_checked(answer, request))
        except (TypeError, ValueError) as error:
            session.plugins.failures.append(Failure("rule", answer.plugin, describe(error)))
    return verdicts


def _checked(answer: Answer, request: Request) -> Verdict:
    verdict = answer.value
    if not isinstance(verdict, Verdict):
        raise TypeError(f"returned {verdict!r}, which is no Verdict")
    texts = (verdict.name, verdict.action, verdict.reason, verdict.what, verdict.hint)
    if not all(isinstance(text, str) for text in texts) or not isinstance(verdict.source, (Source, type(None))):
        raise TypeError(f"{verdict!r} has something else than text, or a source that is no Source")
    if not verdict.name:
        raise ValueError(f"{verdict!r} names no situation")
    if verdict.action == IGNORE and request.origin.kind != "configured":
        raise ValueError(f"{verdict.name}: only a configured wish can be ignored, this one is {request.origin.kind}")
    if verdict.action != IGNORE and verdict.action not in ACTIONS:
        raise ValueError(f"{verdict.name}: {verdict.action!r} is no action; valid: {', '.join(ACTIONS)}, {IGNORE}")
    own = answer.plugin.partition(".")[0] == OWN_NAME
    return verdict._replace(plugin=OWN_NAME if own else answer.plugin)
