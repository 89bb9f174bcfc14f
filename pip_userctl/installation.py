"""Where this pip-userctl is, so that other environments can be told: its folders, its command, its standard library."""

from __future__ import annotations

import os
import shlex
import site
import subprocess
import sys
import sysconfig
from importlib.machinery import PathFinder
from typing import Iterator, NamedTuple

from pip_userctl import borrowing

_NAMES = ("_pip_userctl", "pip_userctl", "pluggy", "packaging")


class Installation(NamedTuple):
    """This installation, as another environment needs to know it.

    command: how to call it, as it is typed into a shell.
    folders: where its modules, what they need, and its plugins are; the start-up module is in the first.
    python: such as ``(3, 11)``; prefix: the environment that it is installed in; base_prefix: what that was made from.
    library: the standard library's directory; site_packages: relative to a prefix, for an environment of this Python.
    euid: effective uid; None on Windows.
    """

    command: str
    folders: tuple[str, ...]
    python: tuple[int, int]
    prefix: str
    base_prefix: str
    library: str
    site_packages: str
    euid: int | None
    windows: bool

    @property
    def startup_module(self) -> str:
        """The file that a start-up file in another environment loads."""
        return os.path.join(self.folders[0], "_pip_userctl.py")


def collect() -> Installation:
    """This installation; where another one covers this environment, that one."""
    windows = os.name == "nt"
    cover = borrowing.cover()
    mark = os.path.abspath(os.sep)
    purelib = sysconfig.get_path("purelib", "nt" if windows else "posix_prefix", {"base": mark, "platbase": mark})
    return Installation(
        command=cover[0] if cover else _command(),
        folders=cover[1:] or tuple(dict.fromkeys(map(os.path.abspath, _folders()))),
        python=sys.version_info[:2],
        prefix=sys.prefix,
        base_prefix=sys.base_prefix,
        library=sysconfig.get_path("stdlib"),
        site_packages=os.path.relpath(purelib, mark),
        euid=None if windows else os.geteuid(),
        windows=windows,
    )


def command_here() -> str:
    """How hints call pip-userctl: by its name, or, where another installation covers this environment, by its path."""
    cover = borrowing.cover()
    return cover[0] if cover else "pip-userctl"


def is_borrowed() -> bool:
    """Whether this environment uses the pip-userctl of another installation."""
    return bool(borrowing.cover())


def started_by() -> str | None:
    """The start-up module that this interpreter loaded when it started; None where it loaded none."""
    module = sys.modules.get("_pip_userctl")
    return None if module is None else module.__file__


def _folders() -> Iterator[str]:
    for name in _NAMES:
        spec = PathFinder.find_spec(name)
        if spec is not None and spec.origin is not None:
            package = os.path.dirname(spec.origin)
            yield os.path.dirname(package) if spec.submodule_search_locations else package
    known = {os.path.abspath(each) for each in (*site.getsitepackages(), site.getusersitepackages())}
    yield from (each for each in sys.path if os.path.abspath(each) in known)


def _command() -> str:
    name = "pip-userctl.exe" if os.name == "nt" else "pip-userctl"
    user_scheme = "nt_user" if os.name == "nt" else "posix_user"
    for folder in (os.path.dirname(sys.executable), *map(sysconfig.get_path, ["scripts"]), _user_scripts(user_scheme)):
        script = os.path.join(folder, name)
        if os.path.isfile(script) and _serves_us(script):
            return _join([script])
    return _join([sys.executable, "-m", "pip_userctl"])


def _user_scripts(scheme: str) -> str:
    return sysconfig.get_path("scripts", scheme)


def _serves_us(script: str) -> bool:
    """Whether the script runs this interpreter: two environments may share a scripts directory."""
    if os.name == "nt":
        return True
    try:
        with open(script, "rb") as file:
            first = file.readline(1024)
    except OSError:
        return False
    return first.startswith(b"#!") and os.fsencode(sys.executable) in first


def _join(words: list[str]) -> str:
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
