"""What pip would do with these arguments: its own ``run``, up to the point where it has read what was asked for.

Nothing is installed and nothing is fetched: pip is stopped before it resolves, and gets an empty file for every URL.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from optparse import Values
from types import ModuleType
from typing import Any, NamedTuple

import pip
from pip._internal.commands import create_command
from pip._internal.exceptions import InstallationError, PipError
from pip._internal.utils.temp_dir import global_tempdir_manager, tempdir_registry
from pip._internal.utils.virtualenv import running_under_virtualenv
from pip._vendor.requests import Response

from pip_userctl import engine, environment
from pip_userctl._pip import request as requests
from pip_userctl._pip.case import Case
from pip_userctl._pip.seams import misfits
from pip_userctl.decision import Decision
from pip_userctl.errors import UnsupportedPip
from pip_userctl.policy import Policy

_REFUSED = "pip refuses by itself"


class Preview(NamedTuple):
    """decision: None where nothing is judged; then reason says why. pip_refusal: pip's own words, or empty.

    not_judged: what only the resolved set shows; unread: requirement and constraint files that are URLs, which are not
    fetched here; pip: its version.
    """

    decision: Decision | None
    policy: Policy
    reason: str
    pip_refusal: str
    not_judged: tuple[str, ...]
    unread: tuple[str, ...]
    pip: str


def preview(arguments: Sequence[str]) -> Preview:
    """The decision on ``pip install <arguments>``. SystemExit comes from pip's own parser."""
    import pip._internal.commands.install as module

    missing = misfits(module)
    if missing:
        raise UnsupportedPip(pip.__version__, missing)
    command: Any = create_command("install", isolated="--isolated" in arguments)
    command.parser.prog = "pip install"  # for its usage errors; pip takes its name from the running script
    options, args = command.parse_args(list(arguments))
    case = Case(module, options, arguments, args)
    elsewhere = _elsewhere(arguments, case)
    if elsewhere is not None:
        return elsewhere
    trial = _Trial(module, command, case)
    refusal = trial.run()
    reason = "" if trial.decision else trial.reason or (_REFUSED if refusal else "")
    session = trial.case.session
    left = engine.not_judged(trial.decision, session.plugins) if trial.decision else ()
    unread = tuple(trial.unread)
    return Preview(trial.decision, session.policy, reason, refusal, tuple(left), unread, pip.__version__)


def _elsewhere(arguments: Sequence[str], case: Case) -> Preview | None:
    """PIP_PYTHON, or ``python`` in a configuration file: pip starts again with that interpreter. None where it goes on here.

    Typed behind ``install``, pip refuses it, before 23.1 it did nothing.
    """
    python = getattr(case.options, "python", None)  # pip 22.3 and newer
    typed = any(word.partition("=")[0] == "--python" for word in arguments)
    release = tuple(map(int, re.findall(r"\d+", pip.__version__)[:2]))
    if not python or (typed and release < (23, 1)):
        return None
    from pip._internal.cli.main_parser import identify_python_interpreter

    from pip_userctl._pip import other

    decision, reason, refusal = None, _exempt(case), ""
    interpreter = identify_python_interpreter(python)
    if typed:
        refusal = "The --python option must be placed before the pip subcommand name"
    elif interpreter is None:
        refusal = f"Could not locate Python interpreter {python}"
    elif os.path.dirname(os.path.abspath(interpreter)) == os.path.dirname(case.session.environment.executable):
        return None
    elif not reason:
        request = requests.with_arguments(case.request, case.args, case.options)
        decision = other.decide(request, interpreter, case.session)
        reason = f"pip starts again with {interpreter}, and is judged there: pip-userctl explain --python {interpreter}"
    reason = "" if decision else _REFUSED if refusal else reason
    return Preview(decision, case.session.policy, reason, refusal, (), (), pip.__version__)


def _exempt(case: Case) -> str:
    """Why this install is not judged at all; empty where it is."""
    if not requests.has_something_to_install(case.options, case.args):
        return "pip has nothing to install"
    if not case.session.policy.enabled:
        return "the policy is switched off (enabled = no)"
    return "" if case.is_ours else "an install that pip or ensurepip starts by itself"


class _Enough(Exception):
    """pip has read what was asked for, and must not go on."""


