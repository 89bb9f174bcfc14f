"""For each case: what ``explain`` says, and what a real pip then records and does; each in a child of this process.

The interpreter, its flags and its environment are those of this process; variables and arguments are the case's.
"""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Callable

import pip._internal.cli.main as pip_main
import pip._internal.commands.install  # noqa: F401 - before the fork, so that each child has it

import pip_userctl.commands.explain  # noqa: F401
from pip_userctl.cli import run

question = json.loads(Path(sys.argv[1]).read_text())
scratch = Path(question["scratch"])


def in_child(variables: dict[str, str], work: Callable[[], object]) -> None:
    """Do it in a child with these variables."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    os.environ.update(variables)
    try:
        work()
    finally:
        os._exit(0)


def explain(arguments: list[str]) -> None:
    """Leave the answer in a file."""
    with redirect_stdout(io.StringIO()) as output:
        run(["explain", "--json", *arguments])
    (scratch / "explained").write_text(output.getvalue())


def install(arguments: list[str]) -> None:
    """Leave what pip prints in a file; its records are in the audit log."""
    with (scratch / "printed").open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        status = pip_main.main(["install", *arguments])
        sys.stdout.flush()
        (scratch / "status").write_text(str(status))


def answer(case: dict[str, Any]) -> Any:
    """[what explain says, the records of the real run, its exit status, what it printed]."""
    log = scratch / "log"
    for name in ("explained", "printed", "status", "log"):
        (scratch / name).unlink(missing_ok=True)
    config = Path(question["config"])
    config.write_text(case["config"])
    in_child(case["variables"], lambda: explain(case["arguments"]))
    real = {**case["variables"], "PIP_USERCTL_AUDIT_LOG": str(log)}
    in_child(real, lambda: install(case["arguments"]))
    records = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    explained = json.loads((scratch / "explained").read_text() or "null")
    return [explained, records, int((scratch / "status").read_text()), (scratch / "printed").read_text()]


answers = [answer(case) for case in question["cases"]]
print(json.dumps(answers))
