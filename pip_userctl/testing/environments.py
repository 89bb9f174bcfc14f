"""Temporary Pythons in which a real pip runs under the policy, and the account that runs it."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Callable, ClassVar

from pip_userctl import environment as process, plugins
from pip_userctl.cli.covering import Installation, virtual_environment
from pip_userctl.installed import find_installed
from pip_userctl.models import canonical

_WINDOWS = os.name == "nt"
#: What a process needs of the variables around the tests.
_KEPT = ("PATH", "SYSTEMROOT", "COMSPEC", "PATHEXT", "TEMP", "TMP") if _WINDOWS else ("TMPDIR",)
#: Without these two capabilities the mode bits hold for root, too.
_DROPPED = "-dac_override,-dac_read_search"
_REFERENCE = re.compile(r"^(?:WARNING: |ERROR: |error: |(?:╰─> | *)also )?userctl-([a-z0-9-]+)(?=:|$)", re.MULTILINE)
_FAILED = ("failure", "policy", "unsupported-pip")
_SECONDS = 300


def check(what: str, value: str, *valid: str) -> None:
    """Raise ValueError if the value is none of these."""
    if value not in valid:
        raise ValueError(f"{what} = {value!r} is not valid; valid: {', '.join(valid)}")


class PipResult:
    """A finished command. Its repr has the command, the exit status and both streams.

    Attributes:
        command: the command line.
        returncode: its exit status.
        stdout, stderr, output: what it printed; output is both, standard output first.
        records: the audit log of this run, one dictionary a record; empty if no install was judged.
        rules: the rules of the last decision with their actions.
        verdict: the verdict of the last decision; None if no install was judged.
        printed: the rules and other references that are printed, without ``userctl-``, in their order.
        failures: the lines that say that a plugin, the policy or pip-userctl itself failed.
    """

    def __init__(
        self, command: Sequence[str], done: subprocess.CompletedProcess[str], records: Sequence[dict[str, Any]] = ()
    ) -> None:
        decision: dict[str, Any] = next((each for each in reversed(records) if each["event"] == "decision"), {})
        self.command = tuple(command)
        self.returncode = done.returncode
        self.stdout, self.stderr, self.output = done.stdout, done.stderr, done.stdout + done.stderr
        self.records = tuple(records)
        self.rules: dict[str, str] = {each["name"]: each["action"] for each in decision.get("rules", ())}
        self.verdict: str | None = decision.get("verdict")
        self.printed: list[str] = _REFERENCE.findall(self.output)
        self.failures = [line for name in _FAILED for line in self.lines(f"userctl-{name}:")]

    def lines(self, start: str) -> list[str]:
        """Find the printed lines that start with a text, pip's ``WARNING: `` and ``ERROR: `` left out.

        Args:
            start: such as ``userctl-base-fallback: ``.

        Returns:
            Those of standard output, then those of standard error.
        """
        plain = (re.sub("^(WARNING|ERROR): ", "", line) for line in self.output.splitlines())
        return [line for line in plain if line.startswith(start)]

    def __repr__(self) -> str:
        streams = f"--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}\n---"
        return f"\n$ {' '.join(self.command)}\nexit status {self.returncode}\n{streams}"


class Account:
    """A home, its configuration files, and the variables of its processes. Nothing of the real account is read.

    Attributes:
        folder: where all of it is.
        home: its HOME, at first without any configuration.
        config: its ``pip.conf`` (kind ``user``).
        global_config: a ``pip.conf`` of kind ``global``, by XDG_CONFIG_DIRS.
        cwd: where its commands run.
        wheels: the directory in which its pip finds distributions; there is no index.
        path: its PATH.
        unprivileged: whether its commands run without the capabilities by which root passes over mode bits (Linux).
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home, self.cwd, self.wheels = folder / "home", folder / "cwd", folder / "wheels"
        self.config = self.home / ("AppData/Roaming/pip/pip.ini" if _WINDOWS else ".config/pip/pip.conf")
        self.global_config = folder / "xdg" / "pip" / "pip.conf"
        self.path = os.environ.get("PATH", "") if _WINDOWS else "/usr/local/bin:/usr/bin:/bin"
        self.unprivileged = False
        for each in (self.cwd, self.wheels, self.config.parent, self.global_config.parent):
            each.mkdir(parents=True)

    def variables(self) -> dict[str, str]:
        """The environment variables that its commands run with."""
        return {
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            **({"PYTHONIOENCODING": "utf-8"} if _WINDOWS else {"LC_ALL": "C.UTF-8"}),
            "PATH": self.path,
            "HOME": str(self.home),
            "USERPROFILE": str(self.home),
            "APPDATA": str(self.home / "AppData" / "Roaming"),
            "XDG_CONFIG_DIRS": str(self.global_config.parents[1]),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
        }

    def run(self, command: Sequence[str], variables: Mapping[str, str] = {}, *, cwd: str | Path = "") -> PipResult:
        """Run a command.

        Args:
            command: the program and its arguments.
            variables: environment variables on top of those of `variables`.
            cwd: where it runs; in `cwd` if left out.

        Returns:
            The result; its records are what the command appends to the file PIP_USERCTL_AUDIT_LOG.

        Raises:
            subprocess.TimeoutExpired: after five minutes.
        """
        env = {**self.variables(), **variables}
        words = [*command]
        if self.unprivileged and os.geteuid() == 0:
            words = ["setpriv", f"--bounding-set={_DROPPED}", f"--inh-caps={_DROPPED}", *command]
        log = Path(env.get("PIP_USERCTL_AUDIT_LOG") or os.devnull)
        before = log.stat().st_size if log.is_file() else 0
        # With a wrong byte, both streams should still be shown.
        text: dict[str, Any] = {"encoding": "utf-8", "errors": "backslashreplace", "timeout": _SECONDS}
        done: subprocess.CompletedProcess[str] = subprocess.run(
            words, env=env, cwd=cwd or self.cwd, capture_output=True, stdin=subprocess.DEVNULL, **text
        )
        lines = log.read_bytes()[before:].splitlines() if log.is_file() else []
        return PipResult(words, done, [json.loads(line) for line in lines])


