"""What the start-up files are that cover other environments, and how files appear and disappear in one step."""

from __future__ import annotations

import ast
import os
import py_compile
import re
import shutil
from importlib.util import cache_from_source

#: The first words of every file that is written here, by which it is recognised.
MARK = "# pip-userctl: "
_ASSIGNED = re.compile(r"""\b(path|written_for) = ('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")""")
# Both files load the start-up module by its path: nothing else of its name counts, and if it is gone or not readable,
# Python starts as if they were not there. They use _frozen_importlib, which every Python has loaded, because importing
# importlib.util costs up to half a start. They are ASCII: the encoding of a .pth file depends on the version of Python.
# A start-up module that pip has not finished writing has no "install"; str takes the argument and does nothing.
PTH = """\
# pip-userctl: {module} judges pip install here. To end that: {end}, or remove this file
import os, sys, _frozen_importlib as i, _frozen_importlib_external as e; path = {path}; \
getattr(sys.modules.get("_pip_userctl"), "__file__", None) == path or os.access(path, os.R_OK) and \
getattr(i._load(e.spec_from_file_location("_pip_userctl", path)), "install", str)({command})
"""
SITECUSTOMIZE = '''\
# pip-userctl: {module} judges pip install in every environment of this interpreter.
# To end that: {end}, or remove this directory
"""Starts pip-userctl, then becomes the sitecustomize that is there without it, or says that there is none."""

import os
import sys

import _frozen_importlib
import _frozen_importlib_external

path = {path}
written_for = {library}
library = os.path.dirname(os.path.dirname(__file__))
try:
    if (
        getattr(sys.modules.get("_pip_userctl"), "__file__", None) != path
        and os.access(path, os.R_OK)
        # A copy of the interpreter does not depend on the original.
        and (library == written_for or os.path.samefile(library, written_for))
    ):
        spec = _frozen_importlib_external.spec_from_file_location("_pip_userctl", path)
        _frozen_importlib._load(spec).install({command})
except Exception:  # whatever is wrong must not be seen at every start of Python
    pass

beside = os.path.join(library, "sitecustomize.py")
if os.path.isfile(beside):
    spec = _frozen_importlib_external.spec_from_file_location("sitecustomize", beside)
else:
    behind = sys.path[sys.path.index(library) + 1 :] if library in sys.path else []
    spec = _frozen_importlib_external.PathFinder.find_spec("sitecustomize", behind)
if spec is None:  # site knows this error and says nothing
    raise ModuleNotFoundError("No module named 'sitecustomize'", name="sitecustomize")
module = sys.modules["sitecustomize"] = _frozen_importlib.module_from_spec(spec)
if hasattr(spec.loader, "exec_module"):
    spec.loader.exec_module(module)
elif spec.loader is not None:  # zipimport before Python 3.10
    exec(spec.loader.get_code("sitecustomize"), module.__dict__)
'''


def fill(template: str, startup_module: str, command: str, end: str, library: str) -> bytes:
    """The text of a file. end: the command that removes it; library: the directory that it is written for."""
    path, values = ascii(startup_module), {"library": ascii(library), "command": ascii(command)}
    # In a comment without quotes, but in one line, whatever is in the path.
    return template.format(module=path[1:-1], end=ascii(end)[1:-1], path=path, **values).encode("ascii")


def parse(path: str) -> dict[str, str] | None:
    """``path`` and ``written_for`` of a file; None if there is none, or if pip-userctl has not written it."""
    text = read(path).decode("ascii", "replace")
    if not text.startswith(MARK):
        return None
    return {name: ast.literal_eval(value) for name, value in _ASSIGNED.findall(text)}


def read(path: str) -> bytes:
    """The content of a file; empty if there is none, or something that has no end."""
    if not os.path.isfile(path):
        return b""
    with open(path, "rb") as file:
        return file.read()


def write(path: str, content: bytes) -> bool:
    """Create or replace a file in one step; returns False if it is there already."""
    if read(path) == content:
        return False
    temporary = prepared(path)
    clear(temporary)
    # O_EXCL, because another account may have put a link there.
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    return True


def write_package(path: str, content: bytes) -> bool:
    """The same of a package, with its bytecode: accounts that cannot write there would compile it at each start."""
    is_new = not os.path.isdir(path)
    folder = prepared(path) if is_new else path
    if is_new:
        clear(folder)
        os.mkdir(folder)
    source = os.path.join(folder, "__init__.py")
    if not write(source, content):
        return False
    mode = py_compile.PycInvalidationMode.TIMESTAMP  # whatever SOURCE_DATE_EPOCH says
    shown = os.path.join(path, "__init__.py")
    py_compile.compile(source, cache_from_source(source, optimization=""), shown, True, invalidation_mode=mode)
    if is_new:
        os.rename(folder, path)
    return True


def prepared(path: str) -> str:
    """Where a file or directory is prepared or taken apart: Python reads no such name."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name}.pip-userctl")


def clear(path: str) -> None:
    """Remove what is there, such as what a killed process has left."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)
