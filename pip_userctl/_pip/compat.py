"""Which pip this is, and whether it fits."""

from __future__ import annotations

from pip_userctl import environment
from pip_userctl.frozen import Frozen


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

    from pip_userctl._pip.patch import UnsupportedPip, missing_parts

    missing = missing_parts(module)
    problem = ""
    if missing:
        problem = str(UnsupportedPip(missing))
    elif not hasattr(module.InstallCommand.run, "__wrapped__"):
        problem = environment.inactive_because()
    return InstalledPip(pip.__version__, str(pip.__file__), problem)
