"""pip's configuration: which files count, what is in them, and who may lock the policy.

Only the list of files comes from pip: its own ``Configuration`` changed shape in 25.3 and has no line numbers. The files
are read with the same parser of the standard library and the same normalisation of names.
"""

from __future__ import annotations

import configparser
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pip_userctl import environment
from pip_userctl.frozen import Frozen
from pip_userctl.models import BOOLEANS, SECTION, Source, normalise

if TYPE_CHECKING:
    from pip_userctl.mistakes import Mistake

_RANK = ("global", "base", "user", "site", "env")


class ConfigFile(Frozen):
    """One configuration file.

    Attributes:
        kind: ``global``, ``base``, ``user``, ``site`` or ``env``.
        settings: the keys of the section ``[userctl]``, normalised, and their text.
        sections: the same for each other section; the keys of ``[DEFAULT]`` are in each.
        inherited: the settings that come from ``[DEFAULT]``.
        problem: why it could not be read.
        administrator: the account that runs pip cannot change it.
        read_by_pip: False for an administrator file that pip does not read here.
    """

    kind: str
    path: str
    settings: Mapping[str, str] = {}
    sections: Mapping[str, Mapping[str, str]] = {}
    inherited: frozenset[str] = frozenset()
    problem: Mistake | None = None
    administrator: bool = False
    read_by_pip: bool = True

    @property
    def claims_lock(self) -> bool:
        """Whether it says ``locked = yes``."""
        return BOOLEANS.get(self.settings.get("locked", "").lower(), False)


class Configuration(Frozen):
    """All that pip, and the administrator, says.

    Attributes:
        files: weakest first.
        variables: normalised option → (value, name of the variable); none under ``--isolated``.
    """

    files: tuple[ConfigFile, ...] = ()
    variables: Mapping[str, tuple[str, str]] = {}

    def find(self, names: Sequence[str]) -> tuple[str, Source] | None:
        """The setting that decides for pip among options that share one destination, such as user and no-user.

        As in pip: ``[global]``, then ``[install]``, then variables; within each the later file wins.
        """
        found: tuple[str, Source] | None = None
        for section in ("global", "install"):
            merged: dict[str, tuple[str, ConfigFile]] = {}
            for file in self.files:
                if file.read_by_pip:
                    merged.update({key: (value, file) for key, value in file.sections.get(section, {}).items()})
            for key, (value, file) in merged.items():
                if key in names and value:
                    from pip_userctl.mistakes import find_line  # most installs have no such setting

                    found = value, Source(file.kind, file.path, find_line(file.path, section, key), key)
        for key, (value, variable) in self.variables.items():
            if key in names and value:
                found = value, Source("env-var", name=variable)
        return found


class Obstacle(Frozen):
    """Why a file is not an administrator file. path: the file or directory; command: what mends it."""

    path: str
    reason: str
    command: str


def load(places: Mapping[str, Sequence[str]], *, isolated: bool) -> Configuration:
    """Read the files that pip reads, and the administrator's that it does not.

    Args:
        places: kind → paths, as pip lists them.
        isolated: under ``--isolated`` pip leaves the user's files and all variables out.
    """
    known, uids = environment.administrator_places(), environment.uids()
    named = environment.variables.get("PIP_CONFIG_FILE")
    read_by_pip: list[tuple[str, str]] = []
    if named != os.devnull:  # which switches all files off
        # As in pip: a file that PIP_CONFIG_FILE names, and that exists, hides the user's own.
        without_user = isolated or bool(named and os.path.exists(named))
        kinds = ("global", "site") if without_user else ("global", "user", "site")
        read_by_pip = [(kind, path) for kind in kinds for path in places[kind]]
        read_by_pip += [("env", named)] if named else []
    hidden = [place for place in known if place not in read_by_pip]
    variables = {} if isolated else read_variables()
    files: list[ConfigFile] = []
    # Sorting is stable: within one kind pip's own order holds, and what it does not read is weaker.
    for kind, path in sorted([*hidden, *read_by_pip], key=lambda place: _RANK.index(place[0])):
        if not os.path.exists(path):
            continue
        administrator = (kind, path) in known and obstacle(path, *uids) is None
        encoding = "utf-8" if administrator else environment.config_encoding()
        file = read_file(path, kind, encoding, administrator=administrator, read_by_pip=(kind, path) in read_by_pip)
        if file is None:
            continue
        if file.administrator or file.read_by_pip:
            files.append(file)
        elif file.claims_lock:  # kept to report the claim
            files.append(file._replace(settings={"locked": "yes"}, sections={}))
    return Configuration(tuple(files), variables)


