"""What a candidate policy would have done with an install, as far as its records tell."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple, Optional, Tuple

from pip_userctl import judge
from pip_userctl.config import Configuration
from pip_userctl.keys import RULES, PolicyKey
from pip_userctl.models import ACTIONS, IGNORE, WAIVED, Environment, Request, RequestedName, Source, canonical
from pip_userctl.policy import resolve
from pip_userctl.specifiers import matching, parse_requirement

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
#: Entries of a list, and characters of a text.
_KEPT = 200
_CONFIGURED = frozenset(name for name in RULES if name.endswith("-configured"))
_NAMELESS = re.compile(r"(?<!\S)--only-dep(endencie)?s(?!\S)|(?<![^\s=/\\])pylock(\.[^\s./\\]+)?\.toml(?![^\s\[])")
#: Name and version of a distribution; the version is None if the request does not pin it.
Pair = Tuple[str, Optional[str]]


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
        self._for_agents = resolve(configuration, keys, agent="agent")
        self._facts = lru_cache(1 << 12)(partial(_facts, environment))

    @property
    def looks_for_shadowing(self) -> bool:
        """Whether it would warn of ``shadowing``."""
        return self.policy.enabled and self.policy.action("shadowing") in ("warn", "refuse")

    def judge(self, record: Mapping[str, Any]) -> Judged:
        """Judge what a decision record tells. Raises KeyError, TypeError or the like if it is none."""
        request, isolated = record["request"], record["environment"]["kind"] == "isolated"
        policy = self._for_agents if record["agent"] else self.policy
        rules = ((each["name"], each["action"], each["reason"]) for each in record["rules"][:_KEPT])
        found = {str(name)[:_KEPT]: (str(action), str(reason)[:_KEPT]) for name, action, reason in rules}
        if not policy.enabled:
            return Judged({}, {})
        unknown = {"cut"} if record.get("truncated") else set()
        user = request["scheme"] == "user"
        setting = next((name for name in found if name in _CONFIGURED), None)
        ignores = setting is not None and policy.action(setting) == IGNORE
        if setting is not None and ignores != bool(request["dropped"]):
            # All other built-in rules looked at an install that goes elsewhere.
            user, stay = not ignores, (setting, "break-system-packages")
            found = {name: each for name, each in found.items() if name in stay or name not in policy.keys}
            if not isolated or setting == "location-configured":
                unknown.add("ignored" if ignores else "not-ignored")
        protects = policy.items("protect-packages") and ((user and not isolated) or "user-site-by-path" in found)
        found.pop("protected-package", None)  # by another list
        if not found and not protects and not record["failures"]:
            return Judged({}, {}, "", frozenset(unknown))
        asked, facts = _request(record), self._facts(str(record["environment"]["user_base"]))

        def effect(rule: str, action: str) -> str:
            waived_by = judge.waiver(rule, asked, facts, policy, record["reason"]) if action == "refuse" else None
            return action if waived_by is None else WAIVED[waived_by]

        effects = {}
        for name, (action, _) in found.items():
            if name in policy.keys:
                action = policy.action(name)
            else:
                unknown.add("plugin")
                action = "log" if policy.profile == "audit" and action != "allow" else action
            effects[name] = effect(name, action)
        why = {name: reason for name, (_, reason) in found.items()}
        if record["failures"] and judge.stops_on_error(policy, asked):
            effects["on-error"], why["on-error"] = "refuse", "a rule or plugin failed"
        protecting = effect("protected-package", policy.action("protected-package")) if protects else ""
        judged = Judged(effects, why, protecting, frozenset(unknown))
        return self.resolved(judged, brought(record), [(each.name, each.version) for each in asked.requested if each])

    def resolved(self, judged: Judged, distributions: Sequence[Pair], named: Sequence[Pair] = ()) -> Judged:
        """Match what is named, and what pip brings along if nothing else refuses, against ``protect-packages``."""
        entries = self.policy.items("protect-packages") if judged.protecting else ()
        for pairs in (named, () if "refuse" in judged.effects.values() else distributions):
            found = [name for name, version in pairs if entries and matching(name, version, entries)]
            if found:
                effects = {**judged.effects, "protected-package": judged.protecting}
                return judged._replace(effects=effects, why={**judged.why, "protected-package": ", ".join(found[:3])})
        return judged


def _facts(environment: Environment, user_base: str) -> Environment:
    # The records do not have the default user base; on Linux none but that one is called like this.
    default = user_base if os.path.basename(user_base) == ".local" else ""
    return environment._replace(user_base=user_base, default_user_base=default)


def brought(record: Mapping[str, Any]) -> list[Pair]:
    """The distributions of a record."""
    return [(str(each["name"]), str(each["version"])) for each in record["distributions"]]


def _request(record: Mapping[str, Any]) -> Request:
    """What waivers and lists look at."""
    request, python = record["request"], str(record["python"])
    arguments = " ".join(map(str, request["arguments"]))
    requested: tuple[RequestedName | None, ...] = (None,)
    # Most have neither word, and the pattern takes longer.
    nameless = ("--only-dep" in arguments or "pylock" in arguments) and _NAMELESS.search(arguments)
    if not request["editable"] and not nameless:
        requested = tuple(each for text in request["requirements"] for each in requested_names(str(text), python))
    reports = bool(request["dry_run"]) and " --report" in arguments
    return Request(Source("none"), requested=requested, dry_run=reports, report=reports)


@lru_cache(1 << 15)
def requested_names(text: str, python: str) -> tuple[RequestedName | None, ...]:
    """The name that a requirement tells, None if it tells none, nothing if its marker does not hold for this Python."""
    if text.endswith(".whl") and ("://" not in text or text.startswith("file:")):
        parts = re.split(r"[/\\]", text)[-1].split("-")
        return (RequestedName(canonical(parts[0]), parts[1]) if len(parts) > 1 else None,)
    try:
        found = parse_requirement(text)
    except ValueError:  # a folder, a repository, a URL
        return (None,)
    variables = {"python_version": ".".join(python.split(".")[:2]), "python_full_version": python, "extra": ""}
    if found.marker is not None and not found.marker.evaluate(variables):
        return ()
    pins = [each.version for each in found.specifier if each.operator in ("==", "===") and "*" not in each.version]
    return (RequestedName(canonical(found.name), pins[0] if pins else None, bool(found.url), bool(found.extras)),)
