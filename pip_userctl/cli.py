"""The command line: one table of verbs, one envelope around every answer."""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from pip_userctl import __version__, installation
from pip_userctl.answers import Answer, Usage, failed
from pip_userctl.commands._elsewhere import run_with, take_python
from pip_userctl.environment.terminal import columns, shows_progress, terminal
from pip_userctl.errors import Report, UserctlError
from pip_userctl.reporting import envelope, progress, text


class Option(NamedTuple):
    """An option or argument of a verb: what ``add_argument`` takes, and the sentence of ``--help``."""

    name: str
    help: str
    more: Mapping[str, Any] = {}


class Verb(NamedTuple):
    """A verb: its module under ``pip_userctl.commands``, and what it does, in one sentence.

    usage: how the arguments look that it takes apart by itself; options: those that are taken apart for it.
    """

    module: str
    summary: str
    usage: str = ""
    options: tuple[Option, ...] = ()
    elsewhere: bool = False  # takes --python PATH


VERBS: Mapping[str, Verb] = {
    "status": Verb("status", "is it active here, for which pip, with which policy", elsewhere=True),
    "explain": Verb(
        "explain", "the decision that a pip install would get, and why", "[--] [pip install arguments]", elsewhere=True
    ),
    "matrix": Verb(
        "matrix",
        "the decision for every situation, under this policy or another",
        elsewhere=True,
        options=(
            Option("--config", "show the policy of this file alone", {"metavar": "FILE"}),
            Option("--compare", "show only what the policy of this file would change", {"metavar": "FILE"}),
        ),
    ),
    "check": Verb(
        "check",
        "every mistake in the policy, with its file and line",
        elsewhere=True,
        options=(
            Option(
                "files", "check these files alone, whether pip reads them or not", {"nargs": "*", "metavar": "FILE"}
            ),
        ),
    ),
    "doctor": Verb(
        "doctor", "what in the user site and in the configuration is broken, or breaks something here", elsewhere=True
    ),
    "quarantine": Verb(
        "quarantine",
        "move distributions out of the user site, whole, so that they can be restored",
        options=(
            Option("names", "distributions in the user site", {"nargs": "*", "metavar": "NAME"}),
            Option("--shadowing", "all that hide another copy which this interpreter sees", {"action": "store_true"}),
            Option("--list", "show what is in quarantine", {"action": "store_true"}),
        ),
    ),
    "restore": Verb(
        "restore",
        "bring back what quarantine took away, byte for byte",
        options=(Option("id", "as quarantine --list shows it", {"metavar": "ID"}),),
    ),
    "log": Verb(
        "log",
        "what the audit log says",
        options=(
            Option("--since", "from this time on: 2026-01-31, 2026-01-31T12:00:00Z, 90m, 24h or 7d", {"metavar": "T"}),
            Option("--verdict", "allow, log, warn or refuse", {"metavar": "V"}),
            Option("--situation", "a situation that applied", {"metavar": "S"}),
            Option("--account", "the name or uid of who ran pip", {"metavar": "A"}),
            Option("--summary", "count who fell into which situation", {"action": "store_true"}),
            Option("files", "read these instead of the key audit-log; .gz as well", {"nargs": "*", "metavar": "FILE"}),
        ),
    ),
    "plugins": Verb("plugins", "the registered plugins, with their hooks and keys"),
    "activate": Verb("activate", "have the policy hold in other environments too", "ENV ... | --all-environments"),
    "deactivate": Verb("deactivate", "take back what activate did", "ENV ... | --all-environments"),
}
_REST = "rest"


def run(argv: Sequence[str]) -> int:
    """Run one verb; prints its answer and gives the exit status."""
    shown = ""
    try:
        status, shown = _run(list(argv))
    except SystemExit as stop:  # argparse, and pip's own parser: --help, --version, a usage error
        status = int(stop.code or 0)
    failure = _write(shown)
    if failure:
        sys.stderr.write(f"pip-userctl: error: the answer cannot be written: {failure}\n")
        return 1
    return status


def _run(arguments: Sequence[str]) -> tuple[int, str]:
    """The exit status, and the text for standard output. SystemExit comes from argparse, which has printed by itself."""
    parser, verbs = parsers()
    if not arguments or arguments[0] not in VERBS:
        try:
            parser.parse_args(arguments)  # --help, --version, or what is wrong
        except Usage as error:
            parser.exit_with_usage(error)
        parser.print_help(sys.stderr)
        return 2, ""
    name = arguments[0]
    if VERBS[name].elsewhere:
        python, arguments = take_python(arguments)
        if python is not None:
            return _elsewhere(name, python, arguments)
    own, rest = _split(arguments[1:], takes_rest=bool(VERBS[name].usage))
    json = "--json" in own
    try:
        options = parser.parse_args([name, *own])
        setattr(options, _REST, rest)
        answer = _answer(name, options, json)
    except Usage as error:
        if not json:
            verbs[name].exit_with_usage(error)
        answer = failed(Report("userctl-usage", str(error)), exit_code=2)
    return answer.exit_code, envelope(name, answer) if json else text(answer.page, terminal())


