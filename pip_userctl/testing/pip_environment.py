"""A temporary virtual environment in which a real pip runs under the policy, with the plugins of this interpreter.

It is covered as ``pip-userctl activate`` covers one: pip-userctl and the plugins stay where they are installed, beside the
tests. Nothing of the account that runs the tests is read: home, configuration files and variables are its own. Only
administrator files (``/etc/pip.conf``) are heard, as everywhere.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import venv
import zipfile
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Callable

from pip_userctl import environment, installation
from pip_userctl.distributions import canonical, copies_of, directories, scan
from pip_userctl.installation import Installation
from pip_userctl.plugins import installed
from pip_userctl.reach import one

KINDS = ("isolated", "system-site")
#: Of the variables around the tests, what a process cannot do without.
_KEPT = ("PATH", "SYSTEMROOT", "COMSPEC", "PATHEXT", "TEMP", "TMP", "TMPDIR")
_SECONDS = 300


class PipResult:
    """A finished command; its repr shows the command and both streams.

    records: what the audit log of this run holds, each a dictionary; empty where nothing was judged.
    """

    def __init__(
        self, command: Sequence[str], done: subprocess.CompletedProcess[str], records: Sequence[dict[str, Any]]
    ) -> None:
        self.command = tuple(command)
        self.returncode = done.returncode
        self.stdout = done.stdout
        self.stderr = done.stderr
        self.records = tuple(records)

    @property
    def output(self) -> str:
        """Both streams, standard output first."""
        return self.stdout + self.stderr

    @property
    def situations(self) -> dict[str, str]:
        """Situation → action, as the last decision has them."""
        decisions = [each for each in self.records if each["event"] == "decision"]
        return {each["name"]: each["action"] for each in decisions[-1]["situations"]} if decisions else {}

    @property
    def failures(self) -> list[str]:
        """The lines that say that a plugin, the policy or pip-userctl itself failed."""
        words = ("userctl-failure", "userctl-policy", "userctl-unsupported-pip")
        return [line for line in self.output.splitlines() if any(word in line for word in words)]

    def __repr__(self) -> str:
        return (
            f"\n$ {' '.join(self.command)}\nexit status {self.returncode}"
            f"\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}\n---"
        )


class PipEnvironment:
    """A virtual environment of this interpreter, with this interpreter's pip in it.

    prefix, python: the environment and its interpreter; home: of the account that runs it; cwd: where commands run; wheels:
    the folder in which pip finds what it installs; config: the account's ``pip.conf``.
    kind: ``isolated``, or ``system-site``, where a user install can be imported. show: is given every result.
    """

    def __init__(
        self, folder: Path, kind: str = "isolated", show: Callable[[PipResult], object] = lambda result: None
    ) -> None:
        if kind not in KINDS:
            raise ValueError(f"kind = {kind!r} is not valid; valid: {', '.join(KINDS)}")
        here = _installation()
        windows = here.windows
        self.kind, self._show = kind, show
        self.prefix, self.home, self.cwd = folder / "environment", folder / "home", folder / "cwd"
        self.wheels, self._records = folder / "wheels", folder / "records"
        self.python = self.prefix / ("Scripts/python.exe" if windows else "bin/python")
        self.site_packages = self.prefix / here.site_packages
        settings = self.home / ("AppData/Roaming/pip" if windows else ".config/pip")
        self.config = settings / ("pip.ini" if windows else "pip.conf")
        for each in (self.cwd, self.wheels, self._records, settings):
            each.mkdir(parents=True)
        venv.EnvBuilder(system_site_packages=kind == "system-site", symlinks=not windows).create(self.prefix)
        _copy_pip(self.site_packages)
        one.activate(str(self.site_packages / one.NAME), here)
        self.write_policy()

    def write_policy(self, **values: str) -> None:
        """Set the section ``[userctl]`` of the account's pip.conf: ``write_policy(acme_freeze="refuse")``.

        ``on-error = refuse`` stands there too unless values says otherwise, so that no failing rule goes unnoticed.
        """
        lines = [f"{key.replace('_', '-')} = {value}" for key, value in {"on_error": "refuse", **values}.items()]
        indented = [line.replace("\n", "\n    ") for line in lines]
        self.config.write_text("\n".join(["[userctl]", *indented, ""]), encoding="utf-8")

    def wheel(self, name: str, version: str = "1.0", requires: Sequence[str] = ()) -> Path:
        """Make a wheel that pip can install here."""
        return make_wheel(self.wheels, name, version, requires)

    def run(self, *arguments: str, **variables: str) -> PipResult:
        """Run the environment's interpreter."""
        return self._run([str(self.python), *arguments], variables)

    def pip(self, *arguments: str, **variables: str) -> PipResult:
        """Run ``python -m pip`` with these variables: ``pip("install", "demo", PIP_USER="1")``. It has no index."""
        return self.run("-m", "pip", *arguments, **variables)

    def userctl(self, verb: str, *arguments: str, **variables: str) -> PipResult:
        """Run ``pip-userctl VERB --python …`` on the environment: status, explain, matrix, check or doctor."""
        command = [environment.collect().executable, "-m", "pip_userctl", verb, "--python", str(self.python)]
        return self._run([*command, *arguments], variables)

    def where(self, name: str) -> str:
        """Where the distribution is installed: ``site``, ``user``, both with a blank between them, or nothing."""
        places = {"site": self.site_packages, "user": self.user_site}
        return " ".join(place for place, folder in places.items() if canonical(name) in scan(str(folder)))

    @cached_property
    def user_site(self) -> Path:
        """The account's user site."""
        done = self.run("-c", "import site; print(site.getusersitepackages())")
        return Path(done.stdout.strip())

    def _run(self, command: Sequence[str], variables: Mapping[str, str]) -> PipResult:
        log = self._records / f"{len(list(self._records.iterdir()))}.jsonl"
        log.touch()
        done = subprocess.run(
            list(command),
            env={**self._variables(), "PIP_USERCTL_AUDIT_LOG": str(log), **variables},
            cwd=self.cwd,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="backslashreplace",
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
        )
        lines = log.read_text(encoding="utf-8").splitlines()
        result = PipResult(command, done, [json.loads(line) for line in lines])
        self._show(result)
        return result

    def _variables(self) -> dict[str, str]:
        roaming = self.home / "AppData" / "Roaming"
        return {
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            "HOME": str(self.home),
            "USERPROFILE": str(self.home),
            "APPDATA": str(roaming),
            "XDG_CONFIG_DIRS": str(self.home / "no-configuration"),
            "PYTHONIOENCODING": "utf-8",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }


