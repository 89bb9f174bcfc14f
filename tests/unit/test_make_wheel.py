"""``make_wheel`` of the testing kit, read as installers and importlib read a wheel."""

from __future__ import annotations

from importlib.metadata import Distribution, PathDistribution
from pathlib import Path
from zipfile import ZipFile

from pip_userctl.testing import make_wheel


def unpacked(wheel: Path) -> tuple[set[str], Distribution]:
    """The files of a wheel beside its metadata, and what it says of itself."""
    folder = wheel.with_suffix("")
    with ZipFile(wheel) as archive:
        archive.extractall(folder)
    (info,) = folder.glob("*.dist-info")
    found = PathDistribution(info)
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {str(each) for each in found.files or ()}, "RECORD names every file"
    return {each for each in files if not each.startswith(info.name)}, found


def test_a_wheel_has_one_module_of_its_name_and_nothing_else(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "Demo.One", "2.0", ["other>=1"])
    assert wheel == tmp_path / "demo_one-2.0-py3-none-any.whl"
    files, found = unpacked(wheel)
    assert files == {"demo_one.py"}
    assert (found.metadata["Name"], found.version, found.requires) == ("Demo.One", "2.0", ["other>=1"])
    assert found.metadata.get_all("Provides-Extra") is None
    assert found.read_text("entry_points.txt") is None


def test_the_files_of_a_wheel_replace_its_module(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "demo", files={"package/__init__.py": "", "package/data.txt": "für\n"})
    assert unpacked(wheel)[0] == {"package/__init__.py", "package/data.txt"}
    assert (tmp_path / "demo-1.0-py3-none-any" / "package" / "data.txt").read_text(encoding="utf-8") == "für\n"


def test_a_wheel_may_be_without_files(tmp_path: Path) -> None:
    assert unpacked(make_wheel(tmp_path, "demo", files={}))[0] == set()


def test_a_wheel_has_the_entry_points_that_are_written(tmp_path: Path) -> None:
    wheel = make_wheel(
        tmp_path, "demo", entry_points="[pip_userctl]\nacme = demo\n[console_scripts]\ndemo = demo:main\n"
    )
    found = {(each.group, each.name, each.value) for each in unpacked(wheel)[1].entry_points}
    assert found == {("pip_userctl", "acme", "demo"), ("console_scripts", "demo", "demo:main")}


def test_a_wheel_has_extras_with_what_they_need(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "demo", requires=["other; extra == 'more'"], extras=["more", "socks"])
    found = unpacked(wheel)[1]
    assert found.metadata.get_all("Provides-Extra") == ["more", "socks"]
    assert found.requires == ["other; extra == 'more'"]
