"""What only a few tests need: fetched or made when the first of them asks; without it they are skipped (``needs``)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Callable

from tests.support import cache, debian, pythons

TOOLS = ("build", "nox", "pre-commit", "tox", "virtualenv")


def folder(name: str) -> Path:
    """The folder of an extra; RuntimeError, with the reason, if it cannot be fetched or made."""
    what, make = EXTRAS[name]
    return cache.make_once(cache.folder() / "extras" / name, what, make)


def tools_python() -> Path:
    """The interpreter of the environment that holds TOOLS and no pip."""
    return folder("tools") / "bin" / "python"


def _tools(target: Path) -> None:
    *_, python = pythons.discover().values()
    cache.run([python.path, "-I", "-m", "venv", str(target)])
    pip = [str(target / "bin" / "python"), "-m", "pip"]
    cache.run([*pip, "install", "--quiet", *TOOLS])
    # build then makes its environments by virtualenv and runs the pip in them, as it does in environments of pipx or uv.
    cache.run([*pip, "uninstall", "--quiet", "--yes", "pip"])


#: Name → what it is, and what puts it into a folder or raises RuntimeError.
EXTRAS: Mapping[str, tuple[str, Callable[[Path], object]]] = {
    "backend": ("hatchling", lambda target: cache.download(target, "hatchling", "editables", dependencies=True)),
    "old-pluggy": ("pluggy 0.13.1", lambda target: cache.download(target, "pluggy==0.13.1")),
    "tools": (", ".join(TOOLS), _tools),
    **{f"debian-{name}": (f"a Debian {name} by debootstrap", partial(debian.build, name)) for name in debian.RELEASES},
}
