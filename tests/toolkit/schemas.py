"""The JSON Schemas that ship with the package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from tests.toolkit.cache import PROJECT
from tests.toolkit.environments import Result

FOLDER = PROJECT / "pip_userctl" / "schemas"


def load(path: Path) -> Any:
    """One schema."""
    return json.loads(path.read_text(encoding="utf-8"))


def validator(verb: str) -> Draft202012Validator:
    """For the output of one verb."""
    registry: Registry[Any] = Registry().with_resources(
        (path.name, Resource.from_contents(load(path))) for path in FOLDER.glob("*.json")
    )
    return Draft202012Validator(load(FOLDER / f"{verb}.json"), registry=registry)


def valid(result: Result) -> Any:
    """The ``data`` of what ``--json`` printed, once the whole of it has been validated."""
    try:
        envelope = json.loads(result.stdout)
    except ValueError:
        raise AssertionError(result) from None
    errors = [f"{each.json_path}: {each.message}" for each in validator(envelope["command"]).iter_errors(envelope)]
    assert errors == [], result
    assert envelope["exit_code"] == result.returncode, result
    assert envelope["ok"] == (result.returncode == 0), result
    return envelope["data"]
