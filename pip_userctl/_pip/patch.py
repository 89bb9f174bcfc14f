"""The patches of pip's install command. Each is thin: it calls pip's own function and tells the Case.

Nothing here may be the reason why pip fails: whatever goes wrong on our side ends in ``_failed``, and what pip decided
stands unless ``on-error = refuse``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from optparse import Values
from types import ModuleType
from typing import Any

from pip._internal.exceptions import PipError

from pip_userctl import borrowing, engine
from pip_userctl._pip import failsafe
from pip_userctl._pip.announce import MARK, announce, repeat, warn_of
from pip_userctl._pip.case import Case
from pip_userctl._pip.seams import misfits
from pip_userctl.decision import Decision
from pip_userctl.distributions import canonical
from pip_userctl.errors import UnsupportedPip
from pip_userctl.plugins import check_pluggy, describe
from pip_userctl.wording import redact

_current: ContextVar[Case | None] = ContextVar("pip_userctl_case", default=None)
# Two attributes on pip's command object: its command line, and the case of its run.
_ARGUMENTS = "_userctl_arguments"
_CASE = "_userctl_case"


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
    patched: Any = module
    command._main = _main(command._main)
    command.run = _run(command.run, module)
    command.get_requirements = _get_requirements(command.get_requirements)
    command.make_resolver = staticmethod(_make_resolver(command.make_resolver))
    patched.decide_user_install = _decide_user_install(patched.decide_user_install)
    patched.install_given_reqs = _install_given_reqs(patched.install_given_reqs)


def _main(original: Any) -> Any:
    """Seam 6: the command line as it was given; the outcome and the closing repetition, however it ended."""

    @functools.wraps(original)
    def _main(self: Any, args: list[str]) -> int:
        setattr(self, _ARGUMENTS, tuple(args))
        setattr(self, _CASE, None)
        status: int | None = None
        try:
            status = int(original(self, args))
            return status
        finally:
            case = getattr(self, _CASE)
            if case is not None:
                _finish(case, status)

    return _main


def _finish(case: Case, status: int | None) -> None:
    try:
        outcome = case.outcome(status)
        if outcome is not None:
            warn_of(engine.observe("userctl_finished", case.session, outcome=outcome))
        if not case.ending.refused:  # the refusal is the last word
            repeat(case.ending.warnings, outcome)
    except Exception as error:  # pip is done; there is nothing left to decide
        failsafe.warn(error)


def _run(original: Any, module: ModuleType) -> Any:
    """Seam 1: the options before pip looks at them."""

    @functools.wraps(original)
    def run(self: Any, options: Values, args: list[str]) -> int:
        arguments: Sequence[str] = getattr(self, _ARGUMENTS, ())
        case: Case | None = None
        with _guarded(options, args):
            made = Case(module, options, arguments, args)
            if made.is_ours:
                case = made
                setattr(self, _CASE, case)
        token = _current.set(case)
        try:
            if case is not None:
                with _guarded(options, args):
                    engine.record(case.session)
                    case.settle()
                    if case.pip_will_refuse_location():
                        _conclude(case)
            return int(original(self, options, args))
        except BaseException as error:
            if case is not None:
                reference: str | None = getattr(error, MARK, None)
                case.ending.error = reference or redact(describe(error))
                case.ending.refused = reference is not None
            raise
        finally:
            _current.reset(token)

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


def _make_resolver(original: Any) -> Any:
    """Seam 4: the resolved set, of which nothing has been written; dry runs come here, too."""

    @functools.wraps(original)
    def make_resolver(*args: Any, **kwargs: Any) -> Any:
        resolver = original(*args, **kwargs)
        case = _current.get()
        if case is not None:
            resolver.resolve = _resolve(resolver.resolve, case)
        return resolver

    return make_resolver


def _resolve(original: Any, case: Case) -> Any:
    @functools.wraps(original)
    def resolve(*args: Any, **kwargs: Any) -> Any:
        resolved = original(*args, **kwargs)
        with _guarded(case.options, case.args):
            first = case.decision
            second = case.pip_resolved(resolved)
            if second is not None:
                _tell(case, second, first)
        return resolved

    return resolve


def _install_given_reqs(original: Any) -> Any:
    """Seam 5: what pip has installed. No import works here any more on pip 26.3."""

    @functools.wraps(original)
    def install_given_reqs(*args: Any, **kwargs: Any) -> Any:
        installed = original(*args, **kwargs)
        case = _current.get()
        if case is not None:
            with _guarded(case.options, case.args):
                case.ending.installed = frozenset(canonical(each.name) for each in installed)
        return installed

    return install_given_reqs


def _conclude(case: Case) -> None:
    """Judge by the request alone."""
    _tell(case, case.judge(), None)


def _tell(case: Case, decision: Decision, previous: Decision | None) -> None:
    """The observers first, so that the record is written before pip goes on; then the screen, or pip's exception."""
    failures = engine.observe("userctl_decided", case.session, decision=decision)
    warn_of(failures)
    case.ending.warnings += announce(decision, previous)


@contextmanager
def _guarded(options: Values, args: Sequence[str]) -> Iterator[None]:
    """Pip's exceptions pass (they are our refusals); anything else is a fault of ours."""
    try:
        with borrowing.window():
            yield
    except (PipError, KeyboardInterrupt):
        raise
    except Exception as error:
        failsafe.failed(error, options, args)
