"""What tests change in an environment."""

from __future__ import annotations

import os
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


def copy_in(environment: PipEnvironment, folder: Path) -> None:
    """Copy what a directory holds into site-packages, such as an unpacked wheel; bytecode for other Pythons is left out."""
    tag = f".cpython-{environment.version.replace('.', '')}.pyc"

    def foreign(_: str, names: list[str]) -> list[str]:
        return [name for name in names if ".pyc" in name and not name.endswith(tag)]

    shutil.copytree(folder, environment.site_packages, ignore=foreign, dirs_exist_ok=True)


def copy_pip(environment: PipEnvironment) -> None:
    """Put a copy of pip in, in place of the link to the cache: only then can pip change itself."""
    (link,) = environment.site_packages.glob("pip-of-the-tests.pth")
    copy_in(environment, Path(link.read_text().strip()))
    link.unlink()


def remove(environment: PipEnvironment, *patterns: str) -> None:
    """Remove files and folders from site-packages by hand."""
    for path in [path for pattern in patterns for path in environment.site_packages.glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def put_on_path(environment: PipEnvironment) -> None:
    """Put its commands in front of PATH, with the scripts that an install would make."""
    pip = ("pip._internal.cli.main", "main")
    for name, (module, function) in {"pip": pip, "pip3": pip, "pip-userctl": ("_pip_userctl", "run")}.items():
        script = environment.scripts / name
        script.write_text(
            f"#!{environment.python}\nimport sys\nfrom {module} import {function}\nsys.exit({function}())\n"
        )
        script.chmod(0o755)
    environment.account.path = f"{environment.scripts}{os.pathsep}{environment.account.path}"
