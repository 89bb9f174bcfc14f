"""The story of one judgement: facts, policy, wish, hooks, decision, and later the resolved set and the outcome.

pip's own run and ``pip-userctl explain`` both go through here; only what they do with the decision differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pip_userctl import environment as process
from pip_userctl.decision import Decision, Leniency, Outcome, Run, cell, combine, drop
from pip_userctl.frozen import Frozen
from pip_userctl.models import ACTIONS, IGNORE, Distribution, Environment, Failure, Request, Source, Verdict
from pip_userctl.plugins import OWN_NAME, Answer, Plugins, describe
from pip_userctl.policy import ConfigFile, Policy, Setting, has_unknown_keys, resolve
from pip_userctl.rules.grid import judge

#: Asks pip where it would install, once the wish has been dropped; gives the request with the answer.
Reconsider = Callable[[Request], Request]


class Session(Frozen):
    """What stays the same during one run of pip."""

    environment: Environment
    policy: Policy
    plugins: Plugins
    run: Run


def start(
    environment: Environment,
    files: Iterable[ConfigFile],
    variables: Mapping[str, Setting],
    search_path: Iterable[str],
    pip: str,
) -> Session:
    """Read the policy and load the plugins. Two steps, because plugins add keys and a key names the plugins."""
    files = tuple(files)
    policy = resolve(files, variables, plugins_loaded=False)
    plugins = load_plugins(policy, search_path) if policy.enabled else Plugins()
    if policy.enabled and (plugins.keys or has_unknown_keys(files, variables)):
        policy = resolve(files, variables, plugins.keys)
    return Session(environment, policy, plugins, Run(process.new_id(), pip, process.process()))


def load_plugins(policy: Policy, search_path: Iterable[str]) -> Plugins:
    """The built-in rules, and the plugins that the policy asks for."""
    plugins = Plugins()
    plugins.timeout = float(policy.text("plugin-timeout"))
    plugins.load(policy.value("plugins"), search_path)  # type: ignore[arg-type]
    return plugins


def record(session: Session) -> None:
    """Let the decisions and the outcome be recorded, where the policy names a place for it."""
    if session.policy.value("audit-log") or session.policy.value("syslog"):
        add_recorder(session)


def add_recorder(session: Session) -> None:
    """Register the built-in observer that records."""
    from pip_userctl.records.recorder import Recorder

    session.plugins.add("recorder", Recorder(session.policy))


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
    verdicts = _collect("userctl_evaluate", request, session)
    ignored = tuple(verdict for verdict in verdicts if verdict.action == IGNORE)
    if ignored and not any(verdict.action == "refuse" for verdict in verdicts):
        settled += ignored
        request = reconsider(drop(request))
        verdicts = _collect("userctl_evaluate", request, session)
    remaining = [verdict for verdict in verdicts if verdict.action != IGNORE]
    return _decision([*settled, *remaining], request, session)


def judge_alone(verdict: Verdict, request: Request, session: Session) -> Decision:
    """What one verdict of ours adds up to, where the hooks know nothing: about another interpreter."""
    return _decision([verdict._replace(plugin=OWN_NAME)], request, session)


def evaluate_distributions(
    decision: Decision, distributions: Sequence[Distribution], session: Session
) -> Decision | None:
    """The second phase, about the resolved set; None where it changes nothing."""
    session.plugins.failures.clear()
    resolved = tuple(distributions)
    request = decision.request
    found = _collect("userctl_evaluate_distributions", request, session, distributions=resolved)
    if not found and not session.plugins.failures:
        return None
    # Verdicts of the first phase have their final action already: nothing refuses any more.
    second = _decision([*decision.verdicts, *found], request, session)
    return second._replace(
        phase=2,
        distributions=resolved,
        lifted=decision.lifted + second.lifted,
        failures=decision.failures + second.failures,
        override=decision.override or second.override,
    )


def not_judged(decision: Decision, plugins: Plugins) -> list[str]:
    """The situations that nothing was said of, because only the resolved set can show them.

    A plugin that looks at that set and has no action among its keys stands there with its own name.
    """
    names: list[str] = []
    for each in plugins.plugins:
        if "userctl_evaluate_distributions" not in plugins.hooks_of(each):
            continue
        actions = [key.name for key in plugins.keys if key.kind == "action" and plugins.owners[key.name] == each.name]
        names += getattr(each.plugin, "RESOLVED", actions) if each.distribution is None else actions or [each.name]
    judged = {verdict.name for verdict in decision.verdicts}
    order = list(decision.policy.keys)
    left = [name for name in names if name not in judged]
    return sorted(left, key=lambda name: order.index(name) if name in order else len(order))


def observe(hook: str, session: Session, **arguments: Decision | Outcome) -> list[Failure]:
    """Tell the observers; what failed among them, each plugin named once a run."""
    before = len(session.plugins.failures)
    for _ in session.plugins.ask(hook, **arguments):
        pass
    failed = [each for each in session.plugins.failures[before:] if each.name not in session.plugins.silenced]
    session.plugins.silenced.update(each.name for each in failed)
    return failed


def _decision(verdicts: list[Verdict], request: Request, session: Session) -> Decision:
    override = process.override_reason() if session.policy.value("override") == "allow" else None
    leniency = Leniency(None, override)
    if any(verdict.action == "refuse" for verdict in verdicts):
        from pip_userctl.lists import allowed_by  # most installs refuse nothing

        leniency = leniency._replace(allowed_by=allowed_by(request, session.environment, session.policy))
    failures = session.plugins.failures
    return combine(verdicts, failures, request, session.environment, session.policy, session.run, leniency)


def _collect(hook: str, request: Request, session: Session, **more: Any) -> list[Verdict]:
    session.plugins.failures = [each for each in session.plugins.failures if each.part == "plugin"]
    answers = session.plugins.ask(hook, request=request, environment=session.environment, policy=session.policy, **more)
    verdicts = []
    for answer in answers:
        try:
            verdicts.append(_checked(answer, request, hook, session.policy))
        except (TypeError, ValueError) as error:
            session.plugins.failures.append(Failure("rule", answer.plugin, describe(error)))
    return verdicts


def _checked(answer: Answer, request: Request, hook: str, policy: Policy) -> Verdict:
    verdict = answer.value
    if not isinstance(verdict, Verdict):
        raise TypeError(f"returned {verdict!r}, which is no Verdict")
    if verdict.action == IGNORE and hook != "userctl_evaluate":
        raise ValueError(f"{verdict.name}: a wish cannot be ignored any more once pip has resolved")
    texts = (verdict.name, verdict.action, verdict.reason, verdict.what, verdict.hint)
    if not all(isinstance(text, str) for text in texts) or not isinstance(verdict.source, (Source, type(None))):
        raise TypeError(f"{verdict!r} has something else than text, or a source that is no Source")
    if not verdict.name:
        raise ValueError(f"{verdict!r} names no situation")
    if verdict.action == IGNORE and request.origin.kind != "configured":
        raise ValueError(f"{verdict.name}: only a configured wish can be ignored, this one is {request.origin.kind}")
    if verdict.action != IGNORE and verdict.action not in ACTIONS:
        raise ValueError(f"{verdict.name}: {verdict.action!r} is no action; valid: {', '.join(ACTIONS)}, {IGNORE}")
    if answer.plugin.partition(".")[0] == OWN_NAME:
        return verdict._replace(plugin=OWN_NAME)
    return _only_looking(verdict._replace(plugin=answer.plugin), policy)


def _only_looking(verdict: Verdict, policy: Policy) -> Verdict:
    """Under ``audit`` nothing is refused or dropped: a plugin's own opinion is recorded, unless its key is set outright."""
    if policy.profile != "audit" or verdict.action in ("allow", "log"):
        return verdict
    source = verdict.source or (policy.source(verdict.name) if verdict.name in policy.keys else None)
    if source is not None and source.kind not in ("default", "profile"):
        return verdict
    return verdict._replace(action="log", lifted_by="audit" if verdict.action == "refuse" else "")
