"""Temporary environments with a real pip and the built wheel of this checkout in them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.toolkit import cache, pythons
from tests.toolkit.pythons import Python

# Root passes every access check; without these two capabilities it is held to the mode bits like anybody.
_DROP = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search")


def unprivileged() -> tuple[str, ...]:
    """The command prefix under which mode bits count: empty for an ordinary account."""
    return _DROP if os.geteuid() == 0 else ()


class Result:
    """What a finished command left behind; its repr shows everything, so that a failed assertion does too."""

    def __init__(self, command: Sequence[str], done: subprocess.CompletedProcess[str]) -> None:
        self.command = tuple(command)
        self.returncode = done.returncode
        self.stdout = done.stdout
        self.stderr = done.stderr

    @property
    def output(self) -> str:
        """Both streams."""
        return self.stdout + self.stderr

    def lines(self, start: str) -> list[str]:
        """The lines of both streams that start with this, pip's ``WARNING: `` and ``ERROR: `` left aside."""
        stripped = (line.replace("WARNING: ", "", 1).replace("ERROR: ", "", 1) for line in self.output.splitlines())
        return [line for line in stripped if line.startswith(start)]

    @property
    def situations(self) -> list[str]:
        """The situations that were printed, in order, with repetitions."""
        marked = (line for line in (*self.lines("userctl-"), *(each[7:] for each in self.lines("error: userctl-"))))
        return [line.split(":")[0][len("userctl-") :] for line in marked]

    def __repr__(self) -> str:
        return (
            f"\n$ {' '.join(self.command)}\nexit status {self.returncode}"
            f"\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}\n---"
        )


class Account:
    """A home, the configuration files under it, and a working directory: what a user brings along."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.global_config = folder / "xdg" / "pip" / "pip.conf"
        self.user_config = self.home / ".config" / "pip" / "pip.conf"
        self.cwd = folder / "cwd"
        for each in (self.home, self.cwd, self.global_config.parent, self.user_config.parent):
            each.mkdir(parents=True)

    def variables(self) -> dict[str, str]:
        """A small, known environment: nothing of the tests' own comes through."""
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.home),
            "XDG_CONFIG_DIRS": str(self.global_config.parents[1]),
            "LC_ALL": "C.UTF-8",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INDEX": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
        }

    def run(
        self, command: Sequence[str], variables: Mapping[str, str] | None = None, *, cwd: Path | None = None
    ) -> Result:
        """Run a command as this account."""
        done = subprocess.run(
            list(command),
            env={**self.variables(), **(variables or {})},
            cwd=cwd or self.cwd,
            capture_output=True,
            text=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            timeout=300,
        )
        return Result(command, done)


