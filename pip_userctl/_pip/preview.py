"""What pip would do with these arguments: the same InstallRun on pip's own command, stopped before pip resolves.

Nothing is installed and nothing is fetched: the session answers every URL with an empty file.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, NoReturn

from pip._internal.commands import create_command
from pip._internal.exceptions import PipError
from pip._internal.utils.temp_dir import global_tempdir_manager, tempdir_registry
from pip._internal.utils.virtualenv import running_under_virtualenv
from pip._vendor.requests import Response

from pip_userctl._pip.patch import UnsupportedPip as UnsupportedPip, apply
from pip_userctl._pip.run import Enough, InstallRun, current
from pip_userctl.frozen import Frozen
from pip_userctl.hooks import Decision
from pip_userctl.judge import Session
from pip_userctl.models import redact
from pip_userctl.plugins import not_judged


class Preview(Frozen):
    """What an install would get.

    Attributes:
        decision: None if nothing is judged; exempt: why not.
        pip_refusal: pip's own words if it refuses by itself.
        not_judged: the rules that only the resolved set shows.
        unread: requirement and constraint files that are URLs.
    """

    decision: Decision | None
    session: Session
    exempt: str
    pip_refusal: str
    not_judged: tuple[str, ...]
    unread: tuple[str, ...]


class WrongArguments(Exception):
    """Pip cannot use the command line, or its configuration. args: why, and all that pip prints about that."""


def preview(arguments: Sequence[str]) -> Preview:
    """The decision on ``pip install <arguments>``.

    Raises:
        WrongArguments: if pip's parser does not accept them.
        UnsupportedPip: if this pip does not fit.
    """
    import pip._internal.commands.install as module

    apply(module)  # another interpreter may have no start-up file
    command: Any = create_command("install", isolated="--isolated" in arguments)
    command.parser.prog = "pip install"  # for its usage errors; pip takes its name from the running script
    command.parser.error, command.parser.exit = _report_errors(command.parser)
    options, args = command.parse_args(list(arguments))
    options.cache_dir, options.no_clean = None, False  # nothing of this run is to stay
    install = InstallRun(arguments, preview=True)
    make_session = command.get_default_session
    command.get_default_session = lambda options: _without_network(make_session(options), install.unread)
    token = current.set(install)
    refusal = ""
    try:
        with command.main_context():
            command.tempdir_registry = command.enter_context(tempdir_registry())
            command.enter_context(global_tempdir_manager())
            if options.require_venv and not running_under_virtualenv():
                install.start(module, options, args)
                refusal = "Could not find an activated virtualenv (required)."
            else:
                command.run(options, args)
    except Enough:
        pass
    except PipError as error:
        refusal = " ".join(str(getattr(error, "message", None) or error).split())
    except OSError as error:  # pip itself would fail: a file that is not there, or not text
        refusal = f"{type(error).__name__}: {error}"
    finally:
        current.reset(token)
    assert install.session is not None
    exempt = "" if install.decision else install.exempt or "pip refuses by itself"
    left = not_judged(install.decision, install.session.hooks) if install.decision else ()
    unread = tuple(map(redact, install.unread))
    return Preview(install.decision, install.session, exempt, redact(refusal), tuple(left), unread)


def _report_errors(parser: Any) -> tuple[Any, Any]:
    """The two methods by which the parser prints an error and ends the process, as ones that raise WrongArguments."""

    def error(text: str) -> NoReturn:
        usage = io.StringIO()
        parser.print_usage(usage)  # pip 26.3 writes markup, which only this renders
        raise WrongArguments(text, f"{usage.getvalue()}{text}\n")

    def exit(status: int = 0, text: str = "") -> NoReturn:
        if status:
            raise WrongArguments(text.strip(), text)
        raise SystemExit(status)

    return error, exit


def _without_network(session: Any, unread: list[str]) -> Any:
    fetch = session.get

    def get(url: str, *args: Any, **kwargs: Any) -> Any:
        if url.lower().startswith("file:"):
            return fetch(url, *args, **kwargs)
        unread.append(url)
        response = Response()
        response.status_code, response.url, response._content = 200, url, b""
        return response

    session.get = get
    return session
