"""``--python PATH``: the same verb in another interpreter, which needs no pip-userctl of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from pip_userctl import config, environment
from pip_userctl.messages import Message, UserctlError
from pip_userctl.startup import loader

_IN_ENVIRONMENT = ("bin/python", "Scripts/python.exe", "python.exe")


def run(python: str, arguments: Sequence[str]) -> int:
    """Run the command line there, once, with the streams of this process; returns its exit status.

    Raises:
        UserctlError: if the path is no interpreter, or one that root must not run.
    """
    interpreter, why = _find(python)
    if why:
        raise _no_interpreter(python, why)
    if environment.EUID == 0:
        found = config.obstacle(interpreter, 0, None, exists=True)
        if found is not None:
            what = f"root does not run {python}, because another account can change it"
            raise UserctlError(Message("userctl-no-interpreter", what, f"{found.path} {found.reason}"))
    code = loader.startup_module or os.path.join(environment.package_folder(), "_pip_userctl.py")
    if not os.path.exists(code):  # a bare checkout: running the package's directory executes its __main__.py
        code = os.path.join(environment.package_folder(), "pip_userctl")
    try:
        return subprocess.run([interpreter, code, *arguments]).returncode
    except OSError as error:
        raise _no_interpreter(python, str(error.strerror or error)) from None


def _find(python: str) -> tuple[str, str]:
    """The interpreter, and why there is none; a directory is an environment, as for pip's own ``--python``."""
    if os.path.isdir(python):
        places = (os.path.join(python, *place.split("/")) for place in _IN_ENVIRONMENT)
        found = next(filter(os.path.exists, places), "")
        return os.path.abspath(found), "" if found else "there is no bin/python in it"
    # By its name: to find out by running it would run it twice.
    named = any(name in os.path.basename(python).lower() for name in ("python", "pypy"))
    why = "" if named else "its name is not that of a Python"
    return os.path.abspath(python), why if os.path.exists(python) else "there is no such file"


def _no_interpreter(python: str, why: str) -> UserctlError:
    return UserctlError(
        Message("userctl-no-interpreter", f"{python or repr(python)} is not an interpreter that can be run", why)
    )