class PipEnvironment:
    """A Python with pip, run by an account of its own.

    Attributes:
        kind: ``isolated`` or ``system-site``.
        prefix: its directory.
        python: its interpreter; version: such as ``3.13``; base: the interpreter that it was made from.
        scripts: the directory of its commands.
        site_packages: the directory into which its pip installs.
        user_site: the account's user site for this Python.
        account: who runs it: home, configuration, working directory, wheels.
        audit_log: whether each run has one, from which its result has the records.
    """

    _policy: ClassVar[Mapping[str, str]] = {"on_error": "refuse"}

    def __init__(
        self,
        folder: Path,
        kind: str = "isolated",
        *,
        python: str = sys.executable,
        account: Account | None = None,
        show: Callable[[PipResult], object] = lambda result: None,
    ) -> None:
        """Make the environment, with a copy of the pip of this process.

        This process's pip-userctl covers it, as by ``pip-userctl activate``; the plugins that are installed here are
        active there.

        Args:
            folder: a directory for all of it, an absolute path.
            kind: ``isolated`` or ``system-site``.
            python: the interpreter that it is made from.
            account: who runs it; a new one if left out.
            show: called with every result.

        Raises:
            ValueError: the kind is unknown, or cannot be covered.
            RuntimeError: this Python has no pip, or pip-userctl is not installed in it.
        """
        check("kind", kind, "isolated", "system-site")
        self._place(folder, kind, python, account, show)
        options = ["--system-site-packages"] if kind == "system-site" else []
        command = [python, "-I", "-m", "venv", "--without-pip", *options, str(self.prefix)]
        subprocess.run(command, check=True, capture_output=True, env=self.account.variables())
        found = find_installed(["pip"], sys.path)["pip"]
        if not found:
            raise RuntimeError("this Python has no pip that could be copied into an environment")
        for source in (os.path.join(found[0].path, "pip"), found[0].metadata):  # a copy: tests may change their pip
            shutil.copytree(source, self.site_packages / os.path.basename(source))
        self._cover()
        self.write_policy()

    def _place(
        self, folder: Path, kind: str, python: str, account: Account | None, show: Callable[[PipResult], object]
    ) -> None:
        layout = _layout(python)
        self.kind, self.base, self.version = kind, python, layout["version"]
        self.prefix = folder / "environment"
        self.scripts = self.prefix / ("Scripts" if _WINDOWS else "bin")
        self.python = self.scripts / ("python.exe" if _WINDOWS else "python")
        self.site_packages = self.prefix / layout["site_packages"]
        self.account = account or Account(folder)
        self.user_site = self.account.home / layout["user_site"]
        self.audit_log, self._show = True, show

    def write_policy(self, **values: str) -> None:
        """Write the section ``[userctl]`` of the account's pip.conf; nothing else stays in that file.

        Args:
            **values: keys and values, an underscore for a dash: ``write_policy(acme_freeze="refuse")``. ``on-error``
                is ``refuse`` unless they have it, so that no failure goes unnoticed.
        """
        section = {**self._policy, **values}.items()
        lines = [f"{key.replace('_', '-')} = {value}".replace("\n", "\n    ") for key, value in section]
        self.account.config.write_text("\n".join(["[userctl]", *lines, ""]), encoding="utf-8")

    def wheel(self, name: str, version: str = "1.0", requires: Sequence[str] = (), **more: Any) -> Path:
        """Make a wheel that its pip finds; arguments and result are those of `make_wheel`."""
        return make_wheel(self.account.wheels, name, version, requires, **more)

    def run(self, *arguments: str, flags: Sequence[str] = (), cwd: str | Path = "", **variables: str) -> PipResult:
        """Run the interpreter.

        Args:
            *arguments: such as ``"-c", "import demo"``.
            flags: options of Python in front of them, such as ``["-I"]``.
            cwd: where it runs; in the account's working directory if left out.
            **variables: environment variables, such as ``PIP_USER="1"``.

        Returns:
            The result with its records.
        """
        if self.audit_log:
            variables.setdefault("PIP_USERCTL_AUDIT_LOG", str(self.prefix.parent / "records.jsonl"))
        return self._run([str(self.python), *flags, *arguments], variables, cwd)

    def pip(self, *arguments: str, flags: Sequence[str] = (), cwd: str | Path = "", **variables: str) -> PipResult:
        """Run ``python -m pip``; arguments and result are those of `run`."""
        return self.run("-m", "pip", *arguments, flags=flags, cwd=cwd, **variables)

    def userctl(self, *arguments: str, flags: Sequence[str] = (), cwd: str | Path = "", **variables: str) -> PipResult:
        """Run this process's ``python -m pip_userctl``, with ``--python``.

        Arguments and result are those of `run`, without an audit log.
        """
        words = [*arguments[:1], "--python", str(self.python), *arguments[1:]]
        return self._run([sys.executable, *flags, "-m", "pip_userctl", *words], variables, cwd)

    def where(self, name: str) -> str:
        """Tell where a distribution is installed.

        Args:
            name: of the distribution.

        Returns:
            ``site`` (site-packages), ``user`` (the user site), ``site user`` or an empty string.
        """
        places = {"site": str(self.site_packages), "user": str(self.user_site)}
        return " ".join(place for place, folder in places.items() if find_installed([name], [folder])[canonical(name)])

    def make_read_only(self) -> None:
        """Take the right to write into site-packages away, from root too: pip then falls back to a user install."""
        self.site_packages.chmod(0o555)
        self.account.unprivileged = True

    def _run(self, command: Sequence[str], variables: Mapping[str, str], cwd: str | Path) -> PipResult:
        result = self.account.run(command, variables, cwd=cwd)
        self._show(result)
        return result

    def _cover(self) -> None:
        module = process.startup_module()
        if not module:
            raise RuntimeError("pip-userctl is not installed in this Python: its start-up module is not loaded")
        virtual_environment(str(self.prefix)).activate(Installation(module, f"{sys.executable} -m pip_userctl"))
        # The modules of plugins in editable installs are elsewhere, and only this Python has their .pth files.
        points = plugins.entry_points(process.search_path())
        specs = [find_spec(value.partition(":")[0].partition(".")[0]) for _, value in points]
        paths = [path for spec in specs if spec for path in spec.submodule_search_locations or [spec.origin or ""]]
        folders = sorted({os.path.dirname(path) for path in paths} - {os.path.dirname(module)})
        (self.site_packages / "plugins-of-the-tests.pth").write_text("\n".join([*folders, ""]), encoding="utf-8")


