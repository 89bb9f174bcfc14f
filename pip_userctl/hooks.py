"""The hook layer: the specifications, pluggy's manager with all plugins, and the one guarded call.

Built-in rules and the recorder are registered here like every other plugin, and called in the same way.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

from pip_userctl import environment as process
from pip_userctl.config import normalise, obstacle
from pip_userctl.frozen import Frozen
from pip_userctl.keys import KEYS, PROFILES, PolicyKey
from pip_userctl.models import Distribution, Environment, Failure, Request, Verdict

if TYPE_CHECKING:
    from pip_userctl.policy import Policy

PROJECT = "pip_userctl"
OBSERVERS = ("userctl_decided", "userctl_finished")

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


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


class Decision(Frozen):
    """All verdicts together.

    Attributes:
        verdict: the strictest effect: ``allow``, ``log``, ``warn`` or ``refuse``.
        id: shared by all records of one run.
        phase: 1 by the request alone, 2 once pip has resolved.
        distributions: the resolved set; empty in phase 1.
        reason: what PIP_USERCTL_REASON says, whether it counts or not.
    """

    verdict: str
    verdicts: tuple[Verdict, ...]
    failures: tuple[Failure, ...]
    request: Request
    environment: Environment
    policy: Policy
    id: str
    phase: int = 1
    distributions: tuple[Distribution, ...] = ()
    reason: str | None = None


class Outcome(Frozen):
    """How an install ended.

    Attributes:
        result: ``installed``, ``unchanged``, ``failed``, ``refused`` or ``dry-run``.
        error: why it failed, in one line.
        distributions: what pip installed; removed: (name, version) of what it removed for that.
    """

    decision: Decision
    result: str
    error: str | None
    distributions: tuple[Distribution, ...]
    removed: tuple[tuple[str, str], ...]


class Plugin(Frozen):
    """One registered plugin. distribution, version: None if it is built in."""

    name: str
    plugin: object
    distribution: str | None = None
    version: str | None = None


class Hooks(pluggy.PluginManager):
    """pluggy's manager of all plugins.

    Attributes:
        plugins: in the order of their registration; keys: what they add to the policy; owners: key → plugin.
        failures: what went wrong so far; the caller decides what that means.
    """

    def __init__(self, built_in: Iterable[Plugin] = ()) -> None:
        super().__init__(PROJECT)
        self.add_hookspecs(Specifications)
        self.plugins: list[Plugin] = []
        self.keys: list[PolicyKey] = []
        self.owners: dict[str, str] = {}
        self.failures: list[Failure] = []
        self._built_in: object = None
        for each in built_in:
            self.add_built_in(each)

    def add_built_in(self, plugin: Plugin) -> None:
        """Register a plugin of this package; it needs no markers and is called before the others."""
        self._built_in = plugin.plugin
        self.register(plugin.plugin, plugin.name)
        self._built_in = None
        self.plugins.append(plugin)

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> Any:
        """Say whether a name of a plugin is a hook. pluggy's own look at each name costs eight times as much."""
        if plugin is not self._built_in:
            return super().parse_hookimpl_opts(plugin, name)
        return {"tryfirst": True} if name.startswith("userctl_") else None

    def add(self, plugin: Plugin) -> None:
        """Register a plugin and take the keys that it adds. Whatever does not fit is raised, and then it is not there."""
        if plugin.name.startswith(f"{PROJECT}."):
            raise ValueError(f"the name {plugin.name} is that of a built-in plugin, whose verdicts are not checked")
        try:
            self.register(plugin.plugin, plugin.name)
            for caller in self.get_hookcallers(plugin.plugin) or ():
                for each in caller.get_hookimpls():
                    if each.plugin is plugin.plugin and (each.hookwrapper or getattr(each, "wrapper", False)):
                        raise TypeError(f"{caller.name} is a wrapper, which could take verdicts of others away")
            adds = [each for each in self.hook.userctl_policy_keys.get_hookimpls() if each.plugin is plugin.plugin]
            keys = [key for each in adds for key in _all(each.function())]
            for key in keys:
                self._check_key(plugin, key, keys)
        except BaseException:
            if self.is_registered(plugin.plugin):  # pluggy before 1.7 keeps what it read up to the mistake
                self.unregister(plugin.plugin)
            raise
        self.plugins.append(plugin)
        self.keys += keys
        self.owners.update((key.name, plugin.name) for key in keys)

    def call(self, hook: str, **arguments: object) -> Iterator[tuple[str, Any]]:
        """Call the hook of every plugin, each by itself, in pluggy's order; what raises becomes a failure.

        Yields:
            (name of the plugin, one of its results).
        """
        part = "observer" if hook in OBSERVERS else "rule"
        for each in reversed(getattr(self.hook, hook).get_hookimpls()):
            try:
                results = _all(each.function(*[arguments[name] for name in each.argnames]))
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # SystemExit and RecursionError must not end pip either
                self.failures.append(Failure(part, each.plugin_name, describe(error)))
            else:
                yield from ((each.plugin_name, result) for result in results)

    def hooks_of(self, plugin: Plugin) -> list[str]:
        """The names of the hooks that a plugin implements."""
        return sorted(each.name for each in self.get_hookcallers(plugin.plugin) or ())

    def _check_key(self, plugin: Plugin, key: object, added: Sequence[object]) -> None:
        if not isinstance(key, PolicyKey):
            raise TypeError(f"userctl_policy_keys returned {key!r}, which is not a PolicyKey")
        start = normalise(plugin.name) + "-"
        if (
            not key.name.startswith(start)
            or not key.name.isascii()
            or not key.name.replace("-", "").isalnum()
            or key.name != normalise(key.name)
        ):
            raise ValueError(f"the key {key.name} does not start with {start} or has more than a-z, 0-9 and -")
        if key.name in KEYS or key.name in self.owners or added.count(key) > 1:
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

    def load(self, policy: Policy, search_path: Iterable[str]) -> None:
        """Load the entry points that the key ``plugins`` names. What fails becomes a failure.

        Under ``locked`` only folders that this account cannot change are looked at, and modules come from there.
        """
        wanted = policy.items("plugins")
        missing = {name for name in wanted if name not in ("auto", "none")}
        every = "auto" in wanted or not missing
        if "none" in wanted:
            return
        for folder, distribution in _distributions(search_path):
            if policy.locked and obstacle(folder, *process.uids()):
                continue
            try:
                points = [point for point in distribution.entry_points if point.group == PROJECT]
            except Exception as error:  # of a file that somebody has edited, TypeError or ParsingError
                self.failures.append(Failure("plugin", distribution.metadata["Name"] or "unknown", describe(error)))
                continue
            for point in points:
                if (every or point.name in missing) and not self.has_plugin(point.name):
                    self._load_point(point, folder, distribution, by_location=policy.locked)
                missing.discard(point.name)
        self.failures += [
            Failure("plugin", name, "LookupError: no installed distribution has this entry point")
            for name in sorted(missing)
        ]

    def _load_point(self, point: Any, folder: str, distribution: Any, *, by_location: bool) -> None:
        try:
            if by_location or folder not in process.search_path():
                from pip_userctl.startup import loader

                loader.load_by_location(point.value.partition(":")[0].partition(".")[0], folder)
            name = distribution.metadata["Name"] or "unknown"
            self.add(Plugin(point.name, point.load(), name, distribution.version))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self.failures.append(Failure("plugin", point.name, describe(error)))


