"""What the tests of a plugin need: plausible values, the real judgement of a request, and a real pip.

The factories make the frozen values that hooks get: those of ada, an ordinary account on Linux, with Python 3.13 in
``/opt/python``. Their ``**fields`` are other values for fields of the result; a field that it does not have is a TypeError.
No ``pip install`` imports this package, and of its modules only ``fixtures`` needs pytest.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from difflib import get_close_matches
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

from pip_userctl import config, environment as process, hooks, judge, plugins
from pip_userctl.cli.replay import requested_names
from pip_userctl.hooks import Decision, Outcome
from pip_userctl.models import (
    ACTIONS,
    IGNORE,
    Destination,
    Distribution,
    Environment,
    Failure,
    Request,
    Source,
    Unwritable,
    Verdict,
)
from pip_userctl.policy import Policy, resolve
from pip_userctl.testing.environments import Account, PipEnvironment, PipResult, check, make_wheel

__all__ = [
    "Account",
    "PipEnvironment",
    "PipResult",
    "check_plugin",
    "decision",
    "distribution",
    "environment",
    "evaluate",
    "make_wheel",
    "observe",
    "outcome",
    "policy",
    "request",
]
HOOKS = tuple(name for name in vars(plugins.Specifications) if name.startswith("userctl_"))
_BASE, _HOME, _LIBRARY = "/opt/python", "/home/ada", "lib/python3.13/site-packages"
_CONFIG, _USER_BASE = f"{_HOME}/.config/pip/pip.conf", f"{_HOME}/.local"
_ORIGINS = {
    "none": Source("none"),
    "typed": Source("typed", name="--user"),
    "configured": Source("configured", _CONFIG, 2, "user"),
    "fallback": Source("fallback"),
}


def environment(kind: str = "base", **fields: Any) -> Environment:
    """Make the facts about an interpreter.

    Args:
        kind: ``isolated``, ``system-site``, ``conda`` or ``base``.
        **fields: see above.

    Returns:
        The environment of an ordinary account that may write into site-packages.

    Raises:
        ValueError: the kind is unknown.
    """
    check("kind", kind, "isolated", "system-site", "conda", "base")
    visible = kind != "isolated"
    prefix = _BASE if kind in ("base", "conda") else f"{_HOME}/project/.venv"
    own, user, system = (f"{each}/{_LIBRARY}" for each in (prefix, _USER_BASE, _BASE))
    path = {"isolated": (own,), "system-site": (own, user, system)}.get(kind, (user, own))
    facts: dict[str, Any] = {"kind": kind, "prefix": prefix, "base_prefix": _BASE, "search_path": path}
    facts.update(executable=f"{prefix}/bin/python", base_executable=f"{_BASE}/bin/python3.13", python="3.13.0")
    facts.update(python_flags=(), home=_HOME, user_base=_USER_BASE, default_user_base=_USER_BASE, user_site=user)
    facts.update(user_site_enabled=visible, user_site_hidden=not visible, user_bases=(_USER_BASE,), pip="26.3")
    facts.update(user_site_reason="" if visible else "isolated virtual environment", externally_managed=False)
    facts.update(uid=1000, euid=1000, user_base_owner=1000, account="ada", host="host", pid=1, cwd=f"{_HOME}/project")
    return Environment(**{**facts, **fields})


def request(*requirements: str, origin: str | Source = "none", **fields: Any) -> Request:
    """Make a ``pip install``.

    Args:
        *requirements: as they are typed; ``demo`` if there is none.
        origin: who asks for a user install: ``none``, ``typed``, ``configured``, ``fallback``, or a Source.
        **fields: see above. Scheme, arguments and names follow from the rest, the destination from the environment.

    Returns:
        The request.

    Raises:
        ValueError: the origin is unknown.
    """
    words = requirements or ("demo",)
    if isinstance(origin, str):
        check("origin", origin, *_ORIGINS)
        origin = _ORIGINS[origin]
    requested = tuple(each for word in words for each in requested_names(word, "3.13.0"))
    facts: dict[str, Any] = {"requirements": words, "requested": requested}
    facts["arguments"] = ("install", *(["--user"] if origin.kind == "typed" else []), *words)
    if origin.kind == "configured":
        facts["user_setting"] = Source("user", origin.path, origin.line, origin.name)
    if origin.kind == "fallback":
        facts["unwritable"] = Unwritable(f"{_BASE}/{_LIBRARY}", "owner root, mode drwxr-xr-x")
    made = Request(origin, **{**facts, **fields})
    return made if "scheme" in fields else made._replace(scheme="user" if origin.kind != "none" else _location(made))


def policy(*plugins: object, name: str | None = None, **values: str) -> Policy:
    """Make a policy, as if ada's pip.conf had these values.

    Args:
        *plugins: those whose keys the policy has, too.
        name: what a plugin's entry point is called, if it is not installed.
        **values: keys and values as they are written there, an underscore for a dash: ``base_typed="refuse"``.

    Returns:
        The policy.

    Raises:
        ValueError: there is no such key, or it does not accept the value.
    """
    keys = [key for each in plugins for key in _load(each, name).keys]
    section = {key.replace("_", "-"): value for key, value in values.items()}
    made = resolve(config.Configuration((config.ConfigFile("user", _CONFIG, section),)), keys)
    if made.mistakes:
        raise ValueError("; ".join(each.text for each in made.mistakes))
    return made


def distribution(name: str = "demo", version: str = "1.0", *, requested: bool = True, **fields: Any) -> Distribution:
    """Make one distribution of the resolved set.

    Args:
        name, version, requested, **fields: the fields of the result.

    Returns:
        The distribution; it goes into the site-packages of the base interpreter if ``location`` is not given.
    """
    fields.setdefault("location", f"{_BASE}/{_LIBRARY}")
    return Distribution(name, version, requested, **fields)


def decision(
    *verdicts: Verdict,
    request: Request | None = None,
    environment: Environment | None = None,
    policy: Policy | None = None,
    **fields: Any,
) -> Decision:
    """Make a decision.

    Args:
        *verdicts: what rules say; without any, nobody minds the install.
        request, environment, policy: what is judged; by default what the factories make.
        **fields: see above.

    Returns:
        What the verdicts add up to.

    Raises:
        ValueError: a verdict has an unknown action.
    """
    for each in verdicts:
        check("action", each.action, *ACTIONS, IGNORE)
    session = _session(environment, policy, hooks.Hooks())
    judged = _with_destination(request or _request(), session.environment)
    return judge.combine(verdicts, (), judged, session)._replace(**fields)


def outcome(result: str = "installed", *, decision: Decision | None = None, **fields: Any) -> Outcome:
    """Make the end of an install.

    Args:
        result: ``installed``, ``unchanged``, ``failed``, ``refused`` or ``dry-run``.
        decision: what was decided before; by default that nobody minds.
        **fields: see above.

    Returns:
        The outcome.

    Raises:
        ValueError: the result is unknown.
    """
    check("result", result, "installed", "unchanged", "failed", "refused", "dry-run")
    return Outcome(decision or _decision(), result, None, (), ())._replace(**fields)


_request, _environment, _policy, _decision = request, environment, policy, decision


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
    """Judge an install with this plugin, as pip-userctl does it, in this process.

    Args:
        plugin: the module or object with the hooks.
        request, environment, policy: what is judged; by default what the factories make.
        distributions: what pip resolves to; unless it is given and the request is not refused,
            ``userctl_evaluate_distributions`` is not called.
        name: what the plugin's entry point is called, if it is not installed.
        built_in: whether the built-in rules are asked, too.
        failures: whether the decision may have failures.

    Returns:
        The last decision.

    Raises:
        AssertionError: the plugin cannot be loaded, or a hook failed; the cause is what it raised.
        ValueError: this policy judges nothing, or pip cannot make this request.
    """
    __tracebackhide__ = True
    loaded = _load(plugin, name, built_in=built_in)
    session = _session(environment, policy, loaded)
    facts = session.environment
    asked = _with_destination(request or _request(), facts)
    if not session.policy.enabled:
        raise ValueError("the policy has enabled = no, under which nothing is judged")
    if asked.origin.kind == "fallback" and facts.kind == "isolated":
        raise ValueError("pip never falls back to a user install in an isolated virtual environment")

    def reconsider(dropped: Request) -> Request:
        falls_back = dropped.unwritable is not None and facts.kind != "isolated" and _location(dropped) == "site"
        scheme = "user" if falls_back else _location(dropped)
        return _with_destination(dropped._replace(scheme=scheme, destination=None), facts)

    asked, verdicts = judge.drop_ignored_setting(asked, session) if built_in else (asked, ())
    asked = reconsider(asked) if verdicts else asked
    made = judge.evaluate(asked, verdicts, session, reconsider)
    if distributions is not None and made.verdict != "refuse" and (failures or not loaded.failures):
        made = judge.evaluate_distributions(made, tuple(distributions), session) or made
    if not failures:
        _assert_none(loaded.failures)
    return made


def observe(plugin: object, event: Decision | Outcome, *, name: str | None = None) -> None:
    """Show a decision or an outcome to a plugin.

    Args:
        plugin: the module or object with the hooks.
        event: the decision or the outcome.
        name: what the plugin's entry point is called, if it is not installed.

    Raises:
        AssertionError: the plugin cannot be loaded, or it failed; the cause is what it raised.
    """
    __tracebackhide__ = True
    loaded = _load(plugin, name)
    if isinstance(event, Decision):
        list(loaded.call("userctl_decided", decision=event))
    else:
        list(loaded.call("userctl_finished", outcome=event))
    _assert_none(loaded.failures)


def check_plugin(plugin: object, *, name: str | None = None) -> None:
    """Check that pip-userctl would load a plugin and call each of its hooks.

    Args:
        plugin: the module or object with the hooks.
        name: what its entry point is called; by default that of the installed entry point that loads it.

    Raises:
        AssertionError: it would not; with everything that is wrong.
    """
    __tracebackhide__ = True
    loaded = _load(plugin, name)
    wrong = [
        f"{each} is not marked with @pip_userctl.hookimpl, so it is never called"
        for each in HOOKS
        if callable(getattr(plugin, each, None)) and loaded.parse_hookimpl_opts(plugin, each) is None
    ]
    for each in dir(plugin):
        marked = loaded.parse_hookimpl_opts(plugin, each) or {"optionalhook": True}
        hook = marked.get("specname") or each
        if hook not in HOOKS and not marked["optionalhook"]:
            near = get_close_matches(hook, HOOKS, n=1)
            wrong.append(f"there is no hook {hook}" + (f"; did you mean {near[0]}?" if near else ""))
    if not wrong and not plugins.hooks_of(loaded, loaded.plugins[-1]):
        wrong.append(f"it has no hook; the hooks are {', '.join(HOOKS)}")
    if wrong:
        raise AssertionError("\n".join(f"the plugin {loaded.plugins[-1].name}: {each}" for each in wrong))


class _Failures(list[Failure]):
    """Failures, and what the first of them came from, so that a test can show where."""

    raised: BaseException | None = None

    def append(self, failure: Failure) -> None:
        self.raised = self.raised or sys.exc_info()[1]
        super().append(failure)


def _assert_none(failures: list[Failure]) -> None:
    if failures:
        text = "\n".join(f"{each.part} {each.name} failed: {each.error}" for each in failures)
        raise AssertionError(text) from getattr(failures, "raised", None)


def _load(plugin: object, name: str | None, *, built_in: bool = False) -> hooks.Hooks:
    """The hooks with this plugin and its policy keys."""
    module = plugin.__name__ if isinstance(plugin, ModuleType) else type(plugin).__module__
    found = (EntryPoint(*each, hooks.PROJECT) for each in plugins.entry_points(process.search_path()))
    entry_point = name or next(
        (each.name for each in found if each.value.partition(":")[0].strip() == module and each.load() is plugin), None
    )
    hint = "" if entry_point else "; no installed entry point loads it: name=… says what it is called"
    last = module.rpartition(".")[2] if isinstance(plugin, ModuleType) else type(plugin).__name__.lower()
    loaded = judge.load_hooks(_policy(), ()) if built_in else hooks.Hooks()
    loaded.failures = _Failures()
    try:
        plugins.add(loaded, hooks.Plugin(entry_point or last, plugin))
    except Exception as error:
        raise AssertionError(f"the plugin {entry_point or last} cannot be loaded: {error}{hint}") from error
    return loaded


def _session(facts: Environment | None, rules: Policy | None, loaded: hooks.Hooks) -> judge.Session:
    made = rules or _policy()
    keys = {**{key.name: key for key in loaded.keys}, **made.keys}
    return judge.Session(facts or _environment(), made._replace(keys=keys), loaded, "0123456789abcdef" * 2)


def _location(asked: Request) -> str:
    """The scheme if it is not a user install."""
    return "target" if asked.target else "prefix" if asked.prefix else "site"


def _with_destination(asked: Request, facts: Environment) -> Request:
    """The request with the directories that pip would choose for its scheme, if it names none."""
    if asked.destination is not None:
        return asked
    places = {"user": facts.user_base, "prefix": asked.prefix, "target": asked.target, "site": facts.prefix}
    data = f"{asked.root or ''}{places[asked.scheme] or ''}"
    library = data if asked.scheme == "target" else f"{data}/{_LIBRARY}"
    return asked._replace(destination=Destination(asked.scheme, library, library, f"{data}/bin", data, asked.root))
