"""Loads this installation's package, and pluggy, from where they lie; hands pip's install command to the adapter.

Runs in every pip command, so it imports nothing until ``pip install`` is looked for. Nothing here may be the reason why
pip fails, and nothing on ``sys.path`` that merely bears one of our names is ever loaded in place of what was installed.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType
    from typing import Any

INSTALL = "pip._internal.commands.install"
#: The package's directory, and the start-up module's file; set by that module.
package = startup_module = ""


def watch(path: str) -> Any:
    """The finder that this directory has anyway, with ``find_spec`` overridden on the instance.

    A finder of our own would not do: pkgutil and importlib.resources look at the type.
    """
    for hook in sys.path_hooks[:]:
        if getattr(hook, "__module__", "") == "_pip_userctl":  # another installation's; this one was found first
            continue
        try:
            finder: Any = hook(path)
            break
        except ImportError:
            continue
    else:
        raise ImportError(path)
    find = getattr(finder, "find_spec", None) or _legacy(finder)

    def find_spec(name: str, target: Any = None) -> ModuleSpec | None:
        spec: ModuleSpec | None = find(name, target)
        if spec is not None and spec.loader is not None and name == INSTALL:
            # Never change the loader in place: one zipimporter serves all modules of a directory.
            spec.loader = _Loader(spec.loader)  # type: ignore[assignment]
        return spec

    finder.find_spec = find_spec
    return finder


def _legacy(finder: Any) -> Any:
    """``find_spec`` for zipimport before Python 3.10."""
    from importlib.util import spec_from_loader

    return lambda name, target: finder.find_module(name) and spec_from_loader(name, finder)


class _Loader:
    """pip's own loader, after which the module is patched. It takes itself out once the module is there."""

    def __init__(self, wrapped: Any) -> None:
        self._wrapped = wrapped

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)

    def create_module(self, spec: Any) -> Any:
        create = getattr(self._wrapped, "create_module", None)
        return None if create is None else create(spec)

    def exec_module(self, module: ModuleType) -> None:
        if hasattr(self._wrapped, "exec_module"):
            self._wrapped.exec_module(module)
        else:  # zipimport before Python 3.10
            code: CodeType = self._wrapped.get_code(module.__name__)
            exec(code, module.__dict__)
        module.__loader__ = self._wrapped
        if module.__spec__ is not None:
            module.__spec__.loader = self._wrapped
        try:
            load("pip_userctl._pip.patch").apply(module)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # pip has not set its logging up yet, so the level is part of the text
            import logging

            text = getattr(error, "line", None) or f"userctl-failure: pip-userctl raised {error!r}; pip goes on"
            logging.getLogger("pip_userctl").warning("WARNING: %s", text)


def load(name: str) -> Any:
    """Import a module of this installation's package; the package has a pluggy of its own."""
    from importlib import import_module

    lazy: Any = getattr(sys, "get_lazy_imports", lambda: None)()
    if lazy is not None:  # PEP 810: what is imported later would be looked up when pip has blocked imports
        sys.set_lazy_imports("normal")  # type: ignore[attr-defined]
    hooks = sys.path_hooks[:]
    sys.path_hooks[:] = [each for each in hooks if getattr(each, "__module__", "") != "_pip_userctl"]  # pip was found
    try:
        known = sys.modules.get("pip_userctl")
        if known is None or not (getattr(known, "__file__", None) or "").startswith(package):
            for each in [each for each in sys.modules if each.partition(".")[0] == "pip_userctl" and each != __name__]:
                del sys.modules[each]
            load_by_location("pip_userctl", package.rpartition("/")[0])
        if "pip_userctl.hooks" not in sys.modules:
            with private("pluggy"):
                import_module("pip_userctl.hooks")  # the only module that imports pluggy
        return import_module(name)
    finally:
        sys.path_hooks[:] = hooks
        if lazy is not None:
            sys.set_lazy_imports(lazy)  # type: ignore[attr-defined]


@contextmanager
def private(name: str) -> Iterator[None]:
    """Within it, a top-level name is what lies with this installation; afterwards what the environment has is put back.

    It is looked for beside this installation, then in the interpreter's own site-packages.
    """
    import os
    from importlib import import_module

    environment = import_module("pip_userctl.environment")
    own = os.path.dirname(os.path.abspath(startup_module))
    folders = [own, package.rpartition("/")[0]]
    folders += environment.library_folders(with_user_site=environment.is_user_site(own))
    theirs = {each: module for each, module in sys.modules.items() if each.partition(".")[0] == name}
    for each in theirs:
        del sys.modules[each]
    try:
        if not any(load_by_location(name, folder) for folder in folders):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        yield
    finally:
        for each in [each for each in sys.modules if each.partition(".")[0] == name]:
            del sys.modules[each]
        sys.modules.update(theirs)


def load_by_location(name: str, folder: str) -> ModuleType | None:
    """Import a top-level module from this folder, whatever else has its name; None if the folder has none."""
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    spec = PathFinder.find_spec(name, [folder])
    if spec is None or spec.loader is None or spec.origin is None:
        return None
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__file__", None) == spec.origin:
        return known
    module = sys.modules[name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def run() -> int:
    """Run the command ``pip-userctl``; without a pluggy nothing of the package loads, and that is said here."""
    try:
        command = load("pip_userctl.cli")
    except ImportError as error:
        what = "pip-userctl, or what it needs, cannot be loaded by this Python"
        hint = f"{sys.executable} -m pip install --force-reinstall pip-userctl"
        message = {"reference": "userctl-not-installed", "what": what, "why": str(error), "note": "", "hint": hint}
        if "--json" in sys.argv:
            import json

            answer = {"schema": 1, "command": sys.argv[1], "ok": False, "exit_code": 1, "data": {}, "errors": [message]}
            print(json.dumps(answer, indent=2))
        else:
            print(f"error: userctl-not-installed\n\nx {what}\n|-> {error}\n\nhint: {hint}")
        return 1
    return int(command.run(sys.argv[1:]))
