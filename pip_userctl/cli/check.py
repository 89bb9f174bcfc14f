"""``pip-userctl check``: every mistake in the policy, each with its file and line."""

from __future__ import annotations

import argparse
import os
from typing import Any

from pip_userctl import environment
from pip_userctl.cli.output import Result, Section
from pip_userctl.cli.policies import load_session, mistake_record, plugin_keys, read_given, read_to_the_end, remarks
from pip_userctl.config import Configuration
from pip_userctl.mistakes import Mistake, find_line
from pip_userctl.models import SECTION
from pip_userctl.policy import resolve


def run(args: argparse.Namespace) -> Result:
    """Exit status 1 for any mistake, those included that never stop pip."""
    session, configuration = load_session()
    keys = plugin_keys(session)
    # Files that are given are checked each by itself.
    given = [Configuration((read_given(path, configuration),), {}) for path in args.files]
    mistakes: list[Mistake] = []
    for each in given or [configuration]:
        files, found = read_to_the_end(each.files)
        mistakes += [*found, *resolve(Configuration(files, each.variables), keys).mistakes]
        for file in files:
            path = file.settings.get("audit-log", "")
            # In a variable, which is for one run, a path that depends on where pip is started is meant.
            if path and not os.path.isabs(environment.expand(path)):
                text = f"audit-log = {path} is relative: each pip install writes into the directory that it is run in"
                line = find_line(file.path, SECTION, "audit-log")
                mistakes.append(Mistake(file.path, line, f"{text}; begin it with ~/ or /", fatal=False))
    data = {
        "files": list(args.files) or [each.path for each in configuration.files],
        "mistakes": [mistake_record(each) for each in mistakes],
        "ignored": [] if given else list(session.policy.ignored),
        "failures": [each._asdict() for each in session.hooks.failures],
    }
    return Result(data, exit_code=1 if mistakes or session.hooks.failures else 0)


def text(data: dict[str, Any]) -> list[Section]:
    """One mistake a line, then how many there are."""
    lines = [each["message"] for each in data["mistakes"]]
    lines += [f"{each['part']} {each['name']}: {each['error']}" for each in data["failures"]]
    mistakes = {0: "no mistakes", 1: "1 mistake"}.get(len(lines), f"{len(lines)} mistakes")
    files = "1 file" if len(data["files"]) == 1 else f"{len(data['files'])} files"
    return [
        Section(rows=[(line,) for line in lines]),
        *remarks(data["ignored"]),
        Section(rows=[(f"{mistakes} in {files}",)]),
    ]
