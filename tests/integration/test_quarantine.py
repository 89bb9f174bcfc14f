"""``quarantine`` takes distributions out of the user site, whole, and ``restore`` brings them back byte for byte."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable

import pytest

from tests.toolkit import usersites
from tests.toolkit.environments import Environment
from tests.toolkit.schemas import valid
from tests.toolkit.trees import tree
from tests.toolkit.usersites import put

Make = Callable[..., Environment]
KEPT = "share/pip-userctl"


def base_of(environment: Environment) -> Path:
    """The user base."""
    return environment.account.home / ".local"


def test_everything_of_a_distribution_goes_and_comes_back_byte_for_byte(make: Make) -> None:
    environment = make("base")
    base = base_of(environment)
    usersites.rich(base, environment.base.tag)
    before = tree(base, without=KEPT)

    result = environment.userctl("quarantine", "Demo")
    assert result.returncode == 0, result
    left = tree(base, without=KEPT)
    site = f"lib/{environment.base.tag}/site-packages"
    assert [path for path in left if "demo" in path] == [], result
    assert f"{site}/space/__init__.py" in left, result  # other has it, too
    assert "another distribution has it too" in result.stdout, result
    assert {path: left[path] for path in left if "other" in path} == {
        path: before[path] for path in before if "other" in path
    }

    listed = environment.userctl("quarantine", "--list")
    (id_,) = [line.split()[0] for line in listed.stdout.splitlines()[1:]]
    assert f"pip-userctl restore {id_}" in result.stdout, result
    assert "demo 1.0" in listed.stdout, listed

    restored = environment.userctl("restore", id_)
    assert restored.returncode == 0, restored
    assert tree(base, without=KEPT) == before, restored
    assert not (base / KEPT).exists(), restored
    assert "nothing is in quarantine" in environment.userctl("quarantine", "--list").stdout


def test_what_pip_has_installed_is_not_importable_any_more_and_then_it_is(make: Make) -> None:
    environment = make("base")
    assert environment.pip("install", "--user", "demo").returncode == 0
    assert environment.userctl("quarantine", "demo").returncode == 0
    assert environment.run("-c", "import demo").returncode == 1
    data = valid(environment.userctl("quarantine", "--list", "--json"))
    assert valid(environment.userctl("restore", data["quarantines"][0]["id"], "--json"))["restored"][
        "distributions"
    ] == [{"name": "demo", "version": "1.0"}]
    assert environment.run("-c", "import demo").returncode == 0


def test_shadowing_takes_all_that_hide_something_here_and_nothing_else(make: Make) -> None:
    environment = make("base")
    for name in ("one", "two"):
        put(environment.site_packages, name, "1.0")
        put(environment.user_site, name, "2.0")
    put(environment.user_site, "alone")
    data = valid(environment.userctl("quarantine", "--shadowing", "--json"))
    assert [each["name"] for each in data["quarantined"]["distributions"]] == ["one", "two"]
    assert (environment.user_site / "alone.py").exists()
    again = environment.userctl("quarantine", "--shadowing")
    assert (again.returncode, again.stdout) == (0, "nothing in the user site hides another copy\n"), again


def test_without_record_a_distribution_is_refused_with_the_reason(make: Make) -> None:
    environment = make("base")
    put(environment.user_site, "demo", record=False)
    put(environment.user_site, "other")
    before = tree(base_of(environment))
    result = environment.userctl("quarantine", "other", "demo")
    assert result.returncode == 1, result
    assert "has no RECORD" in result.stdout, result
    assert tree(base_of(environment)) == before, result


def test_what_is_not_there_is_refused_and_nothing_is_moved(make: Make) -> None:
    environment = make("base")
    put(environment.user_site, "demo")
    before = tree(base_of(environment))
    result = environment.userctl("quarantine", "demo", "missing", "--json")
    assert valid(result) == {}
    assert "missing is not in the user site" in result.stdout, result
    assert tree(base_of(environment)) == before, result


@pytest.mark.parametrize("escape", ["../../../../outside", "link/file"])
def test_a_record_that_leaves_the_user_base_is_refused(make: Make, escape: str) -> None:
    environment = make("base")
    put(environment.user_site, "demo", files={"demo.py": ""})
    (environment.account.home / "outside").write_text("mine")
    (environment.account.home / "folder").mkdir()
    (environment.account.home / "folder" / "file").write_text("mine")
    (environment.user_site / "link").symlink_to(environment.account.home / "folder")
    with (environment.user_site / "demo-1.0.dist-info" / "RECORD").open("a") as file:
        file.write(f"{escape},,\n")
    before = tree(environment.account.home)
    result = environment.userctl("quarantine", "demo")
    assert result.returncode == 1, result
    assert "outside the user base" in result.stdout, result
    assert tree(environment.account.home) == before, result


def test_a_place_that_was_taken_meanwhile_is_not_overwritten(make: Make) -> None:
    environment = make("base")
    put(environment.user_site, "demo", "1.0")
    id_ = valid(environment.userctl("quarantine", "demo", "--json"))["quarantined"]["id"]
    put(environment.user_site, "demo", "2.0")
    result = environment.userctl("restore", id_)
    assert result.returncode == 1, result
    assert "has taken the place" in result.stdout, result
    assert (environment.user_site / "demo.py").read_text() == "version = '2.0'\n"
    assert valid(environment.userctl("quarantine", "--list", "--json"))["quarantines"][0]["state"] == "quarantined"


def test_several_quarantines_are_independent(make: Make) -> None:
    environment = make("base")
    put(environment.user_site, "one")
    put(environment.user_site, "two")
    first, second = (
        valid(environment.userctl("quarantine", name, "--json"))["quarantined"]["id"] for name in ("one", "two")
    )
    assert first != second
    assert environment.userctl("restore", first).returncode == 0
    assert (environment.where("one"), environment.where("two")) == ("user", "")
    assert environment.userctl("restore", second).returncode == 0
    assert environment.where("two") == "user"


def test_an_editable_install_goes_with_its_pth_file_and_leaves_its_source_alone(make: Make, tmp_path: Path) -> None:
    environment = make("base")
    source = tmp_path / "source"
    source.mkdir()
    (source / "editme.py").write_text("x = 1\n")
    put(environment.user_site, "editme", files={"__editable__.editme.pth": f"{source}\n"})
    assert environment.run("-c", "import editme").returncode == 0
    assert environment.userctl("quarantine", "editme").returncode == 0
    assert environment.run("-c", "import editme").returncode == 1
    assert (source / "editme.py").exists()


def test_pip_userctl_does_not_take_itself_away(make: Make) -> None:
    environment = make("base")
    os.makedirs(environment.user_site)
    (environment.site_packages / "pip_userctl").rename(environment.user_site / "pip_userctl")
    for info in environment.site_packages.glob("pip_userctl-*.dist-info"):
        info.rename(environment.user_site / info.name)
    result = environment.userctl("quarantine", "pip-userctl")
    assert result.returncode == 1, result
    assert "runs by" in result.stdout, result


@pytest.mark.parametrize("arguments", [[], ["demo", "--list"], ["--list", "--shadowing"]], ids=" ".join)
def test_quarantine_does_one_thing_at_a_time(make: Make, arguments: list[str]) -> None:
    assert make("base").userctl("quarantine", *arguments).returncode == 2


@pytest.mark.parametrize("id_", ["20200101-000000", "../../lib", "."])
def test_restore_of_what_is_not_in_quarantine_says_how_to_list(make: Make, id_: str) -> None:
    environment = make("base")
    put(environment.user_site, "demo")
    result = environment.userctl("restore", id_)
    assert result.returncode == 1, result
    assert "pip-userctl quarantine --list" in result.stdout, result
    assert environment.where("demo") == "user"