_QUESTION = """
import json, os, site, sys, sysconfig
scheme = "venv" if "venv" in sysconfig.get_scheme_names() else "nt" if os.name == "nt" else "posix_prefix"
print(json.dumps({
    "version": "%d.%d" % sys.version_info[:2],
    "site_packages": sysconfig.get_path("purelib", scheme, {"base": ""}).lstrip(os.sep),
    "user_site": os.path.relpath(site.getusersitepackages(), os.path.expanduser("~"))}))
"""


@functools.cache
def _layout(python: str) -> dict[str, str]:
    """Ask an interpreter where it keeps what, relative to a prefix and to HOME."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    env["APPDATA"] = os.path.expanduser("~/AppData/Roaming")
    command = [python, "-I", "-c", _QUESTION]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=_SECONDS)
    layout: dict[str, str] = json.loads(done.stdout)
    return layout


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
    """Make a pure wheel.

    Args:
        folder: where it is written.
        name: of the distribution.
        version: its version.
        requires: its requirements; that of an extra has a marker: ``"other; extra == 'more'"``.
        files: the text of each file by its path in site-packages; one module of the distribution's name if left out.
        entry_points: the text of its ``entry_points.txt``.
        extras: the names of its extras.

    Returns:
        The path of the wheel.
    """
    module = canonical(name).replace("-", "_")
    info = f"{module}-{version}.dist-info"
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    metadata += [f"Provides-Extra: {each}" for each in extras]
    metadata += [f"Requires-Dist: {each}" for each in requires]
    content = {f"{module}.py": f"version = {version!r}\n"} if files is None else dict(files)
    content[f"{info}/METADATA"] = "\n".join([*metadata, ""])
    content[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: pip-userctl\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if entry_points:
        content[f"{info}/entry_points.txt"] = entry_points
    content[f"{info}/RECORD"] = "".join(f"{each},,\n" for each in [*content, f"{info}/RECORD"])
    path = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for each, text in content.items():
            archive.writestr(each, text)
    return path
