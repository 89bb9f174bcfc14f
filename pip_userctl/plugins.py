"""The plugin manager: the built-in rules from one tuple, entry points with a guard around each.

Entry points are found by looking for ``entry_points.txt`` files that name our group, and only those distributions are
read by ``importlib.metadata``: reading the metadata of every distribution costs twenty times as much where there are
500.
What the look cannot see (distributions inside zip files or from import hooks) is loaded by ``plugins = <name>``.

pluggy is imported with the first plugin that is not ours. Ours are called without it, because to import it and to
register them costs as much as all the rest of a judgement; where it is there, they are registered like the others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Thread
from typing import TYPE_CHECKING, Any

from pip_userctl.frozen import Frozen
from pip_userctl.models import Failure
from pip_userctl.policy import KEYS, PROFILES, PolicyKey, normalise
from pip_userctl.rules import account, grid, options, protected, shadowing

if TYPE_CHECKING:
    from types import ModuleType

    from pip_userctl.registry import Registry

BUILT_IN = (grid, account, options, protected, shadowing)
OWN_NAME = "pip_userctl"
#: Whose failure it is; observers never stop pip.
_PARTS = {"userctl_decided": "observer", "userctl_finished": "observer", "userctl_health_checks": "check"}
_GROUP = f"[{OWN_NAME}]"
_METADATA = (".dist-info", ".egg-info")


class Plugin(Frozen):
    """One registered plugin. distribution, version: None for the built-in rules; ours: called without pluggy."""

    name: str
    plugin: object
    distribution: str | None = None
    version: str | None = None
    ours: bool = False


class Answer(Frozen):
    """What one plugin returned from one hook."""

    plugin: str
    value: Any


class Plugins:
    """The registered plugins, and the one way to call them: each alone, guarded, with a time limit.

    timeout: seconds for one call of a plugin that is not built in.
    failures: what went wrong so far; the caller decides what that means.
    """

    def __init__(self, built_in: Sequence[ModuleType] = BUILT_IN) -> None:
        self._registry: Registry | None = None
        self.keys: list[PolicyKey] = []
        #: Key → the name of the plugin that has added it.
        self.owners: dict[str, str] = {}
        self.timeout = 2.0
        self.failures: list[Failure] = []
        #: Names of observers that have failed once: their second failure is not told again.
        self.silenced: set[str] = set()
        self.plugins = [Plugin(f"{OWN_NAME}.{rule.__name__.rpartition('.')[2]}", rule, ours=True) for rule in built_in]

    @property
    def registry(self) -> Registry:
        """The registry with all plugins so far; made when it is asked for."""
        if self._registry is None:
            from pip_userctl.registry import Registry

            self._registry = Registry()
            for each in self.plugins:
                self._registry.register_ours(each.plugin, each.name)
        return self._registry

    def load(self, wanted: Sequence[str], search_path: Iterable[str]) -> None:
        """Load the entry points that the key ``plugins`` asks for, and the policy keys that they add."""
        if "none" in wanted:
            return
        names = {name for name in wanted if name != "auto"}
        every = "auto" in wanted or not names
        missing = set(names)
        for label, distribution in _everywhere(search_path) if names else _on_path(search_path):
            for point in self._guard("plugin", label, _points, distribution) or ():
                if every or point.name in names:
                    missing.discard(point.name)
                    self._guard("plugin", point.name, self._load_one, distribution, point)
        for name in sorted(missing):
            self.failures.append(Failure("plugin", name, "no installed distribution has this entry point"))

    def add(self, name: str, plugin: object) -> None:
        """Register one of our own that only some policies need; like all of ours it is asked before the others."""
        added = Plugin(f"{OWN_NAME}.{name}", plugin, ours=True)
        if self._registry is not None:
            self._registry.register_ours(plugin, added.name)
        self.plugins.insert(len(BUILT_IN), added)

    def ask(self, hook: str, **arguments: Any) -> Iterator[Answer]:
        """Call the hook of every plugin by itself. What raises or takes too long becomes a failure."""
        part = _PARTS.get(hook, "rule")
        for each in tuple(self.plugins):
            caller = _own(each.plugin, hook) if each.ours else self.registry.caller(hook, each.plugin)
            if caller is None:
                continue
            call = _direct if each.distribution is None else self._timed
            values = self._guard(part, each.name, call, lambda caller=caller: _all(caller(**arguments)))
            for value in values or ():
                yield Answer(each.name, value)

    def call(self, part: str, plugin: Plugin, name: str, function: Callable[[], Any], patience: float) -> Any:
        """The function's result, or None where it failed, like a hook of this plugin; patience times as long as one."""
        limited = _direct if plugin.distribution is None else lambda call: self._timed(call, patience)
        return self._guard(part, name, limited, function)

    def hooks_of(self, plugin: Plugin) -> list[str]:
        """The names of the hooks that a registered plugin implements."""
        return sorted(caller.name for caller in self.registry.get_hookcallers(plugin.plugin) or ())

    def _load_one(self, distribution: Any, point: Any) -> None:
        if any(each.name == point.name for each in self.plugins):
            return
        name = distribution.metadata["Name"] or "unknown"
        self.enlist(Plugin(point.name, point.load(), name, distribution.version))

    def enlist(self, plugin: Plugin) -> None:
        """Register a plugin and take the policy keys that it adds; what does not fit is raised."""
        self.register(plugin)
        for answer in list(self.ask_one(plugin, "userctl_policy_keys")):
            self._add_key(plugin, answer)

    def ask_one(self, plugin: Plugin, hook: str) -> Iterator[Any]:
        """What one plugin returns from a hook without arguments."""
        caller = self.registry.caller(hook, plugin.plugin)
        limited = _direct if plugin.distribution is None else self._timed
        if caller is not None:
            yield from limited(lambda: _all(caller()))

    def _add_key(self, plugin: Plugin, key: object) -> None:
        if not isinstance(key, PolicyKey):
            raise TypeError(f"userctl_policy_keys returned {key!r}, which is no PolicyKey")
        start = normalise(plugin.name) + "-"
        if not key.name.startswith(start) or key.name != normalise(key.name):
            raise ValueError(f"the key {key.name} does not start with {start} or has more than a-z, 0-9 and -")
        if key.name in KEYS or any(key.name == each.name for each in self.keys):
            raise ValueError(f"the key {key.name} exists already")
        try:
            key.expects()
            defaults = [key.default(profile) for profile in PROFILES]
        except (KeyError, IndexError) as error:
            raise ValueError(f"the key {key.name} has an unknown kind, or not one default a profile") from error
        if key.kind in ("action", "choice") and not set(defaults) <= set(key.values):
            raise ValueError(f"a default of the key {key.name} is none of its values")
        self.keys.append(key)
        self.owners[key.name] = plugin.name

    def register(self, plugin: Plugin) -> None:
        """Add a plugin; one that does not fit the hooks is not there at all."""
        self.registry.register_whole(plugin.plugin, plugin.name)
        self.plugins.append(plugin)

    def _timed(self, call: Callable[[], Any], patience: float = 1) -> Any:
        """The call's result within the time limit, in a thread that is left behind if it takes longer."""
        outcome: list[tuple[bool, Any]] = []

        def run() -> None:
            try:
                outcome.append((True, call()))
            except BaseException as error:  # SystemExit as well: a plugin must not end pip
                outcome.append((False, error))

        thread = Thread(target=run, name="pip-userctl-plugin", daemon=True)
        thread.start()
        thread.join(self.timeout * patience)
        if not outcome:
            times = "" if patience == 1 else f"{patience:g} times "
            raise TimeoutError(f"took longer than {times}plugin-timeout = {self.timeout:g} seconds")
        succeeded, value = outcome[0]
        if succeeded:
            return value
        raise value

    def _guard(self, part: str, name: str, call: Callable[..., Any], *arguments: object) -> Any:
        try:
            return call(*arguments)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self.failures.append(Failure(part, name, describe(error)))
            return None


