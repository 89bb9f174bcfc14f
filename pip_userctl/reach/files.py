"""A file or a directory appears, changes or disappears in one step, whenever the process is killed.

What is prepared stands beside its place under a name that Python does not read; the step is one ``rename``. What a
killed process has left of that is cleared by the next one.
"""

from __future__ import annotations

import os
import shutil
from typing import Mapping


def read(path: str) -> bytes | None:
    """The file's content; None where there is none."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def put_file(path: str, content: bytes, times: int | None = None) -> None:
    """Create or replace the file. times: its modification time; now, by default."""
    prepared = _prepared(path)
    _write(prepared, content, times)
    os.replace(prepared, path)
    _settle(os.path.dirname(path))


def remove_file(path: str) -> None:
    """Remove it, and what a killed process has left beside it."""
    clear(path)
    os.unlink(path)
    _settle(os.path.dirname(path))


def put_directory(path: str, files: Mapping[str, bytes], times: int) -> None:
    """Create the directory with these files. times: their modification time, which a ``.pyc`` among them may name."""
    prepared = _prepared(path)
    clear(path)
    for name, content in files.items():
        place = os.path.join(prepared, name)
        _make_directory(os.path.dirname(place))
        _write(place, content, times)
    os.rename(prepared, path)
    _settle(os.path.dirname(path))


def remove_directory(path: str) -> None:
    """Remove it whole, with what Python has added to it."""
    clear(path)
    os.rename(path, _prepared(path))
    clear(path)
    _settle(os.path.dirname(path))


def clear(path: str) -> None:
    """Remove what a killed process has left beside this place."""
    prepared = _prepared(path)
    if os.path.isdir(prepared):
        shutil.rmtree(prepared)
    elif os.path.lexists(prepared):
        os.unlink(prepared)


def _prepared(path: str) -> str:
    """The place beside it: no name of a module, and no start-up file."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name}.pip-userctl")


def _write(path: str, content: bytes, times: int | None) -> None:
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(path, 0o644)  # every account's Python reads it, whatever the umask of who activates
    if times is not None:
        os.utime(path, (times, times))


def _make_directory(path: str) -> None:
    """With the rights that files of ours have."""
    if not os.path.isdir(path):
        os.mkdir(path)
        os.chmod(path, 0o755)


def _settle(folder: str) -> None:
    """Have the directory on the disk; a system that cannot does it by itself."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
