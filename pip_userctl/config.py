"""pip's configuration: which files count, what is in them, and who may lock the policy.

Only the list of files comes from pip: its own ``Configuration`` changed shape in 25.3 and has no line numbers. The files
are read with the same parser of the standard library and the same normalisation of names.
"""

from __future__ import annotations

import configparser
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pip_userctl import environment
from pip_userctl.frozen import Frozen
from pip_userctl.models import Source

SECTION = "userctl"
#: pip's own words for a boolean (``strtobool``).
BOOLEANS = {
    **dict.fromkeys(("y", "yes", "t", "true", "on", "1"), True),
    **dict.fromkeys(("n", "no", "f", "false", "off", "0"), False),
}
#: Text from elsewhere is cut at so many characters in messages.
FOREIGN = 200
_RANK = ("global", "base", "user", "site", "env")


class Mistake(Frozen):
    """One mistake in a policy.

    Attributes:
        path: the file, or the variable.
        line: counted from 1; None for a variable or a whole file.
        text: the mistake in words, with the valid values.
        fatal: whether ``on-error = refuse`` stops pip for it.
    """

    path: str
    line: int | None
    text: str
    fatal: bool = True

    def __str__(self) -> str:
        return f"{self.path}{'' if self.line is None else f':{self.line}'}: {self.text}"


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


def normalise(name: str) -> str:
    """A key as pip reads it: lower case, dashes, no leading ``--``."""
    name = name.lower().replace("_", "-")
    return name[2:] if name.startswith("--") else name


def load(places: Mapping[str, Sequence[str]], *, isolated: bool) -> Configuration:
    """Read the files that pip reads, and the administrator's that it does not.

    Args:
        places: kind → paths, as pip lists them.
        isolated: under ``--isolated`` pip leaves the user's files and all variables out.
    """
    known = environment.administrator_places()
    uids = environment.uids()
    read_by_pip = list(_places(places, isolated=isolated))
    hidden = [place for place in known if place not in read_by_pip]
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
    return Configuration(tuple(files), {} if isolated else read_variables())


def _places(places: Mapping[str, Sequence[str]], *, isolated: bool) -> Iterator[tuple[str, str]]:
    named = environment.variables.get("PIP_CONFIG_FILE")
    if named == os.devnull:  # switches all files off
        return
    # As in pip: a file that PIP_CONFIG_FILE names, and that exists, hides the user's own.
    without_user = isolated or bool(named and os.path.exists(named))
    for kind in ("global", "user", "site"):
        if kind != "user" or not without_user:
            yield from ((kind, path) for path in places[kind])
    if named:
        yield "env", named


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
    problem = None
    try:
        with open(path, encoding=encoding) as stream:
            read = parse(stream.read(), path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        problem = Mistake(path, None, f"cannot be read ({error.strerror}), so pip skips it", fatal=False)
    except UnicodeDecodeError as error:
        problem = Mistake(path, None, f"is not {error.encoding} text")
    except configparser.Error as error:
        problem = syntax_mistakes(error, path)[0]
    return ConfigFile(kind, path, **read, problem=problem, administrator=administrator, read_by_pip=read_by_pip)


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


def syntax_mistakes(error: configparser.Error, path: str) -> list[Mistake]:
    """What the parser objects to; it collects some mistakes, and stops at others."""
    if isinstance(error, configparser.MissingSectionHeaderError):
        return [Mistake(path, error.lineno, f"stands before the first [section]: {cut(error.line.strip())}")]
    if isinstance(error, configparser.DuplicateSectionError):
        return [Mistake(path, error.lineno, f"section [{error.section}] stands here a second time")]
    if isinstance(error, configparser.DuplicateOptionError):
        return [Mistake(path, error.lineno, f"key {error.option} stands here a second time in [{error.section}]")]
    if isinstance(error, configparser.ParsingError):
        text = "is not a line of a configuration file"
        return [Mistake(path, line, f"{text}: {cut(line_text(path, line))}") for line, _ in error.errors]
    return [Mistake(path, None, " ".join(str(error).split()))]


def cut(text: str) -> str:
    """Text from elsewhere, as long as messages show it."""
    return text if len(text) <= FOREIGN else f"{text[: FOREIGN - 3]}..."


def lines(path: str) -> list[str]:
    """The lines of a file; none if it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as stream:
            return stream.read().split("\n")
    except OSError:
        return []


def line_text(path: str, line: int) -> str:
    """One line of a file as it was written; empty if it is not there any more."""
    return "".join(lines(path)[line - 1 : line]).strip()


def find_line(path: str, section: str, key: str | None = None) -> int | None:
    """The line of a key, or of the section's header; needed for messages and records only."""
    current, option, indent, inherited = "", "", 0, None
    for number, line in enumerate(lines(path), 1):
        text = line.strip()
        if not text or text[0] in "#;":
            continue
        level = len(line) - len(line.lstrip())
        if option and level > indent:  # continues the value above
            continue
        indent = level
        header = re.match(r"\[(.+)\]", text)
        if header:
            current, option = header[1], ""
            if key is None and current == section:
                return number
            continue
        option = normalise(re.split("[=:]", text, maxsplit=1)[0].strip())
        if option == key and current == section:
            return number
        if option == key and current == "DEFAULT":
            inherited = number
    return inherited


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
            if euid == 0:
                owner_can = status.st_uid not in (0, base_owner)
            else:
                writable = os.access(place, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
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


def lock_is_claimed() -> bool:
    """Whether an administrator file says ``locked = yes``, by its text alone: for when the policy cannot be read."""
    uids = environment.uids()
    for _, path in environment.administrator_places():
        claims = re.search(r"(?im)^locked\s*[=:]\s*(y|yes|t|true|on|1)\s*$", "\n".join(lines(path)))
        if claims and not environment.WINDOWS and obstacle(path, *uids) is None:
            return True
    return False
