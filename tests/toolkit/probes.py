"""Questions to a real pip, answered by a script in ``tests/probes`` that runs in a child process."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from conftest import pair
from tests.toolkit import cache, pythons
from tests.toolkit.environments import Account
from tests.toolkit.pythons import Python

SCRIPTS = cache.PROJECT / "tests" / "probes"


def python_for(pip: str) -> Python:
    """The newest interpreter on which this pip starts."""
    return pythons.discover()[pair(pip)[0]]


def pip_for(python: Python) -> str:
    """The newest pip that starts on this interpreter."""
    return next(pip for version, pip in reversed(cache.starting_pairs()) if version == python.version)


def search_path(python: Python, pip: str) -> list[str]:
    """What has to be on ``sys.path`` for this pip and pip-userctl; start-up files are not read from there."""
    return [str(each) for each in (cache.unpacked(), cache.dependencies_folder(python), cache.pip_folder(pip))]


def ask(
    script: str,
    account: Account,
    command: Sequence[str],
    question: Mapping[str, object],
    variables: Mapping[str, str] | None = None,
) -> Any:
    """The script's answer to the question, both JSON. command: the interpreter with its flags."""
    path = account.cwd / "question.json"
    path.write_text(json.dumps(question))
    result = account.run([*command, str(SCRIPTS / f"{script}.py"), str(path)], variables)
    assert result.returncode == 0, result
    return json.loads(result.stdout)


def ask_pip(script: str, account: Account, pip: str, **question: object) -> Any:
    """The same with this pip on the newest Python for it; the script finds both under ``path``."""
    python = python_for(pip)
    return ask(script, account, [python.path, "-s"], {"path": search_path(python, pip), **question})
