"""Reading pip's configuration files, with the line of every value.

pip's own ``Configuration`` never had line numbers, and its shape changed in pip 25.3; so only the list of files is asked
of pip, and the files are read here, by the same parser of the standard library and with the same normalisation of names.
"""

from __future__ import annotations

import configparser
import io
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from pip_userctl.errors import Problem
from pip_userctl.frozen import Frozen


class Setting(Frozen):
    """One raw value and its place.

    line is None for a variable, name is the variable's name; inherited: it stands under ``[DEFAULT]``.
    """

    value: str
    kind: str
    path: str | None = None
    line: int | None = None
    name: str | None = None
    inherited: bool = False


class ConfigFile(Frozen):
    """One file.

    sections: section → normalised key → Setting; problem: why it could not be read.
    administrator: it speaks for the machine, and may lock the policy; heard_by_pip: pip reads it, too.
    headers: section → the line of its ``[section]``.
    """

    kind: str
    path: str
    sections: Mapping[str, Mapping[str, Setting]]
    problem: Problem | None = None
    administrator: bool = False
    heard_by_pip: bool = True
    headers: Mapping[str, int] = {}


def normalise(name: str) -> str:
    """A key as pip sees it: lower case, dashes, no leading ``--``."""
    name = name.lower().replace("_", "-")
    return name[2:] if name.startswith("--") else name


class _Lines:
    """An iterator over lines that knows where it is; the parser pulls one line at a time."""

    def __init__(self, stream: Iterator[str]) -> None:
        self._stream = stream
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._stream:
            self.number += 1
            yield line


class _Recorder(dict[str, Any]):
    """The parser's ``dict_type``: remembers at which line each key was first set."""

    def __init__(self, lines: _Lines, made: list[_Recorder]) -> None:
        super().__init__()
        self.places: dict[str, int] = {}
        self._lines = lines
        made.append(self)

    def __setitem__(self, key: str, value: Any) -> None:
        self.places.setdefault(key, self._lines.number)
        super().__setitem__(key, value)


def read(path: str, kind: str, encoding: str) -> ConfigFile | None:
    """The file's content, or None where there is no such file."""
    text = _text(path, encoding)
    if text is None or isinstance(text, Problem):
        return None if text is None else ConfigFile(kind, path, {}, text)
    try:
        return _parse(io.StringIO(text), path, kind)
    except configparser.Error as error:
        return ConfigFile(kind, path, {}, _problems(error, path)[0])


def read_to_the_end(path: str, kind: str, encoding: str) -> tuple[ConfigFile | None, list[Problem]]:
    """The same, but a line that is no line of a configuration file is passed over: all of them, and what else stands there.

    pip itself reads nothing of such a file; this is for the one who has to mend it.
    """
    text = _text(path, encoding)
    if text is None or isinstance(text, Problem):
        return None, [text or Problem(path, None, "there is no such file")]
    lines = io.StringIO(text).readlines()
    found: list[Problem] = []
    while True:
        try:
            return _parse(iter(lines), path, kind), sorted(found, key=lambda problem: problem.line or 0)
        except configparser.Error as error:
            problems = _problems(error, path)
            found += problems
            for problem in problems:
                again = isinstance(error, configparser.DuplicateSectionError)
                # A second section of one name is read under a name of its own: its keys would look like duplicates.
                lines[(problem.line or 1) - 1] = f"[line {problem.line}]\n" if again else "#\n"


def _text(path: str, encoding: str) -> str | Problem | None:
    try:
        with open(path, encoding=encoding) as stream:
            return stream.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return Problem(path, None, f"cannot be read ({error.strerror}), so pip skips it", fatal=False)
    except UnicodeDecodeError as error:
        return Problem(path, None, f"is not {error.encoding} text")


def _problems(error: configparser.Error, path: str) -> list[Problem]:
    """What the parser objects to; it collects some mistakes, and stops at others."""
    if isinstance(error, configparser.MissingSectionHeaderError):
        return [Problem(path, error.lineno, f"stands before the first [section]: {error.line.strip()}")]
    if isinstance(error, configparser.ParsingError):
        word = "is not a line of a configuration file"
        return [Problem(path, line, f"{word}: {_shown(text)}") for line, text in error.errors]
    if isinstance(error, configparser.DuplicateSectionError):
        return [Problem(path, error.lineno, f"section [{error.section}] stands here a second time")]
    if isinstance(error, configparser.DuplicateOptionError):
        text = f"key {error.option} stands here a second time in [{error.section}]"
        return [Problem(path, error.lineno, text)]
    raise error


def _shown(line: str) -> str:
    """A line of the file; the parser hands over its repr."""
    import ast  # only a mistake pays for it

    try:
        return str(ast.literal_eval(line)).strip()
    except (SyntaxError, ValueError):
        return line.strip()


class _Parser(configparser.RawConfigParser):
    def optionxform(self, optionstr: str) -> str:
        return optionstr.lower()  # as in every pip; the newest alone finds no_user and no-user the same here


def _parse(stream: Iterator[str], path: str, kind: str) -> ConfigFile:
    lines_of_file = _Lines(stream)
    made: list[_Recorder] = []
    recorder: Any = partial(_Recorder, lines_of_file, made)  # all that the parser does with a type is to call it
    parser = _Parser(dict_type=recorder)
    parser.read_file(lines_of_file, path)

    # Sections are the recorders that were stored in another one, under the section's name; [DEFAULT] stands apart.
    holders = [(name, each, holder) for holder in made for name, each in holder.items() if isinstance(each, _Recorder)]
    own = {name: each for name, each, _ in holders}
    inherited: Any = parser.defaults()
    defaults = inherited.places
    headers = {name: holder.places[name] for name, _, holder in holders}
    sections: dict[str, dict[str, Setting]] = {}
    for section in parser.sections():
        places = own[section].places
        sections[section] = {
            normalise(key): Setting(
                value.strip(), kind, path, places.get(key, defaults.get(key)), inherited=key not in places
            )
            for key, value in parser.items(section)
        }
    return ConfigFile(kind, path, sections, headers=headers)
