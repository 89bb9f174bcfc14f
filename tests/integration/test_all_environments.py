"""``activate --all-environments``: every environment of an interpreter, and its sitecustomize as it was."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Callable

import pytest

from tests.toolkit import cache, pythons, reach
from tests.toolkit.environments import Environment
from tests.toolkit.expect import assert_judged, assert_silent
from tests.toolkit.reach import Pair, assert_refused, assert_succeeded

Make = Callable[..., Environment]
FIRST, LAST = (list(pythons.discover().values())[index] for index in (0, -1))
each_end = pytest.mark.parametrize("python", [FIRST.version, LAST.version])
ALL = "--all-environments"
QUIET = {"PYTHONDONTWRITEBYTECODE": "1"}  # Python's own bytecode of the copied interpreter is not the question


def library(covering: Environment) -> Path:
    """The standard library's directory of the interpreter."""
    return covering.prefix / "lib" / covering.base.tag


@each_end
def test_every_environment_existing_and_future_is_covered(make: Make, tmp_path: Path, python: str) -> None:
    two = Pair(make, tmp_path, "venv", python)
    before = reach.snapshot(two.covering.prefix, two.covered.prefix)
    assert_succeeded(two.covering.userctl("activate", ALL, **QUIET))
    assert_judged(two.covered.pip("install", "--user", "demo", **QUIET), "isolated-typed", "refuse")
    account, wheels = two.covering.account, two.covering.wheels
    pip = next(pip for version, pip in reversed(cache.starting_pairs()) if version == python)
    for maker in reach.MAKERS:
        later = reach.bare(maker, tmp_path / maker.replace(" ", ""), reach.base_of(two.covering), pip, account, wheels)
        result = later.pip("install", "--user", "demo", PIP_USERCTL_PROFILE="strict", **QUIET)
        assert_judged(result, f"{later.kind}-typed", "refuse")
    assert_succeeded(two.covering.userctl("deactivate", ALL, **QUIET))
    after = reach.snapshot(two.covering.prefix, two.covered.prefix)
    assert {path: each for path, each in after.items() if "__pycache__" not in path} == {
        path: each for path, each in before.items() if "__pycache__" not in path
    }
    assert_silent(two.covered.pip("install", "--user", "demo"), returncode=1)


def test_a_second_activation_changes_nothing(make: Make) -> None:
    covering = make("base")
    assert_succeeded(covering.userctl("activate", ALL))
    before = reach.snapshot(library(covering) / "sitecustomize")
    result = assert_succeeded(covering.userctl("activate", ALL))
    assert "nothing to do" in result.output, result
    assert reach.snapshot(library(covering) / "sitecustomize") == before


PROBE = """\
import json, sys
try:
    import sitecustomize as found
    print(json.dumps([found.__file__, found.__name__, found.__spec__.origin, getattr(found, "value", None)]))
    print(sys.modules["sitecustomize"] is found)
except Exception as error:
    print(type(error).__name__, error, getattr(error, "name", None))
print([name for name in sys.modules if name in ("sitecustomize", "started")])
"""
OWN = "import sys\nvalue = __file__\nsys.modules['started'] = sys\n"


def beside(covering: Environment, folder: Path) -> None:
    (library(covering) / "sitecustomize.py").write_text(OWN)


def link(covering: Environment, folder: Path) -> None:
    (folder / "etc").mkdir()
    (folder / "etc" / "sitecustomize.py").write_text(OWN)
    (library(covering) / "sitecustomize.py").symlink_to(folder / "etc" / "sitecustomize.py")


def in_site_packages(covering: Environment, folder: Path) -> None:
    (covering.site_packages / "sitecustomize.py").write_text(OWN)


def package(covering: Environment, folder: Path) -> None:
    (covering.site_packages / "sitecustomize").mkdir()
    (covering.site_packages / "sitecustomize" / "__init__.py").write_text(OWN)


def in_a_zip_file(covering: Environment, folder: Path) -> None:
    with zipfile.ZipFile(folder / "custom.zip", "w") as archive:
        archive.writestr("sitecustomize.py", OWN)
    (covering.site_packages / "custom.pth").write_text(f"{folder / 'custom.zip'}\n")


def raising(text: str) -> Callable[[Environment, Path], None]:
    def put(covering: Environment, folder: Path) -> None:
        (library(covering) / "sitecustomize.py").write_text(f"{text}\n")

    return put


EXISTING: dict[str, Callable[[Environment, Path], None]] = {
    "none": lambda covering, folder: None,
    "in the standard library's directory": beside,
    "a link into etc": link,
    "in site-packages": in_site_packages,
    "a package in site-packages": package,
    "in a zip file": in_a_zip_file,
    "one that raises": raising("raise RuntimeError('its own fault')"),
    "one that misses a module": raising("import absent_module"),
    "one that ends Python": raising("raise SystemExit(7)"),
}


