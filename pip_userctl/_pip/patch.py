"""The patches of pip's install command. Each is thin: it calls pip's own function and tells the Case.

Nothing here may be the reason why pip fails: whatever goes wrong on our side ends in ``_failed``, and what pip decided
stands unless ``on-error = refuse``.
"""

from __future__ import annotations

import functools
from contextlib import contextmanager
from contextvars import ContextVar
from optparse import Values
from types import ModuleType
from typing import Any, Iterator, Sequence

from pip._internal.exceptions import PipError

from pip_userctl import borrowing
from pip_userctl._pip import failsafe
from pip_userctl._pip.announce import announce
from pip_userctl._pip.case import Case
from pip_userctl._pip.diagnostics import logger
from pip_userctl._pip.seams import misfits
from pip_userctl.errors import UnsupportedPip
from pip_userctl.plugins import check_pluggy

_current: ContextVar[Case | None] = ContextVar("pip_userctl_case", default=None)
_ARGUMENTS = "_userctl_arguments"
_WARNINGS = "_userctl_warnings"


def apply(module: ModuleType) -> None:
    """Patch ``pip._internal.commands.install``. Raises UnsupportedPip, and then nothing has been patched."""
    import pip

    check_pluggy()
    missing = misfits(module)
    if missing:
        raise UnsupportedPip(pip.__version__, missing)
    command: Any = module.InstallCommand
    if getattr(command.run, "_userctl", False):
        return
    command._main = _main(command._main)
    command.run = _run(command.run, module)
    command.get_requirements = _get_requirements(command.get_requirements)
    module.decide_user_install = _decide_user_install(module.decide_user_install)  # type: ignore[attr-defined]


def _main(original: Any) -> Any:
    """Seam 6: the command line as it was given, and the closing repetition."""

    @functools.wraps(original)
    def _main(self: Any, args: list[str]) -> int:
        setattr(self, _ARGUMENTS, tuple(args))
        setattr(self, _WARNINGS, ())
        try:
            return int(original(self, args))
        finally:
            for line in getattr(self, _WARNINGS):
                logger.warning("%s", line)

    return _main


def _run(original: Any, module: ModuleType) -> Any:
    """Seam 1: the options before pip looks at them."""

    @functools.wraps(original)
    def run(self: Any, options: Values, args: list[str]) -> int:
        arguments: Sequence[str] = getattr(self, _ARGUMENTS, ())
        case: Case | None = None
        with _guarded(options, args):
            case = Case(module, options, arguments, args)
            if case.is_ours:
                case.settle()
                if case.pip_will_refuse_location():
                    _conclude(case)
            else:
                case = None
        token = _current.set(case)
        try:
            return int(original(self, options, args))
        finally:
            _current.reset(token)
            setattr(self, _WARNINGS, tuple(case.warnings) if case else ())

    run._userctl = True  # type: ignore[attr-defined]
    return run


def _decide_user_install(original: Any) -> Any:
    """Seam 2: pip's choice between the user site and the environment's."""

    @functools.wraps(original)
    def decide_user_install(use_user_site: bool | None, *args: Any, **kwargs: Any) -> bool:
        case = _current.get()
        if case is None:
            return bool(original(use_user_site, *args, **kwargs))
        try:
            user = bool(original(use_user_site, *args, **kwargs))
        except PipError:
            with _guarded(case.options, case.args):
                if not case.is_pips_business():
                    _conclude(case)
            raise
        with _guarded(case.options, case.args):
            case.pip_chose(user, lambda wish: bool(original(wish, *args, **kwargs)))
        return user

    return decide_user_install


def _get_requirements(original: Any) -> Any:
    """Seam 3: what was asked for, as pip has read it; nothing of it has been downloaded."""

    @functools.wraps(original)
    def get_requirements(self: Any, *args: Any, **kwargs: Any) -> Any:
        found = original(self, *args, **kwargs)
        case = _current.get()
        if case is not None:
            with _guarded(case.options, case.args):
                if case.pip_read(found):
                    _conclude(case)
        return found

    return get_requirements


def _conclude(case: Case) -> None:
    """Judge, print, and raise pip's exception where pip has to stop."""
    case.warnings = announce(case.judge(), case.session.policy)


@contextmanager
def _guarded(options: Values, args: Sequence[str]) -> Iterator[None]:
    """pip's exceptions pass (they are our refusals); anything else is a fault of ours."""
    try:
        with borrowing.window():
            yield
    except (PipError, KeyboardInterrupt):
        raise
    except Exception as error:
        failsafe.failed(error, options, args)
