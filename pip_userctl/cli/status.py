"""``pip-userctl status``: is it active here, for which pip, which environments it covers, the facts and the policy."""

from __future__ import annotations

import argparse
from typing import Any

from pip_userctl import __version__, environment as process, records
from pip_userctl.cli import covering, verify
from pip_userctl.cli.output import Result, Section
from pip_userctl.cli.policies import load_session, mistake_record, remarks, setting_record, value_text


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
    policy, environment, failures = session.policy, session.environment, session.hooks.failures
    reason = covering.not_active_reason(pip.problem) or (
        "" if policy.enabled else "the policy is switched off (enabled = no)"
    )
    values = {}
    for name, key in policy.keys.items():
        value = policy.value(name)
        if args.all or policy.source(name).kind != "default" or value != key.default("default"):
            values[name] = {"value": value, **setting_record(name, policy, environment)}
    data: dict[str, Any] = {
        "active": not reason,
        "reason": reason,
        "userctl": __version__,
        "location": process.package_folder(),
        "pip": {"version": pip.version, "location": pip.location},
        "coverage": covering.coverage(environment),
        "environment": {
            **records.pick(environment, *records.ENVIRONMENT),
            **{name: getattr(environment, name) for name in ("python", "user_site_reason", "account")},
        },
        "policy": {
            **records.pick(policy, *records.POLICY),
            "agent": policy.agent,
            "values": values,
            "mistakes": [mistake_record(each) for each in policy.mistakes],
        },
        "plugins": [
            {"name": each.name, "distribution": each.distribution, "version": each.version}
            for each in session.hooks.plugins
            if each.distribution is not None  # it is not built in
        ],
        "failures": [each._asdict() for each in failures],
    }
    changed = False
    if args.verify:
        data["start_up_files"] = verify.start_up_files()
        changed = any(not each["released"] or each["recorded"] is False for each in data["start_up_files"])
    others = covering.find_unreadable_here(environment)
    healthy = not (reason or policy.mistakes or failures or changed or others)
    return Result(data, exit_code=0 if healthy else 1, errors=(others,) if others else ())


def text(data: dict[str, Any]) -> list[Section]:
    """The same in sections; what is as it should be has no section."""
    head = [("active", "yes" if data["active"] else f"no: {data['reason']}")]
    if data["pip"] is None:
        return [Section(rows=head)]
    head += [
        ("pip-userctl", f"{data['userctl']} from {data['location']}"),
        ("pip", f"{data['pip']['version']} from {data['pip']['location']}"),
        ("covers", data["coverage"]["text"]),
    ]
    facts, policy = data["environment"], data["policy"]
    hidden = f" (not on sys.path: {facts['user_site_reason']})" if not facts["user_site_enabled"] else ""
    here = [
        ("kind", facts["kind"]),
        ("prefix", facts["prefix"]),
        ("interpreter", f"{facts['executable']} ({facts['python']})"),
        ("user base", facts["user_base"]),
        ("user site", facts["user_site"] + hidden),
        ("externally managed", "yes" if facts["externally_managed"] else "no"),
        *([("container", facts["container"])] if facts["container"] else []),
        ("account", facts["account"]),
    ]
    agent = f", for the coding agent {policy['agent']}" if policy["agent"] else ""
    values: list[tuple[str, ...]] = [
        (name, value_text(each["value"]) or "-", each["set_in"]) for name, each in policy["values"].items()
    ]
    return [
        Section(rows=head),
        Section("environment", here),
        Section(
            f"policy, profile {policy['profile']}{', locked' if policy['locked'] else ''}{agent}",
            values or [("every key has its default",)],
        ),
        Section("plugins", [(each["name"], f"{each['distribution']} {each['version']}") for each in data["plugins"]]),
        *remarks(policy["ignored"], policy["mistakes"], data["failures"]),
        Section("start-up files", [(each["path"], verify.describe(each)) for each in data.get("start_up_files", ())]),
    ]
