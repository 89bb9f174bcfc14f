"""What tests change in an environment."""

from __future__ import annotations

import shutil
from pathlib import Path

from pip_userctl.testing import PipEnvironment


def manage_externally(environment: PipEnvironment) -> None:
    """Mark a base interpreter as managed by the system's package manager (PEP 668)."""
    marker = environment.prefix / "lib" / f"python{environment.version}" / "EXTERNALLY-MANAGED"
    marker.write_text("[externally-managed]\nError=Use the system's package manager.\n")


def make_unreadable(environment: PipEnvironment, path: Path) -> None:
    """Take the right to read a file away, from root too."""
    path.chmod(0)
    environment.account.unprivileged = True


def copy_pip(environment: PipEnvironment) -> None:
    """Put a copy of pip in, in place of the link to the cache: only then can pip change itself."""
    (link,) = environment.site_packages.glob("pip-of-the-tests.pth")
    environment.copy_in(Path(link.read_text().strip()))
    link.unlink()


def remove(environment: PipEnvironment, *patterns: str) -> None:
    """Remove files and folders from site-packages by hand."""
    for path in [path for pattern in patterns for path in environment.site_packages.glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