def _all(result: Any) -> list[Any]:
    """The results of one hook function: several in an iterable, one by itself, or none."""
    if result is None:
        return []
    if hasattr(result, "_fields"):
        return [result]
    if isinstance(result, str):
        raise TypeError(f"returned {result!r}")
    return list(result)


def describe(error: BaseException) -> str:
    """An exception as one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def describe_failures(failures: Sequence[Failure]) -> str:
    """What failed, in one clause: ``rule acme raised KeyError: 'x'``."""
    first = failures[0]
    subject = first.part if first.part == first.name else f"{first.part} {first.name}"
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    return f"{subject} raised {first.error}{more}"


def entry_points(search_path: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(name, ``module`` or ``module:object``) of every entry point of our group; nothing is imported."""
    for _, distribution in _distributions(search_path):
        yield from ((point.name, point.value) for point in distribution.entry_points if point.group == PROJECT)


def _distributions(search_path: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """(folder, distribution) of every distribution whose ``entry_points.txt`` names our group.

    Only those files are read: the metadata of 500 distributions costs twenty times as much.
    """
    for folder in dict.fromkeys(os.path.abspath(entry) for entry in search_path):
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        start, end = os.path.join(folder, ""), f"{os.sep}entry_points.txt"
        for name in names:
            # Most have none, and an exception costs ten times as much as to ask; joining paths costs as much as asking.
            if not name.endswith((".dist-info", ".egg-info")) or not os.access(f"{start}{name}{end}", os.F_OK):
                continue
            try:
                with open(f"{start}{name}{end}", "rb") as file:
                    is_ours = f"[{PROJECT}]".encode() in file.read()
            except OSError:
                continue
            if is_ours:
                from importlib.metadata import Distribution as InstalledMetadata
                from pathlib import Path

                yield folder, InstalledMetadata.at(Path(folder, name))
