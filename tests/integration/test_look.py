"""On a terminal answers fit its width and have colours, with rich lines too; a command to copy is never broken."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Callable

import pytest

from tests.integration.test_commands_page import scene
from tests.integration.test_log_verb import decision, outcome
from tests.toolkit import extras
from tests.toolkit.answers import answer
from tests.toolkit.environments import Environment
from tests.toolkit.terminals import show

Make = Callable[..., Environment]
WIDTHS = [40, 80, 120]
PROSE = [["explain", "--user", "demo"], ["doctor"], ["check"]]
TABLES = [["matrix"], ["plugins"], ["status"], ["log", "audit.jsonl"], ["log", "--summary", "audit.jsonl"]]
#: What rich would make something else of, what moves the cursor, and what takes two columns of a terminal.
ODD = ["requests[socks]", "demo[/docs]", ":smile:", "[bold red]x[/]", "\u6f22\u5b57", "e\u0301t\u00e9"]
EVIL = "\033]0;title\a\033[2Jdemo\r\u202egnp"
#: The width of an answer on a terminal with rich is that of its lines; none of its own sequences is another.
STYLES = re.compile(r"\033\[[\d;]*m")


def cells(text: str) -> int:
    """The columns of a terminal that these texts take: a Chinese character two, an accent none."""
    return sum(2 if "\u4e00" <= each <= "\u9fff" else each != "\u0301" for each in text)


@pytest.fixture
def plain(make: Make) -> Environment:
    """A base interpreter with something to tell in every answer."""
    environment = make("base")
    scene(environment)
    records = [
        record
        for number, name in enumerate(ODD, 1)
        for record in (
            decision(name, number, name, "warn", ("base-typed", "warn")),
            outcome(name, number, "installed"),
        )
    ]
    for record in records:
        if "request" in record:
            record["request"]["requirements"] = [record["id"]]
    log = environment.account.cwd / "audit.jsonl"
    log.write_text("".join(json.dumps(each) + "\n" for each in records), encoding="utf-8")
    return environment


@pytest.fixture
def lined(plain: Environment) -> Environment:
    """The same with the extra ``rich``."""
    result = plain.pip(
        "install", "--quiet", "pip-userctl[rich]", PIP_FIND_LINKS=str(extras.folder("rich")), PIP_USERCTL_ENABLED="no"
    )
    assert result.returncode == 0, result
    return plain


def commands(data: Any) -> list[str]:
    """Every command to copy in the data of an answer."""
    found = [each.get("remedy") for each in data.get("findings", ())]
    found += [each["command"] for each in data.get("changes", ())]
    return [line for each in found if each for line in each.splitlines()]


# width


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("arguments", PROSE, ids=" ".join)
def test_prose_fits_the_terminal_and_no_word_of_it_is_broken(
    plain: Environment, arguments: list[str], columns: int
) -> None:
    seen = show(plain, *arguments, columns=columns)
    result = plain.userctl(*arguments)
    data = answer(plain.userctl(*arguments, "--json"))["data"]
    assert seen.text.split() == result.stdout.split(), seen
    to_copy = commands(data) + [
        line.split("hint", 1)[1].strip() for line in result.stdout.splitlines() if " hint " in line
    ]
    for line in to_copy:
        assert f"{line}\n" in seen.text, (line, seen)
    for line in seen.text.splitlines():
        assert cells(line) <= columns or len(line.split()) <= 2 or any(each in line for each in to_copy), line


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("arguments", TABLES, ids=" ".join)
def test_tables_fit_the_terminal_and_lose_nothing(plain: Environment, arguments: list[str], columns: int) -> None:
    seen = show(plain, *arguments, columns=columns)
    words = plain.userctl(*arguments).stdout.split()
    assert set(words) - set(seen.text.split()) <= set(words[:10]), (
        seen
    )  # where each row is a section there is no header
    for line in seen.text.splitlines():
        assert cells(line) <= columns or len(line.split()) <= 3, line


def test_continuation_lines_are_aligned(plain: Environment) -> None:
    lines = show(plain, "doctor", columns=60).text.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("  what    demo 2.0 in"))
    assert lines[first + 1].startswith(" " * 10 + "/"), lines


@pytest.mark.parametrize("arguments", [*PROSE, *TABLES], ids=" ".join)
def test_what_is_no_terminal_gets_no_line_break_colour_or_box(lined: Environment, arguments: list[str]) -> None:
    result = lined.userctl(*arguments, COLUMNS="40", TERM="xterm")
    assert "\033" not in result.output, result
    assert not set(result.stdout) & set("\u2502\u256d\u2500"), result
    assert result.stderr == "", result
    assert result.stdout == lined.userctl(*arguments).stdout, result


def test_columns_is_heard_on_a_terminal(plain: Environment) -> None:
    assert show(plain, "check", COLUMNS="50").text == show(plain, "check", columns=50).text
    assert show(plain, "check", COLUMNS="50").text != show(plain, "check").text


# colour


def test_colours_come_on_a_terminal_and_by_force_and_never_against_no_color(plain: Environment) -> None:
    arguments = ["explain", "--user", "demo"]
    result = plain.userctl(*arguments)
    seen = show(plain, *arguments, columns=1000)
    assert "  action  \033[32mallow\033[0m\n" in seen.screen
    assert "\033[1msituation base-typed\033[0m\n" in seen.screen
    assert seen.text == result.stdout
    assert show(plain, *arguments, columns=1000, NO_COLOR="1").screen == result.stdout
    assert show(plain, *arguments, columns=1000, TERM="dumb").screen == result.stdout
    assert show(plain, *arguments, columns=1000, NO_COLOR="1", FORCE_COLOR="1").screen == result.stdout
    assert show(plain, *arguments, columns=1000, NO_COLOR="").screen == seen.screen
    assert plain.userctl(*arguments, FORCE_COLOR="1").stdout == seen.screen
    assert plain.userctl(*arguments, FORCE_COLOR="1", NO_COLOR="1").stdout == result.stdout


def test_the_severity_of_a_finding_is_coloured(plain: Environment) -> None:
    assert show(plain, "doctor").screen.startswith("\033[1;31merror\033[0m\033[1m: shadowing\033[0m\n")


def test_an_action_is_coloured_where_it_stands_alone_and_not_in_a_sentence(plain: Environment) -> None:
    for columns in range(50, 90):
        seen = show(plain, "explain", "--user", "demo", columns=columns, PIP_USERCTL_BASE_TYPED="warn").screen
        assert re.findall(r"^(.*)\033\[33mwarn", seen, re.MULTILINE) == ["verdict  ", "  action  ", "  action  "], seen


@pytest.mark.needs("rich")
@pytest.mark.parametrize("arguments", [*PROSE, *TABLES], ids=" ".join)
def test_json_is_the_same_on_every_terminal(lined: Environment, arguments: list[str]) -> None:
    arguments = [arguments[0], "--json", *arguments[1:]]
    changing = re.compile(r'"(id|time|parent)": "[^"]*"|"pid": \d+')
    expected = changing.sub("", lined.userctl(*arguments).stdout)
    seen = show(lined, *arguments, columns=40, FORCE_COLOR="1")
    assert (changing.sub("", seen.screen), seen.notes) == (expected, ""), seen


# text that is not harmless


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_columns_stay_aligned_beside_wide_characters(plain: Environment, columns: int) -> None:
    seen = show(plain, "log", "audit.jsonl", columns=columns)
    starts = {cells(line[: line.index("installed")]) for line in seen.text.splitlines() if "installed" in line}
    assert len(starts) == 1, seen
    assert all(name in seen.text for name in ODD), seen


@pytest.mark.needs("rich")
@pytest.mark.parametrize("columns", [100, 120])
def test_rich_makes_nothing_of_brackets_and_colons_and_keeps_the_lines_straight(
    lined: Environment, columns: int
) -> None:
    seen = show(lined, "log", "audit.jsonl", columns=columns)
    assert all(name in seen.text for name in ODD), seen
    assert {cells(line) for line in seen.text.splitlines()} == {cells(seen.text.splitlines()[0])}, seen


@pytest.mark.needs("rich")
@pytest.mark.parametrize("rich", [False, True], ids=["plain", "rich"])
def test_a_record_of_another_account_cannot_move_the_cursor(lined: Environment, rich: bool) -> None:
    log = lined.account.cwd / "audit.jsonl"
    log.write_text(log.read_text(encoding="utf-8").replace("demo[/docs]", json.dumps(EVIL)[1:-1]), encoding="utf-8")
    seen = show(lined, "log", "audit.jsonl", columns=200, TERM="xterm" if rich else "dumb")
    left = STYLES.sub("", seen.screen)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", left), seen
    assert r"\x1b]0;title\x07\x1b[2Jdemo" in left, seen
    assert "\033" not in lined.userctl("log", "audit.jsonl").stdout


# rich


@pytest.mark.needs("rich")
@pytest.mark.parametrize("arguments", TABLES, ids=" ".join)
def test_with_rich_tables_have_lines_on_a_terminal(lined: Environment, arguments: list[str]) -> None:
    seen = show(lined, *arguments, columns=200)
    assert "\u256d" in seen.text, seen
    words = lined.userctl(*arguments).stdout.split()
    assert [word for word in words if word not in seen.text] == [], seen
    for line in seen.text.splitlines():
        assert cells(line) <= 200, line
    bare = show(lined, *arguments, columns=200, NO_COLOR="1")
    assert bare.screen == seen.text, bare
    assert "\u256d" not in show(lined, *arguments, columns=200, TERM="dumb").text
    drawn = show(lined, *arguments, columns=200, PYTHONIOENCODING="ascii").text
    assert "+-----" in drawn, drawn


@pytest.mark.needs("rich")
@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("arguments", PROSE, ids=" ".join)
def test_with_rich_titles_have_a_line_and_all_else_stays_as_it_is_without(
    lined: Environment, arguments: list[str], columns: int
) -> None:
    seen = show(lined, *arguments, columns=columns).text
    bare = show(lined, *arguments, columns=columns, TERM="dumb").text
    assert re.sub(" \u2500+$", "", seen, flags=re.MULTILINE) == bare, seen
    assert ("\u2500" in seen) == (arguments != ["check"]), seen
    assert all(cells(line) == columns for line in seen.splitlines() if line.endswith("\u2500")), seen


@pytest.mark.needs("rich")
def test_with_rich_a_terminal_too_narrow_for_lines_gets_none(lined: Environment) -> None:
    assert "\u256d" not in show(lined, "matrix", columns=40).text


@pytest.mark.needs("rich")
def test_with_rich_a_table_of_thousands_of_rows_gets_none(lined: Environment) -> None:
    log = lined.account.cwd / "audit.jsonl"
    runs = [decision(str(number), 1, "ada", "allow") for number in range(2001)]
    log.write_text("".join(json.dumps(each) + "\n" for each in runs), encoding="utf-8")
    seen = show(lined, "log", "audit.jsonl", columns=120).text
    assert seen.startswith("time  "), seen[:500]
    assert len(seen.splitlines()) == 2002, seen[:500]


@pytest.mark.needs("rich")
def test_a_rich_that_cannot_be_loaded_is_done_without(lined: Environment) -> None:
    broken = lined.account.cwd / "broken"
    (broken / "rich").mkdir(parents=True)
    (broken / "rich" / "__init__.py").write_text("raise RuntimeError('broken')\n")
    seen = show(lined, "matrix", PYTHONPATH=str(broken))
    assert seen.text.startswith("situation "), seen


@pytest.mark.needs("rich")
def test_rich_is_loaded_for_a_table_on_a_terminal_only(lined: Environment, tmp_path: Path) -> None:
    def loaded(*arguments: str) -> bool:
        result = lined.run("-X", "importtime", *arguments)
        return bool(re.search(r"\| +rich$", result.stderr, re.MULTILINE))

    assert not loaded("-m", "pip", "install", "demo")
    assert not loaded("-m", "pip_userctl", "matrix")
    seen = show(lined, "matrix", PYTHONPROFILEIMPORTTIME="1")
    assert re.search(r"\| +rich$", seen.notes, re.MULTILINE), seen


# progress


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_long_scan_says_how_far_it_is_and_leaves_nothing_behind(plain: Environment, columns: int) -> None:
    seen = show(plain, "doctor", columns=columns)
    told = seen.notes.split("\r\033[K")
    assert told[0] == told[-1] == "", seen
    assert "pip-userctl doctor: 1 of 12: shadowing".startswith(told[1]), seen
    assert len(told) == 14, seen
    assert max(map(cells, told)) < columns, seen


def test_a_long_log_is_counted_while_it_is_read(plain: Environment) -> None:
    log = plain.account.cwd / "audit.jsonl"
    log.write_text(log.read_text(encoding="utf-8") * 500, encoding="utf-8")
    seen = show(plain, "log", "audit.jsonl", columns=120)
    assert "pip-userctl log: 4000 lines read, now in audit.jsonl\r" in seen.notes, seen.notes
    assert seen.notes.endswith("\r\033[K"), seen.notes


def test_nothing_is_counted_where_nobody_looks(plain: Environment) -> None:
    assert plain.userctl("doctor", TERM="xterm").stderr == ""
    assert show(plain, "doctor", TERM="dumb").notes == ""
    assert show(plain, "doctor", "--json").notes == ""
    assert show(plain, "quarantine", "--shadowing", "--json").notes == ""


def test_quarantine_says_what_it_is_at(plain: Environment) -> None:
    seen = show(plain, "quarantine", "--shadowing")
    assert "pip-userctl quarantine: looking for copies" in seen.notes, seen
    assert "pip-userctl quarantine: moving 4 files" in seen.notes, seen
    assert seen.notes.endswith("\r\033[K"), seen
    assert seen.text.startswith("quarantined as "), seen
