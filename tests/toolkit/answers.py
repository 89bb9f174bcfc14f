"""What the command ``pip-userctl`` answered: the envelope of ``--json``, checked, and what an environment holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.toolkit.environments import Environment, Result

ENVELOPE = ["schema", "command", "ok", "exit_code", "data", "errors"]
REPORT = ["reference", "what", "why", "note", "hint"]


def answer(result: Result, *, complete: bool = True) -> Any:
    """The one JSON object on standard output, an envelope that agrees with the exit status.

    complete: nothing stands on standard error.
    """
    envelope = json.loads(result.stdout)
    assert list(envelope) == ENVELOPE, result
    assert envelope["schema"] == 1, result
    assert envelope["command"] in result.command, result
    assert envelope["exit_code"] == result.returncode, result
    assert envelope["ok"] is (result.returncode == 0), result
    assert [list(each) for each in envelope["errors"]] == [REPORT] * len(envelope["errors"]), result
    assert all(each["reference"].startswith("userctl-") for each in envelope["errors"]), result
    assert "Traceback" not in result.output, result
    assert not (complete and result.stderr), result
    return envelope


def explained(environment: Environment, *arguments: str, **variables: str) -> Any:
    """The data of ``explain --json`` with these arguments."""
    return answer(environment.userctl("explain", "--json", *arguments, **variables))["data"]


def status(environment: Environment, **variables: str) -> Any:
    """The data of ``status --json``."""
    return answer(environment.userctl("status", "--json", **variables))["data"]


def contents(*folders: Path) -> dict[str, bytes]:
    """Every file below the folders with what it holds; an empty folder counts as one. Bytecode is left out."""
    found = {}
    for folder in folders:
        for path in folder.rglob("*"):
            if "__pycache__" not in path.parts:
                found[str(path)] = path.read_bytes() if path.is_file() else b""
    return found
