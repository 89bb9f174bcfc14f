"""``pip --python OTHER install``: pip starts itself again with another interpreter; is the policy there too?

Where OTHER is covered, the pip in it judges and records like any other. Where it is not, ``other-interpreter`` is judged
and recorded here, with what the command line alone tells of the request: what pip finds there, nobody sees.
"""

from __future__ import annotations

import json
import logging.config  # noqa: F401 - setup_logging needs it, and leaves it to others to import
import os
import subprocess
from optparse import Values
from types import ModuleType
from typing import Any, Callable, NamedTuple, NoReturn, Sequence

import pip
from pip._internal.commands import create_command
from pip._internal.exceptions import PipError
from pip._internal.utils.logging import setup_logging

from pip_userctl import borrowing, engine
from pip_userctl._pip import beginning, diagnostics, failsafe, request as requests
from pip_userctl._pip.announce import MARK, announce, repeat, warn_of
from pip_userctl._pip.beginning import Beginning
from pip_userctl.decision import Decision, Outcome
from pip_userctl.engine import Session
from pip_userctl.models import Request
from pip_userctl.plugins import describe
from pip_userctl.rules import other_interpreter
from pip_userctl.wording import redact

_OBSERVERS = {"userctl_decided", "userctl_finished"}

# What pip's own runner does, up to the command: only then has the start-up hook of that interpreter been asked.
_PROBE = """\
import json, sys
from importlib.machinery import PathFinder
class Redirect:
    def find_spec(name, path=None, target=None):
        return PathFinder.find_spec(name, [sys.argv[1]], target) if name == "pip" else None
sys.meta_path.insert(0, Redirect)
try:
    from pip._internal.commands.install import InstallCommand as command
    run = command.run
    covered = bool(getattr(run, "_userctl", False)) and not run.__module__.endswith("failsafe")
except Exception:
    covered = False
print(json.dumps([covered, sys.prefix]))
"""


class Judged(NamedTuple):
    """refusal: what stops pip, or None; finish: to be told how pip ended, by which exception."""

    refusal: Exception | None
    finish: Callable[[BaseException], None]


class _Unreadable(Exception):
    """pip will refuse this command line by itself, or show its help."""


def judge(parser: ModuleType, interpreter: str, arguments: Sequence[str]) -> Judged | None:
    """None where nothing is judged here. parser: the module of pip that knows the general options."""
    general, rest = parser.create_main_parser().parse_args(list(arguments))
    if not rest or rest[0] != "install":
        return None
    began = beginning.begin(isolated=bool(general.isolated_mode))
    session = began.session
    if not session.policy.enabled:
        return None
    engine.record(session)
    if session.policy.text(other_interpreter.NAME) == "allow" and not _is_observed(session):
        return None
    try:
        options, request = _read(arguments, began)
    except _Unreadable:
        return None
    decision = None if request is None else decide(request, interpreter, session)
    return None if decision is None else _concluded(decision, session, options)


def decide(request: Request, interpreter: str, session: Session) -> Decision | None:
    """The decision on this request to that interpreter; None where it is covered, so that the pip there judges."""
    covered, prefix = _look(interpreter)
    if covered:
        return None
    verdict = other_interpreter.judge(request, session.environment, session.policy, interpreter, prefix)
    return engine.judge_alone(verdict, request, session)


def _concluded(decision: Decision, session: Session, options: Values) -> Judged:
    """The record is written before pip goes on, or is stopped."""
    setup_logging(verbosity=options.verbose - options.quiet, no_color=options.no_color, user_log_file=options.log)
    warn_of(engine.observe("userctl_decided", session, decision=decision))
    warnings: list[str] = []

    def finish(error: BaseException) -> None:
        try:
            with borrowing.window():
                outcome = _outcome(decision, error)
                warn_of(engine.observe("userctl_finished", session, outcome=outcome))
                repeat(warnings, outcome)
        except Exception as failure:  # pip is done; there is nothing left to decide
            failsafe.warn(failure)

    try:
        warnings += announce(decision)
    except PipError as error:
        finish(error)
        return Judged(diagnostics.plain(error), lambda _: None)
    return Judged(None, finish)


def _outcome(decision: Decision, error: BaseException) -> Outcome:
    """Pip ends with the exit status of the pip that it has started; what that one has installed is not known here."""
    reference: str | None = getattr(error, MARK, None)
    if reference is not None:
        return Outcome(decision, "refused", reference, (), ())
    if not isinstance(error, SystemExit):
        return Outcome(decision, "failed", redact(describe(error)), (), ())
    if error.code:
        return Outcome(decision, "failed", f"pip ended with exit status {error.code}", (), ())
    return Outcome(decision, "dry-run" if decision.request.dry_run else "installed", None, (), ())


def _is_observed(session: Session) -> bool:
    # Ours are asked directly, so that pluggy is not imported for them.
    hooks = (dir(each.plugin) if each.ours else session.plugins.hooks_of(each) for each in session.plugins.plugins)
    return any(map(_OBSERVERS.intersection, hooks))


def _read(arguments: Sequence[str], began: Beginning) -> tuple[Values, Request | None]:
    """Pip's own reading of the command line, and the request in it; None where there is nothing to install."""
    words = list(arguments)
    words.remove("install")  # as pip hands them to its command
    command: Any = create_command("install", isolated="--isolated" in words)

    def leave(*_: Any) -> NoReturn:
        raise _Unreadable

    # The pip that is started will say the same; it is not to be said twice.
    command.parser.error = command.parser.exit = command.parser.print_help = leave
    options, args = command.parse_args(words)
    request = requests.with_arguments(requests.from_options(options, words, began.files, args), args, options)
    nothing = not requests.has_something_to_install(options, args)
    return options, None if nothing or requests.is_nested(request, began.session.environment) else request


def _look(interpreter: str) -> tuple[bool, str]:
    """(covered, prefix) of that interpreter, by having it load this pip's install command. An older pip is no fault."""
    sources = os.path.dirname(os.path.dirname(os.path.abspath(str(pip.__file__))))
    done = subprocess.run(
        [interpreter, "-c", _PROBE, sources], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    try:
        covered, prefix = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        return False, interpreter
    return covered, prefix
