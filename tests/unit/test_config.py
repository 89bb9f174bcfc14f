"""pip's configuration: what is in a file and where, which files count, who asks, and which files an account cannot change."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pip_userctl import config, environment, locks
from pip_userctl.config import Configuration, read_file
from pip_userctl.mistakes import Mistake, find_line
from pip_userctl.models import normalise

ORDINARY = 12345

# What is in a file


def read(folder: Path, content: str, encoding: str = "utf-8") -> config.ConfigFile:
    """A user's file with this content."""
    path = folder / "pip.conf"
    path.write_bytes(content.encode(encoding))
    found = read_file(str(path), "user")
    assert found is not None
    return found


#: Content → ``section.key`` → (value, line).
READ: dict[str, dict[str, tuple[str, int]]] = {
    "[userctl]\nbase-typed = refuse\n": {"userctl.base-typed": ("refuse", 2)},
    "[userctl]\nbase-typed: refuse": {"userctl.base-typed": ("refuse", 2)},
    "[userctl]\nBase_Typed = x\n--profile = y\n": {"userctl.base-typed": ("x", 2), "userctl.profile": ("y", 3)},
    "# a\n\n[userctl]\n; b\n  # c\nenabled = no\n": {"userctl.enabled": ("no", 6)},
    "[userctl]\nmessage = one\n  two\n\n  three\nprofile = strict\n": {
        "userctl.message": ("one\ntwo\n\nthree", 2),
        "userctl.profile": ("strict", 6),
    },
    "[userctl]\nmessage =\n  one\n  profile = x\n": {"userctl.message": ("one\nprofile = x", 2)},
    "[userctl]\nmessage = one\n# no\n  two\n": {"userctl.message": ("one\ntwo", 2)},
    "[userctl]\n  base-typed = a\n  profile = b\n": {"userctl.base-typed": ("a", 2), "userctl.profile": ("b", 3)},
    "[userctl]\nmessage = 100% %(x)s ; b # c\n": {"userctl.message": ("100% %(x)s ; b # c", 2)},
    "[userctl]\nenabled =\n": {"userctl.enabled": ("", 2)},
    "[userctl]\n": {},
    "": {},
    "[userctl]\r\nmessage = a\r\n  b\r\nenabled = no\r\n": {
        "userctl.message": ("a\nb", 2),
        "userctl.enabled": ("no", 4),
    },
    "[install]\nuser = 1\n[userctl]\nuser = 2\n": {"install.user": ("1", 2), "userctl.user": ("2", 4)},
    "[userctl]\nuserctl = 1\nlines = 2\n": {"userctl.userctl": ("1", 2), "userctl.lines": ("2", 3)},
    "[DEFAULT]\nuser = 1\n[install]\n": {"install.user": ("1", 2)},
    "[install]\n\n[DEFAULT]\nuser = 1\n": {"install.user": ("1", 4)},
    "[DEFAULT]\nuser = 1\n[install]\nuser = 0\n": {"install.user": ("0", 4)},
    "[DEFAULT]\nuser = 1\n[list]\nuser = 0\n[install]\n": {"list.user": ("0", 4), "install.user": ("1", 2)},
    "[userctl]\nmessage = café\n": {"userctl.message": ("café", 2)},
}


@pytest.mark.parametrize(("content", "settings"), READ.items())
def test_every_value_is_read_with_its_line(tmp_path: Path, content: str, settings: dict[str, tuple[str, int]]) -> None:
    found = read(tmp_path, content)
    path = found.path
    assert (found.kind, found.problem) == ("user", None)
    assert {
        f"{section}.{key}": (value, find_line(path, section, key))
        for section, keys in {"userctl": found.settings, **found.sections}.items()
        for key, value in keys.items()
    } == settings


def test_what_default_hands_down_is_known_as_such(tmp_path: Path) -> None:
    found = read(tmp_path, "[DEFAULT]\ntimeout = 1\nenabled = no\n[userctl]\nenabled = yes\n")
    assert (dict(found.settings), set(found.inherited)) == ({"timeout": "1", "enabled": "yes"}, {"timeout"})


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[userctl]\n\n[userctl]\n", ":3: section [userctl] stands here a second time"),
        ("[userctl]\nA = 1\na = 2\n", ":3: key a stands here a second time in [userctl]"),
        ("[userctl]\n\nenabled\n", ":3: is not a line of a configuration file: enabled"),
        ("[userctl]\n= no\n", ":2: is not a line of a configuration file: = no"),
        ("\nbase-typed = x\n[userctl]\n", ":2: stands before the first [section]: base-typed = x"),
        ("[userctl\nbase-typed = x\n", ":1: stands before the first [section]: [userctl"),
        ("[userctl]\nmessage = caf\xe9\n", ": is not utf-8 text"),
    ],
)
def test_a_file_that_cannot_be_parsed_is_a_mistake_with_its_place(tmp_path: Path, content: str, problem: str) -> None:
    found = read(tmp_path, content, "latin-1")
    assert found.problem is not None
    assert (str(found.problem), found.problem.fatal, found.settings) == (f"{found.path}{problem}", True, {})


