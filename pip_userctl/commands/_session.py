"""What the verbs begin with: what a run of pip begins with, and which pip that is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Iterable, Iterator, Mapping, NamedTuple

from pip_userctl import engine, environment
from pip_userctl.engine import Session
from pip_userctl.errors import Problem
from pip_userctl.models import Origin
from pip_userctl.plugins import check_pluggy
from pip_userctl.policy import SECTION, ConfigFile, Policy, PolicyKey, Setting, read_to_the_end, resolve

if TYPE_CHECKING:
    from pip_userctl._pip.preview import Installed

_LOG = "audit-log"


class Beginning(NamedTuple):
    """What a verb may need.

    pip: the one of this interpreter; files: every configuration file that is read, weakest first; wish: what they and the
    variables ask for; unset_wish: the command that takes it back, empty where ``pip config`` cannot.
    """

    session: Session
    pip: Installed
    files: tuple[ConfigFile, ...]
    variables: Mapping[str, Setting]
    wish: Origin | None
    unset_wish: str


def begin() -> Beginning:
    """Read everything once. ImportError where this interpreter has no pip, whose files cannot be found then, or no pluggy."""
    from pip_userctl import registry  # noqa: F401 - an install would miss pluggy too, or with the first plugin
    from pip_userctl._pip import beginning, preview, settings

    check_pluggy()
    pip = preview.installed()
    began = beginning.begin(isolated=False)
    wish = settings.configured_wish(began.files, isolated=False)
    command = settings.command_to_unset(began.files)
    return Beginning(began.session, pip, began.files, began.variables, wish, command)


def everything(beginning: Beginning) -> list[Problem]:
    """Every mistake in all places; a file that pip could not parse is read to its end."""
    mistakes: list[Problem] = []
    files: list[ConfigFile] = []
    for file in beginning.files:
        if file.problem is None:
            files.append(file)
            continue
        again, found = read_to_the_end(file.path, file.kind, environment.config_encoding())
        mistakes += found
        if again is not None:
            files.append(again._replace(administrator=file.administrator))
    policy = resolve(files, beginning.variables, _plugin_keys(beginning))
    return [*mistakes, *policy.problems, *_wandering(files)]


def alone(path: str, beginning: Beginning) -> tuple[Policy, list[Problem]]:
    """The policy that one file is by itself, and every mistake in it.

    A file that is read anyway keeps its rank; any other is taken for what it may become, an administrator file.
    """
    known = next((each for each in beginning.files if each.path == os.path.abspath(path)), None)
    file, mistakes = read_to_the_end(path, known.kind if known else "global", environment.config_encoding())
    if file is None:
        return resolve((), {}), mistakes
    file = file._replace(administrator=known.administrator if known else True)
    policy = resolve((file,), {}, _plugin_keys(beginning))
    return policy, [*mistakes, *policy.problems, *_wandering((file,))]


def _plugin_keys(beginning: Beginning) -> list[PolicyKey]:
    """The keys that plugins add. Where the policy is switched off, plugins are loaded for their keys alone."""
    session = beginning.session
    if session.policy.enabled:
        return session.plugins.keys
    return engine.load_plugins(session.policy, environment.plugin_path()).keys


def _wandering(files: Iterable[ConfigFile]) -> Iterator[Problem]:
    """Paths in a file that depend on where pip is started. In a variable, which holds for one run, that is meant."""
    for file in files:
        setting = file.sections.get(SECTION, {}).get(_LOG)
        if setting is not None and setting.value and not os.path.isabs(environment.expand(setting.value)):
            text = f"{_LOG} = {setting.value} is relative: each pip install writes into the directory that it is run in"
            yield Problem(file.path, setting.line, f"{text}; begin it with ~/ or /", fatal=False)
