"""``pip-userctl doctor``: runs every health check and shows what it finds, with a remedy."""

from __future__ import annotations

import argparse
from typing import Any

from pip_userctl import diagnosis, environment
from pip_userctl.answers import Answer
from pip_userctl.commands._session import Beginning, begin
from pip_userctl.health import Finding, HealthCheck, Machine
from pip_userctl.page import sections


def run(options: argparse.Namespace) -> Answer:
    """Exit status 1 for any finding, and for a check that failed."""
    beginning = begin()
    plugins = beginning.session.plugins
    examined = list(diagnosis.examine(plugins, machine(beginning), options.tell))
    failures = plugins.failures
    data: dict[str, Any] = {
        "checks": [
            {"name": check.name, "summary": check.summary, "plugin": plugin, "findings": len(found)}
            for plugin, check, found in examined
        ],
        "findings": [{"check": check.name, **each._asdict()} for _, check, found in examined for each in found],
        "failures": [each._asdict() for each in failures],
    }
    parts: list[tuple[str, list[tuple[str, ...]]]] = [
        _part(check, each) for _, check, found in examined for each in found
    ]
    if failures:
        parts.append(("failures", [(f"{each.part} {each.name}", each.error) for each in failures]))
    parts.append(("", [(_count(data["findings"], len(examined)), "")]))
    return Answer(data, sections(parts), exit_code=1 if data["findings"] or failures else 0)


def machine(beginning: Beginning) -> Machine:
    """This interpreter as the health checks see it."""
    session, pip = beginning.session, beginning.pip
    return Machine(
        session.environment,
        session.policy,
        environment.import_path(),
        environment.path_directories(),
        beginning.wish,
        pip.version,
        pip.problem,
        beginning.unset_wish,
    )


def _part(check: HealthCheck, finding: Finding) -> tuple[str, list[tuple[str, ...]]]:
    rows = [("what", finding.what), ("where", finding.where), ("remedy", "", finding.remedy)]
    return f"{finding.severity}: {check.name}", [row for row in rows if any(row[1:])]


def _count(findings: list[dict[str, str]], checks: int) -> str:
    if not findings:
        return f"nothing found by {checks} checks"
    errors = sum(each["severity"] == "error" for each in findings)
    words = [f"{errors} error{'' if errors == 1 else 's'}", f"{len(findings) - errors} warnings"]
    return f"{', '.join(words)}, by {checks} checks"
