"""What a few tests need from the registry beyond pips: fetched once into the cache; those tests are skipped without it."""

from __future__ import annotations

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
    for name, fetch in _EXTRAS.items():
        target = folder(name)
        partial = target.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        if target.exists():
            continue
        try:
            fetch(partial)
        except RuntimeError as error:
            print(f"{name} could not be fetched: {error}")
        else:
            partial.rename(target)
    if folder("tools").exists():
        _install_seeder()


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
    shutil.copy2(Path(__file__).with_name("seeder.py"), site_packages / f"{_SEEDER}.py")
    metadata = site_packages / f"{_SEEDER}-1.0.dist-info"
    metadata.mkdir(exist_ok=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {_SEEDER}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[virtualenv.seed]\nuserctl = {_SEEDER}:Seeder\n")


_EXTRAS: Mapping[str, Callable[[Path], None]] = {
    "backend": lambda target: cache.download(target, "hatchling", "editables", dependencies=True),
    "old-pluggy": lambda target: cache.download(target, "pluggy==0.13.1"),
    "rich": lambda target: cache.download(target, "rich", dependencies=True),
    "tools": _tools,
    "debian-bookworm": lambda target: debian.build("bookworm", target),
    "debian-sid": lambda target: debian.build("sid", target),
}
