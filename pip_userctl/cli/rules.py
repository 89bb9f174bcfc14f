"""``pip-userctl rules``: every rule with its action here, what another policy would change, and each rule's page."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pip_userctl import messages, records
from pip_userctl.cli.output import Result, Section
from pip_userctl.cli.policies import load_session, mistake_record, read_candidate, remarks, set_in, value_text
from pip_userctl.config import Mistake
from pip_userctl.judge import Session
from pip_userctl.keys import PROFILES, PolicyKey
from pip_userctl.messages import Message, UserctlError
from pip_userctl.policy import Policy, resolve

PAGES = Path(__file__).parents[1] / "rules" / "pages"


def run(args: argparse.Namespace) -> Result:
    """Exit status 1 if the policy, or the file that is given, has mistakes."""
    session, configuration = load_session()
    if args.name is not None:
        return Result(_page(args.name, session))
    mistakes: Sequence[Mistake] = session.policy.mistakes
    there: Policy | None = None
    if args.policy is not None:
        files, keys, mistakes = read_candidate(args.policy, session, configuration)
        on_top = configuration._replace(files=(*configuration.files, *files))
        there = resolve(on_top, keys, agent=session.environment.agent)
    rows = [_rule(name, session, there) for name, key in session.policy.keys.items() if key.kind == "action"]
    data: dict[str, Any] = {
        "profile": session.policy.profile,
        "enabled": session.policy.enabled,
        "rules": rows,
        "policy": args.policy,
        "changes": [] if there is None else _changes(session, there),
        "mistakes": [mistake_record(each) for each in mistakes],
    }
    return Result(data, exit_code=1 if mistakes else 0)


def text(data: dict[str, Any]) -> list[Section]:
    """The table of rules, or the page of one."""
    if "page" in data:
        title, *rest = page_sections(data["page"])
        # Under a lock, what the page says of changing the rule would not help.
        rest = [each for each in rest if not data["locked_by"] or each.title != "How to change it"]
        return [title, Section("Here", [(each,) for each in _here(data)]), *rest]
    header = ["rule", "action", "set in"]
    rows: list[Sequence[str]] = [[each["name"], each["action"], each["set_in"]] for each in data["rules"]]
    if data["policy"] is not None:
        header, old = ["rule", "action", f"with {data['policy']}", "set in"], rows
        changed = [each["with_policy"] for each in data["rules"]]
        rows = [
            [*row[:2], "" if new["action"] == row[1] else new["action"], new["set_in"]]
            for row, new in zip(old, changed)
        ]
    changes = [
        [each["key"], value_text(each["now"]) or "-", value_text(each["then"]) or "-", each["set_in"]]
        for each in data["changes"]
    ]
    return [
        Section(
            rows=[] if data["enabled"] else [("nothing is judged, because the policy is switched off (enabled = no)",)]
        ),
        Section(f"rules, profile {data['profile']}", [header, *rows]),
        Section("other keys that would change", changes),
        *remarks(mistakes=data["mistakes"]),
    ]


def _here(data: dict[str, Any]) -> list[str]:
    """What holds here: the rule's action, the list that it reads, and who could change that."""
    where = f" [{data['set_in']}]" if data["set_in"] else ""
    lines = [f"{data['name']} = {data['action']}{where}"]
    if data["names"]:
        lines.append(f"protect-packages = {', '.join(data['names'])} [{data['names_set_in']}]")
    if data["agent"]:
        lines.append(f"this run counts as that of a coding agent: {data['agent']}")
    if data["locked_by"]:
        lines.append(f"locked by {data['locked_by']}: only its administrator can make it milder")
    return lines


def _rule(name: str, session: Session, there: Policy | None) -> dict[str, Any]:
    data = {
        "name": name,
        "plugin": session.hooks.owners.get(name, "pip_userctl"),
        **_setting(name, session.policy, session),
    }
    return data if there is None else {**data, "with_policy": _setting(name, there, session)}


def _setting(name: str, policy: Policy, session: Session) -> dict[str, Any]:
    source = records.source_record(policy.source(name))
    return {"action": policy.action(name), "source": source, "set_in": set_in(name, policy, session.environment)}


def _changes(session: Session, there: Policy) -> list[dict[str, Any]]:
    now = session.policy
    return [
        {
            "key": name,
            "now": now.value(name),
            "then": there.value(name),
            "source": records.source_record(there.source(name)),
            "set_in": set_in(name, there, session.environment),
        }
        for name, key in now.keys.items()
        if key.kind != "action" and now.value(name) != there.value(name)
    ]


def _page(name: str, session: Session) -> dict[str, Any]:
    known = [key.name for key in session.policy.keys.values() if key.kind == "action"]
    rule = name[len("userctl-") :] if name.startswith("userctl-") else name
    if rule not in known:
        near = difflib.get_close_matches(rule, known, cutoff=0.5)
        hint = f"{messages.userctl(session.environment)} rules"
        why = f"did you mean {' or '.join(near)}?" if near else ""
        raise UserctlError(Message("userctl-unknown-rule", f"there is no rule {name}", why, hint=hint))
    policy = session.policy
    names = policy.items("protect-packages") if rule == "protected-package" else ()
    return {
        "name": rule,
        "page": read_page(rule, policy.keys[rule]),
        "names": list(names),
        "names_set_in": set_in("protect-packages", policy, session.environment) if names else "",
        "agent": session.environment.agent,
        "locked_by": policy.locked_by,
        **_setting(rule, policy, session),
    }


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
