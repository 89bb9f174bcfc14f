"""What ``pip-userctl VERB --json`` answers, checked by the JSON Schemas that ship, and what folders hold."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from pip_userctl.testing import PipEnvironment, PipResult
from tests.support.cache import PROJECT

SCHEMAS = PROJECT / "pip_userctl" / "cli" / "schemas"


@functools.cache
def validator(name: str) -> Draft202012Validator:
    """The schema of this name, such as ``status`` or ``record``."""
    schemas = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.glob("*.json")}
    registry: Registry[Any] = Registry().with_resources(
        (file, Resource.from_contents(schema)) for file, schema in schemas.items()
    )
    return Draft202012Validator(schemas[f"{name}.json"], registry=registry)


def answer(result: PipResult) -> Any:
    """The envelope: one JSON object on standard output that fits its schema and the exit status, and no traceback."""
    try:
        envelope = json.loads(result.stdout)
    except ValueError:
        raise AssertionError(result) from None
    wrong = [f"{each.json_path}: {each.message}" for each in validator(envelope["command"]).iter_errors(envelope)]
    assert wrong == [], (wrong, result)
    assert (envelope["exit_code"], envelope["ok"]) == (result.returncode, result.returncode == 0), result
    assert "Traceback" not in result.output, result
    return envelope


_MANY = """
import contextlib, io, json, sys
import _pip_userctl
for command in json.loads(sys.argv.pop()):
    output, sys.argv[1:] = io.StringIO(), [command[0], "--json", *command[1:]]
    with contextlib.redirect_stdout(output):
        status = _pip_userctl.run()
    print(json.dumps([status, output.getvalue()]))
"""


def answers(environment: PipEnvironment, *commands: Sequence[str], **variables: str) -> list[Any]:
    """The envelopes of several commands, which one process answers one after the other."""
    asked = environment.account.run([str(environment.python), "-c", _MANY, json.dumps(commands)], variables)
    assert asked.returncode == 0, asked
    found = []
    for command, line in zip(commands, asked.stdout.splitlines()):
        status, output = json.loads(line)
        done = subprocess.CompletedProcess(command, status, output, asked.stderr)
        found.append(answer(PipResult((*asked.command, *command), done)))
    return found


def data(result: PipResult) -> Any:
    """The ``data`` of the envelope."""
    return answer(result)["data"]


def explained(environment: PipEnvironment, *arguments: str, **variables: str) -> Any:
    """The data of ``explain --json`` with these arguments."""
    return data(environment.userctl("explain", "--json", *arguments, **variables))


def status(environment: PipEnvironment, **variables: str) -> Any:
    """The data of ``status --json``."""
    return data(environment.userctl("status", "--json", **variables))


def snapshot(*folders: Path) -> dict[str, str]:
    """Every file, link and directory below the folders, with its mode and content; bytecode is left out."""
    found = {}
    for path in (path for folder in folders for path in sorted(folder.rglob("*")) if "__pycache__" not in path.parts):
        content = os.readlink(path) if path.is_symlink() else "directory"
        if path.is_file() and not path.is_symlink():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        found[str(path)] = f"{path.lstat().st_mode:o} {content}"
    return found
