"""What this pip's install command looks like from inside, unpatched."""

from __future__ import annotations

import dis
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

question = json.loads(Path(sys.argv[1]).read_text())
sys.path[:0] = question["path"]

from pip._internal.cli import base_command  # noqa: E402
from pip._internal.commands import install  # noqa: E402
from pip._internal.configuration import get_configuration_files  # noqa: E402

from pip_userctl._pip.seams import SEAMS, misfits  # noqa: E402


def functions(function: Any) -> Iterator[FunctionType]:
    """The function and every function in the closure of its decorators."""
    function = getattr(function, "__func__", function)  # of a class method
    if isinstance(function, FunctionType):
        yield function
        for cell in function.__closure__ or ():
            yield from functions(cell.cell_contents)


def codes(code: CodeType) -> Iterator[CodeType]:
    """The code and that of the functions defined in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


def global_names(code: CodeType) -> set[str]:
    """The names that this code looks up among the globals."""
    return {each.argval for each in dis.get_instructions(code) if each.opname == "LOAD_GLOBAL"}


def names(code: CodeType) -> set[str]:
    """The globals and attributes that this code, or a function in it, mentions."""
    return {name for each in codes(code) for name in each.co_names}


def parameters(name: str) -> list[str] | None:
    """The parameters of a function in the install module, or None where there is no such function."""
    found: Any = install
    for part in name.split("."):
        found = getattr(found, part, None)
    code = [each.__code__ for each in functions(found)][-1:]  # the innermost: decorators stand around it
    return list(code[0].co_varnames[: code[0].co_argcount]) if code else None


run = [each.__code__ for each in functions(install.InstallCommand.run) if each.__globals__ is install.__dict__]
command = [each.__code__ for each in vars(base_command.Command).values() if isinstance(each, FunctionType)]
print(
    json.dumps(
        {
            "misfits": misfits(install),
            "parameters": {name: parameters(name) for name in SEAMS},
            "run_looks_up": sorted(name for each in run for name in global_names(each)),
            "run_mentions": sorted(name for each in run for name in names(each)),
            "command_mentions": sorted(name for each in command for name in names(each)),
            "configuration_kinds": [str(kind) for kind in get_configuration_files()],
        }
    )
)
