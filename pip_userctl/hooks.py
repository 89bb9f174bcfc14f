"""The hook layer: pluggy's manager with all plugins, and the one guarded call.

Built-in rules and the recorder are registered here like every other plugin, and called in the same way.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pluggy

from pip_userctl.frozen import Frozen
from pip_userctl.keys import PolicyKey
from pip_userctl.models import Distribution, Environment, Failure, Request, Verdict, redact

if TYPE_CHECKING:
    from pip_userctl.policy import Policy

PROJECT = "pip_userctl"
OBSERVERS = ("userctl_decided", "userctl_finished")

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


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

    def call(self, hook: str, **arguments: object) -> Iterator[tuple[str, Any]]:
        """Call the hook of every plugin, each by itself, in pluggy's order; what raises becomes a failure.

        Yields:
            (name of the plugin, one of its results).
        """
        part = "observer" if hook in OBSERVERS else "rule"
        caller = getattr(self.hook, hook, None)  # without plugins there is one only for what the built-in ones have
        for each in reversed(caller.get_hookimpls() if caller else ()):
            try:
                results = results_of(each.function(*[arguments[name] for name in each.argnames]))
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # SystemExit and RecursionError must not end pip either
                self.failures.append(Failure(part, each.plugin_name, describe(error)))
            else:
                yield from ((each.plugin_name, result) for result in results)


def results_of(result: Any) -> list[Any]:
    """The results of one hook function: several in an iterable, one by itself, or none."""
    if result is None:
        return []
    if hasattr(result, "_fields"):
        return [result]
    if isinstance(result, str):
        raise TypeError(f"returned {result!r}")
    return list(result)


def describe(error: BaseException) -> str:
    """An exception as one line; it may quote what was typed."""
    text = redact(" ".join(str(error).split()))
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def describe_failures(failures: Sequence[Failure]) -> str:
    """What failed, in one clause: ``rule acme raised KeyError: 'x'``."""
    first = failures[0]
    subject = first.part if first.part == first.name else f"{first.part} {first.name}"
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    return f"{subject} raised {first.error}{more}"


def find_entry_points(search_path: Iterable[str]) -> list[tuple[str, str]]:
    """(folder, its metadata folder) of every distribution whose ``entry_points.txt`` names our group.

    Only those files are read: the metadata of 500 distributions costs twenty times as much.
    """
    found = []
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
            with suppress(OSError), open(f"{start}{name}{end}", "rb") as file:
                if f"[{PROJECT}]".encode() in file.read():
                    found.append((folder, name))
    return found