def test_a_file_that_cannot_be_read_is_skipped_by_pip_and_stops_nothing_and_one_that_is_not_there_is_none(
    tmp_path: Path,
) -> None:
    found = read_file(str(tmp_path), "user")
    text = "cannot be read (Is a directory), so pip skips it"
    assert found is not None
    assert found.problem == Mistake(str(tmp_path), None, text, fatal=False)
    assert read_file(str(tmp_path / "pip.conf"), "user") is None
    assert read_file(str(Path(__file__, "pip.conf")), "user") is None


def test_a_name_is_normalised_as_pip_does_it() -> None:
    written = ("base-typed", "BASE_Typed", "--user", "__user", "-user", "----user")
    assert list(map(normalise, written)) == ["base-typed", "base-typed", "user", "user", "-user", "--user"]


# Who asks for a user install

ASKING: dict[str, tuple[list[str], dict[str, str], str]] = {
    "nobody": ([], {}, ""),
    "a file": (["[global]\nuser = 1"], {}, "user=1 0:2"),
    "the later file": (["[global]\nuser = 1", "[global]\nuser = 0"], {}, "user=0 1:2"),
    "install beats a stronger file's global": (["[install]\nuser = 1", "[global]\nuser = 0"], {}, "user=1 0:2"),
    "the last of two names": (["[install]\nuser = 1\nno-user = 0"], {}, "no-user=0 0:3"),
    "a variable": (["[install]\nuser = 1"], {"PIP_USER": "0"}, "PIP_USER=0"),
    "no-user asks, too": ([], {"PIP_NO_USER": "1"}, "PIP_NO_USER=1"),
    "the last variable": ([], {"PIP_USER": "1", "PIP_NO_USER": "1"}, "PIP_NO_USER=1"),
    "an empty variable does nothing": (["[install]\nuser = 1"], {"PIP_USER": ""}, "user=1 0:2"),
    "an empty value takes a weaker file's back": (["[install]\nuser = 1", "[install]\nuser ="], {}, ""),
    "another option": (["[install]\nuser = 1\npre = 0"], {"PIP_PRE": "0"}, "user=1 0:2"),
    "another command's section": (["[download]\nuser = 1"], {}, ""),
    "from DEFAULT": (["[DEFAULT]\nuser = 1\n[install]\n"], {}, "user=1 0:2"),
}


@pytest.mark.parametrize(("contents", "variables", "expected"), ASKING.values(), ids=list(ASKING))
def test_the_setting_that_decides_is_found_in_pips_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, contents: list[str], variables: dict[str, str], expected: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    files = []
    for number, content in enumerate(contents):
        (tmp_path / str(number)).mkdir()
        files.append(read(tmp_path / str(number), content))
    found = Configuration(tuple(files), config.read_variables()).find(("user", "no-user"))
    shown = ""
    if found is not None:
        value, source = found
        place = f" {Path(source.path).parent.name}:{source.line}" if source.path else ""
        shown = f"{source.name}={value}{place}"
    assert shown == expected
    hidden = config.ConfigFile("base", "/opt/pip.conf", {}, {"install": {"user": "1"}}, read_by_pip=False)
    assert Configuration((hidden,)).find(("user",)) is None


def test_the_variables_are_those_that_pip_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    names = "PIP_USER PIP_USERCTL_base_typed PIP_VERSION PIP_help pip_user PIPX_HOME PIP___NO_PIN"
    for name in names.split():
        monkeypatch.setenv(name, "1")
    assert config.read_variables() == {
        "user": ("1", "PIP_USER"),
        "userctl-base-typed": ("1", "PIP_USERCTL_base_typed"),
        "no-pin": ("1", "PIP___NO_PIN"),
    }


# Which files count


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """One file of each kind that pip lists, and the administrator's; nobody can change the latter."""
    for name in ("etc", "base", "user", "site", "named"):
        (tmp_path / name).write_text(f"[userctl]\nmessage = {name}\n")
    administrators = [("global", str(tmp_path / "etc")), ("base", str(tmp_path / "base"))]
    monkeypatch.setattr(environment, "administrator_places", lambda: administrators)
    monkeypatch.setattr(config, "obstacle", lambda *_: None)
    return {"global": [str(tmp_path / "etc")], "user": [str(tmp_path / "user")], "site": [str(tmp_path / "site")]}


