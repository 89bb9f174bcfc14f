"""The patches of pip's install command: each calls pip's own function and tells the InstallRun."""

from __future__ import annotations

import functools
from optparse import Values
from types import ModuleType
from typing import Any

from pip_userctl._pip.compat import UnsupportedPip, missing_parts
from pip_userctl._pip.run import InstallRun, current


def apply(module: ModuleType) -> None:
    """Patch ``pip._internal.commands.install``, once.

    Raises:
        UnsupportedPip: if this pip does not fit; then nothing has been patched.
    """
    missing = missing_parts(module)
    if missing:
        raise UnsupportedPip(missing)
    command: Any = module.InstallCommand
    if hasattr(command.run, "__wrapped__"):
        return
    patched: Any = module
    command._main = _main(command._main)
    command.run = _run(command.run, module)
    command.get_requirements = _get_requirements(command.get_requirements)
    command.make_resolver = staticmethod(_make_resolver(command.make_resolver))
    patched.decide_user_install = _decide_user_install(patched.decide_user_install)
    patched.install_given_reqs = _install_given_reqs(patched.install_given_reqs)


def _main(original: Any) -> Any:
    @functools.wraps(original)
    def _main(self: Any, args: list[str]) -> int:
        install = current.get()
        if install is None or not install.preview:
            install = InstallRun(args)
        token = current.set(install)
        status: int | None = None
        try:
            status = int(original(self, args))
            return status
        finally:
            current.reset(token)
            install.finish(status)

    return _main


def _run(original: Any, module: ModuleType) -> Any:
    @functools.wraps(original)
    def run(self: Any, options: Values, args: list[str]) -> int:
        install = current.get() or InstallRun(())
        token = current.set(install)
        try:
            install.start(module, options, args)
            return int(original(self, options, args))
        except BaseException as error:
            install.stopped(error)
            raise
        finally:
            current.reset(token)

    return run


def _decide_user_install(original: Any) -> Any:
    @functools.wraps(original)
    def decide_user_install(use_user_site: bool | None, *args: Any, **kwargs: Any) -> bool:
        def decide(wanted: bool | None) -> bool:
            return bool(original(wanted, *args, **kwargs))

        install = current.get()
        return install.choose(decide, use_user_site) if install else decide(use_user_site)

    return decide_user_install


def _get_requirements(original: Any) -> Any:
    @functools.wraps(original)
    def get_requirements(self: Any, *args: Any, **kwargs: Any) -> Any:
        found = original(self, *args, **kwargs)
        install = current.get()
        if install is not None:
            install.read(found)
        return found

    return get_requirements


def _make_resolver(original: Any) -> Any:
    @functools.wraps(original)
    def make_resolver(*args: Any, **kwargs: Any) -> Any:
        resolver = original(*args, **kwargs)
        install = current.get()
        if install is not None:
            resolver.resolve = _resolve(resolver.resolve, install)
        return resolver

    return make_resolver


def _resolve(original: Any, install: InstallRun) -> Any:
    @functools.wraps(original)
    def resolve(*args: Any, **kwargs: Any) -> Any:
        requirement_set = original(*args, **kwargs)
        install.resolved(requirement_set)
        return requirement_set

    return resolve


def _install_given_reqs(original: Any) -> Any:
    @functools.wraps(original)
    def install_given_reqs(*args: Any, **kwargs: Any) -> Any:
        requirements = original(*args, **kwargs)
        install = current.get()
        if install is not None:
            install.installed(requirements)
        return requirements

    return install_given_reqs
