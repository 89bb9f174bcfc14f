"""``python -m pip_userctl``: as the command ``pip-userctl``, from the same place as the start-up module if there is one."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line; the exit status is 0 (fine), 1 (findings, refused, not active) or 2 (usage)."""
    start = sys.modules.get("_pip_userctl")
    if start is not None and hasattr(start, "run"):
        return int(start.run())
    if not __package__:  # a bare checkout, run as a directory by another interpreter
        sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    from pip_userctl.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
