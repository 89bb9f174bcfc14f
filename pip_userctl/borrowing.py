"""In a covered environment: what we need beside the standard library comes from the installation that covers it.

pluggy and packaging are looked for there first, everything else (a plugin's own modules) there last, and only within
``window()``. Outside of it the environment's own pluggy and packaging, loaded or not, are as if we were not there:
``sys.path`` is never touched, and what is in ``sys.modules`` under these names is exchanged at both ends of a window.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Iterator, Sequence

#: Top-level names that a covered environment may have in another version. The last is packaging's, before 22.
PRIVATE = ("pluggy", "packaging", "pyparsing")

_ours: dict[str, ModuleType] = {}
_open = False
_lent: tuple[str, ...] = ()


def cover() -> tuple[str, ...]:
    """How to call the covering pip-userctl, and the folders of its installation; empty where none covers us."""
    return _lent or tuple(getattr(sys.modules.get("_pip_userctl"), "cover", ()))


def lend(cover: tuple[str, ...]) -> None:
    """For this process alone, have it covered like that."""
    global _lent
    _lent = cover


def folders() -> tuple[str, ...]:
    """The covering installation's site-packages."""
    return cover()[1:]


@contextmanager
def window() -> Iterator[None]:
    """While it is open, imports find the covering installation; one within another changes nothing."""
    global _open
    if _open or not folders():
        yield
        return
    theirs = _take()
    sys.modules.update(_ours)
    first, last = _Finder(folders(), PRIVATE), _Finder(folders(), None)
    sys.meta_path.insert(0, first)
    sys.meta_path.append(last)
    _open = True
    try:
        yield
    finally:
        _open = False
        for finder in (first, last):
            if finder in sys.meta_path:
                sys.meta_path.remove(finder)
        _ours.update(_take())
        sys.modules.update(theirs)


def _take() -> dict[str, ModuleType]:
    """Take the modules with private names out of ``sys.modules``."""
    return {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in PRIVATE}


class _Finder:
    """Finds top-level modules in the folders. names: the only ones it looks for; None for any."""

    def __init__(self, folders: Sequence[str], names: Sequence[str] | None) -> None:
        self._folders = folders
        self._names = names

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if path is not None or (self._names is not None and name not in self._names):
            return None
        return PathFinder.find_spec(name, list(self._folders), target)

    def find_distributions(self, context: Any = None) -> Any:
        """The metadata of private names, which some of them read of themselves."""
        from importlib.metadata import DistributionFinder, MetadataPathFinder

        if context is None or context.name not in (self._names or ()):
            return ()
        own = DistributionFinder.Context(name=context.name, path=list(self._folders))
        return MetadataPathFinder.find_distributions(own)

    def invalidate_caches(self) -> None:
        """PathFinder, which stands beside it, has the caches."""
