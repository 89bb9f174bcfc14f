"""From raw settings to one frozen policy, with every problem found on the way.

Precedence, weakest first: the profile's default, then the files in the order given, then the variables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from pip_userctl.errors import Problem
from pip_userctl.frozen import Frozen
from pip_userctl.models import Source
from pip_userctl.policy.files import ConfigFile, Setting
from pip_userctl.policy.keys import BOOLEANS, KEYS, PROFILES, PolicyKey

SECTION = "userctl"
#: From here on another section's name is taken for ours: usercontrol and pip-userctl are, [user] is not.
_SIMILAR = 0.75
NOT_HEARD = "locked = yes is heard only in an administrator file, which the account that runs pip cannot change"
#: For two values of one key under ``locked``; elsewhere ``ignore`` is no level.
STRICTNESS = ("allow", "log", "warn", "ignore", "refuse")
_DEFAULT = Source("default")


class Value(Frozen):
    """A key's value, parsed, and where it comes from."""

    value: object
    source: Source


class Policy(Frozen):
    """The policy in force.

    given: the keys that a file or variable set; keys: every known key; problems: every mistake, in the order of the files;
    files: those that have a ``[userctl]`` section; locked: an administrator file is a floor; loosening: what others said
    against it, and was not heard.
    """

    given: Mapping[str, Value]
    keys: Mapping[str, PolicyKey]
    problems: tuple[Problem, ...] = ()
    files: tuple[str, ...] = ()
    locked: bool = False
    loosening: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, Value]:
        """Every known key's value."""
        return {name: Value(self.value(name), self.source(name)) for name in self.keys}

    def value(self, name: str) -> object:
        """The value of a key, parsed; KeyError for a key that neither the table nor a loaded plugin knows."""
        given = self.given.get(name)
        return self.keys[name].default(self.profile) if given is None else given.value

    def source(self, name: str) -> Source:
        """Where the value of a key comes from: the profile's place, if profiles differ there and it is not the default."""
        given = self.given.get(name)
        if given is not None:
            return given.source
        profile = self.given.get("profile")
        defaults = self.keys[name].defaults
        same = defaults.count(defaults[0]) == len(defaults)
        return _DEFAULT if profile is None or same else profile.source._replace(kind="profile")

    def text(self, name: str) -> str:
        """The value of a key that holds text."""
        return str(self.value(name))

    @property
    def profile(self) -> str:
        """``audit``, ``default`` or ``strict``."""
        given = self.given.get("profile")
        return PROFILES[1] if given is None else str(given.value)

    @property
    def enabled(self) -> bool:
        """Whether anything is judged at all."""
        return bool(self.value("enabled"))


class Found(Frozen):
    """The settings of some places, and the mistakes among them."""

    values: dict[str, Value]
    problems: list[Problem]


def has_unknown_keys(files: Iterable[ConfigFile], variables: Mapping[str, Setting]) -> bool:
    """Whether there are keys that are not ours, and may belong to a plugin."""
    places: list[Mapping[str, Setting]] = [file.sections.get(SECTION, {}) for file in files]
    return any(not KEYS.keys() >= place.keys() for place in (*places, variables))


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
    files = tuple(files)
    keys = {**KEYS, **{key.name: key for key in plugin_keys}}
    problems = [file.problem for file in files if file.problem is not None]
    seen = tuple(file.path for file in files if SECTION in file.sections and (file.administrator or file.heard_by_pip))

    everything = collect(files, variables, keys, plugins_loaded=plugins_loaded)
    problems += everything.problems
    floors = floor_files(files)
    if not floors:
        return Policy(MappingProxyType(everything.values), keys, tuple(problems), seen)
    said = [collect(each, {}, keys, plugins_loaded=plugins_loaded, invalid_refuses=True).values for each in floors]
    values: Mapping[str, Value] = said[0]
    loosening: tuple[str, ...] = ()
    for stronger in (*said[1:], everything.values):
        values, more = lock(values, stronger, keys)
        loosening = tuple(dict.fromkeys((*loosening, *more)))
    return Policy(MappingProxyType(values), keys, tuple(problems), seen, locked=True, loosening=loosening)


def floor_files(files: Sequence[ConfigFile]) -> tuple[tuple[ConfigFile, ...], ...]:
    """The administrator files whose merged result is a floor; empty where nothing is locked.

    Where /etc is locked it stands alone first: what ``<base prefix>/pip.conf`` says may then only be stricter, and the result
    of both is the floor for others.
    """
    administrators = tuple(file for file in files if file.administrator)
    etc = tuple(file for file in administrators if file.kind == "global")
    if _are_locked(etc):
        return (etc,) if etc == administrators else (etc, administrators)
    return (administrators,) if _are_locked(administrators) else ()


def _are_locked(files: Iterable[ConfigFile]) -> bool:
    """What the strongest of the files that say something says."""
    settings = (file.sections.get(SECTION, {}).get("locked") for file in files)
    said = [each for each in settings if each is not None and each.value.lower() in BOOLEANS]
    return bool(said) and _says_yes(said[-1])


