"""A plugin's hooks, called by the real engine in this process; and the plugin, looked at as when it is loaded.

What fails at run time under ``on-error`` is an AssertionError here, caused by the plugin's own exception.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from pip_userctl import diagnosis, engine, hookspecs
from pip_userctl.decision import Decision, Outcome
from pip_userctl.engine import Session
from pip_userctl.health import Finding, HealthCheck, Machine
from pip_userctl.models import Distribution, Environment, Request
from pip_userctl.plugins import BUILT_IN
from pip_userctl.policy import Policy
from pip_userctl.testing import factories
from pip_userctl.testing.enlisting import Manager, enlist

HOOKS = tuple(each for each in vars(hookspecs) if each.startswith("userctl_"))


def evaluate(
    plugin: object,
    *,
    request: Request | None = None,
    environment: Environment | None = None,
    policy: Policy | None = None,
    distributions: Iterable[Distribution] | None = None,
    name: str | None = None,
    built_in: bool = True,
    failures: bool = False,
) -> Decision:
    """The decision that ``pip install`` would get with this plugin.

    distributions: what pip resolves to; without them ``userctl_evaluate_distributions`` is not called, and neither where the
    request alone is refused. name: what the plugin's entry point is called, where it is not installed. built_in: whether the
    built-in rules are asked, too. failures: whether the decision may carry some; otherwise one is an AssertionError.
    """
    plugins = enlist(plugin, name, BUILT_IN if built_in else ())
    facts = environment or factories.environment()
    session = Session(facts, _with_keys(policy or factories.policy(), plugins), plugins, factories.RUN)
    if not session.policy.enabled:
        raise ValueError("the policy has enabled = no, under which nothing is judged")
    asked = factories.with_destination(request or factories.request(), facts)
    if asked.origin.kind == "fallback" and facts.kind == "isolated":
        raise ValueError("pip never falls back to a user install in an isolated virtual environment")
    settled, verdicts = engine.settle(asked, session) if built_in else (asked, ())
    if settled.dropped:
        settled = factories.reconsidered(settled, facts)
    decision = engine.evaluate(settled, verdicts, session, lambda dropped: factories.reconsidered(dropped, facts))
    if not failures:
        plugins.assert_nothing_failed()
    if distributions is None or decision.verdict == "refuse":
        return decision
    second = engine.evaluate_distributions(decision, tuple(distributions), session)
    if not failures:
        plugins.assert_nothing_failed()
    return second or decision


def observe(plugin: object, event: Decision | Outcome, *, name: str | None = None) -> None:
    """Show a decision or an outcome to the plugin. AssertionError where it fails."""
    plugins = enlist(plugin, name, ())
    decision = event if isinstance(event, Decision) else event.decision
    session = Session(decision.environment, decision.policy, plugins, decision.run)
    if isinstance(event, Decision):
        engine.observe("userctl_decided", session, decision=event)
    else:
        engine.observe("userctl_finished", session, outcome=event)
    plugins.assert_nothing_failed()


def diagnose(
    plugin: object, machine: Machine | None = None, *, name: str | None = None
) -> dict[str, tuple[Finding, ...]]:
    """What the plugin's health checks find on the machine: name of the check → findings. AssertionError where one fails."""
    plugins = enlist(plugin, name, ())
    seen = machine or factories.machine()
    seen = seen._replace(policy=_with_keys(seen.policy, plugins))
    found = {each.check.name: each.findings for each in diagnosis.examine_registered(plugins, seen)}
    plugins.assert_nothing_failed()
    return found


def check_plugin(plugin: object, *, name: str | None = None) -> None:
    """Raise AssertionError, with all that is wrong, where pip-userctl would not load the plugin or never call a hook of it.

    name: what the plugin's entry point is called; by default that of the installed entry point which loads it.
    """
    plugins = enlist(plugin, name, ())
    wrong = [*_not_marked(plugin, plugins), *_unknown(plugin, plugins), *_no_checks(plugins)]
    if not wrong and not plugins.hooks_of(plugins.plugins[-1]):
        wrong.append(f"it implements no hook; the hooks are {', '.join(HOOKS)}")
    if wrong:
        raise AssertionError("\n".join(f"the plugin {plugins.plugins[-1].name}: {each}" for each in wrong))


def _not_marked(plugin: object, plugins: Manager) -> list[str]:
    return [
        f"{each} is not marked with @pip_userctl.hookimpl, so it is never called"
        for each in HOOKS
        if callable(getattr(plugin, each, None)) and plugins.registry.parse_hookimpl_opts(plugin, each) is None
    ]


def _unknown(plugin: object, plugins: Manager) -> list[str]:
    """Functions that are marked and no hook: a newer pip-userctl may have it, so this is no failure at run time."""
    wrong = []
    for each in dir(plugin):
        marked = plugins.registry.parse_hookimpl_opts(plugin, each)
        if marked is None or marked["optionalhook"]:
            continue
        hook = marked.get("specname") or each
        if hook not in HOOKS:
            near = get_close_matches(hook, HOOKS, n=1)
            wrong.append(f"{hook} is no hook of {hookspecs.PROJECT}" + (f"; did you mean {near[0]}?" if near else ""))
    return wrong


def _no_checks(plugins: Manager) -> list[str]:
    answers = [each.value for each in plugins.ask("userctl_health_checks")]
    wrong = [f"userctl_health_checks returned {each!r}, which is no HealthCheck" for each in answers]
    wrong = [text for text, each in zip(wrong, answers) if not isinstance(each, HealthCheck)]
    return [*wrong, *(f"userctl_health_checks failed: {each.error}" for each in plugins.failures)]


def _with_keys(policy: Policy, plugins: Manager) -> Policy:
    """The policy with the plugin's keys, at their defaults where it does not have them."""
    missing = {key.name: key for key in plugins.keys if key.name not in policy.keys}
    return policy._replace(keys={**policy.keys, **missing})
