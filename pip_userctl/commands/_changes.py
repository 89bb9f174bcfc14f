"""What would change a decision: the key, the place where it could be set, and a command for it."""

from __future__ import annotations

from typing import Iterator, NamedTuple

from pip_userctl import wording
from pip_userctl.decision import NEVER_ALLOWED, NEVER_OVERRIDDEN, Decision
from pip_userctl.models import IGNORE, Source, Verdict
from pip_userctl.policy import Policy

_NEXT = {"refuse": "warn", "warn": "log", "log": "allow", IGNORE: "allow", "allow": "refuse"}
#: A key in the user's file beats these; what is set in another place has to be changed there.
_WEAKER = frozenset({"default", "profile", "global", "base", "user"})


class Change(NamedTuple):
    """One way to another decision. key: empty where none is involved; where: file, line or variable, or empty."""

    key: str
    what: str
    where: str
    command: str


def changes(decision: Decision) -> Iterator[Change]:
    """First who asked, where that is a setting; then the keys; then what lifts refusals, where it lifts them all."""
    request, policy = decision.request, decision.policy
    wish = request.wish or request.origin
    if wish.kind == "configured":
        where = wording.place(wish.path, wish.line) if wish.path else str(wish.name)
        yield Change("", "without it nobody would ask for a user install", where, "")
    for verdict in decision.verdicts:
        if verdict.name in policy.keys:  # else a plugin's own opinion
            yield _by_key(verdict, policy)
    refused = {verdict.name for verdict in decision.verdicts if verdict.action == "refuse"}
    if not refused:
        return
    if not refused & NEVER_OVERRIDDEN and policy.text("override") == "allow":
        what = "makes a refusal a warning, for one run"
        yield Change("", what, "PIP_USERCTL_REASON", "PIP_USERCTL_REASON='...' pip install ...")
    if not refused & NEVER_ALLOWED and not policy.locked:
        what = "lifts refusals where all that was asked for is listed there"
        yield Change("allow-packages", what, "", "pip config --user set userctl.allow-packages ...")


def _by_key(verdict: Verdict, policy: Policy) -> Change:
    source = policy.source(verdict.name)
    if policy.locked and source.kind in ("global", "base", "site", "profile"):
        what = "locked by the administrator: others can only make it stricter"
        return Change(verdict.name, what, wording.place(source.path, source.line), "")
    values = [value for value in policy.keys[verdict.name].values if value != policy.text(verdict.name)]
    what = f"could be {', '.join(values[:-1])} or {values[-1]}"
    value = _NEXT[policy.text(verdict.name)]
    return Change(verdict.name, what, _place(source), _command(verdict.name, value, source))


def _place(source: Source) -> str:
    if source.kind == "default":
        return ""
    return source.name or wording.place(source.path, source.line)


def _command(key: str, value: str, source: Source) -> str:
    if source.kind in _WEAKER:
        return f"pip config --user set userctl.{key} {value}"
    if source.kind == "site":
        return f"pip config --site set userctl.{key} {value}"
    return f"{source.name}={value}" if source.name else ""
