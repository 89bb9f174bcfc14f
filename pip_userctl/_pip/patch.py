"""The patches of pip's install command: each calls pip's own function and tells the InstallRun."""

from __future__ import annotations

import functools
from collections.abc import Callable
from optparse import Values
from types import ModuleType
from typing import Any

from pip_userctl._pip.compat import UnsupportedPip, missing_parts
from pip_userctl._pip.run import InstallRun, current


def apply(module: ModuleType) -> None:
    """Patch ``pip._internal.commands.install``; a second call does nothing.

    Raises:
        UnsupportedPip: if a function is missing or has other parameters; then nothing has been patched.
    """
    missing = missing_parts(module)
    if missing:
        raise UnsupportedPip(missing)
    command: Any = module.InstallCommand
    if hasattr(command.run, "__wrapped__"):
        return
    patched: Any = module
    command._main = _wrapped(command._main, _main)
    command.run = _wrapped(command.run, functools.partial(_run, module))
    command.get_requirements = _wrapped(command.get_requirements, _get_requirements)
    command.make_resolver = staticmethod(_wrapped(command.make_resolver, _make_resolver))
    patched.decide_user_install = _wrapped(patched.decide_user_install, _decide_user_install)
    patched.install_given_reqs = _wrapped(patched.install_given_reqs, _install_given_reqs)


def _wrapped(original: Any, replacement: Callable[..., Any]) -> Any:
    """A function that calls the replacement with pip's own function and its arguments."""

    @functools.wraps(original)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return replacement(original, *args, **kwargs)

    return wrapper


def _main(original: Any, self: Any, args: list[str]) -> int:
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


def _run(module: ModuleType, original: Any, self: Any, options: Values, args: list[str]) -> int:
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


def _decide_user_install(original: Any, use_user_site: bool | None, *args: Any, **kwargs: Any) -> bool:
    install = current.get()
    if install is None:
        return bool(original(use_user_site, *args, **kwargs))
    return install.choose(lambda wanted: bool(original(wanted, *args, **kwargs)), use_user_site)


def _get_requirements(original: Any, *args: Any, **kwargs: Any) -> Any:
    found = original(*args, **kwargs)
    install = current.get()
    if install is not None:
        install.read(found)
    return found


def _make_resolver(original: Any, *args: Any, **kwargs: Any) -> Any:
    resolver = original(*args, **kwargs)
    install = current.get()
    if install is not None:
        resolver.resolve = _wrapped(resolver.resolve, functools.partial(_resolve, install))
    return resolver


def _resolve(install: InstallRun, original: Any, *args: Any, **kwargs: Any) -> Any:
    requirement_set = original(*args, **kwargs)
    install.resolved(requirement_set)
    return requirement_set


def _install_given_reqs(original: Any, *args: Any, **kwargs: Any) -> Any:
    requirements = original(*args, **kwargs)
    install = current.get()
    if install is not None:
        install.installed(requirements)
    return requirements
