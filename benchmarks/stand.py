"""A virtual environment that is made anew, at one path, for each thing that is measured in it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import places
from benchmarks.instruments import Run, instructions, timed
from benchmarks.places import Place
from pip_userctl.testing import make_wheel
from tests.toolkit import cache, environments, pythons
from tests.toolkit.environments import Account, Environment, Result

PIP = cache.PIPS[-1]
_NEEDED = ("pluggy", "packaging")


class Stand:
    """An environment with pip, pluggy and packaging, all compiled.

    The audit log is on, in the user's configuration, which pip reads with and without us.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self.root = place.root
        self.prefix = f"{self.root}/environment"
        self.wheels = f"{self.root}/wheels"
        self.variables: Mapping[str, str] = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": f"{self.root}/home",
            "XDG_CONFIG_DIRS": f"{self.root}/xdg",
            "LC_ALL": "C.UTF-8",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INDEX": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
            "PIP_FIND_LINKS": self.wheels,
            "PYTHONHASHSEED": "0",
        }
        place.real(f"{self.root}/home/.config/pip").mkdir(parents=True)
        config = f"[userctl]\naudit-log = {self.root}/home/audit.jsonl\n"
        place.real(f"{self.root}/home/.config/pip/pip.conf").write_text(config)
        place.real(self.wheels).mkdir()
        self.demo = f"{self.wheels}/{make_wheel(place.real(self.wheels), 'demo').name}"
        self._template()

    @property
    def site_packages(self) -> str:
        """Where distributions lie."""
        return f"{self.prefix}/lib/python{self.place.version}/site-packages"

    def _template(self) -> None:
        """Made where it will be used, so that the bytecode names the right files."""
        self.check([self.place.interpreter, "-I", "-m", "venv", "--without-pip", self.prefix])
        real = self.place.real(self.site_packages)
        stale = shutil.ignore_patterns("__pycache__")
        shutil.copytree(cache.pip_folder(PIP), real, dirs_exist_ok=True, ignore=stale)
        self.check([f"{self.prefix}/bin/python", "-m", "compileall", "-q", self.site_packages])
        wheels = cache.folder() / "dependencies"
        for name in _NEEDED:
            shutil.copy2(max(wheels.glob(f"*-wheels/{name}-*.whl"), key=lambda path: path.name), self._real_wheels)
        shutil.copy2(cache.wheel(), self._real_wheels)
        self.pip_install(*_NEEDED)
        places.copy(self.place, self.prefix, f"{self.root}/template")

    def base(self, name: str) -> Environment | None:
        """A base interpreter of its own, as the tests make it, in a folder with its wheels; None where they know none."""
        python = pythons.discover().get(self.place.version)
        if python is None:
            return None
        folder = Path(self.root) / name
        return environments.make("base", folder / "base", python, PIP, Account(folder), folder)

    @property
    def _real_wheels(self) -> str:
        return str(self.place.real(self.wheels))

    def check(self, command: Sequence[str]) -> Result:
        """Run a command that has to succeed."""
        result = self.place.run(command, self.variables)
        if result.returncode:
            raise RuntimeError(repr(result))
        return result

    def pip_install(self, *names: str, prefix: str = "") -> None:
        """Install, as everybody does, from the folder of wheels."""
        self.check([f"{prefix or self.prefix}/bin/python", "-m", "pip", "install", "--quiet", *names])

    def fresh(self, prefix: str = "") -> str:
        """The environment as it was first; also a second one under another name of the root's."""
        target = prefix or self.prefix
        places.copy(self.place, f"{self.root}/template", target)
        return target

    def tidy(self) -> None:
        """Forget what the run before has installed, downloaded and noted."""
        for path in self.place.real(self.root).glob("*/lib/python*/site-packages/demo*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.rmtree(self.place.real(f"{self.root}/downloads"), ignore_errors=True)

    def words(self, arguments: Sequence[str], prefix: str = "") -> list[str]:
        """The command line of this environment's interpreter; ``{root}`` and ``{demo}`` are filled in."""
        filled = [each.replace("{root}", self.root).replace("{demo}", self.demo) for each in arguments]
        return [f"{prefix or self.prefix}/bin/python", *filled]

    def instructions(self, arguments: Sequence[str], runs: int, **variables: str) -> float:
        """The median over the runs."""
        every = {**self.variables, **variables}
        return instructions(self.place, self.words(arguments), every, runs, self.tidy)

    def timed(self, arguments: Sequence[str], prefix: str) -> Run:
        """One run by the clock."""
        self.tidy()
        return timed(self.words(arguments, prefix), self.variables, self.root)
