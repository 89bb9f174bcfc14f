"""The policy: what the ``[userctl]`` sections and the ``PIP_USERCTL_…`` variables add up to.

Precedence, weakest first: the profile's default, the files in their order, the variables. Under ``locked`` the
administrator files are a floor instead, which everything else can only make stricter.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

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
    """A key's value, parsed. rank: how strong its place is; a later file has a higher one, variables the highest."""

    value: object
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
        given = self.given.get("profile")
        return PROFILES[1] if given is None else str(given.value)

    @property
    def enabled(self) -> bool:
        """Whether anything is judged at all."""
        return bool(self.value("enabled"))

    def value(self, name: str) -> object:
        """The value of a key, parsed.

        Raises:
            KeyError: for a key that neither the table nor a loaded plugin knows.
        """
        given = self.given.get(name)
        return self.keys[name].default(self.profile) if given is None else given.value

    def text(self, name: str) -> str:
        """The value of a key that holds text."""
        return str(self.value(name))

    action = text

    def items(self, name: str) -> tuple[str, ...]:
        """The value of a key that holds a list."""
        value = self.value(name)
        return value if isinstance(value, tuple) else ()

    def source(self, name: str) -> Source:
        """Where the value of a key is set, with its line: its own place, or that of the profile."""
        given = self.given.get(name)
        if given is not None:
            key = name if given.source.kind != "profile" else given.source.name or "profile"
            return _with_line(given.source, key)
        profile = self.given.get("profile")
        defaults = self.keys[name].defaults
        if profile is None or defaults.count(defaults[0]) == len(defaults):
            return Source("default")
        return _with_line(profile.source, "profile")._replace(kind="profile")

    def allows(self, request: Request, environment: Environment) -> str | None:
        """The key that waives refusals for this request: ``allow-packages``, ``allow-user-base`` or None."""
        entries = self.items("allow-packages")
        if entries and request.requested and all(_named(each, entries) for each in request.requested):
            return "allow-packages"
        patterns = self.items("allow-user-base")
        if patterns and os.path.realpath(environment.user_base) != os.path.realpath(environment.default_user_base):
            return "allow-user-base" if any(_is_base(environment.user_base, each) for each in patterns) else None
        return None

    def protects(self, name: str, version: str | None) -> bool:
        """Whether ``protect-packages`` names the distribution."""
        return bool(matching(name, version, self.items("protect-packages")))


def _with_line(source: Source, key: str) -> Source:
    if source.path is None or source.line is not None:
        return source
    return source._replace(line=find_line(source.path, SECTION, key), name=None)


def _named(requested: RequestedName | None, entries: Sequence[str]) -> bool:
    if requested is None or requested.is_direct_reference:
        return False
    return matching(requested.name, requested.version, entries) is not None


def matching(name: str, version: str | None, entries: Iterable[str]) -> str | None:
    """The entry that this distribution matches; one with a version part never matches an unknown version."""
    for entry in entries:
        found = parse_requirement(entry)
        if canonical(found.name) != canonical(name):
            continue
        with suppress(ValueError):  # ``demo===weird``, which PEP 440 does not order
            if not found.specifier or (version is not None and found.specifier.contains(version, prereleases=True)):
                return entry
    return None


def _is_base(user_base: str, pattern: str) -> bool:
    """Whether the path matches the glob, in which ``*`` stays within one path component."""
    wanted = os.path.normpath(process.expand(pattern)).split(os.sep)
    for path in (os.path.normpath(user_base), os.path.realpath(user_base)):
        parts = path.split(os.sep)
        if len(parts) == len(wanted) and all(map(fnmatch.fnmatchcase, parts, wanted)):
            return True
    return False


def has_unknown_keys(configuration: Configuration) -> bool:
    """Whether there are keys that a plugin may know."""
    places = [*(file.settings for file in configuration.files), dict(_variables(configuration))]
    return any(not KEYS.keys() >= place.keys() for place in places)


