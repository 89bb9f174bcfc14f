"""``pip-userctl check``: every mistake in the policy, each with its file and line."""

from __future__ import annotations

import argparse

from pip_userctl import records
from pip_userctl.answers import Answer
from pip_userctl.commands._session import alone, begin, everything
from pip_userctl.page import sections


def run(options: argparse.Namespace) -> Answer:
    """Exit status 1 for any mistake, those included that never stop pip."""
    beginning = begin()
    session = beginning.session
    if options.files:
        files = list(options.files)
        problems = [problem for path in files for problem in alone(path, beginning)[1]]
        loosening: tuple[str, ...] = ()
    else:
        files = [each.path for each in beginning.files]
        problems = everything(beginning)
        loosening = session.policy.loosening
    failures = session.plugins.failures
    data = {
        "files": files,
        "problems": list(map(records.problem_record, problems)),
        "not_heard": list(loosening),
        "failures": [each._asdict() for each in failures],
    }
    lines = [str(each) for each in problems] + [f"{each.part} {each.name}: {each.error}" for each in failures]
    parts: list[tuple[str, list[tuple[str, ...]]]] = [("", [(line,) for line in lines])] if lines else []
    if loosening:
        parts.append(("not heard, because the administrator has locked the policy", [(each,) for each in loosening]))
    parts.append(("", [(_count(len(lines), len(files)),)]))
    return Answer(data, sections(parts), exit_code=1 if lines else 0)


def _count(mistakes: int, files: int) -> str:
    found = {0: "no mistakes", 1: "1 mistake"}.get(mistakes, f"{mistakes} mistakes")
    return f"{found} in {files} file{'' if files == 1 else 's'}"
