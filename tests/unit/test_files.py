"""Reading pip's configuration files: every value with its line, every mistake with its place, alike on every Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pip_userctl.policy import normalise, read
from tests.toolkit import cache, probes, pythons
from tests.toolkit.environments import Account, unprivileged
from tests.toolkit.pythons import Python


class Case(NamedTuple):
    """A file and what is read from it. settings: ``section.key`` → value and line; problem: without the path."""

    name: str
    content: bytes
    settings: dict[str, tuple[str, int]]
    problem: str | None = None
    inherited: tuple[str, ...] = ()


def good(name: str, content: str, inherited: tuple[str, ...] = (), **settings: tuple[str, int]) -> Case:
    """A file that can be read; an underscore stands for a dash, a double one for the dot behind the section."""
    named = {key.replace("__", ".").replace("_", "-"): value for key, value in settings.items()}
    return Case(name, content.encode(), named, None, inherited)


def bad(name: str, content: str, problem: str) -> Case:
    """A file with a mistake."""
    return Case(name, content.encode("latin-1"), {}, problem)


CASES = [
    good("one key", "[userctl]\nbase-typed = refuse\n", userctl__base_typed=("refuse", 2)),
    good("a colon", "[userctl]\nbase-typed: refuse\n", userctl__base_typed=("refuse", 2)),
    good(
        "dashes", "[userctl]\nBase_Typed = x\n--profile = y\n", userctl__base_typed=("x", 2), userctl__profile=("y", 3)
    ),
    good("comments", "# a\n\n[userctl]\n; b\n  # c\nenabled = no\n", userctl__enabled=("no", 6)),
    good(
        "continuation lines",
        "[userctl]\nmessage = one\n  two\n\n  three\nprofile = strict\n",
        userctl__message=("one\ntwo\n\nthree", 2),
        userctl__profile=("strict", 6),
    ),
    good("a value below its key", "[userctl]\nmessage =\n  one\n  two\n", userctl__message=("one\ntwo", 2)),
    good("a comment between", "[userctl]\nmessage = one\n# no\n  two\n", userctl__message=("one\ntwo", 2)),
    good(
        "indented",
        "[userctl]\n  base-typed = a\n  profile = b\n",
        userctl__base_typed=("a", 2),
        userctl__profile=("b", 3),
    ),
    good("no comment behind a value", "[userctl]\nmessage = a ; b # c\n", userctl__message=("a ; b # c", 2)),
    good("no interpolation", "[userctl]\nmessage = 100% %(x)s\n", userctl__message=("100% %(x)s", 2)),
    good("an empty value", "[userctl]\nenabled =\n", userctl__enabled=("", 2)),
    good("no keys", "[userctl]\n"),
    good("nothing", ""),
    good(
        "other line ends",
        "[userctl]\r\nmessage = a\r\n  b\r\nenabled = no\r\n",
        userctl__message=("a\nb", 2),
        userctl__enabled=("no", 4),
    ),
    good("sections", "[install]\nuser = 1\n[userctl]\nuser = 2\n", install__user=("1", 2), userctl__user=("2", 4)),
    good("spelt twice", "[userctl]\nbase_typed = a\nbase-typed = b\n", userctl__base_typed=("b", 3)),
    good(
        "a key with the section's name",
        "[userctl]\nuserctl = 1\nlines = 2\n",
        userctl__userctl=("1", 2),
        userctl__lines=("2", 3),
    ),
    good("DEFAULT", "[DEFAULT]\nuser = 1\n[install]\n", ("install.user",), install__user=("1", 2)),
    good("DEFAULT behind", "[install]\n\n[DEFAULT]\nuser = 1\n", ("install.user",), install__user=("1", 4)),
    good(
        "DEFAULT beside others",
        "[DEFAULT]\nuser = 1\n[list]\nuser = 0\n[install]\n",
        ("install.user",),
        list__user=("0", 4),
        install__user=("1", 2),
    ),
    good("DEFAULT overridden", "[DEFAULT]\nuser = 1\n[install]\nuser = 0\n", install__user=("0", 4)),
    bad("a section twice", "[userctl]\n\n[userctl]\n", ":3: section [userctl] stands here a second time"),
    bad(
        "a key twice in other letters", "[userctl]\nA = 1\na = 2\n", ":3: key a stands here a second time in [userctl]"
    ),
    bad("no value", "[userctl]\n\nenabled\n", ":3: is not a line of a configuration file: enabled"),
    bad("no name", "[userctl]\n= no\n", ":2: is not a line of a configuration file: = no"),
    bad("a key twice", "[userctl]\na = 1\n\na = 2\n", ":4: key a stands here a second time in [userctl]"),
    bad("no section", "\nbase-typed = x\n[userctl]\n", ":2: stands before the first [section]: base-typed = x"),
    bad("a broken section", "[userctl\nbase-typed = x\n", ":1: stands before the first [section]: [userctl"),
    bad("not UTF-8", "[userctl]\nmessage = caf\xe9\n", ": is not utf-8 text"),
]


def expected(case: Case) -> list[Any] | None:
    """The case as the probe answers it."""
    sections: dict[str, dict[str, Any]] = {}
    for name, (value, line) in case.settings.items():
        section, _, key = name.partition(".")
        sections.setdefault(section, {})[key] = [value, line, name in case.inherited]
    return [sections, None if case.problem is None else [f"pip.conf{case.problem}", True]]


@pytest.mark.parametrize("python", pythons.discover().values(), ids=lambda python: python.tag)
def test_every_value_has_its_line_and_every_mistake_its_place(account: Account, tmp_path: Path, python: Python) -> None:
    files = [tmp_path / f"{number}.conf" for number, _ in enumerate(CASES)]
    for path, case in zip(files, CASES):
        path.write_bytes(case.content)
    question = {"path": [str(cache.unpacked())], "files": list(map(str, files)), "encoding": "utf-8"}
    answers = probes.ask("files", account, [python.path, "-s"], question)
    for case, answer in zip(CASES, answers):
        sections, problem = answer
        assert [{name: keys for name, keys in sections.items() if keys}, problem] == expected(case), case


def test_a_file_that_is_not_there_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert read(str(tmp_path / "pip.conf"), "user", "utf-8") is None
    assert read(str(tmp_path / "file" / "pip.conf"), "user", "utf-8") is None


def test_a_directory_in_place_of_a_file_is_skipped_with_a_word(tmp_path: Path) -> None:
    file = read(str(tmp_path), "user", "utf-8")
    assert file is not None
    assert str(file.problem) == f"{tmp_path}: cannot be read (Is a directory), so pip skips it"


def test_a_file_that_may_not_be_read_is_skipped_with_a_word_and_stops_nothing(account: Account, tmp_path: Path) -> None:
    path = tmp_path / "pip.conf"
    path.write_text("[userctl]\nbase-typed = refuse\n")
    path.chmod(0)
    question = {"path": [str(cache.unpacked())], "files": [str(path)], "encoding": "utf-8"}
    python = list(pythons.discover().values())[-1]
    answers = probes.ask("files", account, [*unprivileged(), python.path, "-s"], question)
    assert answers == [[{}, ["pip.conf: cannot be read (Permission denied), so pip skips it", False]]]


def test_a_file_is_read_in_the_encoding_that_pip_uses(tmp_path: Path) -> None:
    path = tmp_path / "pip.conf"
    path.write_bytes("[userctl]\nmessage = café\n".encode("latin-1"))
    file = read(str(path), "user", "latin-1")
    assert file is not None
    assert file.sections["userctl"]["message"].value == "café"


def test_a_setting_knows_its_file_and_kind(tmp_path: Path) -> None:
    path = tmp_path / "pip.conf"
    path.write_text("[userctl]\nenabled = no\n")
    file = read(str(path), "site", "utf-8")
    assert file is not None
    setting = file.sections["userctl"]["enabled"]
    assert (file.kind, file.path, setting.kind, setting.path) == ("site", str(path), "site", str(path))


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("base-typed", "base-typed"),
        ("BASE_Typed", "base-typed"),
        ("--user", "user"),
        ("__user", "user"),
        ("-user", "-user"),
        ("----user", "--user"),
    ],
)
def test_a_name_is_normalised_as_pip_does_it(written: str, name: str) -> None:
    assert normalise(written) == name
