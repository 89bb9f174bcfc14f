"""Records as syslog messages (RFC 5424 with the JSON as the message) over UDP or a local datagram socket.

Nothing here waits for a server: sockets do not block, and a host name is looked up in a thread.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from threading import Thread
from typing import Any

from pip_userctl import environment as process

#: Bytes of one message. rsyslog splits one of more than 8096 by default, and a part starts with what the account chose; it
#: forwards a message with a longer time stamp.
LIMIT = 8000
#: Seconds that looking up a host name may cost.
LOOKUP_SECONDS = 0.2
_WARNING, _INFORMATIONAL = 12, 14  # of the facility "user-level messages"
_LOCAL = {"darwin": "/var/run/syslog"}
#: (entries of each list, characters of each text) that are kept: the first that fits.
_CUTS = ((100, 1000), (30, 300), (10, 200), (3, 100), (1, 60), (0, 40))


class Syslog:
    """A syslog server. address: ``local``, ``udp://host:port`` or the path of a datagram socket."""

    def __init__(self, address: str) -> None:
        self.name = f"syslog ({address})"
        self._address: tuple[int, Any] | None = None
        self._thread: Thread | None = None
        host = "".join(each for each in socket.gethostname() if "!" <= each <= "~")
        self._header = f"{host or '-'} pip-userctl {os.getpid()}"
        scheme, _, server = address.partition("://")
        if scheme != "udp":
            path = _LOCAL.get(sys.platform, "/dev/log") if address == "local" else process.expand(address)
            self._address = getattr(socket, "AF_UNIX", -1), path
            return
        name, _, port = server.rpartition(":")
        self._look_up(name.strip("[]"), int(port), socket.AI_NUMERICHOST)
        if self._address is None:
            arguments = (name, int(port), socket.AI_ADDRCONFIG)
            self._thread = Thread(target=self._look_up, args=arguments, daemon=True)
            self._thread.start()

    def _look_up(self, name: str, port: int, flags: int) -> None:
        try:
            # As bytes: a text would load a codec.
            encoded = name.encode("ascii" if name.isascii() else "idna")
            found = socket.getaddrinfo(encoded, port, type=socket.SOCK_DGRAM, flags=flags)
            self._address = found[0][0], found[0][4]
        except (OSError, UnicodeError):  # a label that is too long
            pass

    def write(self, line: str, record: dict[str, Any]) -> None:
        """Send one record; OSError if it could not be sent at once."""
        if self._thread is not None:
            self._thread.join(LOOKUP_SECONDS)
        if self._address is None:
            raise OSError(f"the server's address was not found within {LOOKUP_SECONDS} seconds")
        family, address = self._address
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.connect(address)
            sender.send(self._message(line, record))

    def _message(self, line: str, record: dict[str, Any]) -> bytes:
        """``<PRI>VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG``."""
        stopped = record.get("verdict", record.get("result")) in ("refuse", "warn", "refused", "failed")
        level = _WARNING if stopped or record["event"] == "failure" else _INFORMATIONAL
        header = f"<{level}>1 {record['time']} {self._header} {record['event']} - "
        for entries, characters in _CUTS:
            if len(header) + len(line) <= LIMIT:
                break
            line = json.dumps({**_cut(record, entries, characters), "truncated": True}, separators=(",", ":"))
        return (header + line).encode("ascii")


def _cut(value: Any, entries: int, characters: int) -> Any:
    if isinstance(value, dict):
        return {name: _cut(each, entries, characters) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cut(each, entries, characters) for each in value[:entries]]
    while isinstance(value, str) and len(json.dumps(value)) > characters + len('""'):
        value = value[: len(value) // 2]
    return value
