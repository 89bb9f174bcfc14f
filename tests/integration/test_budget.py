"""What a start of Python and the commands of pip may cost, counted without a clock; ``python -m benchmarks`` says more."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from pip_userctl.testing import PipEnvironment
from tests.integration.conftest import Make
from tests.support.changes import remove
from tests.support.pythons import NEWEST, discover, pairs

#: The most of our modules that an install imports, the record's included.
MODULES = 23
#: What belongs to the command and the kit.
NEVER = ("pip_userctl.cli", "pip_userctl.testing", "pip_userctl._pip.preview")
#: The most that a start in a virtual environment adds: system calls, and instructions with Python 3.11.
CALLS, INSTRUCTIONS = 40, 900_000

each_python = pytest.mark.parametrize("python", [python for python, pip in pairs() if pip == NEWEST])


def remove_userctl(environment: PipEnvironment) -> None:
    """Remove all of it; pluggy and packaging stay."""
    remove(environment, "pip_userctl*", "_pip_userctl*")


#: Runs pip; the modules that are there at the end go to the first argument, a file.
RUN = """\
import sys
from pip._internal.cli.main import main
status = main(sys.argv[2:])
found = sorted(sys.modules)
with open(sys.argv[1], "w") as file:
    file.write("\\n".join(found))
sys.exit(status)
"""


def modules(environment: PipEnvironment, *command: str) -> set[str]:
    """What is in ``sys.modules`` when pip is done."""
    path = environment.account.cwd / "modules"
    result = environment.run("-c", RUN, str(path), *command)
    assert result.returncode == 0, result
    return set(path.read_text().splitlines())


@each_python
def test_an_install_imports_few_modules_of_ours_and_other_commands_two(make: Make, python: str) -> None:
    environment = make("isolated", python, NEWEST)
    environment.pip("install", "demo")
    commands = [("install", "--force-reinstall", "demo"), ("list",), ("uninstall", "-y", "demo")]
    having = [modules(environment, *command) for command in commands]
    remove_userctl(environment)
    environment.pip("install", "demo")
    install, *others = [having[at] - modules(environment, *command) for at, command in enumerate(commands)]
    assert others == [{"_pip_userctl", "pip_userctl.startup.loader"}] * 2
    ours = {name for name in install if "pip_userctl" in name}
    assert {"pip_userctl.rules.user_installs", "pip_userctl.records"} <= ours
    assert len(ours) <= MODULES, sorted(ours)
    assert [name for name in ours if name.startswith(NEVER)] == []
    # Neither argparse, difflib and gzip nor anything else that pip would not have imported; pluggy is put away again.
    assert install - ours == set()


def start(environment: PipEnvironment, *command: str) -> str:
    """What a tool that watches ``python -c pass`` writes about it, once its bytecode is there."""
    path = environment.account.cwd / "watched"
    words = [each.format(path) for each in command]
    for _ in range(2):
        result = environment.account.run([*words, str(environment.python), "-c", "pass"], {"PYTHONHASHSEED": "0"})
        assert result.returncode == 0, result
    return path.read_text()


@pytest.mark.needs("strace")
@pytest.mark.parametrize("python", list(discover()))
def test_a_start_asks_little_more_of_the_system(make: Make, python: str) -> None:
    environment = make("isolated", python)
    counted = []
    for prepare in (lambda _: None, remove_userctl):
        prepare(environment)
        calls = start(environment, "strace", "-f", "-o", "{}")
        counted.append(Counter(re.findall(r"^\d+ +(\w+)\(", calls, re.MULTILINE)))
    more = counted[0] - counted[1]
    assert 0 < sum(more.values()) <= CALLS, more


@pytest.mark.needs("valgrind", "python-3.11")
def test_a_start_adds_few_instructions(make: Make) -> None:
    environment = make("isolated", "3.11")
    counted = []
    for prepare in (lambda _: None, remove_userctl):
        prepare(environment)
        text = start(environment, "valgrind", "--tool=callgrind", "--callgrind-out-file={}")
        counted.append(int(re.findall(r"^totals: (\d+)", text, re.MULTILINE)[0]))
    assert 0 < counted[0] - counted[1] <= INSTRUCTIONS, counted
