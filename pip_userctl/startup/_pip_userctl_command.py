"""The command ``pip-userctl``: runs the start-up module beside this file, whatever else has its name."""

import os
import sys


def main() -> int:
    """Run the command line; the exit status is 0 (fine), 1 (findings, refused, not active) or 2 (usage)."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_pip_userctl.py")
    start = sys.modules.get("_pip_userctl")
    if getattr(start, "__file__", None) != path and not hasattr(start, "run"):
        from importlib.util import module_from_spec, spec_from_file_location

        spec = spec_from_file_location("_pip_userctl", path)
        assert spec is not None
        assert spec.loader is not None
        start = module_from_spec(spec)
        spec.loader.exec_module(start)
        sys.path_hooks.remove(start.hook)  # so that status tells what a pip install would find
    return int(start.run())  # type: ignore[union-attr]
