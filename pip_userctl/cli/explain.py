"""``pip-userctl explain``: the decision that a ``pip install`` would get, and why; installs nothing, needs no network."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from typing import Any

from pip_userctl import messages, records
from pip_userctl._pip import report
from pip_userctl._pip.preview import UnsupportedPip, WrongArguments, preview
from pip_userctl.cli import UsageError
from pip_userctl.cli.output import Result, Section
from pip_userctl.cli.policies import remarks
from pip_userctl.messages import Message, UserctlError


def run(args: argparse.Namespace) -> Result:
    """Explain one command line; the exit status is 1 if the policy or pip itself refuses."""
    try:
        found = preview(_without_command(args.arguments))
    except UnsupportedPip as error:
        raise UserctlError(Message("userctl-unsupported-pip", "this pip is not under the policy", str(error))) from None
    except WrongArguments as error:
        raise UsageError(*error.args) from None
    decision, policy = found.decision, found.session.policy
    data: dict[str, Any] = {}
    refusal, lines = None, []
    if decision is not None:
        data, refusal = records.decision_record(decision), report.stop_message(decision)
        lines = [messages.line(each, policy, decision.environment) for each in decision.verdicts]
    data.update(
        judged=decision is not None,
        exempt=found.exempt or None,
        lines=lines,
        message=refusal._asdict() if refusal else None,
        pip_refuses=found.pip_refusal or None,
        not_judged=list(found.not_judged),
        not_read=list(found.unread),
        ignored=list(policy.ignored),
        mistakes=[str(each) for each in policy.mistakes],
    )
    return Result(data, 1 if refusal or found.pip_refusal else 0)


def _without_command(arguments: Sequence[str]) -> list[str]:
    """The arguments without the ``python -m pip install`` in front of them, if the whole command was pasted."""
    words = list(arguments)
    if words and re.match(r"[A-Za-z_]\w*=", words[0]):
        what = f"{words[0]} is a variable: put it in front of pip-userctl"
        raise UsageError(what, f"pip-userctl explain: error: {what}\n")
    program = os.path.basename(words[0]).lower() if words else ""
    if "install" in words and program.startswith(("pip", "%pip", "python", "py.exe")) and not program.endswith(".whl"):
        index = words.index("install")
        start = words.index("pip") + 1 if "pip" in words[1:index] else 1
        return [*words[start:index], *words[index + 1 :]]
    return words


def text(data: dict[str, Any]) -> list[Section]:
    """The same for people."""
    head = [("verdict", data["verdict"] if data["judged"] else f"not judged: {data['exempt']}")]
    if data["pip_refuses"]:
        head.append(("pip itself", f"refuses: {data['pip_refuses']}"))
    sections = [Section("", head)]
    if data["judged"]:
        rows = [
            (each["action"], line + (f" (waived by {each['waived_by']})" if each["waived_by"] else ""))
            for each, line in zip(data["rules"], data["lines"])
        ]
        sections.append(Section("rules that apply", rows))
        message = data["message"] or {}
        # A row of one cell is never broken, so that it can be copied.
        rest = [(messages.indented(f"{name}: ", message[name]),) for name in ("note", "hint") if message.get(name)]
        sections.append(Section("", rest))
        asked = data["request"]["origin"]
        who = [asked["kind"], *(str(asked[name]) for name in ("name", "path") if asked[name])]
        rows = [("asked by", " ".join(who) + (", ignored" if data["request"]["dropped"] else ""))]
        places = data["destination"] or {}
        rows += [(name, places[name]) for name in ("scheme", "purelib", "scripts") if places.get(name)]
        sections.append(Section("where it goes", rows))
    later = [(", ".join(data["not_judged"]),)] if data["not_judged"] else []
    unread = [(each,) for each in data["not_read"]]
    return [
        *sections,
        Section("decided later, by the resolved set", later),
        Section("not read, because it would have to be fetched", unread),
        *remarks(data["ignored"], [{"message": each} for each in data["mistakes"]], data.get("failures", ())),
    ]