def read_variables() -> dict[str, tuple[str, str]]:
    """The variables that pip reads: normalised option → (value, name of the variable), in pip's order."""
    return {
        normalise(name[4:]): (value, name)
        for name, value in environment.variables.items()
        if name.startswith("PIP_") and name[4:].lower() not in ("version", "help")
    }


def read_file(
    path: str, kind: str, encoding: str = "utf-8", *, administrator: bool = False, read_by_pip: bool = True
) -> ConfigFile | None:
    """Read one file; None if there is none. If it cannot be read or parsed, the result has a ``problem`` and no sections."""
    read: dict[str, Any] = {}
    try:
        with open(path, encoding=encoding) as stream:
            read = parse(stream.read(), path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        from pip_userctl import mistakes

        read = {"problem": mistakes.of_file(error, path)[0]}
    return ConfigFile(kind, path, **read, administrator=administrator, read_by_pip=read_by_pip)


def parse(text: str, path: str) -> dict[str, Any]:
    """What a ConfigFile has of the text: settings, sections and inherited. Raises configparser.Error."""
    parser = configparser.RawConfigParser()
    parser.read_string(text, path)
    sections = {
        section: {normalise(key): value.strip() for key, value in parser.items(section)}
        for section in parser.sections()
    }
    own: Mapping[str, str] = parser._sections.get(SECTION, {})  # type: ignore[attr-defined]
    inherited = frozenset(normalise(key) for key in parser.defaults() if key not in own)
    return {"settings": sections.pop(SECTION, {}), "sections": sections, "inherited": inherited}


def obstacle(path: str, euid: int | None, base_owner: int | None, *, exists: bool = False) -> Obstacle | None:
    """Why this account, or of root's files another account, could change the file; None if it cannot.

    Args:
        euid: effective uid; None on Windows, where nothing can be locked but the file is read all the same.
        base_owner: uid of the base interpreter's owner, whom root trusts.
        exists: only the file that is there matters, which in a sticky directory nobody else can replace.
    """
    if euid is None:
        return None
    for place in chain(path):
        try:
            status = os.stat(place)
            owner_can, writable = status.st_uid == euid, bool(status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
            if euid == 0:  # a link's owner can let it lead elsewhere
                owner_can = not {status.st_uid, os.lstat(place).st_uid} <= {0, base_owner}
            else:
                writable = os.access(place, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
                owner_can = owner_can and environment.has_mapped_uid()
        except OSError as error:
            return Obstacle(place, f"cannot be read ({error.strerror})", f"ls -ld {place}")
        if (not owner_can and not writable) or (exists and status.st_mode & stat.S_ISVTX and status.st_uid == 0):
            continue
        if owner_can:
            reason, command = f"belongs to {environment.owner_name(status.st_uid)}", f"sudo chown root {place}"
        else:
            reason = f"can be changed by others than its owner (mode {stat.filemode(status.st_mode)})"
            command = f"sudo chmod go-w {place}"
        link = next(filter(os.path.islink, _above(path)), None)
        if link and place not in _above(path):  # only a copy mends it: the place may be somebody's home
            command = f"sudo rm {link} && sudo cp -r {os.path.realpath(link)} {link}"
        return Obstacle(place, reason, command)
    return None


def _above(path: str) -> list[str]:
    """The directories above a file, the topmost first, and the file."""
    names = os.path.abspath(path).split(os.sep)
    return [os.sep.join(names[:end]) or os.sep for end in range(1, len(names) + 1)]


def chain(path: str) -> Iterator[str]:
    """The file and every directory above it, and the same for what each link on the way leads to."""
    seen: set[str] = set()
    waiting = [os.path.realpath(path), os.path.abspath(path)]
    while waiting:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        yield place
        parent = os.path.dirname(place)
        waiting.append(parent)
        if os.path.islink(place):
            waiting.append(os.path.normpath(os.path.join(os.path.realpath(parent), os.readlink(place))))
