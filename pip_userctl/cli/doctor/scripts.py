"""Scripts: whether they can run, whether PATH has them, and whether ``pip`` and ``python`` belong together."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator

from pip_userctl import environment as process
from pip_userctl.cli.doctor.findings import ERROR, WARNING, Check, Finding, Machine
from pip_userctl.models import Environment


def user_scripts(environment: Environment) -> str:
    """Where user installs put their scripts."""
    if environment.windows:
        return os.path.join(os.path.dirname(environment.user_site), "Scripts")
    return os.path.join(environment.user_base, "bin")


def find_dead(machine: Machine) -> Iterator[Finding]:
    """Scripts in the user base whose interpreter is gone, and links that lead nowhere."""
    folder = user_scripts(machine.environment)
    for name in _listed(folder):
        path = os.path.join(folder, name)
        remedy = f"rm {shlex.quote(path)}"
        if os.path.islink(path) and not os.path.exists(path):
            yield Finding(WARNING, f"the link {name} leads to {os.readlink(path)}, which is gone", path, remedy)
            continue
        interpreter = script_interpreter(path)
        gone = not os.path.exists(interpreter) if os.path.isabs(interpreter) else not shutil.which(interpreter)
        if interpreter and gone:
            where = "is gone" if os.path.isabs(interpreter) else "is not on PATH"
            yield Finding(ERROR, f"the script {name} cannot run: its interpreter {interpreter} {where}", path, remedy)


def find_not_on_path(machine: Machine) -> Iterator[Finding]:
    """The user's scripts directory, if there is anything in it."""
    folder = user_scripts(machine.environment)
    count = len(_listed(folder))
    if not count or os.path.realpath(folder) in map(os.path.realpath, os.get_exec_path()):
        return
    scripts = "1 script" if count == 1 else f"{count} scripts"
    remedy = f'setx PATH "%PATH%;{folder}"' if process.WINDOWS else f'export PATH={shlex.quote(folder)}:"$PATH"'
    yield Finding(WARNING, f"the scripts directory of user installs, with {scripts}, is not on PATH", folder, remedy)


def find_strangers(machine: Machine) -> Iterator[Finding]:
    """``pip install`` would then install for another interpreter than the one that ``python`` starts."""
    for suffix in ("", "3"):
        pip, python = shutil.which(f"pip{suffix}"), shutil.which(f"python{suffix}")
        if not pip or not python:
            continue
        interpreter = script_interpreter(pip)
        if not os.path.isabs(interpreter) or _is_wrapper(python) or _is_wrapper(interpreter):
            continue
        if _prefix(interpreter) != _prefix(python):
            what = f"pip{suffix} on PATH installs for {interpreter}, but python{suffix} starts {python}"
            yield Finding(WARNING, what, pip, f"python{suffix} -m pip install ...")


def script_interpreter(path: str) -> str:
    """What a script's first line runs: a path, or the name that ``env`` looks for; empty if it is no such script."""
    try:
        with open(path, "rb") as file:
            head = file.read(1024)
    except OSError:
        return ""
    if not head.startswith(b"#!"):
        return ""
    first = os.fsdecode(head[2:].partition(b"\n")[0].strip())
    words = first.split(" ")
    if os.path.basename(words[0]) == "sh":
        # pip writes this if the path of the interpreter is too long for a first line, or has a space.
        found = re.search(rb"^'''exec' \"?([^\"\n]+?)\"? \"\$0\"", head, re.MULTILINE)
        return os.fsdecode(found[1]) if found else ""
    if os.path.basename(words[0]) == "env":
        return next((word for word in words[1:] if not word.startswith("-") and "=" not in word), "")
    named = words[0] if len(words) < 2 or words[1].startswith("-") else first
    return named if os.path.isabs(named) else ""


def _listed(folder: str) -> list[str]:
    """The files and links in a directory; a pipe, which would be waited for, is none."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [
        name for name in names for path in [os.path.join(folder, name)] if os.path.isfile(path) or os.path.islink(path)
    ]


def _is_wrapper(path: str) -> bool:
    """Whether it is a shell script such as pyenv's, from which the interpreter cannot be told."""
    try:
        with open(path, "rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return True


def _prefix(interpreter: str) -> str:
    """The directory of a virtual environment, or where the links of an interpreter end."""
    folder = os.path.dirname(os.path.dirname(os.path.abspath(interpreter)))
    if os.path.isfile(os.path.join(folder, "pyvenv.cfg")):
        return os.path.realpath(folder)
    return os.path.dirname(os.path.dirname(os.path.realpath(interpreter)))


CHECKS = (
    Check("interpreters", "scripts in the user base whose interpreter is gone, and links that lead nowhere", find_dead),
    Check("path", "a scripts directory that is not on PATH", find_not_on_path),
    Check("interpreter-of-pip", "pip and python on PATH that belong to different interpreters", find_strangers),
)
