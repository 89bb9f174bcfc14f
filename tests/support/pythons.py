"""The interpreters of this machine, and the pips that start on them."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

SUPPORTED = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
#: Oldest first. The oldest is the first supported one; the others are what distributions ship, and what changed something.
PIPS = (
    *("21.2.4", "21.3.1", "22.3.1", "23.0.1", "23.3.2", "24.0", "24.3.1", "25.0.1", "25.3"),
    *("26.0.1", "26.1.2", "26.2.1", "26.3"),
)
OLDEST, NEWEST = PIPS[0], PIPS[-1]


class Python(NamedTuple):
    """A base interpreter. version: such as ``3.11``; path: of its executable; tag: of its bytecode files."""

    version: str
    path: str

    @property
    def tag(self) -> str:
        """The mark of its bytecode files."""
        return f"cpython-{self.version.replace('.', '')}"


@functools.cache
def discover() -> dict[str, Python]:
    """Version → the first interpreter found, in pyenv and on PATH. A virtual environment counts as its base."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    path = os.pathsep.join(each for each in os.get_exec_path() if "shims" not in each)
    on_path = (shutil.which(name, path=path) for name in (*(f"python{each}" for each in SUPPORTED), "python3"))
    found: dict[str, Python] = {}
    for candidate in (*sorted(map(str, (root / "versions").glob("*/bin/python3")), reverse=True), *on_path):
        version, base = _ask(candidate) if candidate else ("", "")
        if version in SUPPORTED:
            found.setdefault(version, Python(version, base))
    return dict(sorted(found.items(), key=lambda item: SUPPORTED.index(item[0])))


def _ask(path: str) -> tuple[str, str]:
    code = (
        "import sys, os, ensurepip, venv; version = '%d.%d' % sys.version_info[:2]; print(version);"
        "print(os.path.join(sys.base_prefix, 'bin', 'python' + version))"
    )
    try:
        done = subprocess.run([path, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return "", ""
    version, base = done.stdout.splitlines()
    return version, base if Path(base).exists() else path


def starts(python: str, pip: str) -> bool:
    """Whether this pip can install on this Python: pip before 23.2 imports what 3.12 removed, 26.1 requires 3.10."""
    version, number = SUPPORTED.index(python), tuple(map(int, pip.split(".")))
    return (number >= (23, 2) or version < SUPPORTED.index("3.12")) and (number < (26, 1) or python != "3.9")


def pairs() -> list[tuple[str, str]]:
    """(Python, pip) for every interpreter of this machine and every pip that starts on it."""
    return [(python, pip) for python in discover() for pip in PIPS if starts(python, pip)]


def python_for(pip: str) -> str:
    """The newest Python of this machine on which this pip starts."""
    return next(python for python, each in reversed(pairs()) if each == pip)


def pip_for(python: str) -> str:
    """The newest pip that starts on this Python."""
    return next(pip for pip in reversed(PIPS) if starts(python, pip))
