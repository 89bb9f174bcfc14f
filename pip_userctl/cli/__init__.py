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
from pip_userctl.hooks import describe
from pip_userctl.messages import Message, UserctlError

#: What each does. Each is a module of this package: run(args) -> Result, and text(data) -> sections.
VERBS = {
    "status": "is it active here, for which pip, with which policy",
    "explain": "the decision that a pip install would get, and why",
    "rules": "every rule with its action here and where that is set; a rule's page; what another policy would change",
    "check": "every mistake in the policy, with its file and line",
    "doctor": "find what the user site hides or breaks, and what else is wrong around pip",
    "quarantine": "move distributions out of the user site, whole, with a way back",
    "restore": "move back what is in quarantine",
    "log": "the audit log summed up by rule, account, agent and verdict; what another policy would have refused",
    "plugins": "the registered plugins, with their hooks and keys",
    "activate": "cover other environments by the policy of this installation, without installing into them",
    "deactivate": "take back what activate did",
}
#: These take ``--python``.
REMOTE = ("status", "explain", "rules", "check", "doctor")


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
        status, text = _run(argv, own, as_json=as_json)
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


def _run(argv: Sequence[str], own: Sequence[str], *, as_json: bool) -> tuple[int, str]:
    """The exit status and what is to be printed; with ``--python`` the other interpreter prints by itself.

    own: the arguments before ``--``; of ``explain``, what is not ours among them and all behind it is pip's.
    """
    parser, verbs = _parsers()
    if not argv:
        parser.print_help(sys.stderr)
        return 2, ""
    verb, behind = argv[0], argv[len(own) + 1 :]
    args, unknown = parser.parse_known_args(own if verb == "explain" else argv)
    if verb == "explain":
        args.arguments = [*unknown, *behind]
    elif unknown:
        verbs[args.verb].error(f"unrecognized arguments: {' '.join(unknown)}")
    text = ""
    try:
        if getattr(args, "python", None) is not None:
            only = _Parser(add_help=False, allow_abbrev=False)
            only.add_argument("--python")
            return remote.run(args.python, [*only.parse_known_args(own)[1], *argv[len(own) :]]), ""
        module: Any = import_module(f"{__name__}.{verb}")
        result = module.run(args)
        if not as_json and result.data:
            text = output.render(module.text(result.data), output.terminal())
    except UsageError:
        raise
    except Exception as error:  # whoever is at fault: a person gets a sentence
        result = Result({}, 1, (_message(verb, error),))
    if as_json:
        return result.exit_code, output.envelope(verb, result)
    errors = (output.render_error(each, output.terminal()) for each in result.errors)
    return result.exit_code, "\n\n".join(filter(None, (text, *errors)))


def _parsers() -> tuple[_Parser, dict[str, _Parser]]:
    """The parser, and that of each verb."""
    parser = _Parser("pip-userctl", description="The policy for pip install, and pip install --user above all.")
    parser.add_argument("--version", action="version", version=f"pip-userctl {__version__}")
    subparsers = parser.add_subparsers(dest="verb", metavar="verb", required=True)
    for verb, summary in VERBS.items():
        each = subparsers.add_parser(verb, help=summary, description=summary, allow_abbrev=False)
        if verb in REMOTE:
            each.add_argument("--python", metavar="PATH", help="an interpreter, or an environment, to ask instead")
        each.add_argument("--json", action="store_true", help="print one JSON object")
    verbs = subparsers.choices
    add = verbs["status"].add_argument
    add("--all", action="store_true", help="show every key of the policy, not only what is set")
    add("--verify", action="store_true", help="compare the start-up files with the released ones")
    verbs["explain"].usage = "%(prog)s [-h] [--python PATH] [--json] [--] ..."
    verbs["explain"].epilog = "The rest is the arguments of pip install, or the whole command."
    add = verbs["rules"].add_argument
    add("name", nargs="?", metavar="NAME", help="show the page of this rule")
    add("--policy", metavar="FILE", help="show beside it what it would be with FILE on top")
    add = verbs["check"].add_argument
    add("files", nargs="*", metavar="FILE", help="check these alone, whether pip reads them or not")
    add = verbs["quarantine"].add_mutually_exclusive_group(required=True).add_argument
    add("names", nargs="*", default=[], metavar="NAME", help="a distribution in the user site")
    add("--shadowing", action="store_true", help="every one in the user site that hides another one")
    add("--list", action="store_true", help="show what is in quarantine")
    verbs["restore"].add_argument("id", metavar="ID", help="the quarantine, as `quarantine --list` shows it")
    add = verbs["log"].add_argument
    add("files", nargs="*", metavar="FILE", help="read these, .gz too, instead of the policy's audit log")
    add("--policy", metavar="FILE", help="what this policy alone would have refused or warned about")
    for verb in ("activate", "deactivate"):
        add = verbs[verb].add_mutually_exclusive_group(required=True).add_argument
        add("environments", metavar="ENV", nargs="*", default=[], help="its directory, or its python")
        add("--all-environments", action="store_true", help="every environment that is made from this interpreter")
    return parser, verbs


def _message(verb: str, error: Exception) -> Message:
    if isinstance(error, UserctlError):
        return error.message
    if not isinstance(error, ImportError):
        return Message("userctl-failure", f"pip-userctl {verb} failed", describe(error))
    what, repair = "a part of pip-userctl, or of what it needs, is missing", "pip install --force-reinstall pip-userctl"
    if (error.name or "").partition(".")[0] == "pip":
        what, repair = "this interpreter has no pip, or only a part of it", "ensurepip --upgrade"
    return Message("userctl-not-installed", what, str(error), hint=f"{sys.executable} -m {repair}")
