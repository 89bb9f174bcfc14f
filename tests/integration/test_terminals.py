"""The command line on any terminal: usage, help, closed and full outputs, encodings that lack a letter."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from typing import Callable

import pytest

from tests.toolkit.answers import answer
from tests.toolkit.environments import Environment, Result

Make = Callable[..., Environment]
VERBS = {"status": ["status"], "explain": ["explain", "demo"]}
ANSWERS = [[*words, *json] for words in VERBS.values() for json in ([], ["--json"])]
LETTERS = "caf\u00e9 \u2192 \u4e2d\U0001f600"


def shell(environment: Environment, script: str, *arguments: str, **variables: str) -> Result:
    """A shell script in which ``"$@"`` is ``python -m pip_userctl`` with these arguments."""
    command = ["sh", "-c", script, "sh", str(environment.python), "-m", "pip_userctl", *arguments]
    return environment.account.run(command, {"PIP_FIND_LINKS": str(environment.wheels), **variables})


@pytest.mark.parametrize("arguments", [*ANSWERS, ["--help"], ["--version"], ["explain", "--help"]], ids=" ".join)
def test_a_reader_who_has_gone_is_no_failure(make: Make, arguments: list[str]) -> None:
    environment = make("isolated")
    read, write = os.pipe()
    os.close(read)
    command = [str(environment.python), "-m", "pip_userctl", *arguments]
    account = environment.account
    try:
        done = subprocess.run(
            command, env=account.variables(), cwd=account.cwd, stdout=write, stderr=subprocess.PIPE, text=True
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, ""), done


@pytest.mark.parametrize("arguments", [["status"], ["explain", "--user", "demo"]], ids=" ".join)
def test_the_exit_status_does_not_depend_on_who_reads(make: Make, arguments: list[str]) -> None:
    environment = make("isolated")
    expected = environment.userctl(*arguments).returncode
    for script in ('"$@" >&-', '"$@" 2>&-', '"$@" <&-', '"$@" >/dev/null'):
        result = shell(environment, script, *arguments)
        assert (result.returncode, result.stderr) == (expected, ""), (script, result)
    head = shell(environment, '("$@"; echo $? >status) | head -0; cat status', *arguments)
    assert (head.stdout, head.stderr) == (f"{expected}\n", ""), head


@pytest.mark.needs("linux")
@pytest.mark.parametrize("arguments", [*ANSWERS, ["--help"]], ids=" ".join)
def test_an_answer_that_cannot_be_written_is_one_line_and_exit_status_1(make: Make, arguments: list[str]) -> None:
    result = shell(make("isolated"), '"$@" >/dev/full', *arguments)
    assert result.returncode == 1, result
    assert result.stderr == "pip-userctl: error: the answer cannot be written: No space left on device\n", result


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("verb", VERBS)
def test_letters_that_the_terminal_lacks_are_escaped(make: Make, verb: str, encoding: str) -> None:
    environment = make("isolated")
    environment.account.user_config.write_text(f"[userctl]\nmessage = {LETTERS}\n", encoding="utf-8")
    arguments = [*VERBS[verb], *(["--target", LETTERS] if verb == "explain" else [])]
    variables = {**environment.account.variables(), "PYTHONIOENCODING": encoding}
    command = [str(environment.python), "-X", "utf8", "-m", "pip_userctl", *arguments]
    done = subprocess.run(command, env=variables, cwd=environment.account.cwd, capture_output=True)
    assert done.stderr == b"", done
    assert LETTERS.encode(encoding, "backslashreplace") in done.stdout, done

    done = subprocess.run([*command, "--json"], env=variables, cwd=environment.account.cwd, capture_output=True)
    envelope = json.loads(done.stdout.decode(encoding))
    assert LETTERS in json.dumps(envelope, ensure_ascii=False), done


def test_a_path_that_is_no_text_is_shown_escaped(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    name = os.fsdecode(b"no-\xff-text.txt")
    (environment.account.cwd / name).write_text("demo\n")
    command = [str(environment.python), "-m", "pip_userctl", "explain", "-r", name]
    for extra in ([], ["--json"]):
        done = subprocess.run(
            [*command, *extra], env=environment.account.variables(), cwd=environment.account.cwd, capture_output=True
        )
        assert (done.returncode, done.stderr) == (0, b""), done
        assert rb"no-\udcff-text.txt" in done.stdout, done


#: Wrong command lines, and what is said of them.
WRONG: Sequence[tuple[list[str], str]] = (
    (["nonsense"], "pip-userctl: error: argument verb: invalid choice: 'nonsense'"),
    (["--nonsense"], "pip-userctl: error: "),
    (["status", "--nonsense"], "pip-userctl status: error: unrecognized arguments: --nonsense"),
    (["status", "demo"], "pip-userctl status: error: unrecognized arguments: demo"),
    (["status", "--jso"], "pip-userctl status: error: unrecognized arguments: --jso"),
)


@pytest.mark.parametrize(
    ("arguments", "words"), WRONG, ids=lambda each: "" if isinstance(each, str) else " ".join(each)
)
def test_a_wrong_command_line_is_a_usage_error(make: Make, arguments: list[str], words: str) -> None:
    result = make("isolated").userctl(*arguments)
    assert (result.returncode, result.stdout) == (2, ""), result
    assert result.stderr.startswith("usage: pip-userctl"), result
    assert words in result.stderr, result


def test_no_verb_gets_the_help_and_exit_status_2(make: Make) -> None:
    result = make("isolated").userctl()
    assert (result.returncode, result.stdout) == (2, ""), result
    assert "explain" in result.stderr, result


def test_a_usage_error_has_an_envelope_under_json(make: Make) -> None:
    envelope = answer(make("isolated").userctl("status", "--json", "demo"))
    (error,) = envelope["errors"]
    assert (envelope["exit_code"], envelope["data"]) == (2, {}), envelope
    assert (error["reference"], error["what"]) == ("userctl-usage", "unrecognized arguments: demo"), envelope


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_says_with_help_what_it_does(make: Make, verb: str) -> None:
    environment = make("isolated")
    result = environment.userctl(verb, "--help")
    assert (result.returncode, result.stderr) == (0, ""), result
    assert result.stdout.startswith(f"usage: pip-userctl {verb} [-h] [--json]"), result
    for line in environment.userctl("--help").stdout.splitlines():
        words = line.split(None, 1)
        if words[:1] == [verb]:
            assert words[1] in result.stdout, result
            break
    else:
        pytest.fail(f"--help does not list {verb}")


def test_the_version_is_that_of_the_package(make: Make) -> None:
    environment = make("isolated")
    version = environment.run("-c", "import pip_userctl; print(pip_userctl.__version__)").stdout
    assert environment.userctl("--version").stdout == f"pip-userctl {version}"
