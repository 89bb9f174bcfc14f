"""Records reach a real rsyslog over each transport, and a dead server costs a warning and next to no time."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest

from tests.toolkit.environments import Environment
from tests.toolkit.records import assert_complete
from tests.toolkit.syslogd import Rsyslog

Make = Callable[..., Environment]


@pytest.fixture
def rsyslog(tmp_path: Path) -> Iterator[Rsyslog]:
    """A daemon, stopped in the end even where the test has not."""
    made = Rsyslog(tmp_path / "rsyslog")
    yield made
    made.stop()


@pytest.mark.needs("rsyslogd")
@pytest.mark.parametrize("transport", ["udp", "tcp", "path"])
def test_records_reach_rsyslog(make: Make, each_pip: str, rsyslog: Rsyslog, transport: str) -> None:
    environment = make("isolated", pip=each_pip)
    address = str(rsyslog.path) if transport == "path" else f"{transport}://127.0.0.1:{rsyslog.port}"
    accepted = environment.pip("install", "demo", PIP_USERCTL_SYSLOG=address)
    refused = environment.pip("install", "--user", "demo", PIP_USERCTL_SYSLOG=address)
    rsyslog.stop()
    found = list(rsyslog.records())
    assert [(app, kind, level) for app, kind, level, _ in found] == [
        ("pip-userctl", "decision", "info"),
        ("pip-userctl", "outcome", "info"),
        ("pip-userctl", "decision", "warning"),
        ("pip-userctl", "outcome", "warning"),
    ], (accepted, refused)
    assert_complete([record for *_, record in found])


@pytest.mark.parametrize("transport", ["tcp", "path"])
def test_a_server_that_is_not_there_costs_one_warning(make: Make, each_pip: str, transport: str) -> None:
    environment = make("isolated", pip=each_pip)
    address = str(environment.account.home / "nothing") if transport == "path" else "tcp://127.0.0.1:9"
    done = environment.pip("install", "demo", PIP_USERCTL_SYSLOG=address)
    assert done.returncode == 0, done
    assert done.output.count("WARNING:") == 1, done
    assert f"syslog ({address})" in done.output, done


def test_a_server_that_never_answers_is_given_up(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        port = silent.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]  # a full backlog: further connections hang
        for each in fillers:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        done = environment.pip("install", "demo", PIP_USERCTL_SYSLOG=f"tcp://127.0.0.1:{port}")
        for each in fillers:
            each.close()
    assert done.returncode == 0, done
    assert done.output.count("WARNING:") == 1, done
