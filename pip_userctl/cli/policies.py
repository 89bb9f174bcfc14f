"""How the verbs read a policy to its end, try a candidate, and show where a key is set."""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterable
from typing import Any

from pip_userctl import config, environment as process, judge, messages
from pip_userctl.config import ConfigFile, Configuration, Mistake
from pip_userctl.judge import Session
from pip_userctl.keys import PolicyKey
from pip_userctl.models import Environment, Verdict
from pip_userctl.policy import Policy, resolve


def load_session() -> tuple[Session, Configuration]:
    """What a ``pip install`` begins with. Raises ImportError if this interpreter has no pip, whose files are read."""
    from pip_userctl._pip.run import load_pip_session

    return load_pip_session(isolated=False)


def set_in(key: str, policy: Policy, environment: Environment) -> str:
    """Where a key is set: ``/etc/pip.conf:3``, ``profile strict, PIP_USERCTL_PROFILE``; empty for a default."""
    verdict = Verdict(key, "", source=policy.source(key))
    return messages.describe_setting(verdict, policy, environment)[2:-1]


def value_text(value: object) -> str:
    """A value as it would be written into a file, in one line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return " ".join(str(value).split())


def json_value(value: object) -> object:
    """A value as JSON has it."""
    return list(value) if isinstance(value, tuple) else value


def policy_with(path: str, session: Session, configuration: Configuration) -> tuple[Policy, list[Mistake]]:
    """The policy with this file on top of all other files, and the mistakes in the file.

    Raises:
        UserctlError: if the file cannot be read.
    """
    files, mistakes = read_to_the_end([read_given(path, configuration)])
    if not files:
        raise messages.UserctlError(messages.Message("userctl-policy", f"{path} is no policy", mistakes[0].text))
    keys, agent = plugin_keys(session), session.environment.agent
    mistakes += resolve(Configuration(files), keys).mistakes
    on_top = configuration._replace(files=(*configuration.files, *files))
    return resolve(on_top, keys, agent=agent), mistakes


def plugin_keys(session: Session) -> list[PolicyKey]:
    """The keys that plugins add; if the policy is switched off, plugins are loaded for their keys alone."""
    if session.policy.enabled:
        return session.hooks.keys
    given = {name: value for name, value in session.policy.given.items() if name != "enabled"}
    return judge.load_hooks(session.policy._replace(given=given), process.plugin_path()).keys


def read_given(path: str, configuration: Configuration) -> ConfigFile:
    """The file as pip reads it; one that pip does not read is taken for what it may become, an administrator file."""
    for each in configuration.files:
        if each.path == os.path.abspath(path):
            return each
    file = config.read_file(path, "global", process.config_encoding())
    file = file or ConfigFile("global", path, {}, problem=Mistake(path, None, "there is no such file"))
    return file._replace(administrator=True)


def read_to_the_end(files: Iterable[ConfigFile]) -> tuple[tuple[ConfigFile, ...], list[Mistake]]:
    """The files, those that pip could not parse without the lines at fault, and a mistake for each of these lines."""
    read, mistakes = [], []
    for file in files:
        if file.problem is None:
            read.append(file)
            continue
        again, found = _read(file.path, file.kind)
        mistakes += found
        if again is not None:
            read.append(again._replace(administrator=file.administrator, read_by_pip=file.read_by_pip))
    return tuple(read), mistakes


def _read(path: str, kind: str) -> tuple[ConfigFile | None, list[Mistake]]:
    text = config.read_text(path, process.config_encoding())
    if text is None or isinstance(text, Mistake):
        return None, [text or Mistake(path, None, "there is no such file")]
    lines = text.split("\n")
    mistakes: list[Mistake] = []
    while True:
        try:
            return config.parse("\n".join(lines), path, kind), sorted(mistakes, key=lambda each: each.line or 0)
        except configparser.Error as error:
            found = config.syntax_mistakes(error, path)
            mistakes += found
            if any(mistake.line is None for mistake in found):
                return None, mistakes
            for mistake in found:
                # A second section of one name is read under another one, which no section has: its keys would look like
                # duplicates.
                again = isinstance(error, configparser.DuplicateSectionError)
                lines[(mistake.line or 1) - 1] = f"[{os.urandom(16).hex()}]" if again else "#"


def mistake_record(mistake: Mistake) -> dict[str, Any]:
    """A mistake as JSON. message: all of it in one line."""
    return {**mistake._asdict(), "message": str(mistake)}