def loaded(places: dict[str, list[str]], *, isolated: bool = False) -> list[str]:
    """The files that count, weakest first; in capitals those that pip reads."""
    found = config.load(places, isolated=isolated).files
    return [each.settings["message"].upper() if each.read_by_pip else each.settings["message"] for each in found]


@pytest.mark.parametrize(
    ("named", "isolated", "expected"),
    [
        ("", False, ["ETC", "base", "USER", "SITE"]),
        ("", True, ["ETC", "base", "SITE"]),
        ("named", False, ["ETC", "base", "SITE", "NAMED"]),
        ("missing", False, ["ETC", "base", "USER", "SITE"]),
        (os.devnull, False, ["etc", "base"]),
        (os.devnull, True, ["etc", "base"]),
    ],
)
def test_no_variable_and_no_option_hides_an_administrators_file_and_that_of_the_base_stands_behind_global(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, places: Any, named: str, isolated: bool, expected: list[str]
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / named) if named else "")
    monkeypatch.setenv("PIP_USERCTL_ENABLED", "no")
    assert loaded(places, isolated=isolated) == expected
    assert bool(config.load(places, isolated=isolated).variables) is not isolated


def test_an_administrators_file_that_pip_reads_as_another_kind_stays_the_administrators(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, places: dict[str, list[str]]
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "etc"))
    places["global"] = []  # as with XDG_CONFIG_DIRS
    found = [(each.kind, each.administrator) for each in config.load(places, isolated=False).files]
    assert found == [("global", True), ("base", True), ("site", False), ("env", False)]


def test_what_poses_as_global_is_no_administrators_file(tmp_path: Path, places: dict[str, list[str]]) -> None:
    (tmp_path / "xdg").write_text("[userctl]\nlocked = yes\n")
    places["global"] = [str(tmp_path / "xdg")]
    found = {Path(each.path).name: each.administrator for each in config.load(places, isolated=False).files}
    assert found == {"etc": True, "xdg": False, "base": True, "user": False, "site": False}


def test_a_claim_that_does_not_count_is_all_that_is_kept_of_a_file_that_pip_does_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, places: dict[str, list[str]]
) -> None:
    (tmp_path / "base").write_text("[userctl]\nlocked = yes\nmessage = mine\n[install]\nuser = 1\n")
    monkeypatch.setattr(config, "obstacle", lambda path, *_: config.Obstacle(path, "belongs to ada", ""))
    (base,) = (each for each in config.load(places, isolated=False).files if each.kind == "base")
    assert (base.settings, base.sections, base.administrator) == ({"locked": "yes"}, {}, False)


def test_an_administrators_file_is_utf_8_and_any_other_is_in_pips_encoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, places: dict[str, list[str]]
) -> None:
    monkeypatch.setattr(environment, "config_encoding", lambda: "ascii")
    for name in ("etc", "user"):
        (tmp_path / name).write_text("[userctl]\nmessage = café\n", encoding="utf-8")
    found = {each.kind: each for each in config.load(places, isolated=False).files}
    assert found["global"].settings == {"message": "café"}
    assert "is not ascii text" in str(found["user"].problem)


