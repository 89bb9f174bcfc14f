"""The user base and its quarantines: what lies there, what is moved out and back.

A quarantine is a folder ``<user base>/share/pip-userctl/quarantine/<id>``. Below its ``files`` everything lies at its
path relative to the user base; there is no other list of the files, so none can be wrong. The empty file ``complete`` is
made last and removed first: a folder without it is what a stopped run has left, and the next run moves its files back.
Each file is renamed, which keeps all of it and cannot be done by half.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import time
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from pip_userctl import environment as process, messages
from pip_userctl.cli.distributions import iter_installed
from pip_userctl.installed import display_name
from pip_userctl.messages import Message, UserctlError
from pip_userctl.models import Environment

_COMPLETE = "complete"


def refuse(what: str, why: str, hint: str = "") -> NoReturn:
    """Raise the error of ``quarantine`` and ``restore``."""
    raise UserctlError(Message("userctl-quarantine", what, why, hint=hint))


def resolve(path: str) -> str:
    """Resolve links in the directories above the path; its last component may be a link."""
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def files_below(folder: str) -> Iterator[str]:
    """Everything below a directory that is not a directory itself; links are not followed."""
    for directory, folders, names in os.walk(folder):
        yield from (os.path.join(directory, name) for name in names)
        yield from filter(os.path.islink, (os.path.join(directory, name) for name in folders))


class UserBase:
    """The user base of an account.

    Args:
        environment: the facts.
        words: the verb and its arguments, for the hint.

    Raises:
        UserctlError: for root, if another account owns the user base or a directory above it, and could exchange what
            is moved; for everyone, if the place of the quarantines is a link that leads elsewhere.
    """

    def __init__(self, environment: Environment, words: Sequence[str]) -> None:
        self._userctl = messages.userctl(environment)
        self.path = os.path.realpath(environment.user_base)
        self.folder = os.path.join(self.path, "share", "pip-userctl", "quarantine")
        if environment.euid == 0:
            self._check_owner(environment, words)
        if os.path.realpath(self.folder) != self.folder:
            why = f"{self.folder} is a link to {os.path.realpath(self.folder)}, or lies below one"
            refuse("nothing can be moved into quarantine or back", why)

    def _check_owner(self, environment: Environment, words: Sequence[str]) -> None:
        place = process.nearest_existing(self.path)
        while os.stat(place).st_uid == 0:
            if place == os.path.dirname(place):
                return
            place = os.path.dirname(place)
        status = os.stat(place)
        if shutil.which("setpriv"):  # leaves the variables as they are
            start = ["setpriv", f"--reuid={status.st_uid}", f"--regid={status.st_gid}", "--clear-groups", "--"]
        else:
            given = {name: process.variables.get(name) for name in ("HOME", "PYTHONUSERBASE")}
            variables = [f"{name}={value}" for name, value in given.items() if value]
            start = ["sudo", "-u", f"#{status.st_uid}", "env", *variables]
        owner = process.owner_name(status.st_uid)
        hint = f"{messages.quote(start, environment)} {self._userctl} {messages.quote(words, environment)}"
        refuse(f"root does not move files in the home of {owner}", f"{place} belongs to {owner}", hint)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other runs out while this one moves files. On Windows nothing does."""
        if process.WINDOWS:
            yield
            return
        import fcntl

        handle = os.open(process.nearest_existing(self.path), os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            refuse("another quarantine or restore is running", f"it has locked {self.path}")
        finally:
            os.close(handle)

    def holds(self, path: str) -> bool:
        """Whether a file lies in the user base, links above it resolved, and not in a quarantine."""
        real = resolve(path)
        return real.startswith(os.path.join(self.path, "")) and not real.startswith(os.path.join(self.folder, ""))

    def quarantines(self) -> list[str]:
        """The ID of every quarantine, oldest first."""
        try:
            with os.scandir(self.folder) as found:
                return sorted(each.name for each in found if each.is_dir(follow_symlinks=False))
        except OSError:
            return []

    def describe(self, id_: str) -> dict[str, Any]:
        """A quarantine as data. files: their places in the user base; time: when it was completed."""
        moves = list(self._moves(id_))
        parents = {os.path.dirname(os.path.dirname(stored)) for stored, _ in moves if ".dist-info" in stored}
        found = [each for parent in sorted(parents) for each in iter_installed(parent)]
        made = time.gmtime(os.lstat(os.path.join(self.folder, id_)).st_mtime)
        return {
            "id": id_,
            "state": "quarantined" if self._is_complete(id_) else "incomplete",
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", made),
            "distributions": [{"name": display_name(each), "version": each.version} for each in found],
            "files": sorted(target for _, target in moves),
            "folder": os.path.join(self.folder, id_),
        }

    def take(self, files: Sequence[str]) -> str:
        """Move these files into a new quarantine, or none of them; returns its ID."""
        id_ = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{time.time_ns() // 1_000_000 % 1000:03}"
        folder = os.path.join(self.folder, id_)
        top = os.path.join(folder, "files")
        try:
            os.makedirs(folder, mode=0o700)
        except OSError as error:  # another quarantine of this very moment has it
            refuse("nothing was moved", str(error))
        try:
            for path in files:
                stored = os.path.join(top, os.path.relpath(path, self.path))
                _make_folder(os.path.dirname(stored), top, self.path)
                os.rename(path, stored)
            for emptied in sorted({os.path.dirname(path) for path in files}, reverse=True):
                with contextlib.suppress(OSError):  # something else is in it
                    os.removedirs(emptied)
            with open(os.path.join(folder, _COMPLETE), "x"):
                pass
        except OSError as error:
            with contextlib.suppress(OSError):
                self.give_back(id_)
            left = os.path.isdir(folder)
            what = f"the move was stopped; what was moved is in {folder}" if left else "nothing was moved"
            refuse(what, str(error), f"{self._userctl} restore {id_}" if left else "")
        return id_

    def give_back(self, id_: str) -> None:
        """Move everything of a quarantine to its place, and remove its folder; goes on where an earlier run was stopped.

        Raises:
            UserctlError: if a place is taken or lies outside the user base; then nothing is moved.
            OSError: if a move fails.
        """
        folder = os.path.join(self.folder, id_)
        top = os.path.join(folder, "files")
        moves = list(self._moves(id_))
        for _, target in moves:
            if os.path.lexists(target):
                refuse(f"{id_} cannot be restored", f"{target} is there already")
            if not self.holds(target):
                refuse(f"{id_} cannot be restored", f"{target} lies outside the user base, or in a quarantine")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(folder, _COMPLETE))
        for stored, target in moves:
            _make_folder(os.path.dirname(target), self.path, top)
            os.rename(stored, target)
        for directory, _, _ in os.walk(folder, topdown=False):
            os.rmdir(directory)
        with contextlib.suppress(OSError):  # others may be in it
            os.rmdir(self.folder)
            os.rmdir(os.path.dirname(self.folder))

    def recover(self) -> list[str]:
        """Move back what stopped runs have left; returns their IDs. What cannot be moved stays, and is listed."""
        done = []
        for id_ in self.quarantines():
            if not self._is_complete(id_):
                with contextlib.suppress(OSError, UserctlError):
                    self.give_back(id_)
                    done.append(id_)
        return done

    def _is_complete(self, id_: str) -> bool:
        return os.path.lexists(os.path.join(self.folder, id_, _COMPLETE))

    def _moves(self, id_: str) -> Iterator[tuple[str, str]]:
        """Each file of a quarantine, and its place in the user base."""
        top = os.path.join(self.folder, id_, "files")
        for stored in () if os.path.islink(top) else files_below(top):
            yield stored, os.path.join(self.path, os.path.relpath(stored, top))


def _make_folder(folder: str, top: str, like: str) -> None:
    """Make a directory, and those between it and the top, with the modes that they have below ``like``."""
    if os.path.isdir(folder):
        return
    _make_folder(os.path.dirname(folder), top, like)
    os.mkdir(folder)
    mode = stat.S_IMODE(os.stat(os.path.join(like, os.path.relpath(folder, top))).st_mode)
    os.chmod(folder, mode | stat.S_IRWXU)
