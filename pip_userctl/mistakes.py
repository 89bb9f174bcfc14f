"""Mistakes in a policy, and the lines that they are on; imported only where something is wrong or a message names a line."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterable, Mapping

from pip_userctl.frozen import Frozen
from pip_userctl.keys import PolicyKey
from pip_userctl.models import SECTION, Source, normalise

#: Text from elsewhere is cut at so many characters in messages.
FOREIGN = 200
#: Section names that are more alike than this are taken for misspelled: usercontrol and pip-userctl are, [user] is not.
_SIMILAR = 0.75


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


def of_file(error: Exception, path: str) -> list[Mistake]:
    """Why a file cannot be read: what the parser objects to, which collects some mistakes and stops at others."""
    if isinstance(error, OSError):
        return [Mistake(path, None, f"cannot be read ({error.strerror}), so pip skips it", fatal=False)]
    if isinstance(error, UnicodeDecodeError):
        return [Mistake(path, None, f"is not {error.encoding} text")]
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


def of_section(section: str, path: str) -> list[Mistake]:
    """A section that looks as if it was meant to be ours."""
    from difflib import SequenceMatcher

    if SequenceMatcher(None, section.lower(), SECTION).ratio() <= _SIMILAR:
        return []
    text = f"unknown section [{section}] (did you mean [{SECTION}]?)"
    return [Mistake(path, find_line(path, section), text, fatal=False)]


def of_setting(name: str, text: str, source: Source, keys: Mapping[str, PolicyKey]) -> Mistake:
    """A key that nobody knows, or a value that it does not accept."""
    key = keys.get(name)
    if key is None:
        what = f"unknown key {name}{_nearest(name, keys)}"
    else:
        shown = f"{name} = {cut(' '.join(text.split()))}"
        what = f"{shown} is not valid{_nearest(text, key.values)}; valid: {key.expects()}"
    if source.path is None:
        return Mistake(source.name or source.kind, None, what, fatal=key is not None)
    return Mistake(source.path, find_line(source.path, SECTION, name), what, fatal=key is not None)


def _nearest(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f" (did you mean {near[0]}?)" if near else ""


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


def with_line(source: Source, key: str) -> Source:
    """A source with the line of the key in its file."""
    if source.path is None or source.line is not None:
        return source
    return Source(source.kind, source.path, find_line(source.path, SECTION, key))
