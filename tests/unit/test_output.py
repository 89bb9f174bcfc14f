"""How answers look: aligned sections, wrapped and coloured on a terminal only, and the envelope."""

from __future__ import annotations

import json

import pytest

from pip_userctl.cli import output
from pip_userctl.cli.output import PLAIN, Result, Section, Terminal
from pip_userctl.messages import Message

ERROR = Message("userctl-x", "it does not work", "because\nof that", note="ask us", hint="pip list")
LONG = "a sentence of some words that has to be wrapped, with /a/very/long/path/that/stays/whole-as-it-is at its end"


def test_columns_are_aligned_and_sections_are_apart() -> None:
    sections = [
        Section(rows=[("active", "yes"), ("pip", "26.3")]),
        Section("empty"),
        Section(
            "policy",
            [("a line of its own, longer than the columns",), ("base-typed", "log", "here"), ("x", "refuse", "")],
        ),
    ]
    assert output.render(sections).split("\n") == [
        "active  yes",
        "pip     26.3",
        "",
        "policy",
        "  a line of its own, longer than the columns",
        "  base-typed  log     here",
        "  x           refuse",
    ]


def test_a_pipe_gets_long_lines_and_no_colour() -> None:
    text = output.render([Section("t", [("name", LONG), ("x", "warn")])], PLAIN)
    assert text == f"t\n  name  {LONG}\n  x     warn"


@pytest.mark.parametrize("width", [40, 80])
def test_a_terminal_gets_its_last_column_wrapped_at_words(width: int) -> None:
    lines = output.render([Section("t", [("name", LONG), (LONG,)])], Terminal(width)).split("\n")
    assert lines[-1].strip() == LONG  # a line of its own may be a command, which is never broken
    wrapped = lines[1:-1]
    assert len(wrapped) > 1
    assert all(line.startswith(" " * 8) for line in wrapped[1:]), wrapped
    assert all(len(line) <= width or "/a/very/long" in line for line in wrapped), wrapped
    assert " ".join("\n".join(wrapped).split()) == f"name {LONG}"


def test_a_terminal_that_is_too_narrow_wraps_by_itself() -> None:
    assert output.render([Section("t", [("n" * 20, LONG)])], Terminal(30)).endswith(LONG)


def test_actions_and_titles_are_coloured_without_moving_a_column() -> None:
    section = [Section("title", [("refuse", "x"), ("no-action", "y"), ("a", "warn")])]
    assert output.render(section, Terminal(80, colour=True)).split("\n") == [
        "\033[1mtitle\033[0m",
        "  \033[31mrefuse\033[0m     x",
        "  no-action  y",
        "  a          \033[33mwarn\033[0m",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\033[2J\a", "\\x1b[2J\\x07"),
        ("a\tb", "a   b"),
        ("\u202eevil", "\\u202eevil"),
        ("\udcff", "\\udcff"),
        ("café 日本 :smile: [bold]", "café 日本 :smile: [bold]"),
        ("one\r\ntwo", "one\ntwo"),
    ],
)
def test_what_could_move_the_cursor_is_escaped(text: str, shown: str) -> None:
    assert output.escape(text) == shown
    assert output.render([Section(text, [(text, "x")])]).startswith(shown)


def test_an_error_looks_as_in_pip() -> None:
    assert output.render_error(ERROR, Terminal(unicode=True)).split("\n") == [
        "error: userctl-x",
        "",
        "× it does not work",
        "╰─> because",
        "    of that",
        "",
        "note: ask us",
        "hint: pip list",
    ]
    assert output.render_error(ERROR).isascii()
    assert output.render_error(ERROR, Terminal(colour=True)).startswith("\033[1;31merror\033[0m: userctl-x\n")


def test_the_envelope_has_the_result_and_its_errors() -> None:
    envelope = json.loads(output.envelope("status", Result({"active": "ä"}, 1, (ERROR,))))
    assert envelope == {
        "schema": 1,
        "command": "status",
        "ok": False,
        "exit_code": 1,
        "data": {"active": "ä"},
        "errors": [
            {"reference": "userctl-x", "what": ERROR.what, "why": ERROR.why, "note": "ask us", "hint": "pip list"}
        ],
    }
    assert output.envelope("status", Result({"active": "ä"})).isascii()


@pytest.mark.parametrize(
    ("variables", "colour"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, False),
    ],
)
def test_variables_decide_about_colour_where_there_is_no_terminal(
    variables: dict[str, str], colour: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = output.terminal()
    assert (found.width, found.colour) == (None, colour)
