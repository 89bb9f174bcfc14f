"""Plugins of others: the hooks that they may have, their entry points, and what is checked; read with the first of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import Distribution as InstalledMetadata
from pathlib import Path
from typing import Any

# mistakes and specifiers: a hook may ask the policy for a line or a package when pip has blocked imports.
from pip_userctl import environment as process, mistakes as mistakes, specifiers as specifiers
from pip_userctl.config import obstacle
from pip_userctl.hooks import (
    PROJECT,
    Decision,
    Hooks,
    Outcome,
    Plugin,
    describe,
    find_entry_points,
    hookspec,
    results_of,
)
from pip_userctl.keys import KEYS, PROFILES, PolicyKey
from pip_userctl.models import ACTIONS, IGNORE, Distribution, Environment, Failure, Request, Source, Verdict, normalise
from pip_userctl.policy import Policy


class Specifications:
    """The hooks. A plugin's function may take fewer arguments than its specification has, in any order."""

    @staticmethod
    @hookspec
    def userctl_policy_keys() -> Iterable[PolicyKey]:  # type: ignore[empty-body]
        """Return the keys that this plugin adds to the ``[userctl]`` section.

        When: once, before the policy is read. Each name starts with the plugin's name (its entry point) and a dash;
        another name, or one that exists already, is a failure of the plugin.
        None: no keys. If it raises, the plugin is not loaded and ``on-error`` decides.

        Example::

            @hookimpl
            def userctl_policy_keys():
                return [PolicyKey("acme-freeze", summary="no user installs during a freeze")]
        """

    @staticmethod
    @hookspec
    def userctl_evaluate(
        request: Request, environment: Environment, policy: Policy
    ) -> Verdict | Iterable[Verdict] | None:
        """Say what to do about one ``pip install``.

        When: the configured setting is settled and pip has read the arguments and requirement files; nothing asked for
        has been downloaded, built or written.
        None: no opinion. All plugins are asked and the strictest verdict wins: a plugin can add strictness and cannot take
        any away. ``ignore`` drops a configured setting unless another rule refuses; for any other origin it is a failure.
        If it raises, ``on-error`` decides.

        Example::

            @hookimpl
            def userctl_evaluate(request, environment):
                if request.scheme == "user" and environment.kind == "conda":
                    return Verdict("acme-conda", "refuse", "user installs break our conda", hint="conda install …")
        """

    @staticmethod
    @hookspec
    def userctl_evaluate_distributions(
        request: Request, environment: Environment, policy: Policy, distributions: tuple[Distribution, ...]
    ) -> Verdict | Iterable[Verdict] | None:
        """Say what to do about the resolved set.

        When: pip has fetched metadata or files and perhaps run build backends, and has written nothing outside its caches
        and temporary folders. Not called if nothing is to be installed.
        None: no opinion. Everything else as for ``userctl_evaluate``, but it is too late for ``ignore``.

        Example::

            @hookimpl
            def userctl_evaluate_distributions(request, distributions):
                if request.scheme == "user" and len(distributions) > 20:
                    return Verdict("acme-many", "warn", f"{len(distributions)} distributions for one home")
        """

    @staticmethod
    @hookspec
    def userctl_decided(decision: Decision) -> None:
        """Look at a decision.

        When: before pip goes on, or is stopped; a second time if the resolved set changed the decision.
        None: always; any other result is ignored. If it raises, that costs one warning.

        Example::

            @hookimpl
            def userctl_decided(decision):
                statistics.count(decision.verdict)
        """

    @staticmethod
    @hookspec
    def userctl_finished(outcome: Outcome) -> None:
        """Look at how an install ended.

        When: pip is done, also after a refusal, a failure or Ctrl-C. pip 26.3 blocks every import by then: import at
        module level.
        None: always; any other result is ignored. If it raises, that costs one warning.

        Example::

            @hookimpl
            def userctl_finished(outcome):
                statistics.count(outcome.result)
        """


def load(hooks: Hooks, policy: Policy, found: Iterable[tuple[str, str]]) -> None:
    """Load the entry points that the key ``plugins`` names; what fails becomes a failure.

    Under ``locked`` only folders that this account cannot change are looked at, and modules come from there.

    Args:
        found: (folder, its metadata folder) of distributions.
    """
    wanted, locked = policy.items("plugins"), policy.locked
    missing = {name for name in wanted if name != "auto"}
    every = "auto" in wanted or not missing
    for folder, metadata in found:
        if locked and obstacle(folder, *process.uids()):
            continue
        distribution = InstalledMetadata.at(Path(folder, metadata))
        try:
            points = [point for point in distribution.entry_points if point.group == PROJECT]
        except Exception as error:  # of a file that somebody has edited, TypeError or ParsingError
            hooks.failures.append(Failure("plugin", distribution.metadata["Name"] or "unknown", describe(error)))
            continue
        for point in points:
            if (every or point.name in missing) and not hooks.has_plugin(point.name):
                try:
                    if locked or folder not in process.search_path():
                        from pip_userctl.startup import loader

                        loader.load_by_location(point.value.partition(":")[0].partition(".")[0], folder)
                    name = distribution.metadata["Name"] or "unknown"
                    add(hooks, Plugin(point.name, point.load(), name, distribution.version))
                except KeyboardInterrupt:
                    raise
                except BaseException as error:
                    hooks.failures.append(Failure("plugin", point.name, describe(error)))
            missing.discard(point.name)
    absent = "LookupError: no installed distribution has this entry point"
    hooks.failures += [Failure("plugin", name, absent) for name in sorted(missing)]


