"""What is said: the texts of ``rules.texts`` filled in, commands that work when they are pasted, places, origins, errors."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence

from pip_userctl import environment as process
from pip_userctl.frozen import Frozen
from pip_userctl.hooks import describe_failures
from pip_userctl.mistakes import FOREIGN, Mistake, line_text
from pip_userctl.models import Environment, Failure, Request, Source, Verdict, redact
from pip_userctl.policy import Policy
from pip_userctl.rules.texts import NOT_IGNORED, TEXTS


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
    rule: str, action: str, request: Request, environment: Environment, facts: Mapping[str, str | Sequence[str]]
) -> tuple[str, str, str]:
    """What happens, why, and the command to run instead, for a rule that applies.

    Args:
        facts: what the rule alone knows, as it is; ``quarantine``: the distributions in the user site that hide others.
    """
    what, why, kind = TEXTS[rule]
    if action != "ignore":
        what = NOT_IGNORED.get(rule, what)
    elif not what.startswith("ignoring"):
        what, why = "ignoring {origin}", why.replace("it comes", "{site} comes")
    known: dict[str, str | Sequence[str]] = {
        "site": environment.user_site,
        "base": environment.user_base,
        "base_prefix": environment.base_prefix,
        "py": environment.python.rpartition(".")[0],
        "reason": environment.user_site_reason,
        "container": environment.container or "",
    }
    if request.unwritable is not None:
        known.update(dir=request.unwritable.path, cause=request.unwritable.cause)
    shown = {
        name: shorten(value, environment) if isinstance(value, str) else list_names(value)
        for name, value in {**known, **facts}.items()
        if f"{{{name}}}" in what + why
    }
    if "{origin}" in what:
        asked = request.break_system_packages if rule == "break-system-packages" else None
        shown["origin"] = describe_origin(asked or request.origin, environment)
    hint = ""
    if action in ("warn", "refuse") and kind == "quarantine":
        names = facts["quarantine"]
        hint = f"{userctl(environment)} quarantine {quote(names, environment)}" if names else ""
    elif action in ("warn", "refuse"):
        hint = instead(kind, request, environment)
    return what.format_map(shown), why.format_map(shown), hint


# Text from elsewhere, places and origins


def escape(text: str) -> str:
    """Escape control characters, by which text could move the cursor; lines stay."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in text)


def foreign(text: str) -> str:
    """Foreign text for one line: secrets in URLs redacted, control characters escaped, at most 200 characters."""
    if "@" in text:
        text = redact(text)
    text = escape(text).replace("\n", "\\n")
    return text if len(text) <= FOREIGN else f"{text[: FOREIGN - 3]}..."


def shorten(path: str, environment: Environment) -> str:
    """A path as it is shown: the home is ``~``."""
    home = environment.home.rstrip(os.sep)
    if home and f"{path}{os.sep}".startswith(home + os.sep):
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


# Commands


def quote(words: Iterable[str], environment: Environment) -> str:
    """A command as it can be pasted into a shell of this system."""
    if not environment.windows:
        return shlex.join(words)
    shown = []
    for word in words:
        quoted = subprocess.list2cmdline([word])  # for programs; cmd has special characters of its own
        shown.append(f'"{quoted}"' if not quoted.startswith('"') and set(word) & set("<>&|^();,") else quoted)
    return " ".join(shown)


def program(path: str, environment: Environment, *names: str) -> str:
    """A program by its name if PATH finds the same file, else by its path, relative below the working directory."""
    real = os.path.realpath
    for name in (os.path.basename(path), *names):
        found = shutil.which(name)
        # The directory, too: the python of a virtual environment is a link to its base's.
        if found and (real(found), real(os.path.dirname(found))) == (real(path), real(os.path.dirname(path))):
            return name
    here = os.path.join(environment.cwd or os.sep, "")
    return path[len(here) :] if len(here) > 1 and path.startswith(here) else path


def userctl(environment: Environment) -> str:
    """How to call pip-userctl from here: by its name if PATH finds it, else by its path or module."""
    name = "pip-userctl.exe" if environment.windows else "pip-userctl"
    in_user_site = process.is_user_site(process.package_folder())
    scripts = os.path.join(environment.user_base, "bin") if in_user_site else os.path.dirname(environment.executable)
    script = os.path.join(scripts, name)
    if environment.userctl != "pip-userctl":  # another installation covers this environment
        first, *more = [environment.userctl] if environment.windows else shlex.split(environment.userctl)
        words = [program(first, environment), *more]
    elif os.path.isfile(script):
        words = [program(script, environment)]
    elif shutil.which(name):
        words = ["pip-userctl"]
    else:
        words = [*_python(environment), "pip_userctl"]
    return quote(words, environment)


def _python(environment: Environment) -> list[str]:
    return [program(environment.executable, environment, "python", "python3"), "-m"]


