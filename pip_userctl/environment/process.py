"""This process: its paths, its streams, and who started it where."""

from __future__ import annotations

import os
import site
import socket
import sys

from pip_userctl import borrowing
from pip_userctl.frozen import Frozen


def search_path() -> tuple[str, ...]:
    """Where this interpreter looks for distributions."""
    return tuple(entry for entry in sys.path if isinstance(entry, str))


def plugin_path() -> tuple[str, ...]:
    """Where plugins are looked for: there, and where an installation that covers this interpreter has its own."""
    return (*search_path(), *borrowing.folders())


def import_path() -> tuple[str, ...]:
    """``sys.path`` with the user site in its place, although ``site`` leaves it out until its directory exists.

    Its place is before the system's site-packages, behind those of a virtual environment. The first entry of ``sys.path``
    is where pip itself was started from, not where a program would be.
    """
    path = list(search_path())
    if path and os.path.realpath(path[0]) in (
        os.path.realpath(os.curdir),
        os.path.dirname(os.path.realpath(sys.argv[0])),
    ):
        del path[0]
    user_site = site.getusersitepackages()
    if not site.ENABLE_USER_SITE or user_site in path:
        return tuple(path)
    system = site.getsitepackages([sys.base_prefix])
    position = next((index for index, entry in enumerate(path) if entry in system), len(path))
    return (*path[:position], user_site, *path[position:])


def stderr_is_unicode() -> bool:
    """Whether box-drawing characters can be written."""
    return (getattr(sys.stderr, "encoding", None) or "").lower().startswith("utf")


def pip_runs_from(directory: str) -> bool:
    """Whether the running pip comes from a wheel in this directory, not unpacked."""
    pip = sys.modules.get("pip")
    origin = os.path.realpath(getattr(pip, "__file__", None) or "")
    start = os.path.join(os.path.realpath(directory), "")
    return origin.startswith(start) and origin[len(start) :].split(os.sep)[0].endswith(".whl")


def inactive_because() -> str:
    """Why the start-up hook did not run in this interpreter."""
    if sys.flags.no_site:
        return "Python runs with -S, which reads no start-up files"
    if "_pip_userctl" not in sys.modules:
        return "the start-up file pip_userctl.pth was not read: it is not in a site-packages folder of this interpreter"
    return "pip's install command was imported before the start-up hook, or another hook took it"


def new_id() -> str:
    """A name for one run of pip that no other run has."""
    return os.urandom(16).hex()


class Process(Frozen):
    """Where and for whom pip runs. parent: the name of the process above; sudo_uid: who called sudo."""

    host: str
    pid: int
    parent: str | None
    cwd: str | None
    sudo_uid: int | None


def process() -> Process:
    """The process around this interpreter."""
    sudo = os.environ.get("SUDO_UID", "")
    try:
        cwd = os.getcwd()
    except OSError:  # the directory is gone
        cwd = None
    return Process(socket.gethostname(), os.getpid(), _parent(), cwd, int(sudo) if sudo.isdigit() else None)


def _parent() -> str | None:
    try:
        with open(f"/proc/{os.getppid()}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return None


def package_location() -> str:
    """The folder that this package was installed into."""
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
