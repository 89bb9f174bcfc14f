"""Syslog messages: their form, their limit, and that nobody waits."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pip_userctl import records, testing
from pip_userctl.models import Verdict
from pip_userctl.syslog import LIMIT, LOOKUP_SECONDS, Syslog

HEADER = re.compile(
    rb"<(?P<priority>\d+)>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [!-~]+ pip-userctl \d+ (?P<event>[a-z]+) - "
)


@pytest.fixture(params=["udp", "udp6", "name", "path"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """(address for the policy, the socket of the server)."""
    family = {"path": socket.AF_UNIX, "udp6": socket.AF_INET6}.get(request.param, socket.AF_INET)
    host = {"udp": "127.0.0.1", "udp6": "::1", "name": "localhost", "path": ""}[request.param]
    with socket.socket(family, socket.SOCK_DGRAM) as made:
        made.settimeout(5)
        if request.param == "path":
            made.bind(str(tmp_path / "socket"))
            yield str(tmp_path / "socket"), made
            return
        try:
            made.bind((host, 0))
        except OSError:
            pytest.skip("needs: IPv6, which this machine has not")
        shown = f"[{host}]" if ":" in host else host
        yield f"udp://{shown}:{made.getsockname()[1]}", made


def send(syslog: Syslog, record: dict[str, Any]) -> None:
    syslog.write(records.dumps(record), record)


def test_each_record_is_one_message_of_rfc_5424(server: tuple[str, socket.socket]) -> None:
    address, receiver = server
    syslog = Syslog(address)
    expected = [
        (records.decision_record(testing.decision()), b"14"),
        (records.decision_record(testing.decision(Verdict("base-typed", "refuse"))), b"12"),
        (records.outcome_record(testing.outcome("installed")), b"14"),
        (records.outcome_record(testing.outcome("failed")), b"12"),
        (records.failure_record("7", [], ["install"], None), b"12"),
    ]
    for record, priority in expected:
        send(syslog, record)
        message = receiver.recv(LIMIT * 8)
        found = HEADER.match(message)
        assert found, message
        assert (found["priority"], found["event"].decode()) == (priority, record["event"])
        assert message[found.end() :].decode() == records.dumps(record)


@pytest.mark.parametrize("text", ["a", "\n<0>1 ", "\x01", "é", "\U0001f600"])
def test_a_long_record_is_cut_and_stays_json_behind_the_header(text: str, tmp_path: Path) -> None:
    long = text * 4096
    request = testing.request(*[f"demo{number}{text}" for number in range(3000)], origin="typed")
    environment = testing.environment(
        prefix=long, user_base=long, user_site=long, cwd=long, agent=long, executable=long
    )
    record = records.decision_record(
        testing.decision(Verdict("base-typed", "refuse", long), request=request, environment=environment, reason=long)
    )
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "socket"))
        send(Syslog(str(tmp_path / "socket")), record)
        message = receiver.recv(LIMIT * 8)
    header = HEADER.match(message)
    assert header, message
    assert LIMIT // 4 < len(message) <= LIMIT
    found = json.loads(message[header.end() :])
    assert found["truncated"] is True
    assert (found["id"], found["verdict"], set(found)) == (record["id"], "refuse", {*record, "truncated"})
    assert [each["name"] for each in found["rules"]] == ["base-typed"]
    assert found["request"]["requirements"][:1] in ([], [record["request"]["requirements"][0]])


def test_nobody_waits_for_a_server_that_reads_nothing(tmp_path: Path) -> None:
    record = records.decision_record(testing.decision())
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "socket"))
        syslog, started = Syslog(str(tmp_path / "socket")), time.monotonic()
        with pytest.raises(BlockingIOError):  # noqa: PT012
            for _ in range(100_000):
                send(syslog, record)
    assert time.monotonic() - started < 30


def test_a_socket_that_is_not_there_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        send(Syslog(str(tmp_path / "socket")), records.outcome_record(testing.outcome()))


@pytest.mark.parametrize("name", ["slow.invalid", "unknown.invalid", "ünknown.invalid", "ü" * 70])
def test_a_name_is_looked_up_for_a_fifth_of_a_second_at_most(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def look_up(host: Any, *arguments: Any, **more: Any) -> Any:
        if more.get("flags") == socket.AI_NUMERICHOST:
            return real(host, *arguments, **more)
        time.sleep(1 if host == b"slow.invalid" else 0)
        raise socket.gaierror(socket.EAI_NONAME, "no such host")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    started = time.monotonic()
    with pytest.raises(OSError, match="was not found"):
        send(Syslog(f"udp://{name}:514"), records.outcome_record(testing.outcome()))
    assert time.monotonic() - started < LOOKUP_SECONDS + 0.5
