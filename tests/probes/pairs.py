"""Runs pip with several faults at once, in a fork of this process each time, where pip and pip-userctl are loaded already.

For each case: exit status, what was printed, records.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from pip._internal.cli.main import main
from pip._internal.commands import install  # noqa: F401 - what the start-up module waits for

question = json.loads(Path(sys.argv[1]).read_text())
log, output = Path(question["folder"], "records.jsonl"), Path(question["folder"], "output")


def run(faults: dict[str, str], variables: dict[str, str]) -> None:
    """The child: append each text to a module, then become pip."""
    os.environ.update(variables)
    for module, text in faults.items():
        exec(text, vars(import_module(module)))
    stream = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(stream, 1)
    os.dup2(stream, 2)
    status = 99
    try:
        status = main(question["command"])
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


def case(faults: dict[str, str], variables: dict[str, str]) -> Any:
    log.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        run(faults, variables)
    _, status = os.waitpid(child, 0)
    lines = log.read_text().splitlines() if log.exists() else []
    return [os.waitstatus_to_exitcode(status), output.read_text(), [json.loads(line) for line in lines]]


print(json.dumps([case(*each) for each in question["cases"]]))
