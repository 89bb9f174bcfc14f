"""pluggy's plugin manager for our hooks: what every plugin that is not ours is registered with, and called through."""

from __future__ import annotations

from typing import Any

import pluggy

from pip_userctl import hookspecs


class Registry(pluggy.PluginManager):
    """Knows our hooks. Of a plugin of ours, which has no marker, each function with the name of a hook is one."""

    def __init__(self) -> None:
        super().__init__(hookspecs.PROJECT)
        self.add_hookspecs(hookspecs)
        self._takes_ours = False

    def register_ours(self, plugin: object, name: str) -> None:
        """Register a plugin that has no marker."""
        self._takes_ours = True
        try:
            self.register(plugin, name)
        finally:
            self._takes_ours = False

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> Any:
        """What pluggy asks of each name that a plugin has."""
        if not self._takes_ours:
            return super().parse_hookimpl_opts(plugin, name)
        return {} if name.startswith("userctl_") else None

    def register_whole(self, plugin: object, name: str) -> None:
        """Register a plugin; one that does not fit the hooks is not there at all."""
        known = self.is_registered(plugin)
        try:
            self.register(plugin, name)
        except BaseException:
            if not known and self.is_registered(plugin):
                self.unregister(plugin)  # pluggy < 1.7 keeps what it had read up to the mistake
            raise

    def caller(self, hook: str, plugin: object) -> Any:
        """The hook as this plugin alone implements it; None where it does not."""
        implementers = [each.plugin for each in getattr(self.hook, hook).get_hookimpls()]
        if not any(each is plugin for each in implementers):
            return None
        return self.subset_hook_caller(hook, remove_plugins=[each for each in implementers if each is not plugin])
