"""The plugin manager of a test: the plugin is registered as at run time, but called without a thread and a time limit."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any, Callable

from pip_userctl import environment
from pip_userctl.plugins import BUILT_IN, Plugin, Plugins, installed


class Manager(Plugins):
    """The one of run time, and what failed is also kept as it was raised, so that a test can show where.

    Plugins count as ours where the time is concerned: they run in the thread of the test, so that a debugger works.
    """

    def __init__(self, built_in: Sequence[ModuleType] = BUILT_IN) -> None:
        self.raised: list[BaseException] = []
        super().__init__(built_in)

    def _guard(self, part: str, name: str, call: Callable[..., Any], *arguments: object) -> Any:
        def keeping(*arguments: object) -> Any:
            try:
                return call(*arguments)
            except BaseException as error:
                self.raised.append(error)
                raise

        return super()._guard(part, name, keeping, *arguments)

    def assert_nothing_failed(self) -> None:
        """Raise AssertionError with every failure; the first exception is its cause."""
        if self.failures:
            text = "\n".join(f"the {each.part} {each.name} failed: {each.error}" for each in self.failures)
            raise AssertionError(text) from (self.raised[0] if self.raised else None)


def enlist(plugin: object, name: str | None = None, built_in: Sequence[ModuleType] = BUILT_IN) -> Manager:
    """A manager with this plugin and its policy keys. AssertionError where it would not be loaded."""
    plugins = Manager(built_in)
    chosen = name or name_of(plugin)
    try:
        plugins.enlist(Plugin(chosen, plugin))
    except Exception as error:
        hint = f"; no installed entry point loads it, so {chosen} was taken for its name: name=… says another"
        if name or not isinstance(error, ValueError) or is_installed(chosen):
            hint = ""
        raise AssertionError(f"the plugin {chosen} cannot be loaded: {error}{hint}") from error
    return plugins


def name_of(plugin: object) -> str:
    """The name of the installed entry point that loads the plugin, else that of the module or class."""
    module = plugin.__name__ if isinstance(plugin, ModuleType) else type(plugin).__module__
    for name, value in installed(environment.search_path()):
        place, _, attribute = value.replace(" ", "").partition(":")
        if place != module:
            continue
        if (not attribute and isinstance(plugin, ModuleType)) or _is(plugin, place, attribute):
            return name
    return module.rpartition(".")[2] if isinstance(plugin, ModuleType) else type(plugin).__name__.lower()


def _is(plugin: object, module: str, attribute: str) -> bool:
    from importlib import import_module

    found: object = import_module(module)
    for each in filter(None, attribute.partition("[")[0].split(".")):
        found = getattr(found, each, None)
    return found is plugin


def is_installed(name: str) -> bool:
    """Whether some installed distribution has an entry point of this name."""
    return any(name == each for each, _ in installed(environment.search_path()))