def pip_as_started(request: Request, environment: Environment) -> list[str]:
    """Pip as it was started: ``pip``, ``python -m pip``, ``pip --python …``, ``%pip``."""
    words = [part for each in request.arguments for part in re.split("(?<=^--python)=", each)]
    if "--python" in words:
        return ["pip", *words[words.index("--python") :][:2]]
    first = sys.argv[0]
    if "JPY_PARENT_PID" in process.variables and os.path.basename(first) == "__main__.py":
        return ["%pip"]
    if re.search(r"\.(whl|pyz|zip)([/\\]|$)", first):
        return [*_python(environment)[:1], program(re.sub(r"[/\\]__main__\.py$", "", first), environment)]
    if re.fullmatch(r"pip[\d.]*(\.exe)?", os.path.basename(first)):
        return [program(os.path.abspath(first), environment)]
    script = os.path.join(os.path.dirname(environment.executable), "pip.exe" if environment.windows else "pip")
    if "userctl" in first and os.path.isfile(script):  # an explanation: nothing was started yet
        return [program(script, environment)]
    return [*_python(environment), "pip"]


def instead(kind: str, request: Request, environment: Environment) -> str:
    """The command to run instead; empty if none would work.

    Args:
        kind: ``same``, the same install without ``--user``, or ``new``, which makes a virtual environment here.
    """
    here = kind == "same" and request.unwritable is None
    arguments = _arguments(request, locations=not here)
    if arguments is None:
        return ""
    if here:
        return quote([*pip_as_started(request, environment), "install", *arguments], environment)
    names = (".venv", ".venv-" + environment.python.rpartition(".")[0])
    folder = next((name for name in names if not os.path.lexists(name) or _fits(name, environment)), None)
    if folder is None or not os.access(os.curdir, os.W_OK):
        return ""
    inside = f"{folder}\\Scripts\\python" if environment.windows else f"{folder}/bin/python"
    make = [program(environment.base_executable, environment, "python3", "python"), "-m", "venv", folder]
    pip = [inside, "-m", "pip"]
    if not process.has_ensurepip():
        if tuple(map(int, re.findall(r"\d+", environment.pip)[:2])) < (22, 3):  # it has no --python
            return ""
        make.insert(3, "--without-pip")
        pip = pip_as_started(request, environment)
        # The magic is a command of the notebook, not of the shell.
        pip = [*([*_python(environment), "pip"] if pip == ["%pip"] else pip), "--python", inside]
    between = "\n" if environment.windows else " && "
    return quote(make, environment) + between + quote([*pip, "install", *arguments], environment)


def _fits(folder: str, environment: Environment) -> bool:
    """Whether an environment runs this Python, is isolated, and is not the refused one."""
    try:
        with open(os.path.join(folder, "pyvenv.cfg"), encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return False
    version = re.search(r"(?m)^version(?:_info)?\s*=\s*(\d+\.\d+)", text)
    isolated = re.search(r"(?m)^include-system-site-packages\s*=\s*false", text)
    refused = os.path.realpath(folder) == os.path.realpath(environment.prefix)
    return bool(version and version[1] == environment.python.rpartition(".")[0] and isolated and not refused)


def is_typed(option: str, request: Request) -> bool:
    """Whether a location option stands on the command line, not in a setting."""
    starts = (f"{option}=", "-t") if option == "--target" else (f"{option}=",)
    return any(each == option or each.startswith(starts) for each in request.arguments)


def _arguments(request: Request, *, locations: bool) -> list[str] | None:
    """The arguments behind ``install``, with ``--no-user`` where a setting asks for user installs.

    None if the command line alone would not do the same again.

    Args:
        locations: whether ``--target`` and its like are left out, too.
    """
    temporary = re.escape(os.path.join(tempfile.gettempdir(), ""))
    own = rf"(?:.*=)?{temporary}(tmp[a-z0-9_]{{8}}|pip-)"  # of a tool that calls pip
    if any("****" in each or not each.isprintable() or re.match(own, each) for each in request.arguments):
        return None
    places = (("--target", request.target), ("--prefix", request.prefix), ("--root", request.root))
    if any(value and not is_typed(option, request) for option, value in places):
        return None
    flags: Sequence[str] = ("--user", "--break-system-packages") if locations else ("--user",)
    valued: Sequence[str] = ("--python", "--target", "-t", "--prefix", "--root") if locations else ("--python",)
    kept = ["--no-user"] if request.user_setting is not None else []
    rest = iter(request.arguments[1:])
    for argument in rest:
        if argument in valued:
            next(rest, None)
        elif not (argument in flags or argument.partition("=")[0] in valued or (locations and argument[:2] == "-t")):
            kept.append(argument)
    return kept


# Lines and errors


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


def mistakes_line(mistakes: Sequence[Mistake], environment: Environment) -> str:
    """The one line about mistakes in the policy."""
    count, first, command = _mistakes(mistakes, environment)
    return f"userctl-policy: {count} in the policy: {first}. Run: {command}"


def mistakes_refusal(mistakes: Sequence[Mistake], environment: Environment) -> Message:
    """The refusal for mistakes in the policy."""
    count, first, command = _mistakes(mistakes, environment)
    return Message("userctl-policy", f"the policy has {count}, and on-error = refuse", first, hint=command)


def _mistakes(mistakes: Sequence[Mistake], environment: Environment) -> tuple[str, str, str]:
    """How many there are, the first, and the command that lists all."""
    first = mistakes[0]
    count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    shown = first._replace(path=shorten(first.path, environment), text=escape(redact(first.text)))
    return count, str(shown), f"{userctl(environment)} check"


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
