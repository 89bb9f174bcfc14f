"""``--python PATH``: the same verb, asked of another interpreter."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import Sequence

from pip_userctl import installation
from pip_userctl.answers import Usage
from pip_userctl.errors import Report, UserctlError
from pip_userctl.startup import elsewhere

_OPTION = "--python"
_OLDEST = (3, 9)
_ASK = "import sys; print('Python %d %d' % sys.version_info[:2])"
_ANSWER = re.compile(rb"Python (\d+) (\d+)\s")
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
    interpreter = _interpreter(python)
    try:
        version = _version(interpreter)
    except OSError as error:
        raise _refused(f"{python} is no interpreter that can be run", str(error)) from None
    if version is None:
        raise _refused(f"{python} is no Python", "it does not run Python code")
    if version < _OLDEST:
        raise _refused(f"{python} is older than Python 3.9", "pip-userctl cannot run there")
    here = installation.collect()
    lent = json.dumps([here.command, *here.folders])
    return subprocess.run([interpreter, elsewhere.__file__, lent, *arguments]).returncode


def _version(interpreter: str) -> tuple[int, int] | None:
    """Its version; None where it is something else, which may print whatever it likes for as long as it likes."""
    asked = [interpreter, "-I", "-S", "-c", _ASK]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(asked, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet) as process:
        found = _ANSWER.match(process.stdout.read(64) if process.stdout else b"")
        process.kill()
    return (int(found[1]), int(found[2])) if found else None


def _refused(what: str, why: str) -> UserctlError:
    return UserctlError(Report("userctl-no-interpreter", what, why))


def _interpreter(python: str) -> str:
    """As for pip's own ``--python``: a directory is an environment."""
    if os.path.isdir(python):
        places = (os.path.join(python, *place.split("/")) for place in _IN_ENVIRONMENT)
        return next(filter(os.path.exists, places), python)
    return python
