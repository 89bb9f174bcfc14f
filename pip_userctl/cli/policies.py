"""How the verbs read a policy to its end, try a candidate, and show where a key is set."""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pip_userctl import config, environment as process, judge, messages
from pip_userctl.cli.output import Section
from pip_userctl.config import ConfigFile, Configuration
from pip_userctl.judge import Session
from pip_userctl.keys import PolicyKey
from pip_userctl.mistakes import Mistake, lines, of_file
from pip_userctl.models import Environment, Verdict
from pip_userctl.policy import Policy, resolve


def load_session() -> tuple[Session, Configuration]:
    """What a ``pip install`` begins with. Raises ImportError if this interpreter has no pip, whose files are read."""
    from pip_userctl._pip.run import load_pip_session

    return load_pip_session(isolated=False)


def setting_record(key: str, policy: Policy, environment: Environment) -> dict[str, Any]:
    """Where a key is set. set_in: ``/etc/pip.conf:3``, ``profile strict, PIP_USERCTL_PROFILE``; empty for a default."""
    source = policy.source(key)
    set_in = messages.describe_setting(Verdict(key, "", source=source), policy, environment)[2:-1]
    return {"source": source._asdict(), "set_in": set_in}


def value_text(value: object) -> str:
    """A value as it would be written into a file, in one line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else " ".join(str(value).split())


def mistake_record(mistake: Mistake) -> dict[str, Any]:
    """A mistake as JSON. message: all of it in one line."""
    return {**mistake._asdict(), "message": str(mistake)}


def remarks(
    ignored: Sequence[str] = (), mistakes: Iterable[Mapping[str, Any]] = (), failures: Iterable[Mapping[str, Any]] = ()
) -> list[Section]:
    """The sections of what is wrong with a policy, from what JSON has."""
    return [
        Section("ignored, because the policy is locked", [(each,) for each in ignored]),
        Section("mistakes in the policy", [(each["message"],) for each in mistakes]),
        Section("failures", [(f"{each['part']} {each['name']}", each["error"]) for each in failures]),
    ]


def plugin_keys(session: Session) -> list[PolicyKey]:
    """The keys that plugins add; if the policy is switched off, plugins are loaded for their keys alone."""
    if session.policy.enabled:
        return session.hooks.keys
    given = {name: value for name, value in session.policy.given.items() if name != "enabled"}
    return judge.load_hooks(session.policy._replace(given=given), process.plugin_path()).keys


def read_candidate(
    path: str, session: Session, configuration: Configuration
) -> tuple[tuple[ConfigFile, ...], list[PolicyKey], list[Mistake]]:
    """A policy to try: the file, the keys of plugins, and the mistakes in the file.

    Raises:
        UserctlError: if the file cannot be read.
    """
    files, mistakes = read_to_the_end([read_given(path, configuration)])
    if not files:
        raise messages.UserctlError(messages.Message("userctl-policy", f"{path} is no policy", mistakes[0].text))
    keys = plugin_keys(session)
    return files, keys, [*mistakes, *resolve(Configuration(files), keys).mistakes]


def read_given(path: str, configuration: Configuration) -> ConfigFile:
    """The file as pip reads it; one that pip does not read is taken for what it may become, an administrator file."""
    for each in configuration.files:
        if each.path == os.path.abspath(path):
            return each
    file = config.read_file(path, "global", process.config_encoding())
    file = file or ConfigFile("global", path, problem=Mistake(path, None, "there is no such file"))
    return file._replace(administrator=True)


def read_to_the_end(files: Iterable[ConfigFile]) -> tuple[tuple[ConfigFile, ...], list[Mistake]]:
    """The files, those that pip could not parse without the lines at fault, and a mistake for each of these lines."""
    read: list[ConfigFile] = []
    mistakes: list[Mistake] = []
    for file in files:
        if file.problem is None:
            read.append(file)
            continue
        if file.problem.line is None:  # it cannot be read at all
            mistakes.append(file.problem)
            continue
        text, found, again = lines(file.path), [], None
        while again is None:
            try:
                again = file._replace(**config.parse("\n".join(text), file.path), problem=None)
            except configparser.Error as error:
                # A second section of one name is read under another one, which no section has: its keys would look like
                # duplicates.
                is_section = isinstance(error, configparser.DuplicateSectionError)
                for mistake in of_file(error, file.path):
                    found.append(mistake)
                    text[(mistake.line or 1) - 1] = f"[{os.urandom(16).hex()}]" if is_section else "#"
        mistakes += sorted(found, key=lambda each: each.line or 0)
        read.append(again)
    return tuple(read), mistakes
