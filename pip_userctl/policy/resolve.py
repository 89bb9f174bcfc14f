"""From raw settings to one frozen policy, with every problem found on the way.

Precedence, weakest first: the profile's default, then the files in the order given, then the variables.
"""

from __future__ import annotations

from typing import Iterable, Mapping, NamedTuple

from pip_userctl.errors import Problem
from pip_userctl.models import Source
from pip_userctl.policy.files import ConfigFile, Setting
from pip_userctl.policy.keys import KEYS, PROFILES, PolicyKey

SECTION = "userctl"


class Value(NamedTuple):
    """A key's value, parsed, and where it comes from."""

    value: object
    source: Source


class Policy(NamedTuple):
    """The policy in force.

    values: every known key; problems: every mistake, in the order of the files; files: those that have a ``[userctl]``
    section; locked, loosening: see the administrator files.
    """

    values: Mapping[str, Value]
    keys: Mapping[str, PolicyKey]
    problems: tuple[Problem, ...] = ()
    files: tuple[str, ...] = ()
    locked: bool = False
    loosening: tuple[str, ...] = ()

    def value(self, name: str) -> object:
        """The value of a key, parsed; KeyError for a key that neither the table nor a loaded plugin knows."""
        return self.values[name].value

    def source(self, name: str) -> Source:
        """Where the value of a key comes from."""
        return self.values[name].source

    def text(self, name: str) -> str:
        """The value of a key that holds text."""
        return str(self.values[name].value)

    @property
    def profile(self) -> str:
        """``audit``, ``default`` or ``strict``."""
        return self.text("profile")

    @property
    def enabled(self) -> bool:
        """Whether anything is judged at all."""
        return bool(self.value("enabled"))


def resolve(
    files: Iterable[ConfigFile],
    variables: Mapping[str, Setting],
    plugin_keys: Iterable[PolicyKey] = (),
    *,
    plugins_loaded: bool = True,
) -> Policy:
    """The policy that files (weakest first) and variables (key → Setting) add up to.

    Until plugins_loaded an unknown key is no problem yet: it may belong to a plugin.
    """
    keys = {**KEYS, **{key.name: key for key in plugin_keys}}
    problems: list[Problem] = []
    found: dict[str, Value] = {}
    seen: list[str] = []
    for file in files:
        if file.problem is not None:
            problems.append(file.problem)
        settings = file.sections.get(SECTION)
        if settings is None:
            continue
        seen.append(file.path)
        for name, setting in settings.items():
            if setting.value or name not in keys:
                _take(name, setting, keys, found, problems, plugins_loaded)
            else:
                found.pop(name, None)  # as in pip: an empty value takes back what weaker files say
    for name, setting in variables.items():
        if setting.value:  # as in pip: an empty variable does nothing
            _take(name, setting, keys, found, problems, plugins_loaded)

    values = _with_defaults(found, keys)
    return Policy(values, keys, tuple(problems), tuple(seen))


def _take(
    name: str,
    setting: Setting,
    keys: Mapping[str, PolicyKey],
    found: dict[str, Value],
    problems: list[Problem],
    plugins_loaded: bool,
) -> None:
    key = keys.get(name)
    if key is None:
        if plugins_loaded and not setting.inherited:
            problems.append(_problem(setting, f"unknown key {name}{_nearest(name, keys)}", fatal=False))
        return
    try:
        value = key.parse(setting.value)
    except ValueError:
        nearest = _nearest(setting.value, key.values or ())
        text = f"{name} = {setting.value} is not valid{nearest}; valid: {key.expects()}"
        problems.append(_problem(setting, text))
        return
    found[name] = Value(value, Source(setting.kind, setting.path, setting.line, setting.name))


def _with_defaults(found: Mapping[str, Value], keys: Mapping[str, PolicyKey]) -> dict[str, Value]:
    profile = found.get("profile")
    if profile is None:
        name, source = PROFILES[1], Source("default")
    else:
        name, source = str(profile.value), profile.source._replace(kind="profile")
    return {each: found.get(each) or Value(key.default(name), source) for each, key in keys.items()}


def _problem(setting: Setting, text: str, *, fatal: bool = True) -> Problem:
    return Problem(setting.path or setting.name or setting.kind, setting.line, text, fatal)


def _nearest(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # only a mistake pays for it

    near = get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f" (did you mean {near[0]}?)" if near else ""
