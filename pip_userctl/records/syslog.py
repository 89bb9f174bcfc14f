"""Records as syslog messages: RFC 5424, with the JSON as the message.

Over a local socket, UDP (RFC 5426), or TCP with octet counting (RFC 6587).

A server that is dead or slow costs at most BUDGET in a whole run: everything that can block, the lookup of its name
included, happens in a thread that is left behind.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from threading import Thread
from typing import Any, Callable

#: Seconds that one run of pip may lose here.
BUDGET = 0.2
_FACILITY = 1  # user-level messages
_SEVERITIES = {"refuse": 4, "warn": 4, "failed": 4, "refused": 4}  # warning; everything else is informational
_INFORMATIONAL = 6
_LOCAL = {"darwin": "/var/run/syslog"}
_APP = "pip-userctl"


class Syslog:
    """A syslog server. address: ``local``, ``udp://host:port``, ``tcp://host:port`` or the path of a socket."""

    def __init__(self, address: str) -> None:
        self.name = f"syslog ({address})"
        self._left = BUDGET
        scheme, separator, rest = address.partition("://")
        self._stream = scheme == "tcp"
        self._socket: socket.socket | None = None
        if separator:
            host, _, port = rest.rpartition(":")
            self._connect: Callable[[], socket.socket] = lambda: self._to_server(host.strip("[]"), int(port))
        else:
            path = _LOCAL.get(sys.platform, "/dev/log") if address == "local" else os.path.expanduser(address)
            self._connect = lambda: self._to_path(path)
        # Looking a name up encodes it by a codec that pip 26.3 would not let us import at the end.
        "localhost".encode("idna")

    def write(self, line: str, record: dict[str, Any]) -> None:
        """Send one record; OSError where it could not be sent in time."""
        message = _message(line, record).encode("ascii")
        if self._left <= 0:
            raise TimeoutError("no time left")
        started = time.monotonic()
        errors: list[OSError] = []
        thread = Thread(target=self._send, args=(message, errors), name="pip-userctl-syslog", daemon=True)
        thread.start()
        thread.join(self._left)
        self._left -= time.monotonic() - started
        if thread.is_alive():
            self._left = 0
            raise TimeoutError(f"no answer within {BUDGET:g} seconds")
        if errors:
            raise errors[0]

    def _send(self, message: bytes, errors: list[OSError]) -> None:
        try:
            try:
                self._send_once(message)
            except OSError:
                if self._socket is None:
                    raise
                self._socket = None  # the server may have closed an idle connection while pip was working
                self._send_once(message)
        except OSError as error:
            errors.append(error)

    def _send_once(self, message: bytes) -> None:
        if self._socket is None:
            self._socket = self._connect()
        if self._stream:
            message = b"%d %s" % (len(message), message)
        self._socket.sendall(message)

    def _to_server(self, host: str, port: int) -> socket.socket:
        kind = socket.SOCK_STREAM if self._stream else socket.SOCK_DGRAM
        error: OSError | None = None
        for family, each_kind, protocol, _, place in socket.getaddrinfo(host, port, 0, kind):
            try:
                return self._connected(socket.socket(family, each_kind, protocol), place)
            except OSError as caught:
                error = caught
        raise error or OSError(f"no address for {host}")

    def _to_path(self, path: str) -> socket.socket:
        try:
            return self._connected(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), path)
        except OSError:
            self._stream = True
            return self._connected(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), path)

    def _connected(self, made: socket.socket, place: Any) -> socket.socket:
        try:
            made.settimeout(BUDGET)
            made.connect(place)
        except OSError:
            made.close()
            raise
        return made


def _message(line: str, record: dict[str, Any]) -> str:
    """``<PRI>VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG``."""
    level = _SEVERITIES.get(record.get("verdict") or record.get("result") or "", _INFORMATIONAL)
    header = (record["time"], socket.gethostname() or "-", _APP, str(os.getpid()), record["event"], "-")
    return f"<{_FACILITY * 8 + level}>1 {' '.join(header)} {line}"
