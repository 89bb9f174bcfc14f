"""One JSON object a line in one file, which any number of pips may write at once.

A line is one ``write`` to a file opened for appending, under an advisory lock: on a local file system no line is lost,
torn or interleaved. The file is opened anew for each line, so that it may be renamed or truncated between two.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from typing import Any

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: Seconds that a lock is waited for, in all.
LOCK_SECONDS = 0.2
_PAUSE = 0.01


class AuditLog:
    """The file at this path. It is made if its directory exists: for its owner alone in a home, else as umask says."""

    def __init__(self, path: str) -> None:
        self.name = f"the audit log {path}"
        self._path = os.path.abspath(path)
        self._mode = _mode(self._path)

    def write(self, line: str, record: dict[str, Any]) -> None:
        """Append the line; OSError where that cannot be done."""
        data = line.encode("ascii") + b"\n"
        descriptor = os.open(self._path, self._flags(), self._mode)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(errno.EINVAL, "is not a regular file", self._path)
            locked = _lock(descriptor)
            before = os.fstat(descriptor).st_size
            written = os.write(descriptor, data)
            if written < len(data):
                # A full disk takes a part of a line; nobody else can have written behind it under the lock.
                if locked and os.fstat(descriptor).st_size == before + written:
                    os.ftruncate(descriptor, before)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self._path)
        finally:
            os.close(descriptor)

    def _flags(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        # Waiting for the reader of a pipe somebody put there would hang pip.
        flags |= getattr(os, "O_NONBLOCK", 0)
        if _others_may_write(os.path.dirname(self._path)):
            flags |= getattr(os, "O_NOFOLLOW", 0)
        return flags


def _mode(path: str) -> int:
    home, folder = os.path.realpath(os.path.expanduser("~")), os.path.realpath(os.path.dirname(path))
    return 0o600 if folder == home or folder.startswith(os.path.join(home, "")) else 0o666


def _others_may_write(directory: str) -> bool:
    try:
        status = os.stat(directory)
    except OSError:
        return False
    return bool(status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


def _lock(descriptor: int) -> bool:
    """Whether the lock was got in time; some file systems have none."""
    if fcntl is None:
        return False
    end = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(_PAUSE)
        except OSError:
            return False
        else:
            return True
