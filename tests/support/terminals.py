"""Commands on a real pseudo-terminal of a chosen size: what a person would see."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import termios
import threading
from typing import NamedTuple

from pip_userctl.testing import PipEnvironment

_STYLE = re.compile(r"\033\[[\d;]*m")


class Shown(NamedTuple):
    """What a terminal got to see. screen: standard output; notes: standard error, which has a terminal of its own."""

    screen: str
    notes: str
    returncode: int

    @property
    def text(self) -> str:
        """The screen without colours."""
        return _STYLE.sub("", self.screen)


def show(environment: PipEnvironment, *arguments: str, columns: int = 80, **variables: str) -> Shown:
    """Run ``python -m pip_userctl`` on a terminal."""
    command = [str(environment.python), "-m", "pip_userctl", *arguments]
    account = environment.account
    names = {"TERM": "xterm-256color", **variables}
    (screen, out), (notes, err) = _terminal(columns), _terminal(columns)
    readers = [_Reader(screen), _Reader(notes)]
    try:
        env = {**account.variables(), **names}
        process = subprocess.Popen(
            command, env=env, cwd=account.cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
        )
    finally:
        os.close(out)
        os.close(err)
    returncode = process.wait(timeout=120)
    return Shown(readers[0].text(), readers[1].text(), returncode)


def _terminal(columns: int) -> tuple[int, int]:
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    return ours, theirs


class _Reader:
    """Reads one terminal to its end, so that who writes never waits."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._parts: list[bytes] = []
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        while True:
            try:
                part = os.read(self._descriptor, 65536)
            except OSError:  # Linux: nobody has the other end open any more
                break
            if not part:
                break
            self._parts.append(part)
        os.close(self._descriptor)

    def text(self) -> str:
        """What came, when the other end is closed."""
        self._thread.join(timeout=60)
        return b"".join(self._parts).decode().replace("\r\n", "\n")
