"""What is said: the texts of all rules as data, and how places, origins and errors are written."""

from __future__ import annotations

import os
from collections.abc import Sequence

from pip_userctl import environment as process
from pip_userctl.config import Mistake, cut, line_text
from pip_userctl.frozen import Frozen
from pip_userctl.hooks import describe_failures
from pip_userctl.models import Environment, Failure, Request, Source, Verdict, redact
from pip_userctl.policy import Policy

#: Rule → what happens, why, and which kind of hint helps: ``same`` install, ``new`` environment, or none.
TEXTS: dict[str, tuple[str, str, str]] = {
    "isolated-typed": (
        "--user cannot work in this virtual environment",
        "its Python does not import from {site}",
        "same",
    ),
    "isolated-configured": (
        "ignoring {origin} in this virtual environment",
        "its Python does not import from {site}",
        "same",
    ),
    "system-site-typed": (
        "{origin} installs outside this virtual environment",
        "other Pythons {py} of this account import from {site} too",
        "same",
    ),
    "system-site-configured": (
        "{origin} installs outside this virtual environment",
        "other Pythons {py} of this account import from {site} too",
        "same",
    ),
    "system-site-fallback": (
        "installing into {site}, outside this virtual environment",
        "{dir} is not writable ({cause})",
        "new",
    ),
    "conda-typed": (
        "{origin} installs outside this conda environment",
        "{site} comes before the packages of every conda environment with Python {py}",
        "same",
    ),
    "conda-configured": (
        "{origin} installs outside this conda environment",
        "{site} comes before the packages of every conda environment with Python {py}",
        "same",
    ),
    "conda-fallback": (
        "installing into {site}, outside this conda environment",
        "{dir} is not writable ({cause})",
        "new",
    ),
    "base-typed": (
        "{origin} installs into {site}",
        "it comes before the packages of this Python, for every Python {py} of this account",
        "new",
    ),
    "base-configured": (
        "{origin} installs into {site}",
        "it comes before the packages of this Python, for every Python {py} of this account",
        "new",
    ),
    "base-fallback": (
        "installing into {site} although nobody asked for it",
        "{dir} is not writable ({cause})",
        "new",
    ),
    "location-configured": ("ignoring {origin} because of {option}", "pip cannot combine them", "same"),
    "hidden-user-site-configured": ("ignoring {origin}", "this Python does not import from {site} ({reason})", "same"),
    "hidden-user-site": ("--user cannot work here", "this Python does not import from {site} ({reason})", "new"),
    "root-user": ("a user install by root", "{site} serves root alone and hides the system's packages from it", "new"),
    "foreign-user-base": (
        "root would write into the home of {owner}",
        "{owner}'s own pip could not change these files in {base}",
        "new",
    ),
    "container-home": (
        "a user install from inside a container ({container})",
        "{base} is the host's home: the host's Python {py} imports from it too",
        "new",
    ),
    "user-site-by-path": ("{option} leads into a user site", "{dir} is one, or lies in one", "new"),
    "base-site": (
        "installing into the base Python, outside any virtual environment",
        "{purelib} serves every user of this Python",
        "new",
    ),
    "break-system-packages": (
        "{origin} overrides the system's package manager",
        "the Python in {base_prefix} is externally managed",
        "new",
    ),
    "conda-frozen": ("this conda environment is frozen", "{text}", "new"),
    "shadowing": ("{names} {what}", "{dir} {text}", ""),
    "protected-package": ("{names} may not enter a user site", "{text}", "new"),
}
#: What happens where the configured setting is not ignored.
_NOT_IGNORED = {
    "isolated-configured": "{origin} cannot work in this virtual environment",
    "location-configured": "{origin} meets {option}",
    "hidden-user-site-configured": "{origin} cannot work here",
}


class Message(Frozen):
    """An error as data, for the screen and for JSON.

    Attributes:
        reference: kebab-case, ``userctl-…``.
        what: one clause; why: its reason, with file and line if there is one.
        note: what the administrator adds; hint: the command to run instead.
    """

    reference: str
    what: str
    why: str = ""
    note: str = ""
    hint: str = ""


class UserctlError(Exception):
    """An error of pip-userctl that a person can mend. message: all of it."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.what)
        self.message = message


def describe(
    rule: str, action: str, request: Request, environment: Environment, facts: dict[str, str]
) -> tuple[str, str]:
    """What happens and why, for a rule that applies. facts: what the rule alone knows."""
    what, why, _ = TEXTS[rule]
    if action != "ignore":
        what = _NOT_IGNORED.get(rule, what)
    elif not what.startswith("ignoring"):
        what, why = "ignoring {origin}", why.replace("it comes", "{site} comes")
    known = {
        "site": environment.user_site,
        "base": environment.user_base,
        "base_prefix": environment.base_prefix,
        "py": ".".join(environment.python.split(".")[:2]),
        "reason": environment.user_site_reason,
        "container": environment.container or "",
    }
    if request.unwritable is not None:
        known.update(dir=request.unwritable.path, cause=request.unwritable.cause)
    known = {name: shorten(text, environment) for name, text in {**known, **facts}.items()}
    if "whole" in facts:
        known["base"] = foreign(facts["whole"])
    if "{origin}" in what:
        asked = request.break_system_packages if rule == "break-system-packages" else request.origin
        known["origin"] = describe_origin(asked or request.origin, environment)
    return what.format_map(known), why.format_map(known)


def escape(text: str) -> str:
    """Escape control characters, by which text could move the cursor; lines stay."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in text)


def foreign(text: str) -> str:
    """Foreign text for one line: secrets in URLs redacted, control characters escaped, at most 200 characters."""
    text = escape(redact(text)).replace("\n", "\\n")
    return cut(text)