def resolve(
    configuration: Configuration,
    plugin_keys: Iterable[PolicyKey] = (),
    *,
    plugins_loaded: bool = True,
    agent: str | None = None,
) -> Policy:
    """The policy that files and variables add up to.

    Args:
        plugins_loaded: until then an unknown key is not a mistake: it may belong to a plugin.
        agent: the coding agent that runs pip, for which ``agent-profile`` counts.
    """
    keys = {**KEYS, **{key.name: key for key in plugin_keys}}
    files = configuration.files
    locked = any(map(_locks, files))
    mistakes = [file.problem for file in files if file.problem is not None]
    said = [
        _read(file, rank, keys, mistakes, plugins_loaded, strict=locked and file.administrator)
        for rank, file in enumerate(files)
    ]
    mistakes += [mistake for file in files for mistake in _misspelled(file)]
    said.append(_read_variables(configuration, len(files), keys, mistakes, plugins_loaded))
    speaking = [file for file in files if file.settings]
    policy = Policy(
        _merge(said),
        keys,
        tuple(mistakes),
        tuple(file.path for file in speaking),
        tuple(file.path for file in speaking if file.administrator),
        agent=agent,
    )
    if any(file.administrator for file in files):
        policy = lock(policy, files, said)
    return with_agent_profile(policy) if agent and policy.given.get("agent-profile") else policy


def _read(
    file: ConfigFile,
    rank: int,
    keys: Mapping[str, PolicyKey],
    mistakes: list[Mistake],
    plugins_loaded: bool,
    *,
    strict: bool,
) -> dict[str, Value]:
    """The settings of one file; None as a value takes back what weaker files say.

    strict: an invalid action counts as ``refuse``, as in a locked file.
    """
    given: dict[str, Value] = {}
    source = Source(file.kind, file.path)
    for name, text in file.settings.items():
        if name == "locked" and file.claims_lock and not _locks(file):
            mistakes.append(_unheard_lock(file))
        elif not text and name in keys:  # as in pip: an empty value takes back what weaker files say
            given[name] = Value(None, source, rank)
        elif name in keys or (plugins_loaded and name not in file.inherited):
            value = _parse(name, text, source, keys, mistakes)
            if value is None and strict and name in keys and "refuse" in keys[name].values:
                value = "refuse"
            if value is not None:
                given[name] = Value(value, source, rank)
    return given


def _variables(configuration: Configuration) -> Iterator[tuple[str, tuple[str, str]]]:
    for name, (value, variable) in configuration.variables.items():
        if name.startswith("userctl-") and name != "userctl-reason" and value:  # as in pip: empty does nothing
            yield name[len("userctl-") :], (value, variable)


def _read_variables(
    configuration: Configuration,
    rank: int,
    keys: Mapping[str, PolicyKey],
    mistakes: list[Mistake],
    plugins_loaded: bool,
) -> dict[str, Value]:
    given: dict[str, Value] = {}
    for name, (text, variable) in _variables(configuration):
        source = Source("env-var", name=variable)
        if name == "locked":
            mistakes.append(Mistake(variable, None, "locked counts in an administrator file only", fatal=False))
        elif name in keys or plugins_loaded:
            value = _parse(name, text, source, keys, mistakes)
            if value is not None:
                given[name] = Value(value, source, rank)
    return given


def _parse(name: str, text: str, source: Source, keys: Mapping[str, PolicyKey], mistakes: list[Mistake]) -> object:
    """The value, or None with a mistake."""
    key = keys.get(name)
    if key is None:
        mistakes.append(_mistake(source, name, f"unknown key {name}{_nearest(name, keys)}", fatal=False))
        return None
    try:
        return key.parse(text)
    except ValueError:
        near = _nearest(text, key.values)
        shown = cut(" ".join(text.split()))
        mistakes.append(_mistake(source, name, f"{name} = {shown} is not valid{near}; valid: {key.expects()}"))
        return None


def _mistake(source: Source, key: str, text: str, *, fatal: bool = True) -> Mistake:
    if source.path is None:
        return Mistake(source.name or source.kind, None, text, fatal)
    return Mistake(source.path, find_line(source.path, SECTION, key), text, fatal)


def _locks(file: ConfigFile) -> bool:
    """Whether the file locks the policy; on Windows nothing tells who could change it."""
    return file.administrator and file.claims_lock and process.effective_uid() is not None


def _unheard_lock(file: ConfigFile) -> Mistake:
    found = None
    if (file.kind, file.path) in process.administrator_places():
        found = obstacle(file.path, *process.uids())
    why = "this is Windows" if file.administrator else "it is not an administrator file"
    if found:
        why = f"{found.path} {found.reason}; mend it with: {found.command}"
    return Mistake(
        file.path, find_line(file.path, SECTION, "locked"), f"locked does not count here: {why}", fatal=False
    )