def make_wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    requires: Sequence[str] = (),
    *,
    files: Mapping[str, str] | None = None,
    entry_points: str = "",
    extras: Sequence[str] = (),
) -> Path:
    """A pure wheel in the folder.

    files: path in site-packages → text; without, one module of the distribution's name. entry_points: the text of its
    ``entry_points.txt``. extras: the names of those that it has; what one needs stands in requires, with a marker:
    ``"other; extra == 'more'"``.
    """
    module = canonical(name).replace("-", "_")
    info = f"{module}-{version}.dist-info"
    metadata = [f"Name: {name}", f"Version: {version}"]
    metadata += [f"Provides-Extra: {each}" for each in extras]
    metadata += [f"Requires-Dist: {each}" for each in requires]
    content = {f"{module}.py": f"version = {version!r}\n"} if files is None else dict(files)
    content[f"{info}/METADATA"] = "\n".join(["Metadata-Version: 2.1", *metadata, ""])
    content[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: pip-userctl\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if entry_points:
        content[f"{info}/entry_points.txt"] = entry_points
    content[f"{info}/RECORD"] = "".join(f"{each},,\n" for each in [*content, f"{info}/RECORD"])
    path = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for each, text in content.items():
            archive.writestr(each, text)
    return path


def _installation() -> Installation:
    """This installation, with the folders of plugins whose modules are elsewhere: those of editable installs."""
    here = installation.collect()
    if not os.path.isfile(here.startup_module):
        raise RuntimeError(
            f"pip-userctl is not installed: {here.startup_module} is missing. Install it, do not only import it"
        )
    folders = (*here.folders, *map(os.path.abspath, _plugin_folders()))
    return here._replace(folders=tuple(dict.fromkeys(folders)))


def _plugin_folders() -> list[str]:
    from importlib.util import find_spec

    specs = [find_spec(value.partition(":")[0].partition(".")[0]) for _, value in installed(environment.search_path())]
    found = []
    for spec in filter(None, specs):
        places = [os.path.dirname(each) for each in spec.submodule_search_locations or ()]
        found += places or [os.path.dirname(spec.origin or "")]
    return [each for each in found if each]


def _copy_pip(site_packages: Path) -> None:
    """A copy, not a link: the environment may change its pip."""
    for copy in copies_of(["pip"], directories(environment.search_path()).values())["pip"]:
        package = Path(copy.path, "pip")
        if package.is_dir():
            shutil.copytree(package, site_packages / "pip")
            shutil.copytree(copy.metadata, site_packages / Path(copy.metadata).name)
            return
    raise RuntimeError("this interpreter has no pip that could be copied into a test's environment")
