"""``pip-userctl doctor``: what is wrong around the user site, each with the command that mends it. It changes nothing."""

from __future__ import annotations

import argparse
from typing import Any

from pip_userctl import messages
from pip_userctl.cli.doctor import files, policy, shadowing
from pip_userctl.cli.doctor.findings import ERROR, Machine
from pip_userctl.cli.output import Result, Section
from pip_userctl.cli.policies import load_session
from pip_userctl.hooks import describe

#: Name → what it looks for, and the function that finds it.
CHECKS = {
    "shadowing": ("distributions in the user site that hide another one, or are hidden", shadowing.find_hidden),
    "requirements": ("requirements that a distribution in the user site breaks", shadowing.find_broken),
    "import-names": ("modules in the user site that hide one of another distribution", shadowing.find_modules),
    "owner": ("files in the user base that belong to another account", files.find_foreign),
    "configured-user": ("PIP_USER and user = true in a virtual environment", policy.find_configured),
    "locked": ("locked = yes in a file that is not honoured", policy.find_lock),
    "pip": ("a pip that is not under the policy", policy.find_pip),
    "unreadable": ("an installation that other accounts cannot read", policy.find_unreadable),
    "interpreters": ("user scripts whose interpreter is gone, and links that lead nowhere", files.find_dead),
    "path": ("a scripts directory that is not on PATH", files.find_not_on_path),
    "interpreter-of-pip": ("pip and python on PATH that belong to different interpreters", files.find_strangers),
    "start-up": (".pth files that fail at each start of Python", files.find_failing),
    "links": (".pth files and egg-links that are no text, or lead to a folder that is gone", files.find_broken),
    "names": ("modules on the path that have one of the names of pip-userctl", files.find_look_alikes),
}


def run(args: argparse.Namespace) -> Result:
    """Exit status 1 for any finding, and for a check that failed."""
    session, configuration = load_session()
    machine = Machine(session.environment, configuration, messages.userctl(session.environment))
    checks, findings, failures = [], [], []
    for name, (summary, find) in CHECKS.items():
        found = []
        try:
            found += [{"check": name, **each._asdict()} for each in find(machine)]
        except Exception as error:  # the others can still be run
            failures.append({"part": "pip-userctl", "name": name, "error": describe(error)})
        checks.append({"name": name, "summary": summary, "findings": len(found)})
        findings += found
    data = {"checks": checks, "findings": findings, "failures": failures}
    return Result(data, exit_code=1 if findings or failures else 0)


def text(data: dict[str, Any]) -> list[Section]:
    """One section a finding, then how many there are."""
    sections = [
        Section(
            f"{each['severity']}: {each['check']}",
            [(label, each[label]) for label in ("what", "where", "remedy") if each[label]],
        )
        for each in data["findings"]
    ]
    failed = [(each["name"], each["error"]) for each in data["failures"]]
    errors = sum(each["severity"] == ERROR for each in data["findings"])
    warnings = len(data["findings"]) - errors
    count = f"{errors} error{'' if errors == 1 else 's'}, {warnings} warning{'' if warnings == 1 else 's'},"
    total = f"{count if data['findings'] else 'nothing found'} by {len(data['checks'])} checks"
    return [*sections, Section("checks that failed", failed), Section(rows=[(total,)])]
