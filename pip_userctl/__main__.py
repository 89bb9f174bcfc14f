"""``python -m pip_userctl``: as the command ``pip-userctl``, which is beside this package if that is installed."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line; the exit status is 0 (fine), 1 (findings, refused, not active) or 2 (usage)."""
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    command = os.path.join(folder, "_pip_userctl_command.py")
    if os.path.exists(command):
        from runpy import run_path

        return int(run_path(command)["main"]())
    start = sys.modules.get("_pip_userctl")
    if hasattr(start, "run"):  # an editable installation
        return int(start.run())  # type: ignore[union-attr]
    if not __package__:  # a bare checkout, run as a directory by another interpreter
        sys.path[0] = folder
    from pip_userctl.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
