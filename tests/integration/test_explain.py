"""``pip-userctl explain``: what it takes, what it tells, and what it leaves alone."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, Callable

import pytest

from tests.toolkit.answers import answer, explained
from tests.toolkit.environments import Environment
from tests.toolkit.expect import NO_ROOT_ROW
from tests.toolkit.projects import make_project

Make = Callable[..., Environment]
PLACE = (str, type(None))
#: The fields of a decision record, with the types of their values; a list of one type stands for any number of them.
RECORD: Mapping[str, Any] = {
    "schema": int,
    "event": str,
    "phase": int,
    "id": PLACE,
    "time": str,
    "verdict": str,
    "situations": [
        {
            "name": str,
            "action": str,
            "reason": str,
            "plugin": str,
            "source": {"kind": str, "path": PLACE, "line": (int, type(None))},
        }
    ],
    "lifted": [{"name": str, "by": str}],
    "failures": [{"part": str, "name": str, "error": str}],
    "request": {
        "origin": {"kind": str, "name": PLACE, "path": PLACE, "line": (int, type(None))},
        "dropped": bool,
        "scheme": str,
        "requirements": [str],
        "constraints": [str],
        "editable": [str],
        "dry_run": bool,
        "arguments": [str],
    },
    "destination": {"scheme": str, "purelib": str, "platlib": str, "scripts": str, "data": str, "root": PLACE},
    "environment": {
        "kind": str,
        "prefix": str,
        "base_prefix": str,
        "executable": str,
        "python_flags": [str],
        "user_base": str,
        "user_site": str,
        "user_site_enabled": bool,
        "externally_managed": bool,
        "container": PLACE,
    },
    "policy": {"profile": str, "locked": bool, "files": [str], "loosening": [str]},
    "account": {"uid": int, "name": str, "sudo_uid": (int, type(None))},
    "host": str,
    "pid": int,
    "parent": PLACE,
    "cwd": PLACE,
    "pip": str,
    "python": str,
    "userctl": str,
    "override": PLACE,
}


def misfits(value: Any, shape: Any, name: str = "data") -> Iterator[str]:
    """Where a value has not this shape; what it has beside the fields of the shape's top is no misfit."""
    if isinstance(shape, Mapping):
        if name != "data" and set(value) != set(shape):
            yield f"{name} has the fields {sorted(value)}"
        for key in shape:
            yield from (
                misfits(value[key], shape[key], f"{name}.{key}") if key in value else [f"{name}.{key} is missing"]
            )
    elif isinstance(shape, list):
        for each in value:
            yield from misfits(each, shape[0], f"{name}[]")
    elif not isinstance(value, shape):
        yield f"{name} is {value!r}"


def test_the_data_has_the_fields_of_a_decision_record(make: Make, each_pip: str) -> None:
    environment = make("system-site", pip=each_pip)
    config = environment.account.user_config
    config.write_text("[global]\nuser = yes\n[userctl]\nsystem-site-configured = refuse\n")
    (environment.account.cwd / "constraints.txt").write_text("demo == 1.0\n")
    make_project(environment.account.cwd / "tree", "tree")
    (environment.account.cwd / "tree" / "setup.py").write_text("")  # an older pip asks for it
    arguments = ["-c", "constraints.txt", "demo>=1", "-e", "tree"]
    result = environment.userctl("explain", "--json", *arguments, **NO_ROOT_ROW)
    data = answer(result)["data"]
    assert list(misfits(data, RECORD)) == [], result

    assert (data["schema"], data["event"], data["phase"], data["verdict"]) == (1, "decision", 1, "refuse"), result
    situation = data["situations"][0]
    assert (situation["name"], situation["action"]) == ("system-site-configured", "refuse"), result
    assert situation["source"] == {"kind": "user", "path": str(config), "line": 4}, result
    assert situation["plugin"] == "pip_userctl", result
    request = data["request"]
    assert request["origin"] == {"kind": "configured", "name": "user", "path": str(config), "line": 2}, result
    assert (request["dropped"], request["scheme"], request["dry_run"]) == (False, "user", False), result
    assert request["arguments"] == ["install", *arguments], result
    assert data["destination"]["purelib"] == str(environment.user_site), result
    assert data["environment"]["kind"] == "system-site", result
    assert data["environment"]["prefix"] == str(environment.prefix), result
    assert data["environment"]["user_site"] == str(environment.user_site), result
    assert data["policy"]["files"] == [str(config)], result
    assert (data["pip"], data["cwd"]) == (each_pip, str(environment.account.cwd)), result
    age = datetime.now(timezone.utc) - datetime.fromisoformat(data["time"].replace("Z", "+00:00"))
    assert data["time"].endswith("Z"), result
    assert abs(age.total_seconds()) < 3600, result


def test_the_requirements_are_what_was_typed_and_what_files_say(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    (environment.account.cwd / "requirements.txt").write_text("depends == 1.0\n-c constraints.txt\n")
    (environment.account.cwd / "constraints.txt").write_text("demo == 1.0\n")
    make_project(environment.account.cwd / "tree", "tree")
    (environment.account.cwd / "tree" / "setup.py").write_text("")
    request = explained(environment, "demo[socks]>=1", "-e", "tree", "-r", "requirements.txt")["request"]
    assert request["requirements"] == ["demo[socks]>=1", "depends==1.0"], request
    assert request["constraints"] == ["demo==1.0"], request
    assert request["editable"] == ["tree"], request


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server that only remembers whether anybody has connected."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def assert_unvisited(server: socket.socket) -> None:
    """Nobody has connected."""
    with pytest.raises(BlockingIOError):
        server.accept()


#: What refers to the URL: the arguments, and what stands in requirements.txt.
FETCHED: Mapping[str, tuple[list[str], str]] = {
    "-r": (["--user", "-r", "{url}"], ""),
    "-r beside a name": (["--user", "demo", "-r", "{url}"], ""),
    "-c": (["--user", "demo", "-c", "{url}"], ""),
    "-r in a file": (["--user", "-r", "requirements.txt"], "-r {url}\n"),
    "-c in a file": (["--user", "-r", "requirements.txt"], "demo\n-c {url}\n"),
}


#: Configurations that pip's own parser does not accept: the user's file, and variables.
UNACCEPTED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "a file without sections": ("user = yes\n", {}),
    "a variable": ("", {"PIP_USER": "maybe"}),
    "a value in a file": ("[install]\nuser = maybe\n", {}),
}
