"""Directory trees as values: everything that ``restore`` promises to bring back."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

Entry = tuple[str, int, int, str]


def tree(top: Path) -> dict[str, Entry]:
    """Relative path → (type, mode, time in nanoseconds, content or link target) of all below; of directories no time."""
    return {str(path.relative_to(top)): _entry(path) for path in sorted(top.rglob("*"))}


def _entry(path: Path) -> Entry:
    status = path.lstat()
    content = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(status.st_mode) else ""
    content = os.readlink(path) if path.is_symlink() else content
    time = 0 if stat.S_ISDIR(status.st_mode) else status.st_mtime_ns
    return stat.filemode(status.st_mode)[0], stat.S_IMODE(status.st_mode), time, content
