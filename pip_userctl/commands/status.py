"""``pip-userctl status``: is it active here, for which pip, how far it reaches, the facts and the policy."""

from __future__ import annotations

import argparse
from typing import Any

from pip_userctl import __version__, environment, installation, records, wording
from pip_userctl.answers import Answer
from pip_userctl.commands._session import begin
from pip_userctl.engine import Session
from pip_userctl.models import Source
from pip_userctl.page import Page, section, sections, table
from pip_userctl.policy import Value
from pip_userctl.reach import state


def run(options: argparse.Namespace) -> Answer:
    """Exit status 1 where no ``pip install`` of this interpreter is under the policy, or the policy has mistakes."""
    try:
        beginning = begin()
    except ImportError as error:
        name = error.name or ""
        if name.partition(".")[0] != "pip":
            raise
        return _without_pip("this interpreter has no pip" if name == "pip" else f"pip cannot be loaded: {error}")
    session, pip = beginning.session, beginning.pip
    reason = pip.problem or ("" if session.policy.enabled else "the policy is switched off (enabled = no)")
    data = _data(session, reason)
    data["pip"] = {"version": pip.version, "location": pip.location}
    healthy = not reason and not session.policy.problems and not session.plugins.failures
    return Answer(data, _page(data, session), exit_code=0 if healthy else 1)


def _without_pip(reason: str) -> Answer:
    data = {"active": False, "reason": reason, "userctl": __version__, "pip": None}
    return Answer(data, section("", [("active", f"no: {reason}")]), exit_code=1)


def _data(session: Session, reason: str) -> dict[str, Any]:
    policy = session.policy
    reached = state.coverage(session.environment, installation.collect())
    return {
        "active": not reason,
        "reason": reason,
        "userctl": __version__,
        "location": environment.package_location(),
        "reach": reached.text,
        "coverage": {"by": reached.by, "file": reached.file},
        "environment": {
            **records.environment_record(session.environment),
            "user_site_reason": session.environment.user_site_reason,
            "account": session.environment.account,
        },
        "policy": {
            **records.policy_record(policy),
            "values": {
                name: {"value": _jsonable(value), "source": records.source_record(value.source)}
                for name, value in policy.values.items()
            },
            "problems": list(map(records.problem_record, policy.problems)),
        },
        "plugins": [
            {"name": each.name, "distribution": each.distribution, "version": each.version}
            for each in session.plugins.plugins
        ],
        "failures": [each._asdict() for each in session.plugins.failures],
    }


def _page(data: dict[str, Any], session: Session) -> Page:
    facts = session.environment
    site = facts.user_site + ("" if facts.user_site_enabled else f" (not on sys.path: {facts.user_site_reason})")
    policy = session.policy
    facts_page = sections(
        [
            (
                "",
                [
                    ("active", "yes" if data["active"] else f"no: {data['reason']}"),
                    ("pip-userctl", f"{__version__} from {data['location']}"),
                    ("pip", f"{data['pip']['version']} from {data['pip']['location']}"),
                    ("reach", data["reach"]),
                ],
            ),
            (
                "environment",
                [
                    ("kind", facts.kind),
                    ("prefix", facts.prefix),
                    ("interpreter", f"{facts.executable} ({facts.python})"),
                    ("user base", facts.user_base),
                    ("user site", site),
                    ("externally managed", "yes" if facts.externally_managed else "no"),
                    ("account", facts.account),
                ],
            ),
        ]
    )
    values = [(name, _shown(value), _setter(value.source)) for name, value in policy.values.items()]
    page = facts_page + table(("key", "value", "set by"), values, f"policy, profile {policy.profile}")
    failures = [(f"{each.part} {each.name}", each.error) for each in session.plugins.failures]
    more: tuple[tuple[str, list[tuple[str, ...]]], ...] = (
        ("not heard, because the policy is locked", [(each,) for each in policy.loosening]),
        ("mistakes in the policy", [(str(each),) for each in policy.problems]),
        ("failures", [*failures]),
    )
    return page + sections((title, rows) for title, rows in more if rows)


def _setter(source: Source) -> str:
    if source.kind == "default":
        return ""
    origin = source.name or wording.place(source.path, source.line)
    return f"profile in {origin}" if source.kind == "profile" else origin


def _shown(value: Value) -> str:
    plain = value.value
    if isinstance(plain, bool):
        return "yes" if plain else "no"
    if isinstance(plain, tuple):
        return ", ".join(map(str, plain)) or "-"
    return f"{plain:g}" if isinstance(plain, float) else str(plain) or "-"


def _jsonable(value: Value) -> Any:
    return list(value.value) if isinstance(value.value, tuple) else value.value
