"""Run ``pip-userctl`` and kill it in front of its n-th operation on files: arguments n, then the command line.

Python announces each operation before it does it (PEP 578), so the states between any two of them are met, in the real
code. Exit status 9 where it was killed.
"""

from __future__ import annotations

import os
import sys
from typing import Any

EVENTS = {"open", "os.chmod", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.utime", "shutil.rmtree"}
left = int(sys.argv[1])


def kill(event: str, arguments: tuple[Any, ...]) -> None:
    """Count what may change a file; reading does not."""
    global left
    if event not in EVENTS or (event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR)):
        return
    left -= 1
    if left == 0:
        os._exit(9)


sys.dont_write_bytecode = True
sys.argv = ["pip-userctl", *sys.argv[2:]]
from pip_userctl.__main__ import main  # noqa: E402

sys.addaudithook(kill)
sys.exit(main())
