"""What the command takes, and how it says that it does not: usage, help, versions; in this process."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from pip_userctl import __version__, cli
from pip_userctl.cli import remote
from pip_userctl.cli.output import Result


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("nonsense", "pip-userctl: error: argument verb: invalid choice: 'nonsense'"),
        ("--nonsense", "pip-userctl: error: "),
        ("--nonsense status", "pip-userctl status: error: unrecognized arguments: --nonsense"),
        ("status --nonsense", "pip-userctl status: error: unrecognized arguments: --nonsense"),
        ("status demo", "pip-userctl status: error: unrecognized arguments: demo"),
        ("status --jso", "pip-userctl status: error: unrecognized arguments: --jso"),
        ("status --python", "pip-userctl status: error: argument --python: expected one argument"),
        ("plugins --python x", "pip-userctl plugins: error: unrecognized arguments: --python x"),
        ("quarantine", "pip-userctl quarantine: error: one of the arguments NAME --shadowing --list is required"),
        ("quarantine demo --list", "pip-userctl quarantine: error: argument --list: not allowed with argument NAME"),
        ("quarantine --list --shadowing", "error: argument --shadowing: not allowed with argument --list"),
        ("activate", "pip-userctl activate: error: one of the arguments ENV --all-environments is required"),
        ("deactivate here --all-environments", "error: argument --all-environments: not allowed with argument ENV"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(arguments: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(arguments.split()) == 2
    output, error = capsys.readouterr()
    assert (output, error[:18]) == ("", "usage: pip-userctl")
    assert words in error
    verb = arguments.split()[0]
    if verb in cli.VERBS:
        assert cli.run([*arguments.split(), "--json"]) == 2
        envelope = json.loads(capsys.readouterr().out)
        assert (envelope["command"], envelope["exit_code"], envelope["data"]) == (verb, 2, {})
        assert [(each["reference"], each["what"] in error) for each in envelope["errors"]] == [("userctl-usage", True)]


def test_help_lists_each_verb_with_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([]) == 2
    bare = capsys.readouterr()
    assert cli.run(["--help"]) == 0
    assert (bare.out, capsys.readouterr().out) == ("", bare.err)
    for verb, summary in cli.VERBS.items():
        assert cli.run([verb, "--help"]) == 0
        shown = capsys.readouterr().out
        assert shown.startswith(f"usage: pip-userctl {verb} [-h] "), shown
        assert summary in " ".join(shown.split())
        assert summary in " ".join(bare.err.split())
        assert ("--python PATH" in shown) == (verb in cli.REMOTE), shown
    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out == f"pip-userctl {__version__}\n"


@pytest.mark.parametrize(
    ("typed", "pips", "as_json"),
    [
        ("--user demo -r wanted.txt", "--user demo -r wanted.txt", False),
        ("--json --user demo", "--user demo", True),
        ("--index-url x -e . --json demo -c -", "--index-url x -e . demo -c -", True),
        ("-- --json demo", "--json demo", False),
        ("--user -- demo -h", "--user demo -h", False),
        ("", "", False),
    ],
)
def test_what_is_not_ours_in_explain_is_pips_in_its_order(
    typed: str, pips: str, as_json: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def run(args: Any) -> Result:
        asked.append((args.arguments, args.json))
        return Result({})

    monkeypatch.setattr(cli, "import_module", lambda name: SimpleNamespace(run=run))
    assert cli.run(["explain", *typed.split()]) == 0
    assert asked == [(pips.split(), as_json)]


def test_another_interpreter_gets_the_rest_of_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def run(python: str, words: list[str]) -> int:
        asked.append((python, words))
        return 7

    monkeypatch.setattr(remote, "run", run)
    assert cli.run(["explain", "--python", "there", "--json", "-r", "x", "demo", "--", "--python", "y"]) == 7
    assert cli.run(["status", "--python=there", "--all"]) == 7
    rest = ["explain", "--json", "-r", "x", "demo", "--", "--python", "y"]
    assert asked == [("there", rest), ("there", ["status", "--all"])]
