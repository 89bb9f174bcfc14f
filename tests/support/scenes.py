"""One scene for each rule: a ``pip install`` to which that rule applies, for the tests of messages, hints and explain."""

from __future__ import annotations

import json
import os
import pwd
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pip_userctl.keys import RULES
from pip_userctl.testing import PipEnvironment, PipResult
from tests.support import cache, pythons
from tests.support.cache import Built
from tests.support.changes import manage_externally
from tests.support.expect import ALLOW_ROOT
from tests.support.usersites import put

#: An account that exists nowhere.
STRANGER = 12345
NO_USER_SITE = {"PYTHONNOUSERSITE": "1"}
CONFIGURED = {"PIP_USER": "1"}
#: In a container the home is mounted from the host.
_MOUNT = 'mount --bind "$HOME" "$HOME" && exec "$@"'


class Scene(NamedTuple):
    """A request. kind: of the environment, ``read-only`` behind it for a fallback; needs: of the machine."""

    kind: str
    arguments: Sequence[str] = ("demo",)
    variables: Mapping[str, str] = {}
    needs: Sequence[str] = ()


#: By rule; ``shadowing`` has two texts.
SCENES: Mapping[str, Scene] = {
    "isolated-typed": Scene("isolated", ("--user", "demo")),
    "isolated-configured": Scene("isolated", variables=CONFIGURED),
    "system-site-typed": Scene("system-site", ("--user", "demo")),
    "system-site-configured": Scene("system-site", variables=CONFIGURED),
    "system-site-fallback": Scene("system-site read-only"),
    "conda-typed": Scene("conda", ("--user", "demo")),
    "conda-configured": Scene("conda", variables=CONFIGURED),
    "conda-fallback": Scene("conda read-only"),
    "base-typed": Scene("base", ("--user", "demo")),
    "base-configured": Scene("base", variables=CONFIGURED),
    "base-fallback": Scene("base read-only"),
    "location-configured": Scene("base", ("--target", "there", "demo"), CONFIGURED),
    "hidden-user-site-configured": Scene("base", variables={**CONFIGURED, **NO_USER_SITE}),
    "hidden-user-site": Scene("base", ("--user", "demo"), NO_USER_SITE),
    "root-user": Scene("base", ("--user", "demo"), {"PIP_ROOT_USER_ACTION": "warn"}, ("root",)),
    "foreign-user-base": Scene("base", ("--user", "demo"), needs=("root",)),
    "container-home": Scene("base", ("--user", "demo"), {"APPTAINER_NAME": "lab.sif"}, ("root", "unshare")),
    "user-site-by-path": Scene("base", ("--target", "{site}/below", "demo")),
    "base-site": Scene("base"),
    "break-system-packages": Scene("base", ("--break-system-packages", "demo")),
    "conda-frozen": Scene("conda"),
    "shadowing": Scene("base", ("--ignore-installed", "demo")),
    "shadowing.hiding": Scene("base", ("--user", "--ignore-installed", "demo")),
    "protected-package": Scene("base", ("--user", "demo"), {"PIP_USERCTL_PROTECT_PACKAGES": "demo"}),
}


def rule_of(name: str) -> str:
    """The rule of a scene."""
    return name.partition(".")[0]


def exists(name: str, pip: str) -> bool:
    """Whether this pip can be asked for that: PEP 668 came with pip 23.0."""
    return name != "break-system-packages" or pip not in ("21.2.4", "21.3.1", "22.3.1")


