"""``pip-userctl doctor``: what is wrong around the user site, each with the command that mends it. It changes nothing."""

from __future__ import annotations

import argparse
from typing import Any

from pip_userctl import messages
from pip_userctl.cli.doctor import files, policy, scripts, shadowing, start_up
from pip_userctl.cli.doctor.findings import ERROR, Machine
from pip_userctl.cli.output import Result, Section
from pip_userctl.cli.policies import load_session
from pip_userctl.hooks import describe

CHECKS = (*shadowing.CHECKS, *files.CHECKS, *policy.CHECKS, *scripts.CHECKS, *start_up.CHECKS)


def run(args: argparse.Namespace) -> Result:
    """Exit status 1 for any finding, and for a check that failed."""
    session, configuration = load_session()
    machine = Machine(session.environment, configuration, messages.userctl(session.environment))
    checks, findings, failures = [], [], []
    for check in CHECKS:
        found = []
        try:
            found += [{"check": check.name, **each._asdict()} for each in check.find(machine)]
        except Exception as error:  # the others can still be run
            failures.append({"part": "pip-userctl", "name": check.name, "error": describe(error)})
        checks.append({"name": check.name, "summary": check.summary, "findings": len(found)})
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
    checks = f"by {len(data['checks'])} checks"
    errors = sum(each["severity"] == ERROR for each in data["findings"])
    count = f"{_count(errors, 'error')}, {_count(len(data['findings']) - errors, 'warning')}, {checks}"
    total = count if data["findings"] else f"nothing found {checks}"
    return [*sections, Section("checks that failed", failed), Section(rows=[(total,)])]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
