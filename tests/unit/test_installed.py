"""Installed distributions are found by the names of their metadata folders, in the order of the search path."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pip_userctl import installed, models
from pip_userctl.cli import distributions
from pip_userctl.installed import InstalledDistribution


def put(site: Path, folder: str, name: str = "", record: str | None = None) -> Path:
    """A metadata folder; without a name it has no METADATA, without a record no RECORD."""
    info = site / folder
    info.mkdir(parents=True)
    if name:
        (info / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n\nName: not-this\n")
    if record is not None:
        (info / "RECORD").write_text(record)
    return info


def only(site: Path) -> InstalledDistribution:
    (found,) = distributions.iter_installed(str(site))
    return found


def found_in(directories: Sequence[Path], *names: str) -> dict[str, list[str]]:
    """Canonical name → version and directory of what is found."""
    found = installed.find_installed(names, map(str, directories))
    return {name: [f"{each.version} {Path(each.path).name}" for each in all_] for name, all_ in found.items()}


def test_all_spellings_of_a_name_are_one() -> None:
    assert {models.canonical(name) for name in ("Demo.Pkg", "demo_pkg", "demo--pkg", "DEMO-_.pkg")} == {"demo-pkg"}


def test_what_is_no_distribution_is_left_out(tmp_path: Path) -> None:
    put(tmp_path, "demo-1.0.dist-info")
    put(tmp_path, "~emo-0.9.dist-info")  # pip's, from an interrupted uninstall
    (tmp_path / "demo").mkdir()
    assert only(tmp_path).metadata == str(tmp_path / "demo-1.0.dist-info")
    assert list(distributions.iter_installed(str(tmp_path / "missing"))) == []


@pytest.mark.parametrize("name", ["demo-1.0-py3.11.egg-info", "demo-1.0-py3.11-linux-x86_64.egg-info"])
def test_an_egg_info_may_have_a_python_in_its_name_and_may_be_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("Name: Demo\nVersion: 1.0\n")
    found = only(tmp_path)
    assert (found.name, found.version, installed.display_name(found)) == ("demo", "1.0", "Demo")


def test_metadata_is_read_only_if_the_folders_name_does_not_tell(tmp_path: Path) -> None:
    put(tmp_path / "told", "Demo_Pkg-1.0.dist-info", "something else")
    assert (only(tmp_path / "told").name, only(tmp_path / "told").version) == ("Demo_Pkg", "1.0")
    info = tmp_path / "demo.egg-info"
    info.mkdir()
    assert (only(tmp_path).name, only(tmp_path).version) == ("demo", "")
    (info / "PKG-INFO").write_text("Name: Demo.Pkg\nVersion: 2.0\n")
    assert (only(tmp_path).name, only(tmp_path).version) == ("Demo.Pkg", "2.0")


def test_a_distribution_is_shown_as_its_metadata_names_it(tmp_path: Path) -> None:
    put(tmp_path, "zope_interface-1.0.dist-info", "zope.interface")
    assert installed.display_name(only(tmp_path)) == "zope.interface"
    put(tmp_path / "other", "half_gone-1.0.dist-info")
    assert installed.display_name(only(tmp_path / "other")) == "half_gone"


def test_fields_are_read_in_order_up_to_the_description(tmp_path: Path) -> None:
    info = put(tmp_path, "demo-1.0.dist-info")
    (info / "METADATA").write_bytes(b"Name: demo\nREQUIRES-DIST: one\nRequires-Dist: two >= 2\nX: \xff\n\nName: no\n")
    expected: dict[str, list[str]] = {"Requires-Dist": ["one", "two >= 2"], "Name": ["demo"], "Version": []}
    assert installed.read_metadata(only(tmp_path), *expected) == expected


def test_distributions_are_found_in_the_order_of_the_directories(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    put(first, "Demo.Pkg-2.0.dist-info")
    put(first, "demo-0.1.dist-info")
    put(second, "demo_pkg-1.0.dist-info")
    put(second, "demo_pkg-0.9.dist-info")  # one of each directory is enough
    assert found_in([second, tmp_path / "missing", first], "demo-pkg") == {"demo-pkg": ["0.9 second", "2.0 first"]}
    assert found_in([first], "missing", "Demo") == {"missing": [], "demo": ["0.1 first"]}


def test_a_directory_counts_once_however_it_is_spelled(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "link").symlink_to("site")
    gone = str(tmp_path / "gone")
    path = [str(tmp_path / "link"), gone, str(tmp_path / "site"), str(tmp_path / "x" / ".." / "gone")]
    assert list(installed.unique_directories(path).values()) == [str(tmp_path / "link"), gone]


def test_a_record_names_files_beside_and_outside_its_directory(tmp_path: Path) -> None:
    put(tmp_path / "lib", "demo-1.0.dist-info", record='demo.py,,\n"a,b/__init__.py",,\n../bin/demo,,\n/opt/x,,\n\n')
    names = ["lib/demo.py", "lib/a,b/__init__.py", "bin/demo"]
    assert distributions.recorded_files(only(tmp_path / "lib")) == [*(str(tmp_path / each) for each in names), "/opt/x"]


@pytest.mark.parametrize("record", [None, b"\xff\xfe", b'"' + b"x" * 200_000])
def test_a_record_that_cannot_be_read_is_none(tmp_path: Path, record: bytes | None) -> None:
    info = put(tmp_path, "demo-1.0.dist-info")
    if record is not None:
        (info / "RECORD").write_bytes(record)
    assert distributions.recorded_files(only(tmp_path)) is None
    assert distributions.top_level_names(only(tmp_path)) == set()


def test_top_level_names_are_modules_and_packages(tmp_path: Path) -> None:
    rows = ["demo.py", "pack/x.py", "fast.cpython-311-x86_64-linux-gnu.so", "old.pyd", "../bin/tool", "bin/tool"]
    rows += ["demo.pth", "demo-1.0.dist-info/METADATA", "__pycache__/demo.cpython-311.pyc", "data.txt"]
    put(tmp_path, "demo-1.0.dist-info", record="".join(f"{row},,\n" for row in rows))
    assert distributions.top_level_names(only(tmp_path)) == {"demo", "pack", "fast", "old"}


def test_what_is_importable_from_a_directory_leaves_namespace_packages_out(tmp_path: Path) -> None:
    for each in ("pack", "space", "__pycache__"):
        (tmp_path / each).mkdir()
    for file in ("pack/__init__.py", "demo.py", "fast.abi3.so", "not-a-name.py", "data.txt"):
        (tmp_path / file).write_text("")
    found = {"pack": "pack", "demo": "demo.py", "fast": "fast.abi3.so"}
    expected = {name: str(tmp_path / file) for name, file in found.items()}
    assert distributions.importable_names(str(tmp_path)) == expected


def test_only_an_editable_installation_has_a_source(tmp_path: Path) -> None:
    told = put(tmp_path, "demo-1.0.dist-info") / "direct_url.json"
    assert installed.editable_source(only(tmp_path)) is None
    for content in ('{"url": "file:///src", "dir_info": {}}', "[]", "no json"):
        told.write_text(content)
        assert installed.editable_source(only(tmp_path)) is None
    told.write_text('{"url": "file:///src", "dir_info": {"editable": true}}')
    assert installed.editable_source(only(tmp_path)) == "file:///src"
