"""The policy: what the ``[userctl]`` sections and the ``PIP_USERCTL_…`` variables add up to.

Precedence, weakest first: the profile's default, the files in their order, the variables. Under ``locked`` the
administrator files are a floor instead, which everything else can only make stricter.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pip_userctl import environment as process
from pip_userctl.config import Configuration
from pip_userctl.frozen import Frozen
from pip_userctl.keys import KEYS, PROFILES, PolicyKey, Value, merge
from pip_userctl.models import SECTION, Environment, Request, Source

if TYPE_CHECKING:
    from pip_userctl.mistakes import Mistake


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
        from pip_userctl.mistakes import with_line

        return with_line(source, name if source.kind != "profile" else source.name or "profile")

    def allows(self, request: Request, environment: Environment) -> str | None:
        """The key that waives refusals for this request: ``allow-packages``, ``allow-user-base`` or None."""
        entries = self.items("allow-packages")
        if entries and request.requested:
            from pip_userctl.specifiers import matching

            named = [each for each in request.requested if each and not each.is_direct_reference]
            if len(named) == len(request.requested) and all(
                matching(each.name, each.version, entries) for each in named
            ):
                return "allow-packages"
        base, patterns = environment.user_base, self.items("allow-user-base")
        if not any(_is_base(base, each) for each in patterns):
            return None
        defaults = (environment.default_user_base, *(each for each in environment.user_bases if each != base))
        return None if os.path.realpath(base) in map(os.path.realpath, defaults) else "allow-user-base"

    def protects(self, name: str, version: str | None) -> bool:
        """Whether ``protect-packages`` names the distribution."""
        from pip_userctl.specifiers import matching

        return matching(name, version, self.items("protect-packages")) is not None


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
    speaking = [file for file in files if file.settings]
    # On Windows nothing tells who could change a file.
    locking = [file.path for file in speaking if file.administrator and file.claims_lock and not process.WINDOWS]
    said: list[dict[str, Value]] = []
    found: list[Mistake] = []
    broken: Value | None = None
    for rank, file in enumerate(files):
        here: dict[str, Value] = {}
        wrong: list[Mistake] = []
        if file.settings:
            source = Source(file.kind, file.path)
            settings = {
                name: (text, source) for name, text in file.settings.items() if name not in file.inherited - keys.keys()
            }
            if file.claims_lock and file.path not in locking:
                from pip_userctl import locks

                wrong.append(locks.refused_claim(file))
                del settings["locked"]
            here = _read(settings, rank, keys, wrong, strict=bool(locking) and file.administrator)
        for section in file.sections:
            if len(set(SECTION) - set(section.lower())) <= 1:  # pip's own have not so many letters of ours
                from pip_userctl import mistakes

                wrong += mistakes.of_section(section, file.path)
        if file.problem is not None:
            wrong.append(file.problem)
            if file.administrator:  # it may be the one that locks
                here["on-error"] = broken = Value("refuse", Source(file.kind, file.path), rank)
        found += sorted(wrong, key=lambda mistake: mistake.line or 0)
        said.append(here)
    variables = {}
    for name, (text, variable) in configuration.variables.items():
        # As in pip: empty does nothing.
        if text and name.startswith("userctl-") and name != "userctl-reason":
            variables[name[len("userctl-") :]] = text, Source("env-var", name=variable)
    locked = variables.pop("locked", None)
    if locked is not None:
        from pip_userctl.mistakes import Mistake

        text = "locked counts in an administrator file only"
        found.append(Mistake(locked[1].name or "", None, text, fatal=False))
    said.append(_read(variables, len(files), keys, found))
    given = merge(said)
    ignored: tuple[str, ...] = ()
    if broken is not None:
        given["on-error"] = broken
    if locking:
        from pip_userctl import locks

        theirs = [each for file, each in zip(files, said) if file.administrator]
        others = [each for file, each in zip(files, said) if not file.administrator]
        given, ignored = locks.with_floor(keys, theirs, merge([*others, said[-1]]))
    if agent and "agent-profile" in given:
        from pip_userctl import locks

        binding = {file.path for file in files if file.administrator} if locking else None
        given = locks.with_agent_profile(given, keys, binding)
    return Policy(
        given,
        keys,
        tuple(found),
        tuple(dict.fromkeys(file.path for file in speaking)),
        tuple(file.path for file in speaking if file.administrator),
        locking[-1] if locking else "",
        ignored,
        agent,
    )


def _read(
    settings: Mapping[str, tuple[str, Source]],
    rank: int,
    keys: Mapping[str, PolicyKey],
    wrong: list[Mistake],
    *,
    strict: bool = False,
) -> dict[str, Value]:
    """What one place says. strict: an invalid action counts as ``refuse``, as in a locked file."""
    given: dict[str, Value] = {}
    for name, (text, source) in settings.items():
        if name in keys and not text:  # as in pip: an empty value takes back what weaker files say
            given[name] = Value(None, source, rank)
            continue
        try:
            given[name] = Value(keys[name].parse(text), source, rank)
        except (KeyError, ValueError):
            from pip_userctl import mistakes

            wrong.append(mistakes.of_setting(name, text, source, keys))
            if strict and name in keys and "refuse" in keys[name].values:
                given[name] = Value("refuse", source, rank)
    return given
