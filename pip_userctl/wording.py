"""Sentences about places, origins and rules, and the commands of the hints. Pure, ASCII, shared by all rules."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Sequence

from pip_userctl.errors import Report
from pip_userctl.models import (
    REFERENCE_PREFIX,
    Blocked,
    Destination,
    Distribution,
    Environment,
    Origin,
    Request,
    Source,
    Verdict,
)
from pip_userctl.policy import Policy

# scheme://user:password@host; greedy, because a password may hold an at-sign that was not encoded
_URL_SECRET = r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<auth>[^/\s?#]*)@"
# user:password@host, as pip takes it for --proxy
_BARE_SECRET = r"(?P<start>(?:^|=)[^\s/\\:@=]+:)[^\s/\\@]+@"
_PREFIXES = {"refuse": "Refused: ", "ignore": "ignored: "}
_LOCATION_OPTIONS = ("--target", "--prefix", "--root")
#: pip takes it in front of ``install`` only, and hands it on behind it; the hint names the interpreter itself.
_INTERPRETER = ("--python",)


def redact(text: str) -> str:
    """The text with the passwords and tokens in its URLs replaced, as pip writes them."""

    def hide(match: re.Match[str]) -> str:
        user, colon, _ = match["auth"].partition(":")
        return f"{match['scheme']}{user}:****@" if colon else f"{match['scheme']}****@"

    if "@" not in text:  # so that the patterns are compiled where they are needed
        return text
    return re.sub(_BARE_SECRET, r"\g<start>****@", re.sub(_URL_SECRET, hide, text))


def place(path: str | None, line: int | None) -> str:
    """``file:line``."""
    return f"{path}:{line}" if line is not None else str(path)


def wish(origin: Origin) -> str:
    """Who asked, as a noun phrase: the option, the variable, or the file and line."""
    if origin.kind == "typed":
        return origin.name or "--user"
    if origin.path:
        return f'"{origin.name}" in {place(origin.path, origin.line)}'
    return f"the variable {origin.name}" if origin.name else "pip's configuration"


def setting(source: Source) -> str:
    """Where a setting stands: the variable, or the file and line."""
    return "the default" if source.kind == "default" else source.name or place(source.path, source.line)


def rule(verdict: Verdict) -> str:
    """Where the rule comes from, and what made it milder; it stands in brackets behind the reason."""
    if verdict.source is None:
        text = ""
    else:
        by = {"default": "", "profile": "by the profile set in "}.get(verdict.source.kind, "set in ")
        action = "refuse" if verdict.lifted_by else verdict.action
        text = f"rule: {verdict.name} = {action}, {by}{setting(verdict.source)}"
    return "; ".join(each for each in (text, verdict.lifted_by and f"lifted by {verdict.lifted_by}") if each)


def fallback(blocked: Blocked | None, account: str) -> str:
    """Why pip falls back, with the directory's owner and mode."""
    if blocked is None:
        return "nobody asked for a user install; pip falls back to one because site-packages is not writable"
    cause = {
        "owner": f"it belongs to {blocked.owner} and you are {account}",
        "mode": "its mode does not let you write",
        "read-only file system": "it is on a read-only file system",
    }[blocked.cause]
    return (
        "nobody asked for a user install; pip falls back to one because "
        f"{blocked.path} is not writable: {cause} (owner {blocked.owner}, mode {blocked.mode})"
    )


def join(command: Sequence[str], environment: Environment) -> str:
    """A command as it can be pasted into a shell of this system."""
    return " ".join(map(_quoted_for_cmd, command)) if environment.windows else shlex.join(command)


def _quoted_for_cmd(argument: str) -> str:
    quoted = subprocess.list2cmdline([argument])  # for programs; cmd also has characters of its own
    return f'"{quoted}"' if not quoted.startswith('"') and set(argument) & set("<>&|^();,") else quoted


def userctl(verb: str, environment: Environment) -> str:
    """The command line for a verb of ours; in an environment that another installation covers, that one's."""
    if environment.userctl == "pip-userctl":
        return f"pip-userctl {verb}"
    return f"{environment.userctl} {verb} --python {join([environment.executable], environment)}"


def install_again(request: Request, environment: Environment, *options: str) -> str:
    """The same install by the same interpreter, without ``--user``."""
    command = [environment.executable, "-m", "pip", "install", *options, *_without(request, ("--user",), _INTERPRETER)]
    return join(command, environment)


def install_in_new_environment(request: Request, environment: Environment) -> str:
    """The commands that make a virtual environment here and install into it what was asked for."""
    arguments = _without(request, ("--user", "--break-system-packages"), (*_INTERPRETER, *_LOCATION_OPTIONS))
    python = r".venv\Scripts\python" if environment.windows else ".venv/bin/python"
    make = join([environment.base_executable, "-m", "venv", ".venv"], environment)
    return f"{make} && {join([python, '-m', 'pip', 'install', *arguments], environment)}"


def _without(request: Request, flags: Sequence[str], valued: Sequence[str]) -> list[str]:
    """The arguments behind ``install`` without some flags and some options that take a value."""
    kept: list[str] = []
    arguments = iter(request.arguments[1:])
    for argument in arguments:
        if argument in flags:
            continue
        if argument in valued or (argument == "-t" and "--target" in valued):
            next(arguments, None)
            continue
        if argument.startswith(tuple(f"{option}=" for option in valued)):
            continue
        if argument.startswith("-t") and "--target" in valued:
            continue
        kept.append(argument)
    return kept


def report(verdict: Verdict, policy: Policy) -> Report:
    """A verdict as data for the screen: the error block, or one line of it."""
    origin = rule(verdict)
    why = f"{verdict.reason} ({origin})" if origin else verdict.reason
    note = ", ".join(text for text in (policy.text("message"), policy.text("help-url")) if text)
    what = verdict.what or f"pip install, says the plugin {verdict.plugin}"
    what = _PREFIXES.get(verdict.action, "") + what
    return Report(REFERENCE_PREFIX + verdict.name, what, why, note, verdict.hint)


def line(report: Report, action: str) -> str:
    """A verdict that does not stop pip, as one log line; a warning also carries the note and the hint."""
    text = f"{report.reference}: {report.what}: {report.why}"
    if action != "warn":
        return text
    if report.hint:
        text += f". Instead: {report.hint}"
    return f"{text}\nnote: {report.note}" if report.note else text


def combined(reports: Sequence[Report]) -> Report:
    """Several refusals as one: the first gives the reference and the hint, the others stand behind its reason."""
    first, *others = reports
    why = "\n".join([first.why, *(f"also {each.reference}: {each.what}: {each.why}" for each in others)])
    return first._replace(why=why)


def whereabouts(
    distributions: Sequence[Distribution], destination: Destination, environment: Environment, *, commands: bool
) -> str:
    """Where a user install went, and whether its commands, where it has some, can be found."""
    names = ", ".join(f"{each.name} {each.version}" for each in distributions)
    text = f"pip-userctl: {names} went to {destination.purelib}"
    if not commands:
        return text
    text += f", commands to {destination.scripts}"
    return text if environment.scripts_on_path else f"{text}, which is not on PATH"
