"""The command ``pip-userctl``: one parser, one module a verb, one way to print what they answer."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from pip_userctl import __version__
from pip_userctl.cli import output, remote
from pip_userctl.cli.output import Result, Section
from pip_userctl.hooks import describe
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
    """The command line is wrong. args: what is wrong with it, and all that is printed about that."""


class _Parser(argparse.ArgumentParser):
    """Raises UsageError, so that ``--json`` gets its envelope for a wrong command line, too."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, f"{self.format_usage()}{self.prog}: error: {message}\n")


def run(argv: Sequence[str]) -> int:
    """Run one verb and print what it answers; returns 0 (fine), 1 (findings, refused, not active) or 2 (usage)."""
    own = argv[: argv.index("--")] if "--" in argv else argv
    as_json = "--json" in own and own[0] in VERBS
    try:
        status, text = _run(argv, as_json=as_json)
    except UsageError as error:
        if not as_json:
            sys.stderr.write(error.args[1])
            return 2
        status, text = 2, output.envelope(own[0], Result({}, 2, (Message("userctl-usage", error.args[0]),)))
    except SystemExit as stop:  # --help and --version: what argparse has printed waits for its flush
        status, text = int(stop.code or 0), ""
    failure = output.write(text)
    if failure:
        sys.stderr.write(f"pip-userctl: error: the answer cannot be written: {failure}\n")
    return 1 if failure else status


def _run(argv: Sequence[str], *, as_json: bool) -> tuple[int, str]:
    """The exit status and what is to be printed; with ``--python`` the other interpreter prints by itself."""
    verb = argv[0] if argv and argv[0] in VERBS else ""
    sections: Sequence[Section] = ()
    try:
        parser, verbs = _parsers(verb)
        if not argv:
            parser.print_help(sys.stderr)
            return 2, ""
        python, words = _split(argv)
        args, unknown = parser.parse_known_args(words)
        if unknown:
            verbs[verb].error(f"unrecognized arguments: {' '.join(unknown)}")
        if python is not None:
            return remote.run(python, words), ""
        if verb == "explain":
            args.arguments.remove("--")
        module: Any = import_module(f"{__name__}.{verb}")
        result = module.run(args)
        sections = module.text(result.data) if result.data else ()
    except UsageError:
        raise
    except Exception as error:  # whoever is at fault: a person gets a sentence
        result = Result({}, 1, (_message(verb, error),))
    if as_json:
        return result.exit_code, output.envelope(verb, result)
    terminal = output.terminal()
    errors = (output.render_error(each, terminal) for each in result.errors)
    return result.exit_code, "\n\n".join(filter(None, (output.render(sections, terminal), *errors)))


def _split(argv: Sequence[str]) -> tuple[str | None, list[str]]:
    """Take ``--python`` out; put ``--`` before what is pip's, because argparse.REMAINDER does not begin with an option."""
    end = argv.index("--") if "--" in argv else len(argv)
    verb, python, words = argv[0], None, list(argv[:end])
    if verb in REMOTE:
        known, words = _python_option(verb).parse_known_args(words)
        python = known.python
    if verb != "explain":
        return python, [*words, *argv[end:]]
    own = [word for word in words if word in _OWN]
    return python, [verb, *own, "--", *(word for word in words[1:] if word not in _OWN), *argv[end + 1 :]]


def _python_option(verb: str) -> _Parser:
    parser = _Parser(f"pip-userctl {verb}", add_help=False, allow_abbrev=False)
    parser.add_argument("--python", metavar="PATH", help="an interpreter, or an environment, to ask instead")
    return parser


def _parsers(wanted: str) -> tuple[_Parser, dict[str, _Parser]]:
    """The parser, and that of each verb. Only the wanted verb is imported: others may need more than there is."""
    parser = _Parser("pip-userctl", description="The policy for pip install, and pip install --user above all.")
    parser.add_argument("--version", action="version", version=f"pip-userctl {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="verb", required=True)
    for verb in [wanted] if wanted else VERBS:
        try:
            module: Any = import_module(f"{__name__}.{verb}")
        except ImportError:
            if wanted:
                raise
            continue
        parents = [_python_option(verb)] if verb in REMOTE else []
        each = verbs.add_parser(verb, help=module.HELP, description=module.HELP, parents=parents, allow_abbrev=False)
        each.add_argument("--json", action="store_true", help="print one JSON object")
        module.add_arguments(each)
    return parser, verbs.choices


def _message(verb: str, error: Exception) -> Message:
    if isinstance(error, UserctlError):
        return error.message
    name = getattr(error, "name", None) or ""
    if not isinstance(error, ImportError):
        return Message("userctl-failure", f"pip-userctl {verb}".rstrip() + " failed", describe(error))
    if name.partition(".")[0] == "pip":
        what, repair = "this interpreter has no pip, or only a part of it", "ensurepip --upgrade"
    else:
        what, repair = (
            "a part of pip-userctl, or of what it needs, is missing",
            "pip install --force-reinstall pip-userctl",
        )
    return Message("userctl-not-installed", what, str(error), hint=f"{sys.executable} -m {repair}")
