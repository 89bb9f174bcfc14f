"""The patches of pip's install command: each calls pip's own function and tells the InstallRun.

The patched functions have had the same names and parameters from pip 20.3 to 26.3; a pip in which one differs is left
alone.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from optparse import Values
from types import ModuleType
from typing import Any

import pip

from pip_userctl._pip.run import InstallRun, current

#: Name in ``pip._internal.commands.install`` → the parameters that it must have, in this order, first.
PATCHED: dict[str, tuple[str, ...]] = {
    "decide_user_install": ("use_user_site", "prefix_path", "target_dir", "root_path", "isolated_mode"),
    "get_lib_location_guesses": ("user", "home", "root", "isolated", "prefix"),
    "InstallCommand.run": ("self", "options", "args"),
    "InstallCommand.get_requirements": ("self", "args", "options", "finder", "session"),
    "InstallCommand._main": ("self", "args"),
    "InstallCommand.make_resolver": ("preparer", "finder", "options"),
    "install_given_reqs": ("root", "use_user_site"),
}
# Their order changed between versions, or does not matter: they are passed by keyword, or handed on as they come.
_ANY_ORDER = ("get_lib_location_guesses", "InstallCommand.make_resolver", "install_given_reqs")


class UnsupportedPip(Exception):
    """This pip's internals do not fit; nothing has been patched. line: what is said."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(f"this pip has no {', no '.join(missing)}")
        self.line = f"userctl-unsupported-pip: pip {pip.__version__} is not under the policy: {self}"


def missing_parts(module: ModuleType) -> tuple[str, ...]:
    """The functions that this pip does not have, or has with other parameters."""
    missing = []
    for name, parameters in PATCHED.items():
        function: Any = module
        for part in name.split("."):
            function = getattr(function, part, None)
        while hasattr(function, "__wrapped__"):  # patched already
            function = function.__wrapped__
        code = getattr(function, "__code__", None)
        found = () if code is None else code.co_varnames[: code.co_argcount]
        if not (set(parameters) <= set(found) if name in _ANY_ORDER else found[: len(parameters)] == parameters):
            missing.append(name)
    return tuple(missing)


def apply(module: ModuleType) -> None:
    """Patch ``pip._internal.commands.install``; a second call does nothing.

    Raises:
        UnsupportedPip: if a function is missing or has other parameters; then nothing has been patched.
    """
    missing = missing_parts(module)
    if missing:
        raise UnsupportedPip(missing)
    patched: Any = module
    command: Any = patched.InstallCommand
    if hasattr(command.run, "__wrapped__"):
        return
    pip_main, pip_run = command._main, command.run
    pip_get_requirements, pip_make_resolver = command.get_requirements, command.make_resolver
    pip_decide, pip_install = patched.decide_user_install, patched.install_given_reqs

    @functools.wraps(pip_main)
    def main(self: Any, args: list[str]) -> int:
        install = current.get()
        if install is None or not install.preview:
            install = InstallRun(args)
        token = current.set(install)
        status: int | None = None
        try:
            status = int(pip_main(self, args))
            return status
        finally:
            current.reset(token)
            install.finish(status)

    @functools.wraps(pip_run)
    def run(self: Any, options: Values, args: list[str]) -> int:
        install = current.get() or InstallRun(())
        token = current.set(install)
        try:
            install.step(install.start, module, options, args)
            return int(pip_run(self, options, args))
        except BaseException as error:
            install.stopped(error)
            raise
        finally:
            current.reset(token)

    @functools.wraps(pip_decide)
    def decide_user_install(use_user_site: bool | None, *args: Any, **kwargs: Any) -> bool:
        install = current.get()
        if install is None:
            return bool(pip_decide(use_user_site, *args, **kwargs))
        return install.choose(lambda wanted: bool(pip_decide(wanted, *args, **kwargs)), use_user_site)

    @functools.wraps(pip_get_requirements)
    def get_requirements(*args: Any, **kwargs: Any) -> Any:
        found = pip_get_requirements(*args, **kwargs)
        install = current.get()
        if install is not None:
            install.step(install.read, found)
        return found

    @functools.wraps(pip_make_resolver)
    def make_resolver(*args: Any, **kwargs: Any) -> Any:
        resolver = pip_make_resolver(*args, **kwargs)
        install, pip_resolve = current.get(), resolver.resolve

        def resolve(*args: Any, **kwargs: Any) -> Any:
            requirement_set = pip_resolve(*args, **kwargs)
            if install is not None:
                install.step(install.resolved, requirement_set)
            return requirement_set

        resolver.resolve = resolve
        return resolver

    @functools.wraps(pip_install)
    def install_given_reqs(*args: Any, **kwargs: Any) -> Any:
        requirements = pip_install(*args, **kwargs)
        install = current.get()
        if install is not None:
            install.step(install.installed, requirements)
        return requirements

    command._main, command.run = main, run
    command.get_requirements, command.make_resolver = get_requirements, staticmethod(make_resolver)
    patched.decide_user_install, patched.install_given_reqs = decide_user_install, install_given_reqs
