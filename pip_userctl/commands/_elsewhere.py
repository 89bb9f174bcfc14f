"""``--python PATH``: the same verb, asked of another interpreter."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Sequence

from pip_userctl import installation
from pip_userctl.answers import Usage
from pip_userctl.errors import Report, UserctlError
from pip_userctl.startup import elsewhere

_OPTION = "--python"
_TOO_OLD = 3
_IN_ENVIRONMENT = ("bin/python", "Scripts/python.exe", "python.exe")


def take_python(arguments: Sequence[str]) -> tuple[str | None, list[str]]:
    """The interpreter that was named, and the other arguments; behind ``--`` everything is pip's."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    kept: list[str] = []
    python: str | None = None
    own = iter(arguments[:end])
    for argument in own:
        if argument.startswith(f"{_OPTION}="):
            python = argument.partition("=")[2]
        elif argument == _OPTION:
            python = next(own, None) or ""
        else:
            kept.append(argument)
    return python, [*kept, *arguments[end:]]


def run_with(python: str, arguments: Sequence[str]) -> int:
    """Run the command line there, with this process's streams; gives its exit status."""
    if not python:
        raise Usage(f"{_OPTION} needs an interpreter")
    here = installation.collect()
    lent = json.dumps([here.command, *here.folders])
    try:
        status = subprocess.run([_interpreter(python), elsewhere.__file__, lent, *arguments]).returncode
    except OSError as error:
        raise UserctlError(
            Report("userctl-no-interpreter", f"{python} is no interpreter that can be run", str(error))
        ) from None
    if status == _TOO_OLD:
        raise UserctlError(
            Report("userctl-no-interpreter", f"{python} is older than Python 3.9", "pip-userctl cannot run there")
        )
    return status


def _interpreter(python: str) -> str:
    """As for pip's own ``--python``: a directory is an environment."""
    if os.path.isdir(python):
        places = (os.path.join(python, *place.split("/")) for place in _IN_ENVIRONMENT)
        return next(filter(os.path.exists, places), python)
    return python
