"""The story of one judgement: session, configured setting, rules, decision; later the resolved set and the outcome.

1. ``drop_ignored_setting``: a configured setting whose rule says ``ignore`` is dropped.
2. ``evaluate``: all plugins are asked about what remains.
3. ``combine``: allow < log < warn < refuse, the strictest wins; a refusal may be waived (``waiver``).
4. ``evaluate_distributions``: the same once pip has resolved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pip_userctl import environment as process
from pip_userctl.config import Configuration
from pip_userctl.frozen import Frozen
from pip_userctl.hooks import PROJECT, Decision, Hooks, Outcome, Plugin, describe, find_entry_points
from pip_userctl.models import (
    ACTIONS,
    IGNORE,
    Distribution,
    Environment,
    Failure,
    Request,
    Verdict,
)
from pip_userctl.policy import Policy, resolve
from pip_userctl.rules import accounts, locations, packages, user_installs

#: In the reverse of the order in which they are called: pluggy calls the last one first.
BUILT_IN = (packages, locations, accounts, user_installs)
#: What cannot have been meant is never waived by a reason, because the result could not be imported.
NOT_OVERRIDDEN = ("isolated-typed", "hidden-user-site")
NOT_ALLOWED = (*NOT_OVERRIDDEN, "foreign-user-base", "protected-package")

#: Asks pip where it would install once the setting is dropped; returns the request with the answer.
Reconsider = Callable[[Request], Request]


class Session(Frozen):
    """What stays the same during one run of pip. id: shared by all its records."""

    environment: Environment
    policy: Policy
    hooks: Hooks
    id: str


def load_session(
    environment: Environment, configuration: Configuration, search_path: Iterable[str], id: str
) -> Session:
    """Read the policy and load the plugins. In two steps, because plugins add keys and a key names the plugins."""
    agent = environment.agent
    policy = resolve(configuration, agent=agent)
    hooks = load_hooks(policy, search_path)
    if hooks.keys:
        policy = resolve(configuration, hooks.keys, agent=agent)
    return Session(environment, policy, hooks, id)


def load_hooks(policy: Policy, search_path: Iterable[str]) -> Hooks:
    """The built-in rules, and the plugins that the policy asks for."""
    hooks = Hooks([Plugin(f"{PROJECT}.{rule.__name__.rpartition('.')[2]}", rule) for rule in BUILT_IN])
    wanted = policy.items("plugins")
    if policy.enabled and "none" not in wanted:
        found = find_entry_points(search_path)
        if found or wanted != ("auto",):
            from pip_userctl import plugins  # most installs have none

            plugins.load(hooks, policy, found)
    return hooks


def add_recorder(session: Session) -> None:
    """Register the observer that writes records, if the policy names a place for them."""
    if session.policy.value("audit-log") or session.policy.value("syslog"):
        from pip_userctl.records import Recorder

        session.hooks.add_built_in(Plugin(f"{PROJECT}.recorder", Recorder(session.policy)))


def drop_ignored_setting(request: Request, session: Session) -> tuple[Request, tuple[Verdict, ...]]:
    """Drop a configured setting whose rule says ``ignore``, with the verdict that says so."""
    if request.user_install != "configured":
        return request, ()
    verdict = user_installs.judge(request, session.environment, session.policy)
    if verdict is None or verdict.action != IGNORE:
        return request, ()
    return request._replace(dropped=True, scheme="site"), (verdict,)


def evaluate(request: Request, dropped: tuple[Verdict, ...], session: Session, reconsider: Reconsider) -> Decision:
    """Ask all plugins about the request. dropped: the verdict of a setting that is dropped already."""
    verdicts = _collect("userctl_evaluate", request, session)
    ignored = tuple(verdict for verdict in verdicts if verdict.action == IGNORE)
    if ignored and not request.dropped and not any(verdict.effect == "refuse" for verdict in verdicts):
        dropped += ignored
        request = reconsider(request._replace(dropped=True, scheme="site"))
        verdicts = _collect("userctl_evaluate", request, session)
    remaining = [verdict for verdict in verdicts if verdict.action != IGNORE]
    return combine([*dropped, *remaining], session.hooks.failures, request, session)


def evaluate_distributions(
    decision: Decision, distributions: Sequence[Distribution], session: Session
) -> Decision | None:
    """Ask all plugins about the resolved set; None if that changes nothing."""
    session.hooks.failures.clear()
    resolved = tuple(distributions)
    found = _collect("userctl_evaluate_distributions", decision.request, session, distributions=resolved)
    if not found and not session.hooks.failures:
        return None
    failures = (*decision.failures, *session.hooks.failures)
    second = combine([*decision.verdicts, *found], failures, decision.request, session)
    return second._replace(phase=2, distributions=resolved)


def combine(verdicts: Iterable[Verdict], failures: Iterable[Failure], request: Request, session: Session) -> Decision:
    """All verdicts as one decision, the strictest effect on top; of equal verdicts one stays."""
    environment, policy = session.environment, session.policy
    reason = process.variables.get("PIP_USERCTL_REASON", "").strip() or None
    kept: list[Verdict] = []
    for verdict in verdicts:
        if verdict.action == "refuse" and verdict.waived_by is None:
            waived_by = waiver(verdict.name, request, environment, policy, reason)
            verdict = verdict._replace(waived_by=waived_by) if waived_by else verdict
        if verdict not in kept:
            kept.append(verdict)
    effects = {verdict.effect for verdict in kept}
    strictest = max(effects.intersection(ACTIONS), key=ACTIONS.index, default="allow")
    return Decision(strictest, tuple(kept), tuple(failures), request, environment, policy, session.id, reason=reason)


def waiver(rule: str, request: Request, environment: Environment, policy: Policy, reason: str | None) -> str | None:
    """What keeps a refusal by this rule from stopping pip, or None."""
    allowed = policy.allows(request, environment) if rule not in NOT_ALLOWED else None
    if allowed:
        return allowed
    if request.dry_run and request.report:  # as pip's own PEP 668 check
        return "dry-run"
    overrides = reason and policy.value("override") == "allow" and rule not in NOT_OVERRIDDEN
    return "override" if overrides else None


def observe(hook: str, session: Session, **event: Decision | Outcome) -> list[Failure]:
    """Tell the observers; returns what failed. One that fails is not called again in this run."""
    hooks = session.hooks
    before = len(hooks.failures)
    for _ in hooks.call(hook, **event):
        pass
    failed = hooks.failures[before:]
    for each in failed:
        if hooks.has_plugin(each.name):
            hooks.unregister(name=each.name)
    return failed


def stops_on_error(policy: Policy, request: Request) -> bool:
    """Whether a failure or a mistake in the policy stops this install."""
    only_reported = request.dry_run and request.report
    return policy.value("on-error") == "refuse" and not request.is_repair and not only_reported


def _collect(hook: str, request: Request, session: Session, **more: Any) -> list[Verdict]:
    """The verdicts of all plugins, each checked. What an earlier call of the same hook recorded as failure is dropped."""
    hooks, environment, policy = session.hooks, session.environment, session.policy
    hooks.failures[:] = [each for each in hooks.failures if each.part == "plugin"]
    verdicts = []
    for plugin, result in hooks.call(hook, request=request, environment=environment, policy=policy, **more):
        try:
            if not plugin.startswith(f"{PROJECT}."):
                from pip_userctl.plugins import checked  # loaded with the first of them

                result = checked(plugin, result, request, hook, policy)
            verdicts.append(result)
        except (TypeError, ValueError) as error:
            hooks.failures.append(Failure("rule", plugin, describe(error)))
    return verdicts
