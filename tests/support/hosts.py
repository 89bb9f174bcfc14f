"""A host of its own, in a folder: /etc, /home, /var and a Python in /opt/python that nobody else sees, entered by chroot.

What a page of the documentation shows can be run there word for word: as root and as the ordinary accounts ``ada`` and
``grace``. Needs root and unshare. The programs of the real machine are there, too, mounted for the time of one command.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from pip_userctl.testing import PipEnvironment, PipResult
from tests.integration.conftest import Make
from tests.support import cache, pages, pythons
from tests.support.cache import Built

ACCOUNTS = {"root": (0, "/srv"), "ada": (1001, "/home/ada"), "grace": (1002, "/home/grace")}
#: The Python and the time that the pages show.
_VERSION, _TIME = "3.13", "2026-01-05T09:00:00"
_DEVICES = ("null", "zero", "full", "random", "urandom")


class Step(NamedTuple):
    """One step of a page. kind: ``file``, or the account that types it; name: path or command; text: content or output."""

    kind: str
    name: str
    text: str


class Host:
    """One host. root: its root directory; enter: a script that runs a command there, as root if USERSPEC is not set."""

    def __init__(self, environment: PipEnvironment, name: str = "alpha", network: Sequence[str] = ()) -> None:
        """Move an environment of kind ``base`` to /opt/python there.

        network: a command that runs another one in a network namespace.
        """
        self.version, self.name, self.root = environment.version, name, environment.prefix.parent / "root"
        homes = [home.lstrip("/") for _, home in ACCOUNTS.values()]
        for folder in ("opt", "var/log", "var/lib/logrotate", "etc/logrotate.d", "dev", "run", "tmp", *homes):
            (self.root / folder).mkdir(parents=True)
        (self.root / "tmp").chmod(0o1777)
        environment.prefix.rename(self.root / "opt/python")
        shutil.copytree(environment.account.wheels, self.root / "srv/wheels")
        for each in ("pip", "pip3"):
            self.script(each, "pip._internal.cli.main")
        accounts = "".join(f"{each}:x:{uid}:{uid}::{home}:/bin/sh\n" for each, (uid, home) in ACCOUNTS.items())
        self.write("/etc/passwd", accounts)
        self.write("/etc/group", "".join(f"{each}:x:{uid}:\n" for each, (uid, _) in ACCOUNTS.items()))
        shutil.copy2("/etc/ld.so.cache", self.root / "etc")
        for uid, home in list(ACCOUNTS.values())[1:]:
            os.chown(self.root / home.lstrip("/"), uid, uid)
        self.enter = self.root.with_name("enter")
        self.enter.write_text(self._script(environment, network))
        self.enter.chmod(0o755)

    def _script(self, environment: PipEnvironment, network: Sequence[str]) -> str:
        """Mount what is missing in a namespace of its own, then change the root."""
        top = [
            each
            for each in Path("/").iterdir()
            if each.name in ("usr", "bin", "sbin", "proc") or each.name[:3] == "lib"
        ]
        base = Path(environment.base).resolve().parents[1]
        mounted = [each for each in top if not each.is_symlink()]
        mounted += [cache.folder().resolve(), *([] if base.is_relative_to("/usr") else [base])]
        lines = [f"hostname {self.name}"]
        for each in top:
            if each.is_symlink():
                (self.root / each.name).symlink_to(os.readlink(each))
        for path in mounted:
            (self.root / path.relative_to("/")).mkdir(parents=True, exist_ok=True)
        for device in _DEVICES:
            (self.root / "dev" / device).touch()
            mounted.append(Path("/dev", device))
        lines += [f"mount --bind {quote(str(path))} {quote(f'{self.root}{path}')}" for path in mounted]
        inside = "\n".join(["set -e", *lines, f'exec chroot "--userspec=$USERSPEC" {quote(str(self.root))} "$@"'])
        return f'#!/bin/sh\nexec {" ".join(network)} unshare --mount --uts sh -c {quote(inside)} sh "$@"\n'

    def path(self, path: str) -> Path:
        """Where a file of the host is; ``~`` is the home of ada, and what is relative is in root's."""
        return self.root / os.path.join(ACCOUNTS["root"][1], path.replace("~", ACCOUNTS["ada"][1])).lstrip("/")

    def write(self, path: str, text: str) -> Path:
        """Write a file. It belongs to root, or to ada in her home."""
        place = self.path(path)
        for folder in reversed([each for each in place.parents if not each.exists()]):
            folder.mkdir()
            os.chown(folder, *self._owner(path))
        place.write_text(text)
        os.chown(place, *self._owner(path))
        return place

    def script(self, name: str, module: str) -> None:
        """Write the script of a command, the function ``main`` of a module."""
        text = f"#!/opt/python/bin/python\nimport sys\nfrom {module} import main\nsys.exit(main())\n"
        self.write(f"/opt/python/bin/{name}", text).chmod(0o755)

    @staticmethod
    def _owner(path: str) -> tuple[int, int]:
        uid = ACCOUNTS["ada" if path.startswith("~") else "root"][0]
        return uid, uid

    def variables(self, account: str = "root") -> dict[str, str]:
        """The environment variables of an account's commands."""
        uid, home = ACCOUNTS[account]
        return {
            "PATH": "/opt/python/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": home,
            "USER": account,
            "USERSPEC": f"{uid}:{uid}",
            "LC_ALL": "C.UTF-8",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": "/srv/wheels",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }

    def run(self, command: str, account: str = "root", **variables: str) -> PipResult:
        """Run a shell command in the account's home."""
        words = [str(self.enter), "sh", "-c", f"cd && {command}"]
        known = {**self.variables(account), **variables}
        # Both streams in their order, as on a terminal.
        done: subprocess.CompletedProcess[str] = subprocess.run(
            ["sh", "-c", 'exec "$@" 2>&1', "sh", *words],
            env=known,
            capture_output=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            timeout=120,
        )
        return PipResult([self.name, account, command], done)

    def start(self, program: str) -> subprocess.Popen[bytes]:
        """Start a program that goes on running, as root."""
        words = [str(self.enter), "sh", "-c", f"exec {program}"]
        return subprocess.Popen(words, env=self.variables(), stdin=subprocess.DEVNULL)

    def replay(self, page: str) -> Iterator[tuple[Step, PipResult]]:
        """Do each step of a page in its order; a command must print what the page shows. Gives each command."""
        for step in steps(page):
            if step.kind == "file":
                self.write(step.name, step.text)
                continue
            result = self.run(step.name, step.kind)
            shown, printed = (self._normal(each) for each in (step.text, result.stdout))
            assert pages.Example(step.name, shown).fits(printed), (page, result)
            yield step, result

    def _normal(self, text: str) -> str:
        text = re.sub(r"\b\d{8}-\d{6}-\d{3}\b", "20260105-090000-000", text)
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", _TIME, text)
        return text.replace(f"ython{self.version}", f"ython{_VERSION}").replace(
            f"ython {self.version}", f"ython {_VERSION}"
        )


def steps(page: str) -> list[Step]:
    """The files of a page, each below a line that is its path and a colon, and its commands: ``#`` is root, ``$`` ada.

    A Dockerfile's are commands of root that may print anything.
    """
    found = []
    pattern = r"(?:^`([\w./~-]+)`:\n\n)?^```(\w+)\n(.*?)^```"
    for path, language, text in re.findall(pattern, pages.text(page), re.MULTILINE | re.DOTALL):
        if path:
            found.append(Step("file", path, text))
        elif language == "dockerfile":
            found += [Step("root", command, "...\n") for command in re.findall(r"^RUN (.*)", text, re.MULTILINE)]
            found += [Step("root", f"cp {copied}", "") for copied in re.findall(r"^COPY (.*)", text, re.MULTILINE)]
        elif language == "console":
            for prompt, command, output in re.findall(r"^(#|\w*\$) (.*\n)((?:(?!#|\w*\$ ).*\n)*)", text, re.MULTILINE):
                account = "root" if prompt == "#" else prompt[:-1] or "ada"
                found.append(Step(account, command.rstrip("\n"), output))
    return found


def make_host(
    make: Make, built: Built, *wheels: str, userctl: bool = False, name: str = "alpha", network: Sequence[str] = ()
) -> Host:
    """Make a host whose pip finds pip-userctl and these wheels. userctl: whether it is installed, everywhere active."""
    environment = make("base", userctl=userctl)
    for wheel in wheels:
        distribution, _, version = wheel.partition("==")
        environment.wheel(distribution, version or "1.0")
    dependencies = cache.dependencies_wheels(pythons.discover()[environment.version])
    for path in (built.wheel, *dependencies.glob("*.whl")):
        shutil.copy2(path, environment.account.wheels)
    host = Host(environment, name, network)
    if userctl:
        host.script("pip-userctl", "_pip_userctl_command")
        host.run("pip-userctl activate --all-environments")
    return host