@pytest.mark.parametrize("put", EXISTING.values(), ids=list(EXISTING))
@each_end
def test_a_sitecustomize_goes_on_working_exactly_as_before(
    make: Make, tmp_path: Path, python: str, put: Callable[[Environment, Path], None]
) -> None:
    covering = make("base", python, "25.3")
    put(covering, tmp_path)
    before = covering.run("-c", PROBE)
    activated = covering.userctl("activate", ALL)
    assert activated.returncode == before.returncode, activated  # one that ends Python ends this one, too
    after = covering.run("-c", PROBE)
    assert (after.returncode, after.output) == (before.returncode, before.output), (before, after)


def test_a_sitecustomize_that_comes_later_works_too(make: Make, tmp_path: Path) -> None:
    covering = make("base")
    assert_succeeded(covering.userctl("activate", ALL))
    in_site_packages(covering, tmp_path)
    result = covering.run("-c", PROBE)
    assert str(covering.site_packages / "sitecustomize.py") in result.stdout, result


@pytest.mark.parametrize("name", ["sitecustomize.pyc", "sitecustomize/", "sitecustomize/__init__.py"])
def test_what_cannot_be_chained_is_refused_and_stays(make: Make, name: str) -> None:
    covering = make("base")
    strange = library(covering) / name
    if name.endswith("/"):
        strange.mkdir()
    else:
        strange.parent.mkdir(exist_ok=True)
        strange.write_text("") if name.endswith(".py") else strange.write_bytes(pyc_of_nothing(covering))
    result = covering.userctl("activate", ALL)
    assert_refused(result, "occupied", "sitecustomize")
    assert_succeeded(covering.userctl("deactivate", ALL))
    assert strange.exists()


def pyc_of_nothing(covering: Environment) -> bytes:
    """An empty module, compiled by this interpreter."""
    path = covering.account.cwd / "nothing.py"
    path.write_text("")
    code = f"import py_compile; py_compile.compile({str(path)!r}, {str(path) + 'c'!r})"
    assert_succeeded(covering.run("-c", code))
    return path.with_suffix(".pyc").read_bytes()


@each_end
def test_an_upgrade_of_pip_userctl_keeps_working(make: Make, tmp_path: Path, python: str) -> None:
    two = Pair(make, tmp_path, python=python)
    assert_succeeded(two.covering.userctl("activate", ALL))
    shutil.rmtree(two.covering.site_packages / "pip_userctl")
    (two.covering.site_packages / "_pip_userctl.py").unlink()
    assert_silent(two.covered.run("-c", "pass"))  # in the middle of the upgrade
    two.covering.install_userctl()
    assert_judged(two.covered.pip("install", "--user", "demo"), "isolated-typed", "refuse")


@each_end
def test_python_stays_silent_where_pip_userctl_was_removed_without_deactivating(
    make: Make, tmp_path: Path, python: str
) -> None:
    two = Pair(make, tmp_path, python=python)
    assert_succeeded(two.covering.userctl("activate", ALL))
    names = ("pip_userctl", "_pip_userctl_pip.py", "_pip_userctl.py", "pip_userctl.pth")
    for name in names:
        two.covering.remove_userctl(name)
        assert two.covered.run("-W", "error", "-c", "pass").output == "", name
        if name != "_pip_userctl_pip.py":
            assert_silent(two.covered.pip("install", "--force-reinstall", "demo"))
    assert two.covering.run("-W", "error", "-c", "pass").output == ""


def test_without_the_right_to_write_the_error_says_what_to_ask_for(make: Make) -> None:
    covering = make("base")
    library(covering).chmod(0o555)
    covering.mode_bits_count = True
    command = f"{covering.python} -m pip_userctl activate {ALL}"
    assert_refused(covering.userctl("activate", ALL), "not-writable", str(library(covering)), command)
    assert not (library(covering) / "sitecustomize").exists()


def test_a_virtual_environment_can_cover_all_of_its_interpreter(make: Make, tmp_path: Path) -> None:
    two = Pair(make, tmp_path)
    account, wheels = two.covering.account, two.covering.wheels
    inside = reach.bare("venv", tmp_path / "inside", reach.base_of(two.covering), cache.PIPS[-1], account, wheels)
    two.covering.remove_userctl("_pip_userctl.py", "_pip_userctl_pip.py", "pip_userctl.pth", "pip_userctl")
    links = f"{cache.pip_folder(cache.PIPS[-1])}\n{cache.dependencies_folder(inside.base)}\n"
    (inside.site_packages / "links.pth").write_text(links)
    inside.install_userctl()
    assert_succeeded(inside.userctl("activate", ALL))
    assert_judged(two.covered.pip("install", "--user", "demo"), "isolated-typed", "refuse")
    assert_succeeded(inside.userctl("deactivate", ALL))
