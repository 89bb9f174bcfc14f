"""Environments of every kind, with a pip of the cache, in which pip-userctl is installed, or nothing."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from pip_userctl.testing import Account, PipEnvironment, PipResult
from tests.support.changes import copy_in
from tests.support.pythons import Python


class InstalledEnvironment(PipEnvironment):
    """An environment that nothing covers. kind: ``isolated``, ``system-site``, ``conda`` or ``base``."""

    _policy: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        folder: Path,
        kind: str,
        base: Python,
        *,
        pip: Path,
        install: Sequence[Path],
        account: Account | None,
        creator: Sequence[str],
    ) -> None:
        """Make the environment.

        pip: a directory with the package ``pip``, which a ``.pth`` file puts on the path; install: directories that are
        copied into site-packages; creator: a command that makes a virtual environment, the prefix is appended.
        """
        self._place(folder, kind, base.path, account, lambda result: None)
        if kind in ("base", "conda"):
            self._copy_interpreter()
        else:
            options = ["--system-site-packages"] if kind == "system-site" else []
            command = [*(creator or [base.path, "-I", "-m", "venv", "--without-pip", *options]), str(self.prefix)]
            subprocess.run(command, check=True, capture_output=True, env=self.account.variables())
        (self.site_packages / "pip-of-the-tests.pth").write_text(f"{pip}\n")
        for each in install:
            copy_in(self, each)

    def userctl(self, *arguments: str, flags: Sequence[str] = (), cwd: str | Path = "", **variables: str) -> PipResult:
        """Run its own ``python -m pip_userctl``, without an audit log."""
        return self._run([str(self.python), *flags, "-m", "pip_userctl", *arguments], variables, cwd)

    def _copy_interpreter(self) -> None:
        """Copy the binary, link to the standard library, and make an empty site-packages."""
        stdlib, site_packages = _libraries(self.base)
        name = f"python{self.version}"
        library, self.site_packages = self.prefix / "lib" / name, self.prefix / site_packages
        for folder in (self.scripts, library, self.site_packages):
            folder.mkdir(parents=True, exist_ok=True)
        shutil.copy2(Path(self.base).resolve(), self.scripts / name)
        for link in ("python", "python3"):
            (self.scripts / link).symlink_to(name)
        for entry in Path(stdlib).iterdir():
            if entry.name not in ("site-packages", "dist-packages", "EXTERNALLY-MANAGED", "sitecustomize.py"):
                (library / entry.name).symlink_to(entry)
        if self.kind == "conda":
            (self.prefix / "conda-meta").mkdir()


@functools.cache
def _libraries(python: str) -> list[str]:
    """The standard library of an interpreter, and its site-packages below a prefix."""
    purelib = "os.path.relpath(sysconfig.get_path('purelib', vars={'base': '/'}), '/')"
    code = f"import json, os, sysconfig; print(json.dumps([sysconfig.get_path('stdlib'), {purelib}]))"
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    found: list[str] = json.loads(done.stdout)
    return found
