"""Stops a quarantine or a restore at each file operation, in a child of its own each time.

For each case: ``[operation, what was lost or doubled right after it, state after the next run, differences after that]``.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

question = json.loads(Path(sys.argv[1]).read_text())
sys.path[:0] = question["path"]

from pip_userctl.quarantine import journal, store  # noqa: E402
from pip_userctl.quarantine.belongings import Refused, Site, gather  # noqa: E402
from tests.toolkit.trees import tree  # noqa: E402

os.fsync = lambda fd: None  # a process that dies loses nothing that it has written, and the disk is slow
QUARANTINE = "share/pip-userctl"
CHANGES = {"os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.utime", "os.chmod", "os.chown"}
template, base = Path(question["template"]), Path(question["base"])
site = Site(str(base / question["site"]), str(base))


def interfere(number: int, fault: str, *, elsewhere: bool) -> list[str]:
    """Let the numbered change of this process fail, or be its last; gives the changes so far, as a list that grows.

    elsewhere: as if the quarantine were on another disk.
    """
    done: list[str] = []

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if event not in CHANGES and not writes:
            return
        if elsewhere and event == "os.rename" and len({QUARANTINE in str(each) for each in arguments[:2]}) == 2:
            raise OSError(errno.EXDEV, "another disk")
        done.append(event)
        if len(done) == number and fault == "SIGKILL":
            os.kill(os.getpid(), signal.SIGKILL)
        elif len(done) == number:
            raise OSError(getattr(errno, fault), fault)

    sys.addaudithook(hook)
    return done


def act(verb: str) -> None:
    """What the command does."""
    with store.alone(site):
        store.recover(site)
        if verb == "quarantine":
            store.put(gather(["demo"], site), site)
        else:
            for each in store.listed(site):
                store.take_back(each.id, site)


def in_child(verb: str, number: int, fault: str, *, elsewhere: bool) -> bool:
    """Run it with the fault in a child; whether the fault was reached."""
    child = os.fork()
    if child == 0:
        done = interfere(number, fault, elsewhere=elsewhere)
        with contextlib.suppress(Refused, OSError):
            act(verb)
        os._exit(0 if len(done) < number else 1)
    _, status = os.waitpid(child, 0)
    return status != 0


def fresh() -> None:
    """The tree as it was, times included."""
    shutil.rmtree(base, ignore_errors=True)
    shutil.copytree(template, base, symlinks=True)


def misplaced() -> list[str]:
    """Files of the tree that are in neither place, or in both and different."""
    stored = [Path(folder) / "files" for folder in journal.folders(str(base))]
    wrong = []
    for path in sorted(template.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        place = path.relative_to(template)
        found = [each for each in (base / place, *(folder / place for folder in stored)) if os.path.lexists(each)]
        contents = {os.readlink(each) if each.is_symlink() else each.read_bytes() for each in found}
        original = os.readlink(path) if path.is_symlink() else path.read_bytes()
        if contents != {original}:
            wrong.append(str(place))
    return wrong


def differences() -> list[str]:
    """What is not as it was."""
    expected, found = tree(template, without=QUARANTINE), tree(base, without=QUARANTINE)
    return sorted(path for path in expected.keys() | found.keys() if expected.get(path) != found.get(path))


def case(verb: str, number: int, fault: str, *, elsewhere: bool) -> Any:
    """One fault; None where the run ended before it."""
    fresh()
    if verb == "restore":
        act("quarantine")
    if not in_child(verb, number, fault, elsewhere=elsewhere):
        return None
    lost = misplaced()
    with store.alone(site):
        store.recover(site)
    states = [each.state for each in store.listed(site)]
    act("restore")
    return [f"{verb} {fault} {number}", lost, states, differences()]


answers = []
for verb in ("quarantine", "restore"):
    for fault, elsewhere in question["faults"]:
        number = 1
        while True:
            answer = case(verb, number, fault, elsewhere=elsewhere)
            if answer is None:
                break
            answers.append(answer)
            number += 1
print(json.dumps(answers))
