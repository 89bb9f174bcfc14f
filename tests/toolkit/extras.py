"""What a few tests need from the registry beyond pips: fetched once into the cache; those tests are skipped without it."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Callable

from tests.toolkit import cache, debian, pythons

TOOLS = ("build", "nox", "pre-commit", "tox", "virtualenv")
_SEEDER = "userctl_seeder"


def folder(name: str) -> Path:
    """The folder of an extra; it exists where the registry has given it."""
    return cache.folder() / "extras" / name


def prepare() -> None:
    """Fetch what is missing; what cannot be fetched is left out."""
    with cache.alone():
        for name, (what, fetch) in _EXTRAS.items():
            _prepare(folder(name), what, fetch)
        if folder("tools").exists():
            _install_seeder()


def _prepare(target: Path, what: str, fetch: Callable[[Path], None]) -> None:
    partial = target.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    if target.exists():
        return
    cache.say(what)
    try:
        fetch(partial)
    except RuntimeError as error:
        cache.say(f"without {target.name}: {error}")
    else:
        partial.rename(target)


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


def _install_seeder() -> None:
    """Install the seeder among the tools, by hand; its text may have changed since they were fetched."""
    site_packages = next(folder("tools").glob("lib/*/site-packages"))
    text = Path(__file__).with_name("seeder.py").read_bytes()
    module = site_packages / f"{_SEEDER}.py"
    if module.exists() and module.read_bytes() == text:
        return  # another run may be reading it
    metadata = site_packages / f"{_SEEDER}-1.0.dist-info"
    metadata.mkdir(exist_ok=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {_SEEDER}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[virtualenv.seed]\nuserctl = {_SEEDER}:Seeder\n")
    module.write_bytes(text)


_DEBIAN = "a Debian {} by debootstrap, which takes a minute or two"
#: Name → what it is, and what puts it into the folder, or raises RuntimeError.
_EXTRAS: Mapping[str, tuple[str, Callable[[Path], None]]] = {
    "backend": (
        "a build backend",
        lambda target: cache.download(target, "hatchling", "editables", dependencies=True),
    ),
    "old-pluggy": ("an old pluggy", lambda target: cache.download(target, "pluggy==0.13.1")),
    "rich": ("rich", lambda target: cache.download(target, "rich", dependencies=True)),
    "tools": (", ".join(TOOLS), _tools),
    **{f"debian-{name}": (_DEBIAN.format(name), functools.partial(debian.build, name)) for name in debian.RELEASES},
}
