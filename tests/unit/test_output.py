"""How answers look: aligned sections, wrapped and coloured on a terminal only, and the envelope."""

from __future__ import annotations

import json

import pytest

from pip_userctl import messages
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


def test_a_terminal_gets_its_last_column_wrapped_at_words_unless_it_is_too_narrow() -> None:
    _, *wrapped, alone = output.render([Section("t", [("name", LONG), (LONG,)])], Terminal(40)).split("\n")
    assert alone.strip() == LONG  # a line of its own may be a command, which is never broken
    assert len(wrapped) > 1
    assert all(line.startswith(" " * 8) for line in wrapped[1:]), wrapped
    assert all(len(line) <= 40 or "/a/very/long" in line for line in wrapped), wrapped
    assert " ".join("\n".join(wrapped).split()) == f"name {LONG}"
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
    assert output.render_error(ERROR, Terminal(unicode=True)) == messages.block(ERROR, unicode=True)
    assert output.render_error(ERROR).isascii()
    assert output.render_error(ERROR, Terminal(colour=True)).startswith("\033[1;31merror\033[0m: userctl-x\n")


def test_the_envelope_has_the_result_and_its_errors() -> None:
    envelope = output.envelope("status", Result({"active": "ä"}, 1, (ERROR,)))
    error = {"reference": "userctl-x", "what": ERROR.what, "why": ERROR.why, "note": "ask us", "hint": "pip list"}
    head = {"schema": 1, "command": "status", "ok": False, "exit_code": 1}
    assert json.loads(envelope) == {**head, "data": {"active": "ä"}, "errors": [error]}
    assert envelope.isascii()


@pytest.mark.parametrize(
    ("force", "no", "colour"), [("", "", False), ("1", "", True), ("1", "1", False), ("", "1", False)]
)
def test_variables_decide_about_colour_where_there_is_no_terminal(
    force: str, no: str, colour: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", force)
    monkeypatch.setenv("NO_COLOR", no)
    found = output.terminal()
    assert (found.width, found.colour) == (None, colour)
