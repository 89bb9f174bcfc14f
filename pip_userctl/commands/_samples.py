"""One sample request for each situation that a request alone shows, so that the whole table can be judged without pip.

The sample differs from an ordinary one in what the situation is about, and in nothing else.
"""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple

from pip_userctl import engine
from pip_userctl.engine import Session
from pip_userctl.models import Blocked, Destination, Environment, Origin, Request
from pip_userctl.plugins import OWN_NAME

_ORIGINS = {
    "none": Origin("none"),
    "typed": Origin("typed", "--user"),
    "configured": Origin("configured", "PIP_USER"),
    "fallback": Origin("fallback"),
}
_NAME = "anything"  # a name that no list of packages in a policy has
_BLOCKED = Blocked("/", "root", "drwxr-xr-x", "owner")


class Sample(NamedTuple):
    """What is special about a situation's request and environment."""

    origin: str = "typed"
    request: Mapping[str, Any] = {}
    environment: Mapping[str, Any] = {}


def _cells() -> dict[str, Sample]:
    cells = {}
    for kind in ("isolated", "system-site", "conda", "base"):
        for origin in ("typed", "configured", "fallback"):
            if (kind, origin) != ("isolated", "fallback"):
                shown = {"kind": kind, "user_site_enabled": kind != "isolated"}
                cells[f"{kind}-{origin}"] = Sample(origin, {}, shown)
    return cells


SAMPLES: Mapping[str, Sample] = {
    **_cells(),
    "location-configured": Sample("configured", {"target": "there", "scheme": "target"}),
    "hidden-user-site-configured": Sample("configured", {}, {"user_site_enabled": False}),
    "hidden-user-site": Sample("typed", {}, {"user_site_enabled": False}),
    "root-user": Sample("typed", {}, {"euid": 0, "uid": 0, "user_base_owner": 0}),
    "foreign-user-base": Sample("typed", {}, {"euid": 0, "uid": 0, "user_base_owner": 1}),
    "container-home": Sample("typed", {}, {"container": "apptainer", "user_base_mounted": True}),
    "user-site-by-path": Sample("none", {"scheme": "prefix", "prefix": "there"}),
    "break-system-packages": Sample("typed", {"break_system_packages": True}, {"externally_managed": True}),
}


def judged(name: str, session: Session) -> tuple[str, tuple[str, ...]]:
    """The action on one situation, and what plugins that are not built in say beside it: ``name = action``."""
    sample = SAMPLES[name]
    environment = _ordinary(session.environment)._replace(**sample.environment)
    request = _request(sample, environment)
    own = session._replace(environment=environment)
    request, settled = engine.settle(request, own)
    decision = engine.evaluate(request, settled, own, lambda dropped: dropped._replace(scheme="site"))
    actions = [each.action for each in decision.verdicts if each.name == name]
    others = [each for each in decision.verdicts if each.plugin != OWN_NAME]
    return actions[0] if actions else "not judged", tuple(f"{each.name} = {each.action}" for each in others)


def _ordinary(facts: Environment) -> Environment:
    """The environment at hand, without anything that would bring another situation in."""
    return facts._replace(
        kind="base",
        uid=1000,
        euid=1000,
        user_base_owner=1000,
        user_site_enabled=True,
        user_site_reason="",
        externally_managed=False,
        container=None,
        user_base_mounted=False,
        default_user_base=facts.user_base,
    )


def _request(sample: Sample, environment: Environment) -> Request:
    base, site = environment.user_base, environment.user_site
    request = Request(
        origin=_ORIGINS[sample.origin],
        arguments=("install", _NAME),
        requirements=(_NAME,),
        scheme="user",
        blocked=_BLOCKED if sample.origin == "fallback" else None,
        destination=Destination("user", site, site, base, base),
    )
    return request._replace(**sample.request)
