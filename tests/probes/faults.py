"""Stops a quarantine or a restore at each change of the file system, in a child of its own each time.

For each case: ``[operation, what was lost right after it, what the repeated verb left, differences after a restore]``.
"""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import signal
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

question = json.loads(Path(sys.argv[1]).read_text())
sys.path.append(question["checkout"])

from pip_userctl import cli  # noqa: E402
from tests.support.trees import Entry, tree  # noqa: E402

CHANGES = {"os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.chmod"}
template, base = Path(question["template"]), Path(question["base"])
quarantine = base / "share" / "pip-userctl" / "quarantine"


def interfere(number: int, fault: str) -> list[str]:
    """Let the numbered change of this process fail, or be its last; gives the changes so far, as a list that grows."""
    done: list[str] = []

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if event not in CHANGES and not writes:
            return
        done.append(event)
        if len(done) == number and fault == "SIGKILL":
            os.kill(os.getpid(), signal.SIGKILL)
        elif len(done) == number:
            raise OSError(getattr(errno, fault), fault)

    sys.addaudithook(hook)
    return done


def run(*words: str) -> Any:
    """The answer of the command."""
    output = io.StringIO()
    with redirect_stdout(output):
        cli.run([*words, "--json"])
    return json.loads(output.getvalue())


def ids() -> list[str]:
    return sorted(os.listdir(quarantine)) if quarantine.exists() else []


def act(verb: str) -> None:
    """What the user types, and types again after a stop."""
    if verb == "quarantine":
        run("quarantine", "demo")
    for id_ in ids() if verb == "restore" else ():
        run("restore", id_)


def is_stopped(verb: str, number: int, fault: str) -> bool:
    """Run it with the fault in a child; whether the fault was reached."""
    child = os.fork()
    if child == 0:
        done = interfere(number, fault)
        act(verb)
        os._exit(0 if len(done) < number else 1)
    _, status = os.waitpid(child, 0)
    return status != 0


def lost() -> list[str]:
    """The files that are in neither place, in both, or not as they were."""
    wrong = []
    for path in sorted(template.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        place = path.relative_to(template)
        found = [base / place, *(quarantine / id_ / "files" / place for id_ in ids())]
        contents = [
            os.readlink(each) if each.is_symlink() else each.read_text() for each in found if os.path.lexists(each)
        ]
        if contents != [os.readlink(path) if path.is_symlink() else path.read_text()]:
            wrong.append(str(place))
    return wrong


def essential(found: dict[str, Entry]) -> dict[str, Entry]:
    """The tree without what a stop may leave: the mode that a directory is made with, and empty folders of our own."""
    own = ("share", "share/pip-userctl", "share/pip-userctl/quarantine")
    return {path: ("d", 0, 0, "") if entry[0] == "d" else entry for path, entry in found.items() if path not in own}


def case(verb: str, number: int, fault: str) -> Any:
    """One fault; None if the run ended before it."""
    shutil.rmtree(base, ignore_errors=True)
    shutil.copytree(template, base, symlinks=True)
    if verb == "restore":
        act("quarantine")
    if not is_stopped(verb, number, fault):
        return None
    gone = lost()
    act(verb)
    left = [each["state"] for each in run("quarantine", "--list")["data"]["quarantines"]]
    own = "share/pip-userctl"
    if verb == "quarantine":
        left += [
            path
            for path, entry in tree(base).items()
            if "demo" in path and entry[0] != "d" and not path.startswith(own)
        ]
    act("restore")
    expected, found = essential(tree(template)), essential(tree(base))
    differences = sorted(path for path in expected.keys() | found.keys() if expected.get(path) != found.get(path))
    return [f"{verb} {fault} {number}", gone, left, differences]


answers = []
for verb in ("quarantine", "restore"):
    for fault, step in question["faults"]:
        number = 1
        while True:
            answer = case(verb, number, fault)
            if answer is None:
                break
            answers.append(answer)
            number += step
print(json.dumps(answers))
