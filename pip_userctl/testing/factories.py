"""Plausible values for the arguments of hooks: ada, an ordinary account on Linux, with Python 3.13 in ``/opt/python``.

All are the frozen models that hooks get at run time. A keyword replaces a field; one that the model does not have is a
TypeError that names those it has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from pip_userctl.decision import NOBODY, Decision, Outcome, Run, combine
from pip_userctl.distributions import canonical
from pip_userctl.environment import Process
from pip_userctl.frozen import Frozen
from pip_userctl.health import Machine
from pip_userctl.models import (
    ACTIONS,
    IGNORE,
    Asked,
    Blocked,
    Destination,
    Distribution,
    Environment,
    Origin,
    Request,
    Verdict,
)
from pip_userctl.policy import ConfigFile, Policy, Setting, resolve
from pip_userctl.testing.enlisting import enlist

_Model = TypeVar("_Model", bound=Frozen)

CONFIG = "/home/ada/.config/pip/pip.conf"
RUN = Run("0123456789abcdef0123456789abcdef", "26.3", Process("host", 1, "sh", "/home/ada", None))
ORIGINS = {
    "none": NOBODY,
    "typed": Origin("typed", "--user"),
    "configured": Origin("configured", "user", CONFIG, 2),
    "fallback": Origin("fallback"),
}
KINDS = ("isolated", "system-site", "conda", "base")
RESULTS = ("installed", "failed", "refused", "dry-run")
_BASE, _VENV = "/opt/python", "/home/ada/project/.venv"
_LIBRARY = "lib/python3.13/site-packages"
_USER_BASE = "/home/ada/.local"
_NAMED = re.compile(r"([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*([^;/@]*)(?:;.*)?")
_PIN = re.compile(r"={2,3}\s*([^\s,*]+)")


def environment(kind: str = "base", **fields: Any) -> Environment:
    """The facts about an interpreter. kind: ``isolated``, ``system-site``, ``conda`` or ``base``."""
    prefix = _BASE if _one_of("kind", kind, KINDS) in ("base", "conda") else _VENV
    sees_user_site = kind != "isolated"
    own, user, system = f"{prefix}/{_LIBRARY}", f"{_USER_BASE}/{_LIBRARY}", f"{_BASE}/{_LIBRARY}"
    reason = "" if sees_user_site else "this virtual environment does not include the system site-packages"
    path = {"isolated": (own,), "system-site": (own, user, system)}.get(kind, (user, own))
    made = Environment(
        kind=kind,
        prefix=prefix,
        base_prefix=_BASE,
        executable=f"{prefix}/bin/python",
        base_executable=f"{_BASE}/bin/python3.13",
        python="3.13.0",
        python_flags=(),
        user_base=_USER_BASE,
        user_site=user,
        user_site_enabled=sees_user_site,
        user_site_reason=reason,
        default_user_base=_USER_BASE,
        user_base_owner=1000,
        externally_managed=False,
        uid=1000,
        euid=1000,
        account="ada",
        search_path=path,
    )
    return _with(made, fields)


def request(*words: str, origin: str | Origin = "none", **fields: Any) -> Request:
    """``pip install`` of these requirements, ``demo`` where there is none.

    origin: who asked for a user install: ``none`` (pip installs into the environment), ``typed`` (``--user``), ``configured``,
    ``fallback`` (pip falls back to it), or an Origin. The scheme, the arguments and ``asked`` follow from that, the destination
    from the environment once the request is judged.
    """
    words = words or ("demo",)
    who = origin if isinstance(origin, Origin) else ORIGINS[_one_of("origin", origin, ORIGINS)]
    made = Request(
        who,
        arguments=("install", *(["--user"] if who.kind == "typed" else ()), *words),
        requirements=words,
        scheme=_scheme(who, fields.get("target"), fields.get("prefix")),
        asked=tuple(map(_asked, words)),
        blocked=Blocked(f"{_BASE}/{_LIBRARY}", "root", "drwxr-xr-x", "owner") if who.kind == "fallback" else None,
    )
    return _with(made, fields)


def _scheme(origin: Origin, target: str | None, prefix: str | None) -> str:
    if origin.kind != "none":
        return "user"
    return "target" if target else "prefix" if prefix else "site"


def _asked(word: str) -> Asked | None:
    """What is asked for by name: ``demo``, ``demo[extra]>=1``, ``demo==1.0``; not a path or a URL."""
    found = _NAMED.fullmatch(word.strip())
    if found is None:
        return None
    pin = _PIN.fullmatch(found[2].strip())
    return Asked(canonical(found[1]), pin[1] if pin else None)


def with_destination(asked: Request, facts: Environment) -> Request:
    """The request with the directories that pip would choose for its scheme, where it names none."""
    if asked.destination is not None:
        return asked
    tail = facts.user_site[len(facts.user_base) :].lstrip("/\\")
    if asked.scheme == "target":
        where = asked.target or ""
        return asked._replace(destination=Destination("target", where, where, f"{where}/bin", where))
    above = {"user": facts.user_base, "prefix": asked.prefix or ""}.get(asked.scheme, facts.prefix)
    above = f"{asked.root}{above}" if asked.root else above
    library = f"{above}/{tail}"
    return asked._replace(destination=Destination(asked.scheme, library, library, f"{above}/bin", above, asked.root))


def reconsidered(asked: Request, facts: Environment) -> Request:
    """What pip would do once a configured wish has been dropped.

    It falls back to a user install where the request says that a directory is ``blocked``, and the user site can be seen.
    """
    falls_back = asked.blocked is not None and facts.kind != "isolated" and not (asked.target or asked.prefix)
    who = ORIGINS["fallback"] if falls_back else NOBODY
    scheme = _scheme(who, asked.target, asked.prefix)
    return with_destination(asked._replace(origin=who, scheme=scheme, destination=None), facts)


def policy(*plugins: object, name: str | None = None, **values: str) -> Policy:
    """The policy in which ada's pip.conf says these values, written as there: ``policy(base_typed="refuse")``.

    An underscore stands for a dash. plugins: those whose keys the policy has, too; name: what the entry point of a plugin is
    called, where it is not installed. ValueError for a key that does not exist and a value that it does not accept.
    """
    keys = [key for each in plugins for key in enlist(each, name, ()).keys]
    settings = {
        key.replace("_", "-"): Setting(value, "user", CONFIG, line)
        for line, (key, value) in enumerate(values.items(), start=2)
    }
    made = resolve([ConfigFile("user", CONFIG, {"userctl": settings})], {}, keys)
    if made.problems:
        raise ValueError("; ".join(each.text for each in made.problems))
    return made


def distribution(name: str = "demo", version: str = "1.0", *, requested: bool = True, **fields: Any) -> Distribution:
    """One distribution of the resolved set, into the site-packages of the default environment."""
    return _with(Distribution(name, version, requested, f"{_BASE}/{_LIBRARY}"), fields)


def decision(
    *verdicts: Verdict,
    request: Request | None = None,
    environment: Environment | None = None,
    policy: Policy | None = None,
    **fields: Any,
) -> Decision:
    """What these verdicts add up to; without any, an install that nobody minds."""
    for each in verdicts:
        _one_of("action", each.action, (*ACTIONS, IGNORE))
    facts = environment or _environment()
    made = combine(verdicts, (), with_destination(request or _request(), facts), facts, policy or _policy(), RUN)
    return _with(made, fields)


def outcome(result: str = "installed", *, decision: Decision | None = None, **fields: Any) -> Outcome:
    """How an install ended. result: ``installed``, ``failed``, ``refused`` or ``dry-run``."""
    return _with(Outcome(decision or _decision(), _one_of("result", result, RESULTS), None, (), ()), fields)


def machine(environment: Environment | None = None, policy: Policy | None = None, **fields: Any) -> Machine:
    """What a health check may look at."""
    facts = environment or _environment()
    path = (f"{facts.prefix}/bin", f"{facts.user_base}/bin", "/usr/bin", "/bin")
    return _with(Machine(facts, policy or _policy(), facts.search_path, path, None, RUN.pip), fields)


_environment, _request, _policy, _decision = environment, request, policy, decision


def _one_of(what: str, value: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    if value not in known:
        raise ValueError(f"{what} = {value!r} is not valid; valid: {', '.join(known)}")
    return value


def _with(made: _Model, fields: Mapping[str, Any]) -> _Model:
    """The same with other fields."""
    for name in fields:
        if name not in made._fields:
            near = get_close_matches(name, made._fields, n=1)
            meant = f" (did you mean {near[0]}?)" if near else ""
            raise TypeError(f"{type(made).__name__} has no field {name}{meant}; it has {', '.join(made._fields)}")
    return made._replace(**fields)
