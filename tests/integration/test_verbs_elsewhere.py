"""``matrix``, ``check``, ``doctor`` … with ``--python PATH``: another version, another environment, no pip, no Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Mapping

import pytest

from tests.toolkit import pythons
from tests.toolkit.environments import Environment
from tests.toolkit.probes import pip_for
from tests.toolkit.reach import Pair, assert_refused
from tests.toolkit.schemas import valid
from tests.toolkit.usersites import put

Make = Callable[..., Environment]
FIRST, LAST = (list(pythons.discover().values())[index] for index in (0, -1))
VERBS = ["status", "explain demo", "matrix", "check", "doctor"]
#: Verb → what it says of another interpreter, of what leave_traces has left there.
SAID: Mapping[str, Callable[[Any], Any]] = {
    "matrix": lambda data: next(row for row in data["rows"] if row["situation"] == "base-typed")["source"],
    "check": lambda data: [each["message"] for each in data["problems"]],
    "doctor": lambda data: sorted((each["check"], each["where"]) for each in data["findings"]),
}


def leave_traces(there: Environment) -> Mapping[str, Any]:
    """Set a key, make a mistake, and put a broken distribution into the user site of that interpreter; verb → the answer."""
    there.site_config.write_text("[userctl]\nbase-typed = warn\nbase-tpyed = warn\n")
    put(there.user_site, "empty")
    broken = there.user_site / "empty-1.0.dist-info"
    (broken / "METADATA").unlink()
    return {
        "matrix": {"kind": "site", "path": str(there.site_config), "line": 2},
        "check": [f"{there.site_config}:3: unknown key base-tpyed (did you mean base-typed?)"],
        "doctor": [
            ("metadata", str(broken)),
            ("pip", f"pip {pip_for(there.base)}"),
        ],
    }


@pytest.mark.needs("several-pythons")
@pytest.mark.parametrize("verb", SAID)
def test_a_verb_tells_of_another_minor_version(make: Make, verb: str) -> None:
    asking, there = make("base", FIRST.version, pip_for(FIRST)), make("base", LAST.version, pip_for(LAST))
    there.remove_userctl("pip_userctl", "_pip_userctl.py", "_pip_userctl_pip.py", "pip_userctl.pth")
    expected = leave_traces(there)
    result = asking.userctl(verb, "--json", "--python", str(there.python))
    assert SAID[verb](valid(result)) == expected[verb], result


def test_where_what_we_need_does_not_run_on_the_other_python_the_answer_says_what_to_do(
    make: Make, tmp_path: Path
) -> None:
    two = Pair(make, tmp_path)
    two.covering.unlink()
    module = two.covering.site_packages / "pluggy" / "__init__.py"
    fails = f"import sys\nif sys.prefix == {str(two.covered.prefix)!r}: raise ImportError('for newer Pythons')\n"
    module.write_text(fails + module.read_text())
    result = two.covering.userctl("check", "--python", str(two.covered.prefix))
    assert_refused(result, "not-installed", "does not run on it", "for newer Pythons")
    assert f"hint: {two.covered.python} -m pip install pip-userctl\n" in result.stdout, result
    assert two.covering.userctl("check").returncode == 0


@pytest.mark.parametrize("verb", VERBS)
def test_the_directory_of_an_environment_stands_for_its_interpreter(make: Make, tmp_path: Path, verb: str) -> None:
    two = Pair(make, tmp_path)
    name, *arguments = verb.split()
    answers = [
        two.covering.userctl(name, "--json", "--python", str(path), *arguments)
        for path in (two.covered.prefix, two.covered.python)
    ]
    data = [valid(each) for each in answers]
    for each in data:
        for changing in ("id", "time", "pid"):
            each.pop(changing, None)
    assert data[0] == data[1], answers
    assert answers[0].returncode == answers[1].returncode


@pytest.mark.parametrize("verb", VERBS)
def test_an_interpreter_without_pip_is_named_and_how_to_give_it_one(make: Make, tmp_path: Path, verb: str) -> None:
    two = Pair(make, tmp_path)
    (two.covered.site_packages / "links.pth").unlink()
    name, *arguments = verb.split()
    asked = [name, "--python", str(two.covered.prefix), *arguments]
    result = two.covering.userctl(*asked)
    assert (result.returncode, result.stderr) == (1, ""), result
    if verb == "status":
        assert "active  no: this interpreter has no pip" in result.stdout, result
    else:
        assert_refused(result, "not-installed", "No module named 'pip'", f"{two.covered.python} -m ensurepip")
    valid(two.covering.userctl(name, "--json", *asked[1:]))


@pytest.mark.parametrize("verb", ["status", "doctor"])
def test_what_is_no_python_is_an_error(make: Make, tmp_path: Path, verb: str) -> None:
    environment = make("isolated")
    text = tmp_path / "text"
    text.write_text("import this\n")
    text.chmod(0o755)
    for name in (
        str(tmp_path),
        str(tmp_path / "absent"),
        str(text),
        "/bin/true",
        "/bin/sh",
        "/bin/cat",
        "/usr/bin/yes",
    ):
        assert_refused(environment.userctl(verb, "--python", name), "no-interpreter", name)
    data = valid(environment.userctl(verb, "--json", "--python", "/bin/true"))
    assert data == {}
    assert environment.userctl(verb, "--python").returncode == 2


def test_a_python_that_is_too_old_is_an_error(make: Make, tmp_path: Path) -> None:
    old = tmp_path / "python2"
    old.write_text("#!/bin/sh\necho Python 2 7\n")
    old.chmod(0o755)
    assert_refused(make("isolated").userctl("check", "--python", str(old)), "no-interpreter", "older than Python 3.9")
