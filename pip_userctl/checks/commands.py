"""The commands that a shell finds: the user's scripts, and whether ``pip`` and ``python`` belong together."""

from __future__ import annotations

import os
import shlex
from typing import Iterable, Iterator

from pip_userctl import scripts
from pip_userctl.health import WARNING, Finding, HealthCheck, Machine


def userctl_health_checks() -> Iterable[HealthCheck]:
    """What PATH says."""
    return [
        HealthCheck("path", "a scripts directory that is not on PATH", find_scripts),
        HealthCheck(
            "interpreter-of-pip", "pip and python on PATH that belong to different interpreters", find_strangers
        ),
    ]


def find_scripts(machine: Machine) -> Iterator[Finding]:
    """Only where there is a script that is not found."""
    folder = scripts.user_directory(machine.environment)
    known = {os.path.realpath(each) for each in machine.path}
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    if names and os.path.realpath(folder) not in known:
        count = "1 script" if len(names) == 1 else f"{len(names)} scripts"
        what = f"the scripts directory of user installs, with {count}, is not on PATH"
        remedy = (
            f'setx PATH "%PATH%;{folder}"'
            if machine.environment.windows
            else f'export PATH={shlex.quote(folder)}:"$PATH"'
        )
        yield Finding(WARNING, what, folder, remedy)


def find_strangers(machine: Machine) -> Iterator[Finding]:
    """``pip install`` would then install for an interpreter other than the one that ``python`` starts."""
    for suffix in ("", "3"):
        pip, python = (scripts.which([name + suffix], machine.path) for name in ("pip", "python"))
        interpreter = scripts.interpreter(pip) if pip else ""
        if not python or not interpreter or _is_wrapper(python) or _is_wrapper(interpreter):
            continue
        if scripts.home(interpreter) != scripts.home(python):
            what = f"pip{suffix} on PATH installs for {interpreter}, but python{suffix} starts {python}"
            yield Finding(WARNING, what, pip, f"python{suffix} -m pip install ...")


def _is_wrapper(path: str) -> bool:
    """Shell scripts such as pyenv's shims: which interpreter they start cannot be read from them."""
    try:
        with open(path, "rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return True
