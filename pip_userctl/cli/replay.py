"""What a candidate policy would have done with an install, as far as its records tell."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Optional, Tuple

from pip_userctl import judge
from pip_userctl.config import Configuration
from pip_userctl.installed import canonical
from pip_userctl.keys import RULES, PolicyKey, parse_requirement
from pip_userctl.models import ACTIONS, IGNORE, WAIVED, Environment, Request, RequestedName, Source
from pip_userctl.policy import matching, resolve

#: What the records cannot tell.
UNKNOWN = {
    "shadowing": "shadowing where the policy of that time allowed it: it was not looked for",
    "stopped": "what an install that was stopped, or failed, would have brought along",
    "ignored": "what pip does once a setting is ignored: it may fall back to a user install, or rules on the environment "
    "itself apply; hidden-user-site-configured counts as refuse if site-packages is not writable",
    "not-ignored": "which other rules apply to a user install whose setting was ignored then and would not be now",
    "plugin": "a plugin's own opinion: it is taken as it was recorded, and what audit made of it",
    "cut": "what was cut from a syslog message",
}
#: Names and texts that are remembered; the longest logs have more, and then some are looked at again.
_CACHED = 1 << 14
_canonical = functools.lru_cache(_CACHED)(canonical)
#: Entries of a list, and characters of a text.
_KEPT = 200
_CONFIGURED = frozenset(name for name in RULES if name.endswith("-configured"))
_NAMELESS = re.compile(r"(?<!\S)--only-dep(endencie)?s(?!\S)|(?<![^\s=/\\])pylock(\.[^\s./\\]+)?\.toml(?![^\s\[])")
#: What most requirements are; the full parser takes ten times as long.
_PLAIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:={2,3}([A-Za-z0-9.+!-]+))?")
#: Name and version of a distribution; the version is None if the request does not pin it.
Pair = Tuple[str, Optional[str]]
#: The fields of a RequestedName, the name in any spelling; None if the request tells no name.
_Requested = Optional[Tuple[str, Optional[str], bool, bool]]


class Wanted(NamedTuple):
    """What waivers and lists look at. reports: a dry run with a report; reason: that of an override."""

    names: Tuple[_Requested, ...]
    user_base: str
    reports: bool
    reason: object


class Judged(NamedTuple):
    """What the candidate says.

    Attributes:
        effects: rule → what it would have done; why: rule → the reason.
        protecting: what ``protected-package`` does if pip brings along what is protected; empty if that does not matter.
        unknown: keys of UNKNOWN.
    """

    effects: dict[str, str]
    why: dict[str, str]
    protecting: str = ""
    unknown: frozenset[str] = frozenset()

    @property
    def verdict(self) -> str:
        """The strictest effect."""
        return max((each for each in self.effects.values() if each in ACTIONS), key=ACTIONS.index, default="allow")


class Candidate:
    """A policy by itself, with the defaults for all that it does not say. policy: for people; an agent may have another."""

    def __init__(self, configuration: Configuration, keys: Iterable[PolicyKey], environment: Environment) -> None:
        keys = list(keys)
        self.policy = resolve(configuration, keys)
        self._actions, self._agent_actions = (
            {name: each.action(name) for name, key in each.keys.items() if key.kind == "action"}
            for each in (self.policy, resolve(configuration, keys, agent="agent"))
        )
        self._allowed, self._protected = (
            _by_name(self.policy.items(f"{each}-packages")) for each in ("allow", "protect")
        )
        self._allows_base = functools.lru_cache(_CACHED)(functools.partial(self._allows_user_base, environment))

    @property
    def looks_for_shadowing(self) -> bool:
        """Whether it would warn of ``shadowing``."""
        return self.policy.enabled and self.policy.action("shadowing") in ("warn", "refuse")

    def judge(self, record: Mapping[str, Any]) -> Judged:
        """Judge what a decision record tells. Raises KeyError, TypeError or the like if it is none."""
        request, isolated = record["request"], record["environment"]["kind"] == "isolated"
        actions = self._agent_actions if record["agent"] else self._actions
        rules = ((each["name"], each["action"], each["reason"]) for each in record["rules"][:_KEPT])
        found = {str(name)[:_KEPT]: (str(action), str(reason)[:_KEPT]) for name, action, reason in rules}
        if not self.policy.enabled:
            return Judged({}, {})
        unknown = {"cut"} if record.get("truncated") else set()
        user = request["scheme"] == "user"
        setting = next((name for name in found if name in _CONFIGURED), None)
        ignores = setting is not None and actions[setting] == IGNORE
        if setting is not None and ignores != bool(request["dropped"]):
            # All other built-in rules looked at an install that goes elsewhere.
            user, stay = not ignores, (setting, "break-system-packages")
            found = {name: each for name, each in found.items() if name in stay or name not in actions}
            if not isolated or setting == "location-configured":
                unknown.add("ignored" if ignores else "not-ignored")
        protects = self._protected and ((user and not isolated) or "user-site-by-path" in found)
        if not found and not protects and not record["failures"]:
            return Judged({}, {}, "", frozenset(unknown))
        wanted = self._wanted(record)
        effects = {}
        for name, (action, _) in found.items():
            if name not in actions:
                unknown.add("plugin")
                action = "log" if self.policy.profile == "audit" and action != "allow" else action
            effects[name] = self._effect(name, actions.get(name, action), wanted)
        effects.pop("protected-package", None)  # by another list
        why = {name: reason for name, (_, reason) in found.items()}
        if record["failures"] and judge.stops_on_error(self.policy, _request(wanted)):
            effects["on-error"], why["on-error"] = "refuse", "a rule or plugin failed"
        if not protects:
            return Judged(effects, why, "", frozenset(unknown))
        protecting = self._effect("protected-package", actions["protected-package"], wanted)
        judged = Judged(effects, why, protecting, frozenset(unknown))
        named = self._protect(judged, (each[:2] for each in wanted.names if each))
        return self.resolved(named, brought(record))

    def resolved(self, judged: Judged, distributions: Iterable[Pair]) -> Judged:
        """Match what pip brings along against ``protect-packages``; pip comes so far only if nothing has refused."""
        if not judged.protecting or "refuse" in judged.effects.values():
            return judged
        return self._protect(judged, distributions)

    def _protect(self, judged: Judged, distributions: Iterable[Pair]) -> Judged:
        found = [name for name, version in distributions if _matches(name, version, self._protected)]
        if not found:
            return judged
        effects = {**judged.effects, "protected-package": judged.protecting}
        return judged._replace(effects=effects, why={**judged.why, "protected-package": ", ".join(found[:3])})

    def _effect(self, rule: str, action: str, wanted: Wanted) -> str:
        """What the rule does: its action, or what a waiver leaves of a refusal; in the order of ``judge``."""
        if action != "refuse":
            return action
        if rule not in judge.NOT_ALLOWED:
            names = wanted.names if self._allowed else ()
            if names and all(each and not each[2] and _matches(*each[:2], self._allowed) for each in names):
                return WAIVED["allow-packages"]
            if self._allows_base(wanted.user_base):
                return WAIVED["allow-user-base"]
        if wanted.reports:
            return WAIVED["dry-run"]
        if wanted.reason and self.policy.value("override") == "allow" and rule not in judge.NOT_OVERRIDDEN:
            return WAIVED["override"]
        return action

    def _allows_user_base(self, environment: Environment, user_base: str) -> bool:
        # The records do not have the default user base; on Linux none but that one is called like this.
        default = user_base if os.path.basename(user_base) == ".local" else ""
        chosen = environment._replace(user_base=user_base, default_user_base=default)
        return self.policy.allows(Request(Source("none")), chosen) is not None

    def _wanted(self, record: Mapping[str, Any]) -> Wanted:
        request, python = record["request"], str(record["python"])
        arguments = " ".join(map(str, request["arguments"]))
        names: Tuple[_Requested, ...] = (None,)
        nameless = ("only-dep" in arguments or "pylock" in arguments) and _NAMELESS.search(arguments)
        if not request["editable"] and not nameless:
            names = tuple(each for text in request["requirements"] for each in _requested(str(text), python))
        reports = bool(request["dry_run"]) and " --report" in arguments
        return Wanted(names, str(record["environment"]["user_base"]), reports, record["reason"])


def _request(wanted: Wanted) -> Request:
    names = tuple(each and RequestedName(canonical(each[0]), *each[1:]) for each in wanted.names)
    return Request(Source("none"), requested=names, dry_run=wanted.reports, report=wanted.reports)


def brought(record: Mapping[str, Any]) -> list[Pair]:
    """The distributions of a record."""
    return [(str(each["name"]), str(each["version"])) for each in record["distributions"]]


def _by_name(entries: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in entries:
        found.setdefault(canonical(parse_requirement(entry).name), []).append(entry)
    return found


def _matches(name: str, version: str | None, entries: Mapping[str, Sequence[str]]) -> bool:
    listed = entries.get(_canonical(name))
    try:
        return listed is not None and matching(name, version, listed) is not None
    except ValueError:  # a version that is none
        return False


def _requested(text: str, python: str) -> tuple[_Requested, ...]:
    """The name that a requirement tells, None if it tells none, nothing if its marker does not hold for this Python."""
    plain = _PLAIN.fullmatch(text)
    return ((plain[1], plain[2], False, False),) if plain and not text.endswith(".whl") else _parsed(text, python)


@functools.lru_cache(_CACHED)
def _parsed(text: str, python: str) -> tuple[_Requested, ...]:
    if text.endswith(".whl") and ("://" not in text or text.startswith("file:")):
        parts = re.split(r"[/\\]", text)[-1].split("-")
        return ((parts[0], parts[1], False, False) if len(parts) > 1 else None,)
    try:
        found = parse_requirement(text)
    except ValueError:  # a folder, a repository, a URL
        return (None,)
    variables = {"python_version": ".".join(python.split(".")[:2]), "python_full_version": python, "extra": ""}
    if found.marker is not None and not found.marker.evaluate(variables):
        return ()
    pins = [each.version for each in found.specifier if each.operator in ("==", "===") and "*" not in each.version]
    return ((found.name, pins[0] if pins else None, bool(found.url), bool(found.extras)),)