class Environment:
    """An interpreter with pip. kind: ``isolated``, ``system-site``, ``conda`` or ``base``."""

    def __init__(self, prefix: Path, python: Python, account: Account, wheels: Path, kind: str) -> None:
        self.prefix = prefix
        self.base = python
        self.account = account
        self.wheels = wheels
        self.kind = kind
        self.python = prefix / "bin" / "python"
        virtual = kind in ("isolated", "system-site")
        self.site_packages = prefix / (f"lib/{python.tag}/site-packages" if virtual else pythons.site_packages(python))
        self.site_config = prefix / "pip.conf"
        self.mode_bits_count = False

    @property
    def user_site(self) -> Path:
        """The account's user site for this Python."""
        return self.account.home / ".local" / "lib" / self.base.tag / "site-packages"

    def make_read_only(self) -> None:
        """Take the right to write into site-packages away: the cause of pip's fallback."""
        self.site_packages.chmod(0o555)
        self.mode_bits_count = True

    def make_unreadable(self, path: Path) -> None:
        """Take the right to read a file away."""
        path.chmod(0)
        self.mode_bits_count = True

    def manage_externally(self) -> None:
        """Mark this base interpreter as managed by the system's package manager (PEP 668)."""
        marker = self.prefix / "lib" / self.base.tag / "EXTERNALLY-MANAGED"
        marker.write_text("[externally-managed]\nError=Use the system's package manager.\n")

    def run(self, *arguments: str, **variables: str) -> Result:
        """Run the interpreter; a pip that it runs finds the tests' wheels and no index."""
        prefix = unprivileged() if self.mode_bits_count else ()
        command = [*prefix, str(self.python), *arguments]
        return self.account.run(command, {"PIP_FIND_LINKS": str(self.wheels), **variables})

    def pip(self, *arguments: str, flags: Sequence[str] = (), **variables: str) -> Result:
        """Run ``python -m pip``."""
        return self.run(*flags, "-m", "pip", *arguments, **variables)

    def userctl(self, *arguments: str, flags: Sequence[str] = (), **variables: str) -> Result:
        """Run ``python -m pip_userctl``."""
        return self.run(*flags, "-m", "pip_userctl", *arguments, **variables)

    def where(self, module: str) -> str:
        """``site``, ``user``, both or neither: where the module's file is."""
        found = {"site": self.site_packages, "user": self.user_site}
        return " ".join(name for name, folder in found.items() if (folder / f"{module}.py").exists())

    def install_userctl(self) -> None:
        """Put the built wheel in, as pip would."""
        self._copy(cache.unpacked())

    def unlink(self) -> None:
        """Put pip, pluggy and packaging in, in place of the links to them: only then can pip change them."""
        links = self.site_packages / "links.pth"
        for each in links.read_text().splitlines():
            self._copy(Path(each))
        links.unlink()

    def _copy(self, folder: Path) -> None:
        # Without the bytecode for other Pythons: files are what the tests' time goes into.
        own = f".{self.base.tag.replace('python', 'cpython-').replace('.', '')}.pyc"

        def foreign(_: str, names: list[str]) -> list[str]:
            return [name for name in names if name.endswith(".pyc") and not name.endswith(own)]

        shutil.copytree(folder, self.site_packages, ignore=foreign, dirs_exist_ok=True)

    def remove_userctl(self, *names: str) -> None:
        """Take parts of it out again by hand."""
        for name in names:
            path = self.site_packages / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def make(kind: str, prefix: Path, python: Python, pip: str, account: Account, wheels: Path) -> Environment:
    """An environment of the kind, with pip, pluggy and packaging linked in and the built wheel installed."""
    if kind in ("isolated", "system-site"):
        options = ["--system-site-packages"] if kind == "system-site" else []
        subprocess.run([python.path, "-I", "-m", "venv", "--without-pip", *options, str(prefix)], check=True)
    else:
        copy_interpreter(python, prefix, conda=kind == "conda")
    environment = Environment(prefix, python, account, wheels, kind)
    links = [cache.dependencies_folder(python), cache.pip_folder(pip)]
    (environment.site_packages / "links.pth").write_text("".join(f"{each}\n" for each in links))
    environment.install_userctl()
    return environment


def copy_interpreter(python: Python, prefix: Path, *, conda: bool = False) -> None:
    """A base interpreter of its own: a copied binary, the standard library by links, an empty site-packages."""
    original = Path(python.path).resolve()
    library = original.parents[1] / "lib" / python.tag
    (prefix / "bin").mkdir(parents=True)
    shutil.copy2(original, prefix / "bin" / python.tag)
    for name in ("python", "python3"):
        (prefix / "bin" / name).symlink_to(python.tag)
    copied = prefix / "lib" / python.tag
    copied.mkdir(parents=True)
    site_packages = prefix / pythons.site_packages(python)
    site_packages.mkdir(parents=True)
    for entry in library.iterdir():
        if entry.name not in ("site-packages", "dist-packages", "EXTERNALLY-MANAGED", "sitecustomize.py"):
            (copied / entry.name).symlink_to(entry)
    if conda:
        (prefix / "conda-meta").mkdir()
        if not (copied / "site-packages").exists():  # no conda has Debian's Python; under this name all know theirs
            (copied / "site-packages").symlink_to(site_packages)