def _misspelled(file: ConfigFile) -> Iterator[Mistake]:
    """The sections that look as if they were meant to be ``[userctl]``."""
    for section in file.sections:
        # Most sections are pip's own; only those with nearly all letters of ours pay for a closer look.
        if section == SECTION or len(set(section.lower()) & set(SECTION)) < len(set(SECTION)) - 1:
            continue
        from difflib import SequenceMatcher

        if SequenceMatcher(None, section.lower(), SECTION).ratio() > _SIMILAR:
            text = f"unknown section [{section}] (did you mean [{SECTION}]?)"
            yield Mistake(file.path, find_line(file.path, section), text, fatal=False)


def _nearest(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # only a mistake pays for it

    near = get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f" (did you mean {near[0]}?)" if near else ""


def lock(policy: Policy, files: Sequence[ConfigFile], said: Sequence[Mapping[str, Value]]) -> Policy:
    """The policy with the administrator files as a floor, if one of them says ``locked = yes``.

    An administrator file that cannot be parsed may be the one that locks: then ``on-error = refuse`` counts.

    Args:
        said: what each of the files says, and the variables behind them.
    """
    administrators = [file for file in files if file.administrator]
    broken = [Source(file.kind, file.path) for file in administrators if file.problem]
    claims = [file.path for file in administrators if _locks(file)]
    if not claims:
        return policy._replace(given={**policy.given, "on-error": Value("refuse", broken[0])}) if broken else policy
    theirs = [given for file, given in zip(files, said) if file.administrator]
    floor = _merge(theirs)
    for name, key in policy.keys.items():
        values = [value for given in theirs for value in [_said(key, given)] if value is not None]
        if _order(key) and values:
            floor[name] = max(values, key=lambda value: _order(key).index(str(value.value)))
    floor.setdefault("override", Value("deny", Source("default")))
    if broken or ("on-error" not in floor and Policy(floor, policy.keys).profile != "audit"):
        floor["on-error"] = Value("refuse", broken[0] if broken else Source("default"))
    others = [given for file, given in zip(files, said) if not file.administrator]
    return _apply(policy, floor, _merge([*others, said[-1]]), claims[-1])


def _apply(policy: Policy, floor: Mapping[str, Value], others: Mapping[str, Value], locked_by: str) -> Policy:
    """The floor, with what others make stricter or add; the rest of theirs is ignored."""
    least, theirs = Policy(floor, policy.keys), Policy(others, policy.keys)
    given, ignored = dict(floor), []
    for name, key in policy.keys.items():
        asked, order = _said(key, others), _order(key)
        if asked is None:
            continue
        if order and order.index(str(asked.value)) > order.index(least.text(name)):
            given[name] = asked
        elif name in _ADDED:
            given[name] = asked._replace(value=tuple(dict.fromkeys((*least.items(name), *theirs.items(name)))))
        elif name in others and asked.value != least.value(name):
            source = theirs.source(name)
            ignored.append(f"{name} ({source.name or f'{source.path}:{source.line}'})")
    # A stricter profile of others must not change what the floor leaves to its own default.
    for name, key in policy.keys.items():
        if name not in given and _order(key) and name != "profile":
            given[name] = Value(least.value(name), least.source(name))
    return policy._replace(given=given, locked_by=locked_by, ignored=tuple(ignored))


def with_agent_profile(policy: Policy) -> Policy:
    """The policy for a coding agent: each rule has the stricter of its action and that of ``agent-profile``."""
    profile = policy.given["agent-profile"]
    source = profile.source._replace(kind="profile", name=profile.source.name or "agent-profile")
    given = dict(policy.given)
    for name, key in policy.keys.items():
        own = policy.given.get(name)
        if key.kind != "action" or (own is not None and _beats_profile(own, profile, policy)):
            continue
        agents = Value(key.default(str(profile.value)), source, profile.rank)
        if STRICTNESS.index(str(agents.value)) > STRICTNESS.index(policy.text(name)):
            given[name] = agents
    return policy._replace(given=given)


def _beats_profile(own: Value, profile: Value, policy: Policy) -> bool:
    """Whether a rule's key is set outright, in the same or a stronger place; under ``locked`` by an administrator."""
    if own.source.kind in ("default", "profile") or own.rank < profile.rank:
        return False
    return not policy.locked or own.source.path in policy.administrator_files


def _merge(said: Iterable[Mapping[str, Value]]) -> dict[str, Value]:
    merged: dict[str, Value] = {}
    for given in said:
        merged.update(given)
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
    return Value(key.default(str(profile.value)), profile.source._replace(kind="profile"), profile.rank)
