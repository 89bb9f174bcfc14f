"""Administrator files: where they are, and when the account cannot change one. A whole machine is in test_locked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pip_userctl.policy.administrator import is_out_of_reach, places

ORDINARY = 12345
PREFIX, BASE = "/venv", "/opt/python"
LINUX = [("global", "/etc/xdg/pip/pip.conf"), ("global", "/etc/pip.conf")]
MACOS = [("global", "/Library/Application Support/pip/pip.conf")]


@pytest.mark.parametrize(("platform", "expected"), [("linux", LINUX), ("darwin", MACOS), ("freebsd14", [])])
def test_the_files_of_the_machine_come_first_and_that_of_the_base_is_the_strongest(
    platform: str, expected: list[tuple[str, str]]
) -> None:
    assert list(places(platform, PREFIX, BASE, None)) == [*expected, ("base", f"{BASE}/pip.conf")]


@pytest.mark.parametrize(("platform", "expected"), [("linux", LINUX), ("darwin", MACOS)])
def test_in_the_base_interpreter_its_file_is_pips_site_file(platform: str, expected: list[tuple[str, str]]) -> None:
    assert list(places(platform, BASE, BASE, None)) == [*expected, ("site", f"{BASE}/pip.conf")]


def test_on_windows_the_file_is_in_the_programdata_folder() -> None:
    shared = str(Path("PROGRAMDATA", "pip", "pip.ini"))
    assert list(places("win32", BASE, BASE, "PROGRAMDATA")) == [("global", shared)]
    base = str(Path(BASE, "pip.ini"))
    assert list(places("win32", PREFIX, BASE, "PROGRAMDATA")) == [("global", shared), ("base", base)]


def test_where_there_is_no_uid_nothing_is_asked() -> None:
    assert is_out_of_reach("/no/such/file", None, None)


def test_a_file_that_is_not_there_is_not_out_of_reach() -> None:
    for uid in (0, ORDINARY):
        assert not is_out_of_reach("/no/such/file", uid, 0)


def test_a_file_of_the_accounts_own_is_not_out_of_reach(tmp_path: Path) -> None:
    file = tmp_path / "pip.conf"
    file.touch(0o444)
    assert not is_out_of_reach(str(file), os.geteuid() or ORDINARY, None)


def test_links_that_lead_nowhere_or_in_a_circle_are_not_out_of_reach(tmp_path: Path) -> None:
    (tmp_path / "nowhere").symlink_to("missing")
    (tmp_path / "circle").symlink_to("circle")
    for name in ("nowhere", "circle"):
        assert not is_out_of_reach(str(tmp_path / name), 0, None)