@pytest.mark.parametrize(
    ("platform", "expected"),
    [("linux", ["/etc/xdg/pip/pip.conf", "/etc/pip.conf"]), ("darwin", ["/Library/Application Support/pip/pip.conf"])],
)
def test_the_administrators_files_are_the_machines_and_that_of_the_base(
    monkeypatch: pytest.MonkeyPatch, platform: str, expected: list[str]
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(sys, "base_prefix", "/opt/python")
    for prefix, kind in (("/venv", "base"), ("/opt/python", "site")):  # in the latter pip reads it by itself
        monkeypatch.setattr(sys, "prefix", prefix)
        places = [*(("global", path) for path in expected), (kind, "/opt/python/pip.conf")]
        assert environment.administrator_places() == places
    monkeypatch.setattr(environment, "WINDOWS", True)
    monkeypatch.setenv("PROGRAMDATA", "PROGRAMDATA")
    assert environment.administrator_places() == [("global", str(Path("PROGRAMDATA", "pip", "pip.ini")))]


# Who could change a file


@pytest.mark.parametrize(
    ("owner", "mode", "reason", "command"),
    [
        (0, 0o644, "", ""),
        (500, 0o644, "", ""),
        (1000, 0o644, "belongs to ", "sudo chown root PLACE"),
        (0, 0o664, "can be changed by others than its owner (mode -rw-rw-r--)", "sudo chmod go-w PLACE"),
        (0, 0o646, "can be changed by others than its owner (mode -rw-r--rw-)", "sudo chmod go-w PLACE"),
        (500, 0o660, "can be changed by others than its owner", "sudo chmod go-w PLACE"),
    ],
)
def test_root_trusts_root_and_the_owner_of_the_base_where_nobody_else_may_write(
    monkeypatch: pytest.MonkeyPatch, owner: int, mode: int, reason: str, command: str
) -> None:
    status = SimpleNamespace(st_uid=owner, st_mode=stat.S_IFREG | mode)
    monkeypatch.setattr(config, "chain", lambda path: [path])
    with monkeypatch.context() as patched:
        patched.setattr(os, "stat", lambda *_, **__: status)
        patched.setattr(os, "lstat", lambda *_, **__: status)
        found = config.obstacle("PLACE", 0, 500)
    assert (found is None) == (not reason)
    if found is not None:
        assert (found.path, found.command) == ("PLACE", command)
        assert found.reason.startswith(reason)


def test_a_link_that_another_account_has_made_is_no_place_that_root_trusts(monkeypatch: pytest.MonkeyPatch) -> None:
    trusted = SimpleNamespace(st_uid=0, st_mode=stat.S_IFREG | 0o644)
    monkeypatch.setattr(config, "chain", lambda path: [path])
    with monkeypatch.context() as patched:
        patched.setattr(os, "stat", lambda *_, **__: trusted)
        patched.setattr(os, "lstat", lambda *_, **__: SimpleNamespace(st_uid=1000, st_mode=stat.S_IFLNK | 0o777))
        found = config.obstacle("PLACE", 0, 500)
    assert found is not None


@pytest.fixture
def writable(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The places where the ordinary account may write; no others, whoever runs the tests."""
    places: set[str] = set()

    def access(place: Any, mode: int, **_: Any) -> bool:
        return str(place) in places

    monkeypatch.setattr(os, "access", access)
    return places


def test_a_file_is_out_of_reach_if_the_account_may_write_nowhere_on_its_way(tmp_path: Path, writable: set[str]) -> None:
    path = tmp_path / "folder" / "pip.conf"
    path.parent.mkdir()
    path.touch()
    assert config.obstacle(str(path), ORDINARY, None) is None
    for place in (path, path.parent, tmp_path):
        writable.clear()
        writable.add(str(place))
        found = config.obstacle(str(path), ORDINARY, None)
        assert found is not None
        assert found.path == str(place)


def test_every_link_on_the_way_counts_and_what_it_leads_to(tmp_path: Path, writable: set[str]) -> None:
    for name in ("links", "files", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "files" / "pip.conf").touch()
    (tmp_path / "other" / "second").symlink_to(tmp_path / "files")
    (tmp_path / "links" / "first").symlink_to("../other/second/pip.conf")
    link = str(tmp_path / "links" / "first")
    assert config.obstacle(link, ORDINARY, None) is None
    for name in ("links", "files", "other"):
        writable.clear()
        writable.add(str(tmp_path / name))
        found = config.obstacle(link, ORDINARY, None)
        assert found is not None, name
        assert found.path == str(tmp_path / name)


def test_what_leads_nowhere_is_no_administrators_file_and_on_windows_nobody_is_asked(
    tmp_path: Path, writable: set[str]
) -> None:
    (tmp_path / "nowhere").symlink_to("missing")
    (tmp_path / "circle").symlink_to("circle")
    for name in ("missing", "nowhere", "circle"):
        found = config.obstacle(str(tmp_path / name), ORDINARY, None)
        assert found is not None, name
        assert found.reason.startswith("cannot be read ("), name
        assert config.obstacle(str(tmp_path / name), None, None) is None


@pytest.mark.parametrize(
    ("content", "claimed"),
    [
        ("[userctl]\nlocked = yes\n", True),
        ("[userctl]\nbroken\nLocked: TRUE\n", True),
        ("[userctl]\n# locked = yes\n", False),
        ("[userctl]\nlocked = no\n", False),
        ("[userctl]\nmessage = locked = yes\n", False),
    ],
)
def test_a_lock_is_known_by_its_text_where_the_policy_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, claimed: bool
) -> None:
    path = tmp_path / "pip.conf"
    path.write_text(content)
    monkeypatch.setattr(environment, "administrator_places", lambda: [("global", str(path))])
    monkeypatch.setattr(locks, "obstacle", lambda *_: None)
    assert locks.lock_is_claimed() is claimed
    monkeypatch.setattr(locks, "obstacle", lambda *_: config.Obstacle(str(path), "belongs to ada", ""))
    assert not locks.lock_is_claimed()