class _Trial:
    """One run of pip's command that ends before pip resolves.

    decision: None until something was judged; reason: why nothing is; unread: the URLs that were asked for.
    """

    def __init__(self, module: ModuleType, command: Any, case: Case) -> None:
        self.case = case
        self.decision: Decision | None = None
        self.reason = _exempt(case)
        self.unread: list[str] = []
        self._module: Any = module
        self._command = command
        self._decide = module.decide_user_install
        self._read = command.get_requirements
        self._make_session = command.get_default_session

    def run(self) -> str:
        """Run; gives pip's own words where pip refuses, else nothing."""
        case, command = self.case, self._command
        if case.options.require_venv and not running_under_virtualenv():
            return "Could not find an activated virtualenv (required)."
        if not self.reason:
            case.settle()
            if case.pip_will_refuse_location():
                self._judge()
        case.options.cache_dir, case.options.no_clean = None, False  # nothing of this run is to stay
        command.get_requirements = self.get_requirements
        command.get_default_session = self.get_default_session
        self._module.decide_user_install = self.decide_user_install
        run = type(command).run
        run = run.__wrapped__ if getattr(run, "_userctl", False) else run  # without our own patch
        try:
            with command.main_context():
                command.tempdir_registry = command.enter_context(tempdir_registry())
                command.enter_context(global_tempdir_manager())
                run(command, case.options, case.args)
        except _Enough:
            return ""
        except PipError as error:
            return _words(error)
        finally:
            self._module.decide_user_install = self._decide
        raise RuntimeError("pip went on without get_requirements")

    def decide_user_install(self, wish: bool | None, *args: Any, **kwargs: Any) -> bool:
        """Seam 2: pip's choice between the user site and the environment's."""
        try:
            user = bool(self._decide(wish, *args, **kwargs))
        except PipError:
            if not self.reason and not self.case.is_pips_business():
                self._judge()
            raise
        if not self.reason:
            self.case.pip_chose(user, lambda wish: bool(self._decide(wish, *args, **kwargs)))
        return user

    def get_requirements(self, args: list[str], options: Values, *rest: Any, **kwargs: Any) -> Any:
        """Seam 3, where pip ends: what was asked for. A file that is not read here counts as something."""
        self.unread += _take_urls(options, "constraints")
        known = len(self.unread)
        self.unread += _take_urls(options, "requirements")
        left = len(self.unread) == known or requests.has_something_to_install(options, args)
        try:
            found = self._read(args, options, *rest, **kwargs) if left else ()
        except PipError:
            raise
        except Exception as error:  # pip itself would fail: a file that is not there, or no text
            raise InstallationError(f"{type(error).__name__}: {error}") from error
        if not self.reason:
            if self.case.pip_read(found) or len(self.unread) > known:
                self._judge()
            else:
                self.reason = "pip has nothing to install: no requirement, or none whose marker holds here"
        raise _Enough

    def get_default_session(self, options: Values) -> Any:
        """Pip's session, with an empty file for each URL that a file refers to."""
        session = self._make_session(options)
        fetch = session.get

        def get(url: str, *args: Any, **kwargs: Any) -> Any:
            if _is_local(url):
                return fetch(url, *args, **kwargs)
            self.unread.append(url)
            response = Response()
            response.status_code, response.url, response._content = 200, url, b""
            return response

        session.get = get
        return session

    def _judge(self) -> None:
        self.decision = self.case.judge()


def _take_urls(options: Values, name: str) -> list[str]:
    """Take the files that would have to be fetched out of the options: what they hold decides how pip reads them."""
    files = getattr(options, name, None) or []
    urls = [each for each in files if "://" in each and not _is_local(each)]
    setattr(options, name, [each for each in files if each not in urls])
    return urls


def _is_local(url: str) -> bool:
    return url.lower().startswith("file:")


def _words(error: BaseException) -> str:
    """What pip says, in one line; its diagnostic errors have that beside the exception's own text."""
    return " ".join(str(getattr(error, "message", None) or error).split())


class Installed(NamedTuple):
    """The pip of this interpreter. problem: why it is not under the policy; empty where it is."""

    version: str
    location: str
    problem: str


def installed() -> Installed:
    """Which pip this is, and whether its install command has been patched by the start-up hook."""
    import pip._internal.commands.install as module

    location = str(pip.__file__)
    missing = misfits(module)
    if missing:
        problem = f"this pip has no {', no '.join(missing)}: it is not supported"
    elif not getattr(module.InstallCommand.run, "_userctl", False):
        problem = environment.inactive_because()
    elif module.InstallCommand.run.__module__.endswith("failsafe"):
        problem = "pip-userctl could not be loaded inside pip"
    else:
        problem = ""
    return Installed(pip.__version__, location, problem)