def describe(error: BaseException) -> str:
    """An exception as one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def check_pluggy() -> None:
    """Raise ImportError where pluggy is missing or too old, without importing it."""
    from importlib.machinery import PathFinder
    from importlib.util import find_spec

    found = find_spec("pluggy")
    if found is None:
        raise ImportError("No module named 'pluggy'", name="pluggy")
    # Its private modules have their names since 1.0. Only what is no plain folder, such as a zip file, needs a finder.
    places = found.submodule_search_locations or []
    plain = any(os.path.exists(os.path.join(place, "_hooks.py")) for place in places)
    if not plain and PathFinder.find_spec("pluggy._hooks", places) is None:
        from importlib.metadata import version

        raise ImportError(f"pluggy {version('pluggy')} is too old: pip-userctl needs 1.0 or newer")


def _own(plugin: object, hook: str) -> Callable[..., Any] | None:
    """A hook of ours, called like one of pluggy's: for a list of results."""
    function = getattr(plugin, hook, None)
    return function and (lambda **arguments: [function(**arguments)])


def _direct(call: Callable[[], Any]) -> Any:
    return call()


def _all(values: Iterable[Any]) -> list[Any]:
    """What the implementations returned, lists and generators taken apart."""
    flat: list[Any] = []
    for value in values:
        if hasattr(value, "_fields"):
            flat.append(value)
        elif value is not None and not isinstance(value, str):
            flat.extend(value)
        elif value is not None:
            raise TypeError(f"returned {value!r}")
    return flat


def installed(search_path: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(name, ``module`` or ``module:object``) of every entry point of our group; nothing is imported."""
    for _, distribution in _on_path(search_path):
        yield from ((point.name, point.value) for point in _points(distribution))


def _on_path(search_path: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """The distributions on the path that mention our group, each with the name of its folder."""
    for directory in dict.fromkeys(os.path.abspath(entry) for entry in search_path):
        try:
            names = os.listdir(directory)
        except OSError:
            continue
        start, end = os.path.join(directory, ""), f"{os.sep}entry_points.txt"
        for name in names:
            # Most have none, and an exception costs ten times as much as to ask; joining the path costs as much as asking.
            if not name.endswith(_METADATA) or not os.access(f"{start}{name}{end}", os.F_OK):
                continue
            if _mentions_us(f"{start}{name}{end}"):
                from importlib.metadata import Distribution
                from pathlib import Path

                yield name, Distribution.at(Path(directory, name))


def _mentions_us(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return _GROUP.encode() in file.read()
    except OSError:
        return False


def _everywhere(search_path: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """The same wherever the interpreter finds distributions, inside zip files too."""
    from importlib.metadata import distributions

    found: Iterable[Any] = distributions(path=list(search_path))
    for distribution in found:
        try:
            text = distribution.read_text("entry_points.txt") or ""
        except ValueError:  # not UTF-8
            continue
        if _GROUP in text:
            yield str(distribution.metadata["Name"]), distribution


def _points(distribution: Any) -> list[Any]:
    """The distribution's entry points of our group."""
    return [point for point in distribution.entry_points if point.group == OWN_NAME]