def shorten(path: str, environment: Environment) -> str:
    """A path as it is shown: the home is ``~``."""
    home = environment.home.rstrip(os.sep)
    if home and (path == home or path.startswith(home + os.sep)):
        path = "~" + path[len(home) :]
    return foreign(path)


def list_names(names: Sequence[str]) -> str:
    """At most three names, then how many more."""
    shown = ", ".join(map(foreign, names[:3]))
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def describe_source(source: Source, environment: Environment) -> str:
    """Where a setting is: the variable, or file:line."""
    if source.path is None:
        return source.name or source.kind
    return shorten(source.path, environment) + ("" if source.line is None else f":{source.line}")


def describe_origin(source: Source, environment: Environment) -> str:
    """Who asked, as the user wrote it: ``--user``, ``PIP_USER=1``, ``user = true (~/.config/pip/pip.conf:2)``."""
    if source.kind == "typed" or (source.path is None and source.name is None):
        return source.name or "--user"
    if source.path is None:
        return foreign(f"{source.name}={process.variables.get(source.name or '', '')}")
    text = line_text(source.path, source.line) if source.line else str(source.name)
    return f"{foreign(text)} ({describe_source(source, environment)})"


def describe_setting(verdict: Verdict, policy: Policy, environment: Environment) -> str:
    """`` [file:line]``: where the action was set; empty for a default and for a plugin's own opinion."""
    source = verdict.source
    if source is None or source.kind == "default":
        return ""
    place = describe_source(source, environment)
    if source.kind == "profile":
        for key in ("agent-profile", "profile"):
            given = policy.given.get(key)
            if given is not None and policy.source(key)._replace(kind="profile") == source:
                return f" [{key} {given.value}, {place}]"
    return f" [{place}]"  # of a profile, where under a lock somebody else chose a stricter one


def line(verdict: Verdict, policy: Policy, environment: Environment) -> str:
    """A verdict in one line."""
    clauses = ": ".join(filter(None, (f"userctl-{verdict.name}", verdict.what, verdict.reason)))
    return escape(clauses) + describe_setting(verdict, policy, environment)


def note(policy: Policy, lines: Sequence[str] = ()) -> str:
    """The administrator's message and link, and what else belongs there."""
    texts = [policy.text("message"), policy.text("help-url"), *lines]
    return escape("\n".join(filter(None, texts)))


def refusal(verdicts: Sequence[Verdict], policy: Policy, environment: Environment, offer: Sequence[str]) -> Message:
    """Several refusals as one: the first gives reference and hint, the others stand behind its reason."""
    first, *others = verdicts
    setting = describe_setting(first, policy, environment)
    # A plugin may give one clause only.
    what, why = (first.what, first.reason) if first.what and first.reason else (first.what or first.reason, "")
    also = [f"also {line(each, policy, environment)}" for each in others]
    return Message(
        f"userctl-{first.name}",
        escape(what) + ("" if why else setting),
        "\n".join([*([escape(why) + setting] if why else []), *also]),
        note(policy, offer),
        escape(first.hint),
    )


def mistakes_line(mistakes: Sequence[Mistake], command: str, environment: Environment) -> str:
    """The one line about mistakes in the policy."""
    return f"userctl-policy: {_count(mistakes)} in the policy: {_first(mistakes, environment)}. Run: {command} check"


def mistakes_refusal(mistakes: Sequence[Mistake], command: str, environment: Environment) -> Message:
    """The refusal for mistakes in the policy."""
    what = f"the policy has {_count(mistakes)}, and on-error = refuse"
    return Message("userctl-policy", what, _first(mistakes, environment), hint=f"{command} check")


def _count(mistakes: Sequence[Mistake]) -> str:
    return "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"


def _first(mistakes: Sequence[Mistake], environment: Environment) -> str:
    first = mistakes[0]
    return str(first._replace(path=shorten(first.path, environment), text=escape(redact(first.text))))


def ignored_line(policy: Policy, environment: Environment) -> str:
    """The one line about what a locked policy ignores."""
    ignored = ", ".join(each.replace(f"({environment.home}/", "(~/") for each in policy.ignored)
    return f"userctl-locked: ignored, because the policy is locked by {policy.locked_by}: {escape(ignored)}"


def failure_line(failures: Sequence[Failure]) -> str:
    """The one line about failures that stop nothing."""
    return f"userctl-failure: {foreign(describe_failures(failures))}; pip goes on"


def failure_refusal(failures: Sequence[Failure]) -> Message:
    """The message that refuses because of failures, under ``on-error = refuse``."""
    return Message("userctl-failure", foreign(describe_failures(failures)), "on-error = refuse stops pip install")


def block(message: Message, *, unicode: bool) -> str:
    """A message as pip's own block shows one."""
    cross, arrow = ("× ", "╰─> ") if unicode else ("x ", "|-> ")
    lines = [f"error: {message.reference}", "", indented(cross, message.what)]
    lines += [indented(arrow, message.why)] if message.why else []
    notes = [indented(f"{name}: ", text) for name, text in (("note", message.note), ("hint", message.hint)) if text]
    return "\n".join([*lines, "", *notes] if notes else lines)


def plain(message: Message) -> str:
    """A message one fact a line, for where only an exception's own text is shown."""
    first, *also = message.why.split("\n")
    if first.startswith("also "):  # the first rule has one clause only
        first, also = "", [first, *also]
    lines = [": ".join(filter(None, (message.reference, message.what, first))), *also]
    lines += [f"{name}: {text}" for name, text in (("note", message.note), ("hint", message.hint)) if text]
    return "\n".join(lines)


def indented(prefix: str, text: str) -> str:
    """A text behind a prefix, its further lines aligned with the first."""
    return prefix + text.replace("\n", "\n" + " " * len(prefix))
