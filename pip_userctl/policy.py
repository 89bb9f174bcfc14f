"""The policy: what the ``[userctl]`` sections and the ``PIP_USERCTL_…`` variables add up to.

Precedence, weakest first: the profile's default, the files in their order, the variables. Under ``locked`` the
administrator files are a floor instead, which everything else can only make stricter.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

from pip_userctl import environment as process
from pip_userctl.config import SECTION, ConfigFile, Configuration, Mistake, cut, find_line, obstacle
from pip_userctl.frozen import Frozen
from pip_userctl.keys import KEYS, PROFILES, PolicyKey, parse_requirement
from pip_userctl.models import STRICTNESS, Environment, Request, RequestedName, Source, canonical

#: Section names that are more alike than this are taken for misspelled: usercontrol and pip-userctl are, [user] is not.
_SIMILAR = 0.75
#: Others may add to these under ``locked``.
_ADDED = ("protect-packages", "audit-log")


class Value(Frozen):
    """A key's value, parsed; None takes back what weaker places say. rank: a stronger place has a higher one."""

    value: Any
    source: Source
    rank: int = 0


class Policy(Frozen):
    """The policy in force.

    Attributes:
        given: the keys that a file or variable set.
        keys: every known key, those of plugins included.
        mistakes: every mistake, in the order of the files.
        files: those that have a ``[userctl]`` section; administrator_files: the administrator's among them.
        locked_by: the administrator file that locks the policy; empty if none does.
        ignored: what others said against a locked policy, each with its place.
        agent: the coding agent that this policy is for, or None.
    """

    given: Mapping[str, Value]
    keys: Mapping[str, PolicyKey]
    mistakes: tuple[Mistake, ...] = ()
    files: tuple[str, ...] = ()
    administrator_files: tuple[str, ...] = ()
    locked_by: str = ""
    ignored: tuple[str, ...] = ()
    agent: str | None = None

    @property
    def locked(self) -> bool:
        """Whether an administrator file says ``locked = yes``, so that others can only make the policy stricter."""
        return bool(self.locked_by)

    @property
    def profile(self) -> str:
        """``audit``, ``default`` or ``strict``."""
        return self.given["profile"].value if "profile" in self.given else PROFILES[1]

    @property
    def enabled(self) -> bool:
        """Whether anything is judged at all."""
        return bool(self.value("enabled"))

    def value(self, name: str) -> object:
        """The value of a key, parsed.

        Raises:
            KeyError: for a key that neither the table nor a loaded plugin knows.
        """
        if name in self.given:
            return self.given[name].value
        return self.keys[name].defaults[PROFILES.index(self.profile)]

    def text(self, name: str) -> str:
        """The value of a key that holds text. Raises TypeError if it holds a list."""
        value = self.value(name)
        if isinstance(value, tuple):
            raise TypeError(f"the key {name} holds a list: read it with items()")
        return str(value)

    action = text

    def items(self, name: str) -> tuple[str, ...]:
        """The value of a key that holds a list. Raises TypeError if it holds something else."""
        value = self.value(name)
        if not isinstance(value, tuple):
            raise TypeError(f"the key {name} holds no list: read it with text() or value()")
        return value

    def source(self, name: str) -> Source:
        """Where the value of a key is set, with its line: its own place, or that of the profile."""
        defaults = self.keys[name].defaults
        if name in self.given:
            source = self.given[name].source
        elif "profile" in self.given and defaults.count(defaults[0]) < len(defaults):
            source = self.given["profile"].source._replace(kind="profile")
        else:
            return Source("default")
        return _with_line(source, name if source.kind != "profile" else source.name or "profile")

    def allows(self, request: Request, environment: Environment) -> str | None:
        """The key that waives refusals for this request: ``allow-packages``, ``allow-user-base`` or None."""
        entries = self.items("allow-packages")
        if entries and request.requested and all(_is_named(each, entries) for each in request.requested):
            return "allow-packages"
        base, patterns = environment.user_base, self.items("allow-user-base")
        if patterns and os.path.realpath(base) != os.path.realpath(environment.default_user_base):
            return "allow-user-base" if any(_is_base(base, each) for each in patterns) else None
        return None

    def protects(self, name: str, version: str | None) -> bool:
        """Whether ``protect-packages`` names the distribution."""
        return bool(matching(name, version, self.items("protect-packages")))


def _is_named(requested: RequestedName | None, entries: Iterable[str]) -> bool:
    if requested is None or requested.is_direct_reference:
        return False
    return matching(requested.name, requested.version, entries) is not None


def _with_line(source: Source, key: str) -> Source:
    if source.path is None or source.line is not None:
        return source
    return Source(source.kind, source.path, find_line(source.path, SECTION, key))


