"""The places in pip that are patched, and the check that this pip has them.

All have been the same from pip 20.3 to 26.3; a pip in which one is different is left alone.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

#: Name in ``pip._internal.commands.install`` → the parameters that it must have, in this order, first.
SEAMS: dict[str, tuple[str, ...]] = {
    "decide_user_install": ("use_user_site", "prefix_path", "target_dir", "root_path", "isolated_mode"),
    "get_lib_location_guesses": ("user", "home", "root", "isolated", "prefix"),
    "InstallCommand.run": ("self", "options", "args"),
    "InstallCommand.get_requirements": ("self", "args", "options", "finder", "session"),
    "InstallCommand._main": ("self", "args"),
    "InstallCommand.make_resolver": ("preparer", "finder", "options"),
    "install_given_reqs": ("root", "use_user_site"),
}
# Their order changed between versions, or is of no matter: pip or we pass them by keyword, or hand on what comes.
_ANY_ORDER = ("get_lib_location_guesses", "InstallCommand.make_resolver", "install_given_reqs")


def misfits(module: ModuleType) -> tuple[str, ...]:
    """The seams that this pip does not have, or has with other parameters."""
    return tuple(name for name, parameters in SEAMS.items() if not _fits(module, name, parameters))


def _fits(module: ModuleType, name: str, parameters: tuple[str, ...]) -> bool:
    function: Any = module
    for part in name.split("."):
        function = getattr(function, part, None)
    while hasattr(function, "__wrapped__"):  # our own patch, when this is asked once more
        function = function.__wrapped__
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    found = code.co_varnames[: code.co_argcount]
    if name in _ANY_ORDER:
        return set(parameters) <= set(found)
    return bool(found[: len(parameters)] == parameters)
