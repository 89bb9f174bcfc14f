"""Runs as a file: the command line in another interpreter, lent from here where that has no pip-userctl of its own.

Arguments: how our command is called, then our folders, both as one JSON list; then those of the command line.
"""

# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs

import os
import sys


def main():
    """Run the command line with what this interpreter has: its own package, one that covers it, or ours."""
    here = os.path.dirname(os.path.abspath(__file__))
    if sys.path and os.path.abspath(sys.path[0]) == here:  # not so with -P
        del sys.path[0]
    lent = sys.argv.pop(1)
    borrowed = _borrow(lent)
    from pip_userctl import borrowing

    if borrowed:
        borrowing.lend(borrowed)
    with borrowing.window():
        from pip_userctl.cli import run

        return run(sys.argv[1:])


def _borrow(lent):
    import json
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    if PathFinder.find_spec("pip_userctl") is not None:
        return ()
    cover = getattr(sys.modules.get("_pip_userctl"), "cover", ()) or json.loads(lent)
    spec = PathFinder.find_spec("pip_userctl", cover[1:])
    module = sys.modules["pip_userctl"] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return tuple(cover)


if __name__ == "__main__":
    sys.exit(main())
