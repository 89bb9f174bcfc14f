"""The README's console examples are real output, and its commands exist."""

from __future__ import annotations

import re
import shlex
from typing import Callable

import pytest

from tests.toolkit.cache import PROJECT
from tests.toolkit.environments import Environment
from tests.toolkit.readme import Example, commands, examples


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.command)
def test_each_example_of_the_readme_is_real_output(make: Callable[..., Environment], example: Example) -> None:
    environment = make("isolated")
    project = environment.account.cwd
    (project / ".venv").symlink_to(environment.prefix)
    result = environment.account.run(
        ["sh", "-c", example.command.replace(".venv/bin/pip-userctl", ".venv/bin/python -m pip_userctl")],
        {"PIP_FIND_LINKS": str(environment.wheels)},
    )
    output = result.stderr + result.stdout
    for real, shown in ((str(project), "/home/ada/project"), (str(environment.account.home), "/home/ada")):
        output = output.replace(real, shown)
    output = output.replace(environment.base.tag, "python3.11")
    pattern = re.escape(example.output).replace(re.escape("...\n"), "(?:.*\n)*")
    assert re.fullmatch(pattern, output), f"{output}\n{result}"


def test_the_two_commands_of_the_readme_are_scripts_of_the_project() -> None:
    for command in commands():
        assert (PROJECT / shlex.split(command)[-1]).is_file(), command
    assert len(commands()) == 2
