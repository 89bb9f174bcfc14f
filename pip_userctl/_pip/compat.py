"""What is taken from pip, by version: the patched functions and their check, its errors, its files, its packaging.

The patched functions have had the same names and parameters from pip 20.3 to 26.3; a pip in which one differs is left
alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from pip_userctl import environment
from pip_userctl.frozen import Frozen

#: Name in ``pip._internal.commands.install`` → the parameters that it must have, in this order, first.
PATCHED: dict[str, tuple[str, ...]] = {
    "decide_user_install": ("use_user_site", "prefix_path", "target_dir", "root_path", "isolated_mode"),
    "get_lib_location_guesses": ("user", "home", "root", "isolated", "prefix"),
    "InstallCommand.run": ("self", "options", "args"),
    "InstallCommand.get_requirements": ("self", "args", "options", "finder", "session"),
    "InstallCommand._main": ("self", "args"),
    "InstallCommand.make_resolver": ("preparer", "finder", "options"),
    "install_given_reqs": ("root", "use_user_site"),
}
# Their order changed between versions, or does not matter: they are passed by keyword, or handed on as they come.
_ANY_ORDER = ("get_lib_location_guesses", "InstallCommand.make_resolver", "install_given_reqs")


class UnsupportedPip(Exception):
    """This pip's internals do not fit; nothing has been patched. line: what is said."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(f"this pip has no {', no '.join(missing)}")
        self.line = f"userctl-unsupported-pip: pip {pip_version()} is not under the policy: {self}"


def missing_parts(module: ModuleType) -> tuple[str, ...]:
    """The functions that this pip does not have, or has with other parameters."""
    return tuple(name for name, parameters in PATCHED.items() if not _fits(module, name, parameters))


def _fits(module: ModuleType, name: str, parameters: tuple[str, ...]) -> bool:
    function: Any = module
    for part in name.split("."):
        function = getattr(function, part, None)
    while hasattr(function, "__wrapped__"):  # patched already
        function = function.__wrapped__
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    found = code.co_varnames[: code.co_argcount]
    if name in _ANY_ORDER:
        return set(parameters) <= set(found)
    return bool(found[: len(parameters)] == parameters)


def pip_version() -> str:
    """The version of the running pip."""
    import pip

    return str(pip.__version__)


def release() -> tuple[int, ...]:
    """The first two numbers of pip's version."""
    return tuple(int(part) if part.isdigit() else 0 for part in pip_version().split(".")[:2])


def configuration_files() -> Mapping[str, Sequence[str]]:
    """The paths of pip's configuration files by kind."""
    from pip._internal.configuration import get_configuration_files

    return {str(kind): paths for kind, paths in get_configuration_files().items()}


def requirement_class() -> Any:
    """``packaging.requirements.Requirement``: as pip has it in memory, since a second import costs 23 M instructions."""
    try:
        from pip._vendor.packaging.requirements import Requirement
    except ImportError:  # a pip without its vendored packages, or none at all
        from pip_userctl.startup import loader

        if not loader.startup_module:
            from packaging.requirements import Requirement
        else:
            with loader.private("packaging"):
                from packaging.requirements import Requirement
    return Requirement


class InstalledPip(Frozen):
    """The pip of this interpreter. problem: why it is not under the policy; empty if it is."""

    version: str
    location: str
    problem: str


def installed_pip() -> InstalledPip:
    """Which pip this is, and whether its install command has been patched at start-up.

    Raises:
        ImportError: if this interpreter has no pip.
    """
    import pip
    import pip._internal.commands.install as module

    missing = missing_parts(module)
    problem = ""
    if missing:
        problem = str(UnsupportedPip(missing))
    elif not hasattr(module.InstallCommand.run, "__wrapped__"):
        problem = environment.inactive_because()
    return InstalledPip(pip.__version__, str(pip.__file__), problem)
