"""The interpreters of this machine that the tests can use."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import NamedTuple

SUPPORTED = ((3, 9), (3, 10), (3, 11), (3, 12), (3, 13))


class Python(NamedTuple):
    """A base interpreter. version: such as ``3.11``."""

    version: str
    path: str

    @property
    def tag(self) -> str:
        """The name of its library folder."""
        return f"python{self.version}"


@cache
def discover() -> dict[str, Python]:
    """Version → the first interpreter found: PATH, then pyenv. Virtual environments are resolved to their base."""
    found: dict[str, Python] = {}
    for candidate in _candidates():
        version, base = _ask(candidate)
        if version in {"{}.{}".format(*each) for each in SUPPORTED}:
            found.setdefault(version, Python(version, base))
    return dict(sorted(found.items(), key=lambda item: tuple(map(int, item[0].split(".")))))


@cache
def site_packages(python: Python) -> str:
    """Where pip installs into this interpreter, relative to its prefix. Debian's are called otherwise than CPython's."""
    code = "import os, sys, sysconfig; print(os.path.relpath(sysconfig.get_path('purelib'), sys.prefix))"
    return subprocess.run([python.path, "-I", "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def _candidates() -> list[str]:
    names = [f"python{major}.{minor}" for major, minor in SUPPORTED] + ["python3"]
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    pyenv = sorted(map(str, (root / "versions").glob("*/bin/python3")), reverse=True)
    path = os.pathsep.join(each for each in os.environ.get("PATH", "").split(os.pathsep) if "shims" not in each)
    return pyenv + [each for each in (shutil.which(name, path=path) for name in names) if each]


def _ask(path: str) -> tuple[str, str]:
    code = (
        "import sys, os, ensurepip, venv; print('%d.%d' % sys.version_info[:2]);"
        "print(os.path.join(sys.base_prefix, 'bin', 'python%d.%d' % sys.version_info[:2]))"
    )
    try:
        answer = subprocess.run([path, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return "", ""
    version, base = answer.stdout.split()
    return version, base if Path(base).exists() else path
