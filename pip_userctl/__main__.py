"""``python -m pip_userctl`` and the console script ``pip-userctl``."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; the exit status is 0 (fine), 1 (findings, refused, not active) or 2 (usage)."""
    from pip_userctl.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
