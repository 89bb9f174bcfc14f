"""What a start of Python and the commands of pip may cost, counted without a clock: modules, calls, system calls.

A longer list here is a deliberate act: every ``pip install`` of every user imports it. That a start adds one module says
``test_start.py``; instructions, seconds and memory say ``python -m benchmarks``.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Callable, NamedTuple

import pytest

from tests.toolkit import cache, pythons
from tests.toolkit.environments import Environment
from tests.toolkit.probes import pip_for
from tests.toolkit.source import PACKAGE

Make = Callable[..., Environment]
PIP = cache.PIPS[-1]
each_python = pytest.mark.parametrize("python", [python for python, pip in cache.starting_pairs() if pip == PIP])
every_python = pytest.mark.parametrize("python", list(pythons.discover()))

START = {"_pip_userctl"}
#: Of pip-userctl without its name in front; of others the first part of the name. Nothing of the standard library that pip
#: does not import by itself.
IMPORTED_BY_AN_INSTALL = """
    borrowing
    _pip _pip.announce _pip.beginning _pip.case _pip.failsafe _pip.loader _pip.patch _pip.request _pip.seams _pip.settings
    engine plugins decision models frozen errors on_error wording distributions
    environment environment.facts environment.process environment.variables
    policy policy.administrator policy.files policy.keys policy.resolve
    rules rules.account rules.grid rules.options rules.protected rules.shadowing
"""
INSTALL = {*START, *IMPORTED_BY_AN_INSTALL.split()}
RECORDS = {"records", "records.audit_log", "records.form", "records.recorder"}


class Command(NamedTuple):
    """arguments: of pip. modules: those that we add, and no other."""

    arguments: tuple[str, ...]
    modules: set[str]
    variables: Mapping[str, str] = {}


REINSTALL = ("install", "--force-reinstall", "demo")
COMMANDS = {
    "list": Command(("list",), START),
    "install": Command(REINSTALL, INSTALL),
    "install with a record": Command(REINSTALL, INSTALL | RECORDS, {"PIP_USERCTL_AUDIT_LOG": "audit.jsonl"}),
}

#: Runs pip with the arguments given; the modules that are there at the end go to the first one, a file.
MODULES = """\
import sys
from pip._internal.cli.main import main
status = main(sys.argv[2:])
found = sorted(sys.modules)
with open(sys.argv[1], "w") as file:
    file.write("\\n".join(found))
sys.exit(status)
"""


def modules(environment: Environment, command: Command) -> set[str]:
    """What is in ``sys.modules`` when pip is done."""
    path = environment.account.cwd / "modules"
    result = environment.run("-c", MODULES, str(path), *command.arguments, **command.variables)
    assert result.returncode == 0, result
    return set(path.read_text().splitlines())


def short(module: str) -> str:
    """As it stands in the lists above."""
    first, _, rest = module.partition(".")
    return rest if first == PACKAGE and rest else first


def remove_userctl(environment: Environment) -> None:
    """Everything of it."""
    environment.remove_userctl(*(path.name for path in cache.unpacked().iterdir()))


@each_python
def test_pip_imports_these_modules_more_and_no_other(make: Make, python: str) -> None:
    environment = make("isolated", python, PIP)
    assert environment.pip("install", "demo").returncode == 0
    with_us = {name: modules(environment, command) for name, command in COMMANDS.items()}
    remove_userctl(environment)
    for name, command in COMMANDS.items():
        added = {short(module) for module in with_us[name] - modules(environment, command)} - {PACKAGE}
        assert sorted(added - command.modules) == [], f"{name} imports more"
        assert sorted(command.modules - added) == [], f"{name} imports less: take them off the list"


# system calls of a start

#: The most that a start in a virtual environment adds: file-system calls, and calls of any kind.
FILE_CALLS, ALL_CALLS = 16, 35


def calls(environment: Environment, *options: str) -> list[str]:
    """The names of the system calls of ``python -c pass``, in order."""
    path = environment.account.cwd / "calls"
    command = ["strace", "-f", "-o", str(path), *options, str(environment.python), "-c", "pass"]
    result = environment.account.run(command)
    assert result.returncode == 0, result
    return re.findall(r"^\d+ +(\w+)\(", path.read_text(), re.MULTILINE)


@pytest.mark.needs("strace")
@every_python
def test_a_start_asks_little_more_of_the_system(make: Make, python: str) -> None:
    environment = make("isolated", python, pip_for(pythons.discover()[python]))
    counted = []
    for prepare in (lambda _: None, remove_userctl):
        prepare(environment)
        calls(environment)  # writes the bytecode
        counted.append([calls(environment, "-e", "trace=%file"), calls(environment)])
    having, without = counted
    files, every = (Counter(more) - Counter(less) for more, less in zip(having, without))
    assert 0 < sum(files.values()) <= FILE_CALLS, files
    assert 0 < sum(every.values()) <= ALL_CALLS, every


# calls per import

#: What each import adds: calls of the start-up module's functions, and directories that nothing was imported from before.
IMPORTS = """\
import json, sys
name, calls = "", 0
def count(frame, event, argument):
    global calls
    if event == "call" and frame.f_code.co_filename.endswith("_pip_userctl.py"):
        calls += 1
found = []
for name in sys.argv[1:]:
    calls, known = 0, len(sys.path_importer_cache)
    sys.setprofile(count)
    __import__(name)
    sys.setprofile(None)
    found.append([calls, len(sys.path_importer_cache) - known])
print(json.dumps(found))
"""


@every_python
def test_an_import_calls_the_hook_for_a_new_directory_only(make: Make, python: str) -> None:
    environment = make("isolated", python, pip_for(pythons.discover()[python]))
    result = environment.run("-c", IMPORTS, "bisect", "xml.dom.minidom", "calendar", "xml.parsers.expat")
    assert (result.returncode, result.stderr) == (0, ""), result
    assert json.loads(result.stdout) == [[0, 0], [2, 2], [0, 0], [1, 1]], result
