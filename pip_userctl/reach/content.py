"""What is in the files that reach out: text, as a function of the installation. Pure.

Both load the start-up module by its path, without an import of their own that could fail: where it is gone, or may not
be read, Python starts as if they were not there. They name ``_frozen_importlib`` because it is loaded in every Python,
while ``importlib.util`` costs up to half a start. They are for one minor version of Python, and have been tested on it.
"""

from __future__ import annotations

import ast
import re

from pip_userctl.installation import Installation

#: The first words of every file that we write, by which they are known again.
MARK = "# pip-userctl: "
_PATH = re.compile(r"""\bpath = ('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")

_LOAD = (
    '_frozen_importlib._load(_frozen_importlib_external.spec_from_file_location("_pip_userctl", path)).install({cover})'
)
_STARTUP_FILE = (
    MARK + "the policy of {folder} holds here; to end that: {command} deactivate {environment}\n"
    "import os, sys, _frozen_importlib, _frozen_importlib_external; path = {path}; "
    '"_pip_userctl" in sys.modules or {test}os.access(path, os.R_OK) and ' + _LOAD + "\n"
)
#: On Windows the site-packages of all versions have one name.
_SAME_PYTHON = "sys.version_info[:2] == {python} and "
_SITECUSTOMIZE = (
    MARK
    + '''the policy of {folder} holds in every environment of this interpreter.
# To end that: {command} deactivate --all-environments
"""Starts pip-userctl, then becomes the sitecustomize that is there without it, or says that there is none."""

import os
import sys

import _frozen_importlib
import _frozen_importlib_external

path = {path}
try:
    if "_pip_userctl" not in sys.modules and os.access(path, os.R_OK):
        {load}
except Exception:  # whatever is wrong there must not be seen in every start of Python
    sys.modules.pop("_pip_userctl", None)

library = os.path.dirname(os.path.dirname(__file__))
beside = os.path.join(library, "sitecustomize.py")
if os.path.isfile(beside):
    spec = _frozen_importlib_external.spec_from_file_location("sitecustomize", beside)
else:
    behind = sys.path[sys.path.index(library) + 1 :] if library in sys.path else []
    spec = _frozen_importlib_external.PathFinder.find_spec("sitecustomize", behind)
if spec is None:  # as without us: site knows this error and says nothing
    raise ModuleNotFoundError("No module named 'sitecustomize'", name="sitecustomize")
module = sys.modules["sitecustomize"] = _frozen_importlib.module_from_spec(spec)
if hasattr(spec.loader, "exec_module"):
    spec.loader.exec_module(module)
elif spec.loader is not None:  # zipimport before Python 3.10
    exec(spec.loader.get_code("sitecustomize"), module.__dict__)
'''
)


def startup_file(installation: Installation, environment: str) -> bytes:
    """The ``.pth`` file for one environment. ASCII, because its encoding differs between the versions of Python."""
    cover = ", ".join(map(ascii, (installation.command, *installation.folders)))
    text = _STARTUP_FILE.format(
        folder=_comment(installation.folders[0]),
        command=_comment(installation.command),
        environment=_comment(environment),
        path=ascii(installation.startup_module),
        test=_SAME_PYTHON.format(python=installation.python) if installation.windows else "",
        cover=cover,
    )
    return text.encode("ascii")


def sitecustomize(installation: Installation) -> bytes:
    """The package ``sitecustomize`` for all environments: its one module."""
    cover = ", ".join(map(ascii, (installation.command, *installation.folders)))
    text = _SITECUSTOMIZE.format(
        folder=_comment(installation.folders[0]),
        command=_comment(installation.command),
        path=ascii(installation.startup_module),
        load=_LOAD.format(cover=cover),
    )
    return text.encode("ascii")


def startup_module_of(content: bytes) -> str | None:
    """The start-up module that a file of ours loads; None where the file is not ours."""
    if not content.startswith(MARK.encode()):
        return None
    found = _PATH.search(content.decode("ascii", "replace"))
    return str(ast.literal_eval(found[1])) if found else ""


def _comment(text: str) -> str:
    """In one line of ASCII."""
    return ascii(text)[1:-1]
