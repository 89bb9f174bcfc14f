"""The command ``pip-userctl``: one parser, one module a verb, one way to print what they answer."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from pip_userctl import __version__
from pip_userctl.cli import output, remote
from pip_userctl.cli.output import Result
from pip_userctl.messages import Message, UserctlError

#: Each is a module of this package: HELP, add_arguments(parser), run(args) -> Result, and text(data) -> sections.
VERBS = (
    "status", "explain", "rules", "check", "doctor", "quarantine", "restore", "log", "plugins", "activate", "deactivate"
)  # fmt: skip
#: These take ``--python``.
REMOTE = ("status", "explain", "rules", "check", "doctor")
#: Own options of ``explain``; the rest of its command line is pip's.
_OWN = ("--json", "-h", "--help")


class UsageError(Exception):
    """The command line is wrong; the message says how. usage: how it would be right."""

    def __init__(self, text: str, usage: str) -> None:
        super().__init__(text)
        self.usage = usage


class _Parser(argparse.ArgumentParser):
    """Raises UsageError, so that ``--json`` gets its envelope for a wrong command line, too."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, f"{self.format_usage()}{self.prog}: error: {message}\n")


_PYTHON = _Parser("pip-userctl", add_help=False, allow_abbrev=False)
_PYTHON.add_argument("--python", metavar="PATH", help="an interpreter, or an environment, to ask instead")


def run(argv: Sequence[str]) -> int:
    """Run one verb and print what it answers.

    Args:
        argv: the command line without the program.

    Returns:
        The exit status: 0 (fine), 1 (findings, refused, not active) or 2 (usage).
    """
    status = 0
    try:
        python, words = _split(argv)
        status, text = _run(python, words)
    except UsageError as error:
        sys.stderr.write(error.usage)
        return 2
    except SystemExit as stop:  # --help and --version; what argparse prints may wait for its flush
        status, text = int(stop.code or 0), ""
    failure = output.write(text)
    if failure:
        sys.stderr.write(f"pip-userctl: error: the answer cannot be written: {failure}\n")
    return 1 if failure else status


def _split(argv: Sequence[str]) -> tuple[str | None, list[str]]:
    """Take ``--python`` out. In front of what is pip's comes ``--``: argparse.REMAINDER does not begin with an option."""
    end = argv.index("--") if "--" in argv else len(argv)
    verb, python, words = argv[0] if argv else "", None, list(argv[:end])
    if verb in REMOTE:
        known, words = _PYTHON.parse_known_args(words)
        python = known.python
    if verb != "explain":
        return python, [*words, *argv[end:]]
    own = [word for word in words[1:] if word in _OWN]
    return python, [verb, *own, "--", *(word for word in words[1:] if word not in _OWN), *argv[end + 1 :]]


def _run(python: str | None, words: Sequence[str]) -> tuple[int, str]:
    """The exit status and what is to be printed; the other interpreter of ``--python`` prints by itself."""
    verb, as_json = words[0] if words else "", "--json" in words
    modules = {name: import_module(f"pip_userctl.cli.{name}") for name in VERBS}
    parser = _parser(modules)
    if not words:
        parser.print_help(sys.stderr)
        return 2, ""
    try:
        args = parser.parse_args(words)
        if verb == "explain":
            args.arguments.remove("--")
        result = _result(modules[verb], python, args, words)
    except UsageError as error:
        if not as_json or verb not in VERBS:
            raise
        result = Result({}, 2, (Message("userctl-usage", str(error)),))
    if isinstance(result, int):
        return result, ""
    if as_json:
        return result.exit_code, output.envelope(verb, result)
    terminal = output.terminal()
    parts = [output.render(modules[verb].text(result.data), terminal) if result.data else ""]
    parts += [output.render_error(each, terminal) for each in result.errors]
    return result.exit_code, "\n\n".join(filter(None, parts))