class Stage:
    """Environments that several tests share. Each kind with each pip has one, and an account of its own."""

    def __init__(self, folder: Path, built: Built) -> None:
        self._folder, self._built = folder, built
        self._made: dict[tuple[str, ...], PipEnvironment] = {}
        self._fresh: dict[Path, list[Path]] = {}

    def environment(self, kind: str, pip: str = pythons.NEWEST, creator: tuple[str, ...] = ()) -> PipEnvironment:
        """The environment. creator: as for `PipEnvironment`."""
        key = (kind, pip, *creator)
        if key not in self._made:
            folder = self._folder / str(len(self._made))
            account = cache.new_account(folder)
            self._path = account.path
            self._made[key] = self._built.environment(folder, kind, None, pip, account, creator=creator)
            self._fresh[folder] = _files(self._made[key])
        return self._made[key]

    def set(
        self, name: str, pip: str = pythons.NEWEST, creator: tuple[str, ...] = (), keep: str = ""
    ) -> PipEnvironment:
        """The environment, ready for this scene. keep: what stays in the working directory."""
        kind, _, read_only = SCENES[name].kind.partition(" ")
        environment = self.environment(kind, pip, creator)
        self.clear(environment, keep)
        home, conda = environment.account.home, environment.prefix / "conda-meta"
        if read_only:
            environment.make_read_only()
        if name == "foreign-user-base":
            (home / ".local").mkdir()
            os.chown(home / ".local", STRANGER, STRANGER)
        elif name == "user-site-by-path":
            environment.user_site.mkdir(parents=True)
        elif name == "break-system-packages":
            manage_externally(environment)
        elif name == "conda-frozen":
            (conda / "frozen").write_text(json.dumps({"message": "The lab's environment is frozen until May."}))
        elif name == "shadowing":
            put(environment.user_site, "Demo")
        elif name == "shadowing.hiding":
            put(environment.site_packages, "Demo")
        return environment

    def clear(self, environment: PipEnvironment, keep: str = "") -> None:
        """Take away what another test left behind."""
        account = environment.account
        remove(*account.home.iterdir(), *(each for each in account.cwd.iterdir() if each.name != keep))
        account.config.parent.mkdir(parents=True)
        for path in (account.global_config, *account.wheels.glob("[!d]*")):
            path.unlink(missing_ok=True)
        account.unprivileged, account.path = False, self._path
        environment.site_packages.chmod(0o755)
        markers = environment.prefix.glob("lib/python*/EXTERNALLY-MANAGED")
        fresh = self._fresh[account.folder]
        remove(*(path for path in _files(environment) if path not in fresh), *markers)


def _files(environment: PipEnvironment) -> list[Path]:
    """What a test may have put into the environment, bytecode with it."""
    site, conda = environment.site_packages, environment.prefix / "conda-meta"
    return [*site.iterdir(), *site.glob("__pycache__/*"), *conda.glob("frozen")]


def remove(*paths: Path) -> None:
    """Remove files and folders."""
    for path in paths:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def variables_of(name: str, action: str) -> dict[str, str]:
    """The variables of a scene. The rule's own is among them only if its default is another action."""
    rule = rule_of(name)
    variables = dict(SCENES[name].variables)
    if rule != "root-user":
        variables.update(ALLOW_ROOT)
    if RULES[rule][1] != action:
        variables[f"PIP_USERCTL_{rule.upper().replace('-', '_')}"] = action
    return variables


def arguments_of(name: str, environment: PipEnvironment) -> list[str]:
    """The arguments of a scene, behind ``install``."""
    return [each.format(site=environment.user_site) for each in SCENES[name].arguments]


def play(name: str, environment: PipEnvironment, action: str, *options: str) -> PipResult:
    """Run the ``pip install`` of a scene, with these options in front of its arguments."""
    command = [str(environment.python), "-m", "pip", "install", *options, *arguments_of(name, environment)]
    return run(name, environment, command, action)


def run(name: str, environment: PipEnvironment, command: Sequence[str], action: str) -> PipResult:
    """Run a command with the variables of a scene."""
    log = str(environment.prefix.parent / "records.jsonl")
    return environment.account.run(
        in_scene(name, command), {"PIP_USERCTL_AUDIT_LOG": log, **variables_of(name, action)}
    )


def in_scene(name: str, command: Sequence[str]) -> Sequence[str]:
    """The command as it is run: in a container the home is another mount."""
    return ["unshare", "--mount", "sh", "-c", _MOUNT, "-", *command] if name == "container-home" else command


def without_places(text: str, environment: PipEnvironment) -> str:
    """The text with placeholders for what differs from one machine to another."""
    account = environment.account
    for place, placeholder in (
        (str(environment.python), "{python}"),
        (str(environment.base), "{base}"),
        (str(environment.prefix), "{env}"),
        (str(account.home), "{home}"),
        (f"python{environment.version}", "python{py}"),
        (f"ython {environment.version}", "ython {py}"),
        (f"ythons {environment.version}", "ythons {py}"),
        (f"owner {pwd.getpwuid(os.geteuid()).pw_name}", "owner {owner}"),
    ):
        text = text.replace(place, placeholder)
    return text
