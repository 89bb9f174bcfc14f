"""Who asks for an install, and policies as files and variables say them; other values come from the kit that ships."""

from __future__ import annotations

from pip_userctl.policy import ConfigFile, Setting
from pip_userctl.testing import factories

TYPED, CONFIGURED, FALLBACK, NOBODY = (factories.ORIGINS[kind] for kind in ("typed", "configured", "fallback", "none"))
#: Under this name, because ``environment`` is what tests call the one that they made.
facts = factories.environment


def config(kind: str = "user", path: str = "", **values: str) -> ConfigFile:
    """A file with a ``[userctl]`` section; an underscore stands for a dash, and the lines count from 2."""
    path = path or f"/{kind}/pip.conf"
    settings = {
        name.replace("_", "-"): Setting(value, kind, path, line)
        for line, (name, value) in enumerate(values.items(), start=2)
    }
    return ConfigFile(kind, path, {"userctl": settings})


def variables(**values: str) -> dict[str, Setting]:
    """The same as ``PIP_USERCTL_…`` variables."""
    return {
        name.replace("_", "-"): Setting(value, "env-var", name=f"PIP_USERCTL_{name.upper()}")
        for name, value in values.items()
    }
