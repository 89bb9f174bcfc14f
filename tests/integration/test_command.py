"""The command itself: ``--python``, ``--json``, and what standard output can be."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from pip_userctl import cli
from tests.integration.conftest import Make, Shared
from tests.support.answers import SCHEMAS, answer, answers, data, validator
from tests.support.changes import remove
from tests.support.expect import assert_error
from tests.support.pythons import NEWEST, OLDEST, discover, pip_for
from tests.support.terminals import show

FIRST, LAST = (list(discover())[index] for index in (0, -1))

# --python


@pytest.mark.needs("several-pythons")
def test_a_verb_tells_of_another_interpreter(make: Make) -> None:
    asking, there = make("base", FIRST), make("base", LAST, userctl=False)
    site = there.prefix / "pip.conf"
    site.write_text("[userctl]\nbase-typed = refuse\nbase-tpyed = warn\n")
    elsewhere = ("--json", "--python", str(there.python))
    found = data(asking.userctl("status", *elsewhere))
    assert (found["active"], found["coverage"]["by"]) == (False, None), found
    assert (found["environment"]["prefix"], found["pip"]["version"]) == (str(there.prefix), pip_for(LAST)), found
    mistakes = data(asking.userctl("check", *elsewhere))["mistakes"]
    assert [each["message"] for each in mistakes] == [f"{site}:3: unknown key base-tpyed (did you mean base-typed?)"]
    result = asking.userctl("explain", *elsewhere, "--user", "demo")
    assert (result.returncode, [each["name"] for each in data(result)["rules"]]) == (1, ["base-typed"]), result


def test_a_directory_stands_for_its_interpreter_and_pip_is_needed_there(make: Make) -> None:
    asking, there = make("base"), make("isolated", userctl=False)
    for verb in (["status"], ["explain", "demo"], ["rules"], ["check"], ["doctor"]):
        answer(asking.userctl(*verb, "--json", "--python", str(there.prefix)))
    remove(there, "pip-of-the-tests.pth")
    result = asking.userctl("status", f"--python={there.prefix}")
    assert result.stdout == "active  no: this interpreter has no pip\n", result
    result = asking.userctl("rules", f"--python={there.prefix}")
    assert_error(result, "not-installed", f"{there.python} -m ensurepip --upgrade")


def test_an_environment_with_its_own_installation_or_a_covering_one_is_active(make: Make) -> None:
    asking = make("base")
    own, covered = make("isolated"), make("isolated", asking, userctl=False)
    found = data(asking.userctl("status", "--json", "--python", str(own.prefix)))
    assert (found["active"], found["location"]) == (True, str(own.site_packages)), found
    assert asking.userctl("activate", str(covered.prefix)).returncode == 0
    found = data(asking.userctl("status", "--json", "--python", str(covered.prefix)))
    expected = (True, "activate", str(asking.site_packages))
    assert (found["active"], found["coverage"]["by"], found["location"]) == expected, found


def test_where_pluggy_does_not_run_on_the_other_python_the_answer_says_so(make: Make) -> None:
    asking, there = make("base"), make("isolated", userctl=False)
    module = asking.site_packages / "pluggy" / "__init__.py"
    fails = f"import sys\nif sys.prefix == {str(there.prefix)!r}: raise ImportError('for newer Pythons')\n"
    module.write_text(fails + module.read_text())
    result = asking.userctl("check", "--python", str(there.prefix))
    assert_error(result, "not-installed", "for newer Pythons", f"hint: {there.python} -m pip install")
    assert asking.userctl("check").returncode == 0


def test_what_is_no_python_is_an_error(shared: Shared, tmp_path: Path) -> None:
    environment = shared("isolated")
    text = tmp_path / "python-text"
    text.write_text("import this\n")
    text.chmod(0o755)
    names = [str(tmp_path), str(tmp_path / "python"), str(text), "/bin/true"]
    for name, found in zip(names, answers(environment, *(["status", "--python", name] for name in names))):
        (error,) = found["errors"]
        assert (found["exit_code"], error["reference"]) == (1, "userctl-no-interpreter"), found
        assert name in error["what"] + error["why"], found


@pytest.mark.needs("root")
def test_root_does_not_run_an_interpreter_that_another_account_can_change(shared: Shared, tmp_path: Path) -> None:
    environment = shared("isolated")
    folder, link = tmp_path / "theirs", tmp_path / "python3"
    folder.mkdir()
    python, mark = folder / "python", tmp_path / "ran"
    python.write_text(f'#!/bin/sh\necho "$2" >> {mark}\n')
    python.chmod(0o755)
    link.symlink_to(python)
    assert environment.userctl("check", "--python", str(python)).returncode == 0
    assert mark.read_text() == "check\n"  # it is run once
    for asked, changed, owner, mode in (
        (python, python, 12345, 0o755),
        (python, python, 0, 0o775),
        (python, folder, 12345, 0o755),
        (link, folder, 12345, 0o755),
    ):
        os.chown(changed, owner, owner)
        changed.chmod(mode)
        result = environment.userctl("status", "--python", str(asked))
        assert_error(result, "no-interpreter", "root does not run", str(changed))
        os.chown(changed, 0, 0)
        changed.chmod(0o755)
    os.chown(link, 12345, 12345, follow_symlinks=False)
    assert_error(environment.userctl("status", "--python", str(link)), "no-interpreter", "root does not run", str(link))
    assert mark.read_text() == "check\n"


# --json

ANSWERS = [
    *("status", "status --all --verify", "explain demo", "explain --user demo", "explain", "explain -r missing.txt"),
    *("explain --target t --user demo", "rules", "rules --policy /dev/null", "rules shadowing", "rules nonsense"),
    *("check", "check missing", "doctor", "quarantine --list", "quarantine --shadowing", "quarantine missing"),
    *("quarantine", "restore missing", "log /dev/null", "log", "plugins", "plugins --wrong", "activate"),
    *("activate nowhere", "deactivate nowhere"),
]


def test_what_json_prints_fits_its_schema_whatever_the_answer(shared: Shared, each_pip: str) -> None:
    environment = shared("isolated", pip=each_pip)
    environment.write_policy(base_typed="nope", audit_log="~/pip.jsonl")
    found = answers(environment, *map(str.split, ANSWERS))
    assert [each["command"] for each in found] == [command.split()[0] for command in ANSWERS]


def test_every_verb_has_a_schema_that_refuses_another_shape() -> None:
    for path in SCHEMAS.glob("*.json"):
        Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))
    for verb in cli.VERBS:
        good = {"schema": 1, "command": verb, "ok": False, "exit_code": 2, "data": {}, "errors": []}
        assert validator(verb).is_valid(good), verb
        changes: list[dict[str, object]] = [{"data": {"nonsense": 1}}, {"command": "other"}, {"more": 1}]
        for bad in ({**good, **change} for change in changes):
            assert not validator(verb).is_valid(bad), (verb, bad)


# What standard output can be


@pytest.mark.needs("linux")
@pytest.mark.parametrize("command", [["status", "--json"], ["explain", "--user", "demo"]], ids=" ".join)
def test_the_exit_status_does_not_depend_on_who_reads(shared: Shared, command: list[str]) -> None:
    environment = shared("isolated")
    expected = int(command[0] == "explain")
    words = ["sh", str(environment.python), "-m", "pip_userctl", *command]
    for script in ('"$@" >&-', '"$@" 2>&- <&- >/dev/null'):
        result = environment.account.run(["sh", "-c", script, *words])
        assert (result.returncode, result.stderr) == (expected, ""), (script, result)
    head = environment.account.run(["sh", "-c", '("$@"; echo $? >status) | head -0; cat status', *words])
    assert (head.stdout, head.stderr) == (f"{expected}\n", ""), head
    full = environment.account.run(["sh", "-c", '"$@" >/dev/full', *words])
    assert full.returncode == 1, full
    assert full.stderr == "pip-userctl: error: the answer cannot be written: No space left on device\n", full


def test_letters_that_the_stream_lacks_are_escaped(shared: Shared) -> None:
    environment = shared("isolated", pip=OLDEST)
    letters = "caf\u00e9 \u2192 \u4e2d\U0001f600"
    environment.account.config.write_text(f"[userctl]\nmessage = {letters}\n", encoding="utf-8")
    command = [str(environment.python), "-X", "utf8", "-m", "pip_userctl", "status"]
    for encoding in ("ascii", "latin-1", "utf-8"):
        variables = {**environment.account.variables(), "PYTHONIOENCODING": encoding}
        shown = subprocess.run(command, env=variables, capture_output=True, check=True).stdout
        assert letters.encode(encoding, "backslashreplace") in shown, shown
    envelope = json.loads(subprocess.run([*command, "--json"], env=variables, capture_output=True, check=True).stdout)
    assert envelope["data"]["policy"]["values"]["message"]["value"] == letters


@pytest.mark.needs("linux")
def test_on_a_terminal_columns_fit_and_actions_are_coloured(shared: Shared) -> None:
    environment = shared("isolated", pip=NEWEST)
    environment.write_policy(base_typed="refuse")
    narrow = show(environment, "status", columns=50)
    assert "\033[31mrefuse\033[0m" in narrow.screen, narrow
    assert "\033[1menvironment\033[0m\n" in narrow.screen, narrow
    assert f"\npip-userctl  0.1.0 from\n             {environment.site_packages}\n" in narrow.text, narrow
    assert "\033[" not in show(environment, "status", NO_COLOR="1").screen
    assert "\033[" in environment.userctl("status", FORCE_COLOR="1").stdout
