"""A real rsyslog on loopback, or on a socket, that writes the messages it gets into a file."""

from __future__ import annotations

import json
import os
import select
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

_CONFIG = """
module(load="imudp") module(load="imtcp") module(load="imuxsock" SysSock.Use="off")
template(name="whole" type="list") {{ property(name="app-name") constant(value=" ") property(name="msgid")
  constant(value=" ") property(name="syslogpriority-text") constant(value=" ") property(name="msg") constant(value="\\n") }}
global(workDirectory="{folder}" maxMessageSize="64k")
ruleset(name="all") {{ action(type="omfile" file="{log}" template="whole") }}
input(type="imudp" address="127.0.0.1" port="{port}" ruleset="all")
input(type="imtcp" address="127.0.0.1" port="{port}" ruleset="all")
input(type="imuxsock" socket="{path}" ruleset="all" useSpecialParser="off" parseHostname="on")
"""


class Rsyslog:
    """One daemon. port: UDP and TCP on 127.0.0.1; path: its local socket; log: what it has received."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.log = folder / "received"
        self.path = folder / "socket"
        self.port = _free_port()
        config = folder / "rsyslog.conf"
        config.write_text(_CONFIG.format(folder=folder, log=self.log, port=self.port, path=self.path))
        command = [daemon(), "-n", "-f", str(config), "-i", str(folder / "pid")]
        self._errors = (folder / "errors").open("wb")
        self._process = subprocess.Popen(command, stdout=self._errors, stderr=self._errors)
        self._wait_until(self._listens)

    def stop(self, expected: int = 0) -> None:
        """Ask it to write what it has, and to end. expected: so many messages are waited for, half a minute at most."""
        if expected:  # what it has not yet read from a connection is lost when it ends
            with suppress(TimeoutError):
                self._wait_until(lambda: self.log.exists() and len(self.log.read_bytes().splitlines()) >= expected)
        self._process.terminate()
        self._process.wait(30)
        self._errors.close()

    def records(self) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
        """(application, message id, severity, record) of every message."""
        for line in self.log.read_text(encoding="utf-8").splitlines():
            app, message_id, severity, message = line.split(" ", 3)
            yield app, message_id, severity, json.loads(message)

    def _listens(self) -> bool:
        assert self._process.poll() is None, "rsyslogd ended"
        with socket.socket() as probe:
            return self.path.exists() and probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _wait_until(self, condition: Any) -> None:
        for _ in range(600):
            if condition():
                return
            select.select([], [], [], 0.05)
        raise TimeoutError("rsyslogd does not answer")


def daemon() -> str:
    """The daemon; /usr/sbin is not on every PATH."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    return shutil.which("rsyslogd", path=path) or ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