def only_its_claim(file: ConfigFile) -> ConfigFile | None:
    """Nothing of the file but its ``locked = yes``, which is reported and not honoured; None where it claims no lock."""
    setting = file.sections.get(SECTION, {}).get("locked")
    if setting is None or not _says_yes(setting):
        return None
    return file._replace(sections={SECTION: {"locked": setting}})


def _says_yes(setting: Setting) -> bool:
    return BOOLEANS.get(setting.value.lower(), False)


def collect(
    files: Iterable[ConfigFile],
    variables: Mapping[str, Setting],
    keys: Mapping[str, PolicyKey],
    *,
    plugins_loaded: bool,
    invalid_refuses: bool = False,
) -> Found:
    """What the places say, the stronger over the weaker.

    invalid_refuses: an invalid value of an action counts as ``refuse``, as in a locked file, rather than as absent.
    """
    found = Found({}, [])
    for file in files:
        found.problems.extend(_misspelled(file))
        for name, setting in file.sections.get(SECTION, {}).items():
            if name == "locked" and not file.administrator and _says_yes(setting):
                found.problems.append(_problem(setting, NOT_HEARD, fatal=False))
            elif setting.value or name not in keys:
                _take(name, setting, keys, found, plugins_loaded, invalid_refuses)
            else:
                found.values.pop(name, None)  # as in pip: an empty value takes back what weaker files say
    for name, setting in variables.items():
        if name == "locked" and _says_yes(setting):
            found.problems.append(_problem(setting, NOT_HEARD, fatal=False))
        elif setting.value:  # as in pip: an empty variable does nothing
            _take(name, setting, keys, found, plugins_loaded, invalid_refuses)
    return found


def _misspelled(file: ConfigFile) -> Iterator[Problem]:
    """The sections that look as if they were meant to be ours."""
    for section in file.sections:
        # Most sections are pip's own; only those with nearly all letters of ours pay for a closer look.
        if section == SECTION or len(set(section.lower()) & set(SECTION)) < len(set(SECTION)) - 1:
            continue
        from difflib import SequenceMatcher

        if SequenceMatcher(None, section.lower(), SECTION).ratio() > _SIMILAR:
            text = f"unknown section [{section}] (did you mean [{SECTION}]?)"
            yield Problem(file.path, file.headers.get(section), text, fatal=False)


def _take(
    name: str,
    setting: Setting,
    keys: Mapping[str, PolicyKey],
    found: Found,
    plugins_loaded: bool,
    invalid_refuses: bool,
) -> None:
    key = keys.get(name)
    source = Source(setting.kind, setting.path, setting.line, setting.name)
    if key is None:
        if plugins_loaded and not setting.inherited:
            found.problems.append(_problem(setting, f"unknown key {name}{_nearest(name, keys)}", fatal=False))
        return
    try:
        value = key.parse(setting.value)
    except ValueError:
        nearest = _nearest(setting.value, key.values or ())
        text = f"{name} = {setting.value} is not valid{nearest}; valid: {key.expects()}"
        found.problems.append(_problem(setting, text))
        if invalid_refuses and "refuse" in key.values:
            found.values[name] = Value("refuse", source)
        return
    found.values[name] = Value(value, source)


def _problem(setting: Setting, text: str, *, fatal: bool = True) -> Problem:
    return Problem(setting.path or setting.name or setting.kind, setting.line, text, fatal)


def _nearest(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # only a mistake pays for it

    near = get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f" (did you mean {near[0]}?)" if near else ""


#: Others may add to these.
_ADDED = ("protect-packages", "audit-log")


def lock(
    floor: Mapping[str, Value], everything: Mapping[str, Value], keys: Mapping[str, PolicyKey]
) -> tuple[dict[str, Value], tuple[str, ...]]:
    """The floor, with what others made stricter; and what of theirs was not heard."""
    least, asked = Policy(floor, keys).values, Policy(everything, keys).values
    if "override" in keys and "override" not in floor:
        least["override"] = least["override"]._replace(value="deny")
    values: dict[str, Value] = {}
    loosening: list[str] = []
    for name, key in keys.items():
        values[name] = _stricter(key, least[name], asked[name])
        set_by_others = name in everything and everything[name] != floor.get(name)
        if set_by_others and not _heard(key, values[name], asked[name]):
            place = asked[name].source
            loosening.append(f"{name} ({place.name or f'{place.path}:{place.line}'})")
    return values, tuple(loosening)


def _stricter(key: PolicyKey, floor: Value, asked: Value) -> Value:
    order = {"profile": PROFILES, "on-error": ("warn", "refuse")}.get(key.name, STRICTNESS)
    if key.kind == "action" or key.name in ("profile", "on-error"):
        return max(floor, asked, key=lambda value: order.index(str(value.value)))
    if key.name in _ADDED and asked != floor:
        return asked._replace(value=tuple(dict.fromkeys((*_entries(floor), *_entries(asked)))))
    return floor


def _heard(key: PolicyKey, stands: Value, asked: Value) -> bool:
    return key.name in _ADDED or stands.value == asked.value


def _entries(value: Value) -> tuple[str, ...]:
    return tuple(value.value) if isinstance(value.value, tuple) else ()