def add(hooks: Hooks, plugin: Plugin) -> None:
    """Register a plugin and take the keys that it adds. Whatever does not fit is raised, and then it is not there."""
    if plugin.name.startswith(f"{PROJECT}."):
        raise ValueError(f"the name {plugin.name} is that of a built-in plugin, whose verdicts are not checked")
    if not hasattr(hooks.hook, "userctl_policy_keys"):  # it is the first: no built-in one has this hook
        hooks.add_hookspecs(Specifications)
    try:
        hooks.register(plugin.plugin, plugin.name)
        for caller in hooks.get_hookcallers(plugin.plugin) or ():
            for each in caller.get_hookimpls():
                if each.plugin is plugin.plugin and (each.hookwrapper or getattr(each, "wrapper", False)):
                    raise TypeError(f"{caller.name} is a wrapper, which could take verdicts of others away")
        adds = [each for each in hooks.hook.userctl_policy_keys.get_hookimpls() if each.plugin is plugin.plugin]
        keys = [key for each in adds for key in results_of(each.function())]
        for key in keys:
            _check_key(plugin, key, {*KEYS, *hooks.owners}, keys)
    except BaseException:
        if hooks.is_registered(plugin.plugin):  # pluggy before 1.7 keeps what it read up to the mistake
            hooks.unregister(plugin.plugin)
        raise
    hooks.plugins.append(plugin)
    hooks.keys += keys
    hooks.owners.update((key.name, plugin.name) for key in keys)


def _check_key(plugin: Plugin, key: object, known: Iterable[str], added: Sequence[object]) -> None:
    if not isinstance(key, PolicyKey):
        raise TypeError(f"userctl_policy_keys returned {key!r}, which is not a PolicyKey")
    start = normalise(plugin.name) + "-"
    is_plain = key.name.isascii() and key.name.replace("-", "").isalnum() and key.name == normalise(key.name)
    if not key.name.startswith(start) or not is_plain:
        raise ValueError(f"the key {key.name} does not start with {start} or has more than a-z, 0-9 and -")
    if key.name in known or added.count(key) > 1:
        raise ValueError(f"the key {key.name} exists already")
    try:
        key.expects()
        defaults = [key.default(profile) for profile in PROFILES]
    except (KeyError, IndexError) as error:
        raise ValueError(f"the key {key.name} has an unknown kind, or not one default a profile") from error
    if key.kind in ("action", "choice") and not set(defaults) <= set(key.values):
        raise ValueError(f"a default of the key {key.name} is none of its values")
    holds = {"boolean": bool, **dict.fromkeys(("list", "lines", "requirements", "path"), tuple)}.get(key.kind, str)
    if not all(isinstance(each, holds) for each in defaults):
        raise TypeError(f"a default of the key {key.name} is no {holds.__name__}")


def hooks_of(hooks: Hooks, plugin: Plugin) -> list[str]:
    """The names of the hooks that a plugin implements."""
    return sorted(each.name for each in hooks.get_hookcallers(plugin.plugin) or ())


def entry_points(search_path: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(name, ``module`` or ``module:object``) of every entry point of our group; nothing is imported."""
    for folder, metadata in find_entry_points(search_path):
        points = InstalledMetadata.at(Path(folder, metadata)).entry_points
        yield from ((point.name, point.value) for point in points if point.group == PROJECT)


def checked(plugin: str, verdict: Any, request: Request, hook: str, policy: Policy) -> Verdict:
    """A plugin's verdict; under ``audit`` it refuses and drops nothing, unless its key is set outright."""
    if not isinstance(verdict, Verdict):
        raise TypeError(f"returned {verdict!r}, which is not a Verdict")
    texts = (verdict.name, verdict.action, verdict.reason, verdict.what, verdict.hint)
    if not all(isinstance(text, str) for text in texts) or not isinstance(verdict.source, (Source, type(None))):
        raise TypeError(f"{verdict!r} has something else than text, or a source that is not a Source")
    if not verdict.name:
        raise ValueError(f"{verdict!r} names no rule")
    if verdict.action == IGNORE and (hook != "userctl_evaluate" or request.origin.kind != "configured"):
        raise ValueError(f"{verdict.name}: only a configured setting can be ignored, before pip has resolved")
    if verdict.action not in (*ACTIONS, IGNORE):
        raise ValueError(f"{verdict.name}: {verdict.action!r} is not an action; valid: {', '.join(ACTIONS)}, {IGNORE}")
    said: Verdict = verdict._replace(plugin=plugin, waived_by=None)
    if policy.profile == "audit" and verdict.action not in ("allow", "log"):
        source = verdict.source or (policy.source(verdict.name) if verdict.name in policy.keys else None)
        if source is None or source.kind in ("default", "profile"):
            return said._replace(waived_by="audit") if said.action == "refuse" else said._replace(action="log")
    return said


def not_judged(decision: Decision, hooks: Hooks) -> list[str]:
    """The rules that only the resolved set can show. A plugin without action keys stands there with its own name."""
    names: list[str] = []
    for each in hooks.plugins:
        if "userctl_evaluate_distributions" not in hooks_of(hooks, each):
            continue
        keys = [key.name for key in hooks.keys if key.kind == "action" and hooks.owners[key.name] == each.name]
        names += getattr(each.plugin, "RESOLVED", keys) if each.distribution is None else keys or [each.name]
    judged = {verdict.name for verdict in decision.verdicts}
    return [name for name in names if name not in judged]
