"""Environments in which pip-userctl is not installed, and the installation that covers them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Callable, Mapping

from tests.toolkit import cache, environments, pythons
from tests.toolkit.environments import Account, Environment, Result
from tests.toolkit.pythons import Python

START = "pip_userctl_reach.pth"
Maker = Callable[[Python, Path], "list[str]"]


def _venv(*options: str) -> Maker:
    return lambda python, prefix: [python.path, "-I", "-m", "venv", "--without-pip", *options, str(prefix)]


def _virtualenv(python: Python, prefix: Path) -> list[str]:
    options = ["--no-seed", "--no-periodic-update", "--app-data", str(prefix.parent / "app-data")]
    return [sys.executable, "-m", "virtualenv", "-q", *options, "-p", python.path, str(prefix)]


def _uv(python: Python, prefix: Path) -> list[str]:
    return [sys.executable, "-m", "uv", "venv", "-q", "--offline", "--no-config", "-p", python.path, str(prefix)]


#: How an environment is made from a base interpreter.
MAKERS: Mapping[str, Maker] = {
    "venv": _venv(),
    "venv --system-site-packages": _venv("--system-site-packages"),
    "virtualenv": _virtualenv,
    "uv venv": _uv,
}


def base_of(covering: Environment) -> Python:
    """The covering interpreter as one that environments are made from."""
    return Python(covering.base.version, str(covering.python))


def bare(maker: str, prefix: Path, python: Python, pip: str, account: Account, wheels: Path) -> Environment:
    """An environment with this pip and nothing of ours."""
    command = MAKERS[maker](python, prefix)
    done = subprocess.run(command, env={"HOME": str(account.home)}, capture_output=True, text=True)
    assert done.returncode == 0, environments.Result(command, done)
    kind = "system-site" if "system-site" in maker else "isolated"
    return with_pip(Environment(prefix, python, account, wheels, kind), pip)


def bare_conda(prefix: Path, python: Python, pip: str, account: Account, wheels: Path) -> Environment:
    """A prefix with an interpreter of its own and ``conda-meta``."""
    environments.copy_interpreter(python, prefix, conda=True)
    return with_pip(Environment(prefix, python, account, wheels, "conda"), pip)


def with_pip(environment: Environment, pip: str) -> Environment:
    """The same with this pip linked in."""
    (environment.site_packages / "links.pth").write_text(f"{cache.pip_folder(pip)}\n")
    return environment


def snapshot(*folders: Path) -> dict[str, str]:
    """Every file, link and directory below, with its mode and a hash of its content."""
    found = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            content = os.readlink(path) if path.is_symlink() else "directory"
            if path.is_file() and not path.is_symlink():
                content = hashlib.sha256(path.read_bytes()).hexdigest()
            found[str(path)] = f"{path.lstat().st_mode:o} {content}"
    return found


class Pair:
    """An installation in an interpreter of its own, and an environment of that interpreter without ours."""

    def __init__(
        self,
        make: Callable[..., Environment],
        folder: Path,
        maker: str = "venv",
        python: str | None = None,
        **pips: str,
    ) -> None:
        python = python or list(pythons.discover())[-1]
        newest = next(pip for version, pip in reversed(cache.starting_pairs()) if version == python)
        self.covering = make("base", python, newest)
        pip = pips.get("pip", newest)
        account, wheels = self.covering.account, self.covering.wheels
        if maker == "conda":
            self.covered = bare_conda(folder / "covered", self.covering.base, pip, account, wheels)
        else:
            python_of = base_of(self.covering)
            self.covered = bare(maker, folder / "covered", python_of, pip, account, wheels)
        self.start_up_file = self.covered.site_packages / START

    def activate(self, **variables: str) -> Result:
        """Cover the environment."""
        return self.covering.userctl("activate", str(self.covered.prefix), **variables)

    def deactivate(self, **variables: str) -> Result:
        """Do not cover it any more."""
        return self.covering.userctl("deactivate", str(self.covered.prefix), **variables)


def assert_succeeded(result: Result) -> Result:
    """Exit status 0 and nothing on stderr."""
    assert (result.returncode, result.stderr) == (0, ""), result
    return result


def assert_refused(result: Result, reference: str, *words: str) -> None:
    """Exit status 1, the reference, and these words."""
    assert result.returncode == 1, result
    assert result.stdout.startswith(f"error: userctl-{reference}\n"), result
    assert all(word in result.stdout for word in words), result
