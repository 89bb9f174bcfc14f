"""What ``activate`` refuses, with the reason, and that nothing has changed then."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable

import pytest

from tests.toolkit import pythons, reach
from tests.toolkit.environments import Environment
from tests.toolkit.reach import Pair, assert_refused, assert_succeeded

Make = Callable[..., Environment]
FIRST, LAST = (list(pythons.discover().values())[index] for index in (0, -1))


@pytest.mark.needs("several-pythons")
@pytest.mark.parametrize("maker", ["venv", "virtualenv", "uv venv", "conda"])
def test_an_environment_of_another_minor_python_is_refused(make: Make, tmp_path: Path, maker: str) -> None:
    two = Pair(make, tmp_path, maker, FIRST.version)
    other = make("base", LAST.version)
    before = reach.snapshot(two.covered.prefix)
    result = other.userctl("activate", str(two.covered.prefix))
    assert_refused(result, "other-python", f"Python {FIRST.version}", f"Python {LAST.version}")
    assert reach.snapshot(two.covered.prefix) == before


@pytest.mark.parametrize("name", ["absent", "empty", "file"])
def test_what_is_no_environment_is_refused(make: Make, tmp_path: Path, name: str) -> None:
    covering = make("base")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    assert_refused(covering.userctl("activate", str(tmp_path / name)), "no-environment", name)


def test_without_the_right_to_write_the_error_says_what_to_ask_for(make: Make, tmp_path: Path) -> None:
    two = Pair(make, tmp_path)
    two.covered.make_read_only()
    two.covering.mode_bits_count = True
    command = f"{two.covering.python} -m pip_userctl activate {two.covered.prefix}"
    assert_refused(two.activate(), "not-writable", str(two.covered.site_packages), "dr-xr-xr-x", command)
    two.covered.site_packages.chmod(0o755)
    assert_succeeded(two.activate())
    two.covered.make_read_only()
    assert_refused(two.deactivate(), "not-writable", "deactivate")
    assert two.start_up_file.exists()


def test_nothing_is_written_where_one_of_several_is_refused(make: Make, tmp_path: Path) -> None:
    two = Pair(make, tmp_path)
    result = two.covering.userctl("activate", str(two.covered.prefix), str(tmp_path / "absent"))
    assert_refused(result, "no-environment", "absent")
    assert not two.start_up_file.exists()


def test_what_another_installation_covers_stays_with_it(make: Make, tmp_path: Path) -> None:
    two = Pair(make, tmp_path)
    assert_succeeded(two.activate())
    other = make("base", two.covering.base.version)
    before = two.start_up_file.read_bytes()
    result = other.userctl("activate", str(two.covered.prefix))
    assert_refused(result, "occupied", str(two.covering.site_packages))
    two.covering.remove_userctl("_pip_userctl.py")
    assert_succeeded(other.userctl("activate", str(two.covered.prefix)))
    assert two.start_up_file.read_bytes() != before


@pytest.mark.needs("root")
def test_root_does_not_have_others_run_what_a_third_account_owns(make: Make, tmp_path: Path) -> None:
    two = Pair(make, tmp_path)
    os.chown(two.covering.site_packages / "_pip_userctl.py", 12345, 12345)
    assert_refused(two.activate(), "foreign-installation", "12345")
    os.chown(two.covered.site_packages, 12345, 12345)
    assert_succeeded(two.activate())


@pytest.mark.parametrize("arguments", [(), ("--all",), ("here", "--force")])
def test_a_wrong_command_line_is_a_usage_error(make: Make, arguments: tuple[str, ...]) -> None:
    covering = make("base")
    for verb in ("activate", "deactivate"):
        result = covering.userctl(verb, *arguments)
        assert result.returncode == 2, result
