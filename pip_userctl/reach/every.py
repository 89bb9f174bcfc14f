"""``activate --all-environments``: a package ``sitecustomize`` in the standard library's directory.

All environments of an interpreter, isolated ones included, read that directory and no other (DESIGN: a ``.pth`` file of
the base interpreter is not read there). Python takes a package before a module, so a ``sitecustomize.py`` that stands
there, a link into /etc too, is left as it is, and ours hands over to it.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import tempfile
import time

from pip_userctl import environment
from pip_userctl.errors import Report, UserctlError
from pip_userctl.installation import Installation
from pip_userctl.reach import content, files, trust
from pip_userctl.reach.one import Change

_MODULE = "__init__.py"


def place(installation: Installation) -> str:
    """The package's directory."""
    return os.path.join(installation.library, "sitecustomize")


def check(installation: Installation) -> None:
    """Raise UserctlError where it cannot be put there."""
    blocked = environment.blocked((installation.library,))
    if blocked is not None:
        raise trust.denied(blocked, f"{installation.command} activate --all-environments")
    trust.check(installation.library, installation)
    path = place(installation)
    present = present_module(installation)
    if present is None:
        suffixes = (*importlib.machinery.EXTENSION_SUFFIXES, *importlib.machinery.BYTECODE_SUFFIXES)
        strange = next((path + each for each in suffixes if os.path.lexists(path + each)), None)
        if os.path.lexists(path) or strange:
            raise trust.occupied(strange or path, None)
    elif present not in ("", installation.startup_module) and os.path.exists(present):
        raise trust.occupied(path, present)


def present_module(installation: Installation) -> str | None:
    """The start-up module that is loaded in all environments; None where none is."""
    return content.startup_module_of(files.read(os.path.join(place(installation), _MODULE)) or b"")


def activate(installation: Installation) -> Change:
    """Put the package there, compiled, unless it is there as it should be."""
    path = place(installation)
    module = os.path.join(path, _MODULE)
    wanted = content.sitecustomize(installation)
    present = files.read(module)
    if present == wanted:
        return Change(installation.base_prefix, path, False)
    now = int(time.time())
    # Accounts that cannot write there would compile it at every start.
    compiled = importlib.util.cache_from_source(module, optimization="")
    made = {_MODULE: wanted, os.path.relpath(compiled, path): _compile(wanted, module, now)}
    if present is None:
        files.put_directory(path, made, now)
    else:
        for name, each in made.items():
            files.put_file(os.path.join(path, name), each, now)
    return Change(installation.base_prefix, path, True)


def deactivate(installation: Installation) -> Change:
    """Take the package away, unless there is none of ours."""
    path = place(installation)
    files.clear(path)
    ours = present_module(installation) is not None
    if ours:
        files.remove_directory(path)
    return Change(installation.base_prefix, path, ours)


def check_removable(installation: Installation) -> None:
    """Raise UserctlError where this account may not take it away."""
    blocked = environment.blocked((installation.library,))
    if blocked is not None and present_module(installation) is not None:
        raise trust.denied(blocked, f"{installation.command} deactivate --all-environments")


def _compile(source: bytes, path: str, times: int) -> bytes:
    """The ``.pyc`` for a source of that content, time and path."""
    import py_compile

    with tempfile.TemporaryDirectory() as scratch:
        written = os.path.join(scratch, _MODULE)
        files.put_file(written, source, times)
        compiled = py_compile.compile(
            written,
            cfile=written + "c",
            dfile=path,
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP,
        )
        found = files.read(str(compiled))
    if found is None:
        raise UserctlError(Report("userctl-failure", f"{path} could not be compiled"))
    return found
