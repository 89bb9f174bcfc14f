"""Directory trees as values: everything that ``restore`` promises to bring back."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Iterator

Entry = tuple[str, int, int, str]


def tree(top: Path, *, without: str = "") -> dict[str, Entry]:
    """Relative path → (type, mode, time in nanoseconds, content or link target) of everything below the top.

    without: a directory left out; the times of those above it, and of the top, are left out, too.
    """
    return {
        str(path.relative_to(top)): _entry(path, top, without)
        for path in _walk(top, top / without if without else None)
    }


def _walk(folder: Path, left_out: Path | None) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path == left_out or (left_out is not None and path in left_out.parents and _is_only(path, left_out)):
            continue
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path, left_out)


def _is_only(path: Path, left_out: Path) -> bool:
    """Whether the directory holds nothing but what is left out."""
    return all(each == left_out or (each in left_out.parents and _is_only(each, left_out)) for each in path.iterdir())


def _entry(path: Path, top: Path, without: str) -> Entry:
    status = path.lstat()
    time = 0 if without and path in (top / without).parents else status.st_mtime_ns
    if path.is_symlink():
        content = os.readlink(path)
    else:
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    return stat.filemode(status.st_mode)[0], stat.S_IMODE(status.st_mode), time, content
