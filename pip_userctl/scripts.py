"""Console scripts: where the user's are, and which interpreter runs one. Pure: paths in, paths out."""

from __future__ import annotations

import os
import re
from typing import Iterable

from pip_userctl.models import Environment

# pip writes the second form where the path of the interpreter is too long for a first line, or has a space in it.
_EXEC = re.compile(rb"^'''exec' \"?([^\"\n]+?)\"? \"\$0\"", re.MULTILINE)


def user_directory(facts: Environment) -> str:
    """Where user installs put their scripts."""
    return (
        os.path.join(os.path.dirname(facts.user_site), "Scripts")
        if facts.windows
        else os.path.join(facts.user_base, "bin")
    )


def interpreter(path: str) -> str:
    """The absolute path of the interpreter in a script's first line; empty where there is none, or ``env`` looks for it."""
    try:
        with open(path, "rb") as file:
            head = file.read(1024)
    except OSError:
        return ""
    if not head.startswith(b"#!"):
        return ""
    first = head[2:].partition(b"\n")[0].strip()
    if os.path.basename(first.split(b" ")[0]) == b"sh":
        found = _EXEC.search(head)
        return os.fsdecode(found[1]) if found else ""
    words = first.split(b" ")
    named = os.fsdecode(words[0] if len(words) < 2 or words[1].startswith(b"-") else first)
    return named if os.path.isabs(named) and os.path.basename(named.split(" ")[0]) != "env" else ""


def which(names: Iterable[str], directories: Iterable[str]) -> str:
    """The first executable file of one of these names; empty where there is none."""
    for directory in directories:
        for name in names:
            path = os.path.join(directory, name)
            if os.path.isfile(path) and os.access(path, os.X_OK):
                return path
    return ""


def home(interpreter: str) -> str:
    """The prefix that an interpreter belongs to: a virtual environment's folder, or where its links end."""
    folder = os.path.dirname(os.path.dirname(os.path.abspath(interpreter)))
    if os.path.isfile(os.path.join(folder, "pyvenv.cfg")):
        return os.path.realpath(folder)
    return os.path.dirname(os.path.dirname(os.path.realpath(interpreter)))