def matching(name: str, version: str | None, entries: Iterable[str]) -> str | None:
    """The entry that this distribution matches; one with a version part never matches an unknown version."""
    for entry, specifier in _by_name(tuple(entries)).get(canonical(name), ()):
        with suppress(ValueError):  # ``demo===weird``, which PEP 440 does not order
            if not specifier or (version is not None and specifier.contains(version, prereleases=True)):
                return entry
    return None


@lru_cache(16)
def _by_name(entries: tuple[str, ...]) -> dict[str, list[tuple[str, Any]]]:
    """The entries of a list, each with its specifier, by the distribution's name."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for entry in entries:
        requirement = parse_requirement(entry)
        found.setdefault(canonical(requirement.name), []).append((entry, requirement.specifier))
    return found


def _is_base(user_base: str, pattern: str) -> bool:
    """Whether the path matches the glob, in which ``*`` stays within one path component."""
    wanted = os.path.normpath(process.expand(pattern)).split(os.sep)
    for path in (os.path.normpath(user_base), os.path.realpath(user_base)):
        parts = path.split(os.sep)
        if len(parts) == len(wanted) and all(map(fnmatch.fnmatchcase, parts, wanted)):
            return True
    return False


def resolve(configuration: Configuration, plugin_keys: Iterable[PolicyKey] = (), *, agent: str | None = None) -> Policy:
    """The policy that files and variables add up to.

    Args:
        plugin_keys: a key that is neither among them nor in the table is a mistake.
        agent: the coding agent that runs pip, for which ``agent-profile`` counts.
    """
    keys = {**KEYS, **{key.name: key for key in plugin_keys}}
    files = configuration.files
    # On Windows nothing tells who could change a file.
    locking = [file.path for file in files if file.administrator and file.claims_lock and not process.WINDOWS]
    said: list[dict[str, Value]] = []
    mistakes: list[Mistake] = []
    broken: Value | None = None
    for rank, file in enumerate(files):
        given: dict[str, Value] = {}
        before = len(mistakes)
        if file.settings:
            source = Source(file.kind, file.path)
            settings = {
                name: (text, source) for name, text in file.settings.items() if name not in file.inherited - keys.keys()
            }
            if file.claims_lock and file.path not in locking:
                mistakes.append(_unheard_lock(file))
                del settings["locked"]
            given = _read(settings, rank, keys, mistakes, strict=bool(locking) and file.administrator)
        for section in filter(_is_misspelled, file.sections):
            text = f"unknown section [{section}] (did you mean [{SECTION}]?)"
            mistakes.append(Mistake(file.path, find_line(file.path, section), text, fatal=False))
        if file.problem is not None:
            mistakes.append(file.problem)
            if file.administrator:  # it may be the one that locks
                given["on-error"] = broken = Value("refuse", Source(file.kind, file.path), rank)
        mistakes[before:] = sorted(mistakes[before:], key=lambda mistake: mistake.line or 0)
        said.append(given)
    variables = {}
    for name, (text, variable) in configuration.variables.items():
        if not text or not name.startswith("userctl-") or name == "userctl-reason":  # as in pip: empty does nothing
            continue
        if name == "userctl-locked":
            mistakes.append(Mistake(variable, None, "locked counts in an administrator file only", fatal=False))
        else:
            variables[name[len("userctl-") :]] = text, Source("env-var", name=variable)
    said.append(_read(variables, len(files), keys, mistakes))
    speaking = [file for file in files if file.settings]
    policy = Policy(
        _merge(said) if broken is None else {**_merge(said), "on-error": broken},
        keys,
        tuple(mistakes),
        tuple(dict.fromkeys(file.path for file in speaking)),
        tuple(file.path for file in speaking if file.administrator),
        locking[-1] if locking else "",
        agent=agent,
    )
    if locking:
        theirs = [given for file, given in zip(files, said) if file.administrator]
        others = [given for file, given in zip(files, said) if not file.administrator]
        policy = _lock(policy, theirs, _merge([*others, said[-1]]))
    profile = policy.given.get("agent-profile")
    return _with_agent_profile(policy, profile) if agent and profile else policy


def _read(
    settings: Mapping[str, tuple[str, Source]],
    rank: int,
    keys: Mapping[str, PolicyKey],
    mistakes: list[Mistake],
    *,
    strict: bool = False,
) -> dict[str, Value]:
    """What one place says. strict: an invalid action counts as ``refuse``, as in a locked file."""
    given: dict[str, Value] = {}
    for name, (text, source) in settings.items():
        key = keys.get(name)
        if key is None:
            mistakes.append(_mistake(source, name, f"unknown key {name}{_nearest(name, keys)}", fatal=False))
        elif not text:  # as in pip: an empty value takes back what weaker files say
            given[name] = Value(None, source, rank)
        else:
            try:
                given[name] = Value(key.parse(text), source, rank)
            except ValueError:
                shown = f"{name} = {cut(' '.join(text.split()))} is not valid{_nearest(text, key.values)}"
                mistakes.append(_mistake(source, name, f"{shown}; valid: {key.expects()}"))
                if strict and "refuse" in key.values:
                    given[name] = Value("refuse", source, rank)
    return given


def _mistake(source: Source, key: str, text: str, *, fatal: bool = True) -> Mistake:
    if source.path is None:
        return Mistake(source.name or source.kind, None, text, fatal)
    return Mistake(source.path, find_line(source.path, SECTION, key), text, fatal)


def _unheard_lock(file: ConfigFile) -> Mistake:
    found = None
    if (file.kind, file.path) in process.administrator_places():
        found = obstacle(file.path, *process.uids())
    why = "this is Windows" if file.administrator else "it is not an administrator file"
    if found:
        why = f"{found.path} {found.reason}; mend it with: {found.command}"
    return _mistake(Source(file.kind, file.path), "locked", f"locked does not count here: {why}", fatal=False)


def _is_misspelled(section: str) -> bool:
    """Whether the section looks as if it was meant to be ours."""
    # Most sections are pip's own; only those with nearly all letters of ours pay for a closer look.
    if len(set(SECTION) - set(section.lower())) > 1:
        return False
    from difflib import SequenceMatcher

    return SequenceMatcher(None, section.lower(), SECTION).ratio() > _SIMILAR


def _nearest(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # only a mistake pays for it

    near = get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f" (did you mean {near[0]}?)" if near else ""


def _merge(said: Iterable[Mapping[str, Value]]) -> dict[str, Value]:
    merged = {name: value for given in said for name, value in given.items()}
    return {name: value for name, value in merged.items() if value.value is not None}


def _order(key: PolicyKey) -> tuple[str, ...]:
    """The values of a key from the mildest to the strictest; empty if they have no order."""
    if key.kind == "action":
        return STRICTNESS
    return {"profile": PROFILES, "on-error": ("warn", "refuse")}.get(key.name, ())


def _said(key: PolicyKey, given: Mapping[str, Value]) -> Value | None:
    """What a place says of a key: by itself, or by its profile."""
    value, profile = given.get(key.name), given.get("profile")
    if value is not None and value.value is not None:
        return value
    if key.kind != "action" or profile is None or profile.value is None:
        return None
    return Value(key.default(profile.value), profile.source._replace(kind="profile"), profile.rank)


def _lock(policy: Policy, theirs: Sequence[Mapping[str, Value]], others: Mapping[str, Value]) -> Policy:
    """What administrators say as a floor, with what others make stricter or add; the rest of theirs is ignored.

    Args:
        theirs: what each administrator file says.
        others: what everything else adds up to.
    """
    floor, default = _merge(theirs), Source("default")
    for name, key in policy.keys.items():
        order = _order(key)
        values = [value for given in theirs for value in [_said(key, given)] if value is not None]
        if order and values:
            floor[name] = max(values, key=lambda value: order.index(value.value))
        elif key.kind == "action":  # which a stricter profile of others must not change
            floor[name] = Value(key.default(PROFILES[1]), default)
    least = Policy(floor, policy.keys)
    floor.setdefault("override", Value("deny", default))
    floor.setdefault("on-error", Value("warn" if least.profile == "audit" else "refuse", default))
    given, ignored = dict(floor), []
    for name, key in policy.keys.items():
        asked, order = _said(key, others), _order(key)
        if asked is None:
            continue
        if order and order.index(asked.value) > order.index(least.text(name)):
            given[name] = asked
        elif name in _ADDED:
            given[name] = asked._replace(value=tuple(dict.fromkeys((*least.items(name), *asked.value))))
        elif name in others and asked.value != least.value(name):
            source = _with_line(asked.source, name)
            ignored.append(f"{name} ({source.name or f'{source.path}:{source.line}'})")
    return policy._replace(given=given, ignored=tuple(ignored))


def _with_agent_profile(policy: Policy, profile: Value) -> Policy:
    """The policy for a coding agent: each rule has the stricter of its action and that of ``agent-profile``."""
    source = profile.source._replace(kind="profile", name=profile.source.name or "agent-profile")
    given = dict(policy.given)
    for name, key in policy.keys.items():
        own = policy.given.get(name)
        if key.kind != "action" or (own is not None and _is_outright(own, profile, policy)):
            continue
        agents = Value(key.default(profile.value), source, profile.rank)
        if STRICTNESS.index(agents.value) > STRICTNESS.index(policy.text(name)):
            given[name] = agents
    return policy._replace(given=given)


def _is_outright(own: Value, profile: Value, policy: Policy) -> bool:
    """Whether a rule's key is set by itself, in the same or a stronger place; under ``locked`` by an administrator."""
    if own.source.kind in ("default", "profile") or own.rank < profile.rank:
        return False
    return not policy.locked or own.source.path in policy.administrator_files
