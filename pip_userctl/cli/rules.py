"""``pip-userctl rules``: every rule with its action here, what another policy would change, and each rule's page."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pip_userctl import messages
from pip_userctl.cli.output import Result, Section
from pip_userctl.cli.policies import load_session, mistake_record, read_candidate, remarks, setting_record, value_text
from pip_userctl.judge import Session
from pip_userctl.keys import PROFILES, PolicyKey
from pip_userctl.messages import Message, UserctlError
from pip_userctl.mistakes import Mistake
from pip_userctl.policy import resolve

PAGES = Path(__file__).parents[1] / "rules" / "pages"


def run(args: argparse.Namespace) -> Result:
    """Exit status 1 if the policy, or the file that is given, has mistakes."""
    session, configuration = load_session()
    if args.name is not None:
        return Result(_page(args.name, session))
    there = policy = session.policy
    mistakes: Sequence[Mistake] = policy.mistakes
    if args.policy is not None:
        files, keys, mistakes = read_candidate(args.policy, session, configuration)
        on_top = configuration._replace(files=(*configuration.files, *files))
        there = resolve(on_top, keys, agent=session.environment.agent)
    rows, changes = [], []
    for name, key in policy.keys.items():
        then = setting_record(name, there, session.environment)
        if key.kind == "action":
            owner = session.hooks.owners.get(name, "pip_userctl")
            now = setting_record(name, policy, session.environment)
            rows.append({"name": name, "plugin": owner, "action": policy.action(name), **now})
            if args.policy is not None:
                rows[-1]["with_policy"] = {"action": there.action(name), **then}
        elif policy.value(name) != there.value(name):
            changes.append({"key": name, "now": policy.value(name), "then": there.value(name), **then})
    data: dict[str, Any] = {
        "profile": policy.profile,
        "enabled": policy.enabled,
        "rules": rows,
        "policy": args.policy,
        "changes": changes,
        "mistakes": [mistake_record(each) for each in mistakes],
    }
    return Result(data, exit_code=1 if mistakes else 0)


def _page(name: str, session: Session) -> dict[str, Any]:
    policy, environment = session.policy, session.environment
    known = [key.name for key in policy.keys.values() if key.kind == "action"]
    rule = name[len("userctl-") :] if name.startswith("userctl-") else name
    if rule not in known:
        near = difflib.get_close_matches(rule, known, cutoff=0.5)
        hint = f"{messages.userctl(environment)} rules"
        why = f"did you mean {' or '.join(near)}?" if near else ""
        raise UserctlError(Message("userctl-unknown-rule", f"there is no rule {name}", why, hint=hint))
    names = policy.items("protect-packages") if rule == "protected-package" else ()
    return {
        "name": rule,
        "page": read_page(rule, policy.keys[rule]),
        "names": list(names),
        "names_set_in": setting_record("protect-packages", policy, environment)["set_in"] if names else "",
        "agent": environment.agent,
        "locked_by": policy.locked_by,
        "action": policy.action(rule),
        **setting_record(rule, policy, environment),
    }


def text(data: dict[str, Any]) -> list[Section]:
    """The table of rules, or the page of one."""
    if "page" in data:
        where = f" [{data['set_in']}]" if data["set_in"] else ""
        here = [f"{data['name']} = {data['action']}{where}"]
        if data["names"]:
            here.append(f"protect-packages = {', '.join(data['names'])} [{data['names_set_in']}]")
        if data["agent"]:
            here.append(f"this run counts as that of a coding agent: {data['agent']}")
        title, *rest = page_sections(data["page"])
        if data["locked_by"]:
            here.append(f"locked by {data['locked_by']}: only its administrator can make it milder")
            rest = [each for each in rest if each.title != "How to change it"]  # that would not help
        return [title, Section("Here", [(each,) for each in here]), *rest]
    header, rows = ["rule", "action", "set in"], []
    if data["policy"] is not None:
        header.insert(2, f"with {data['policy']}")
    for each in data["rules"]:
        new = each.get("with_policy", each)
        changed = [] if new is each else ["" if new["action"] == each["action"] else new["action"]]
        rows.append([each["name"], each["action"], *changed, new["set_in"]])
    changes = [
        [each["key"], value_text(each["now"]) or "-", value_text(each["then"]) or "-", each["set_in"]]
        for each in data["changes"]
    ]
    off = [] if data["enabled"] else [("nothing is judged, because the policy is switched off (enabled = no)",)]
    return [
        Section(rows=off),
        Section(f"rules, profile {data['profile']}", [header, *rows]),
        Section("other keys that would change", changes),
        *remarks(mistakes=data["mistakes"]),
    ]


def read_page(name: str, key: PolicyKey) -> str:
    """The page of a rule, Markdown; of a plugin's rule what its key has, or its summary."""
    if key.page:
        return key.page
    try:
        return (PAGES / f"{name}.md").read_text(encoding="utf-8")
    except FileNotFoundError:
        defaults = ", ".join(f"{each} ({profile})" for profile, each in zip(PROFILES, key.defaults))
        actions = f"Actions: {key.expects()}. Without a setting: {defaults}."
        return f"# {name}\n\n{key.summary}\n\n## How to change it\n\n{actions}\n"


def page_sections(page: str) -> list[Section]:
    """A page as sections: what stands under each heading."""
    sections = []
    parts = re.split(r"(?m)^#+ (.*)\n", page)
    for title, body in zip(parts[1::2], parts[2::2]):
        lines = [(line,) for line in body.strip("\n").splitlines()]
        sections.append(Section(title, lines) if lines else Section(rows=[(title,)]))
    return sections
