"""``pip-userctl status``: is it active here, for which pip, which environments it covers, the facts and the policy."""

from __future__ import annotations

import argparse
from typing import Any

from pip_userctl import __version__, environment as process, records
from pip_userctl.cli import covering, verify
from pip_userctl.cli.output import Result, Section
from pip_userctl.cli.policies import json_value, load_session, mistake_record, set_in, value_text
from pip_userctl.judge import Session
from pip_userctl.models import Environment
from pip_userctl.policy import Policy


def run(args: argparse.Namespace) -> Result:
    """Exit status 1 if no ``pip install`` of this interpreter is under the policy, or if something is wrong with it."""
    try:
        session, _ = load_session()
        from pip_userctl._pip.compat import installed_pip

        pip = installed_pip()
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "pip":
            raise
        reason = "this interpreter has no pip" if error.name == "pip" else f"pip cannot be loaded: {error}"
        return Result({"active": False, "reason": reason, "userctl": __version__, "pip": None}, exit_code=1)
    policy = session.policy
    reason = covering.not_active_reason(pip.problem) or (
        "" if policy.enabled else "the policy is switched off (enabled = no)"
    )
    data: dict[str, Any] = {
        "active": not reason,
        "reason": reason,
        "userctl": __version__,
        "location": process.package_folder(),
        "pip": {"version": pip.version, "location": pip.location},
        "coverage": covering.coverage(session.environment)._asdict(),
        "environment": _facts(session.environment),
        "policy": {
            **records.policy_record(policy),
            "agent": policy.agent,
            "values": _values(policy, session.environment, every=args.all),
            "mistakes": [mistake_record(each) for each in policy.mistakes],
        },
        "plugins": _plugins(session),
        "failures": [each._asdict() for each in session.hooks.failures],
    }
    changed = False
    if args.verify:
        data["start_up_files"] = verify.start_up_files()
        changed = any(not each["released"] or each["recorded"] is False for each in data["start_up_files"])
    others = covering.find_unreadable_here(session.environment)
    healthy = not (reason or policy.mistakes or session.hooks.failures or changed or others)
    return Result(data, exit_code=0 if healthy else 1, errors=(others,) if others else ())


def text(data: dict[str, Any]) -> list[Section]:
    """The same in sections; what is as it should be has no section."""
    active = Section(rows=[("active", "yes" if data["active"] else f"no: {data['reason']}")])
    if data["pip"] is None:
        return [active]
    facts, policy = data["environment"], data["policy"]
    hidden = f" (not on sys.path: {facts['user_site_reason']})" if not facts["user_site_enabled"] else ""
    values: list[tuple[str, ...]] = [
        (name, value_text(each["value"]) or "-", each["set_in"]) for name, each in policy["values"].items()
    ]
    agent = f", for the coding agent {policy['agent']}" if policy["agent"] else ""
    return [
        active._replace(
            rows=[
                *active.rows,
                ("pip-userctl", f"{data['userctl']} from {data['location']}"),
                ("pip", f"{data['pip']['version']} from {data['pip']['location']}"),
                ("covers", data["coverage"]["text"]),
            ]
        ),
        Section(
            "environment",
            [
                ("kind", facts["kind"]),
                ("prefix", facts["prefix"]),
                ("interpreter", f"{facts['executable']} ({facts['python']})"),
                ("user base", facts["user_base"]),
                ("user site", facts["user_site"] + hidden),
                ("externally managed", "yes" if facts["externally_managed"] else "no"),
                *([("container", facts["container"])] if facts["container"] else []),
                ("account", facts["account"]),
            ],
        ),
        Section(
            f"policy, profile {policy['profile']}{', locked' if policy['locked'] else ''}{agent}",
            values or [("every key has its default",)],
        ),
        Section("ignored, because the policy is locked", [(each,) for each in policy["ignored"]]),
        Section("mistakes in the policy", [(each["message"],) for each in policy["mistakes"]]),
        Section("plugins", [(each["name"], f"{each['distribution']} {each['version']}") for each in data["plugins"]]),
        Section("failures", [(f"{each['part']} {each['name']}", each["error"]) for each in data["failures"]]),
        Section("start-up files", [(each["path"], verify.describe(each)) for each in data.get("start_up_files", ())]),
    ]


def _facts(environment: Environment) -> dict[str, Any]:
    more = {name: getattr(environment, name) for name in ("python", "user_site_reason", "account")}
    return {**records.environment_record(environment), **more}


def _values(policy: Policy, environment: Environment, *, every: bool) -> dict[str, Any]:
    """The keys that are not at their default; every: all of them."""
    values = {}
    for name, key in policy.keys.items():
        value, source = policy.value(name), policy.source(name)
        if every or source.kind != "default" or value != key.default("default"):
            place = set_in(name, policy, environment)
            values[name] = {"value": json_value(value), "source": records.source_record(source), "set_in": place}
    return values


def _plugins(session: Session) -> list[dict[str, Any]]:
    """The plugins that are not built in."""
    found = (each for each in session.hooks.plugins if each.distribution is not None)
    return [{"name": each.name, "distribution": each.distribution, "version": each.version} for each in found]