def _elsewhere(name: str, python: str, arguments: Sequence[str]) -> tuple[int, str]:
    """The same of another interpreter, which prints by itself."""
    try:
        return run_with(python, arguments), ""
    except UserctlError as error:
        answer = failed(error.report)
    except Usage as error:
        answer = failed(Report("userctl-usage", str(error)), exit_code=2)
    return answer.exit_code, envelope(name, answer) if "--json" in arguments else text(answer.page, terminal())


def _answer(name: str, options: argparse.Namespace, json: bool) -> Answer:
    watched = sys.stderr if shows_progress() and not json else None
    try:
        module: Any = importlib.import_module(f"pip_userctl.commands.{VERBS[name].module}")
        with progress.shown(f"pip-userctl {name}", watched, columns()) as options.tell:
            answer: Answer = module.run(options)
    except Usage:
        raise
    except UserctlError as error:
        return failed(error.report)
    except ImportError as error:
        return failed(_incomplete(error))
    except Exception as error:  # whoever is at fault: a person gets a sentence
        report = Report("userctl-failure", f"pip-userctl {name} failed", f"{type(error).__name__}: {error}")
        return failed(report)
    return answer


def _incomplete(error: ImportError) -> Report:
    what = "pip-userctl cannot run: a part of it, or of what it needs, is missing or too old"
    repair = "pip install --force-reinstall pip-userctl"
    if (error.name or "").partition(".")[0] == "pip":
        repair = "ensurepip --upgrade"
    elif installation.is_borrowed():  # pluggy, say, may be one for newer Pythons only
        what = "the pip-userctl that is lent to this interpreter, or what it needs, does not run on it"
        repair = "pip install pip-userctl"
    return Report("userctl-not-installed", what, str(error), hint=f"{sys.executable} -m {repair}")


class _Parser(argparse.ArgumentParser):
    """Raises Usage, so that ``--json`` gets its envelope for a wrong command line, too."""

    def error(self, message: str) -> NoReturn:
        raise Usage(message)

    def exit_with_usage(self, error: Usage) -> NoReturn:
        """Print what is wrong, and how it would be right."""
        super().error(str(error))


def parsers() -> tuple[_Parser, Mapping[str, _Parser]]:
    """The parser, and that of each verb."""
    parser = _Parser("pip-userctl", description="The policy for pip install --user.")
    parser.add_argument("--version", action="version", version=f"pip-userctl {__version__}")
    verbs = parser.add_subparsers(metavar="verb")
    for name, verb in VERBS.items():
        python = "[--python PATH] " if verb.elsewhere else ""
        usage = f"%(prog)s [-h] [--json] {python}{verb.usage}" if verb.usage else None
        each = verbs.add_parser(name, help=verb.summary, description=verb.summary, usage=usage, allow_abbrev=False)
        each.add_argument("--json", action="store_true", help="print one JSON object")
        if verb.elsewhere:
            each.add_argument("--python", metavar="PATH", help="an interpreter, or an environment, to ask instead")
        for option in verb.options:
            each.add_argument(option.name, help=option.help, **option.more)
    return parser, verbs.choices


def _split(arguments: Sequence[str], *, takes_rest: bool) -> tuple[list[str], list[str]]:
    """Our own options and what belongs to pip; behind ``--`` everything is pip's."""
    if not takes_rest:
        return list(arguments), []
    own: list[str] = []
    rest = list(arguments)
    end = rest.index("--") if "--" in rest else len(rest)
    for option in ("--json", "--help", "-h"):
        while option in rest[:end]:
            rest.remove(option)
            own.append(option)
            end -= 1
    if end < len(rest):
        del rest[end]
    return own, rest


def _write(text: str) -> str:
    """Write the text and what is buffered; gives why that is impossible. A reader who has gone is no failure."""
    if sys.stdout is None:  # the caller has closed it
        return ""
    encoding = sys.stdout.encoding or "ascii"
    shown = text.encode(encoding, "backslashreplace").decode(encoding)
    try:
        sys.stdout.write(f"{shown}\n" if shown else "")
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains once more at exit
        return "" if error.errno in (errno.EPIPE, errno.EINVAL) else str(error.strerror)
    return ""
