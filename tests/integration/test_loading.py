"""What stands where pip-userctl and its dependencies are looked for: nothing of their names, and no damage, misleads."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pip_userctl.testing import PipEnvironment
from tests.integration.conftest import Make, Shared
from tests.support import extras
from tests.support.cache import Built, dependencies_folder
from tests.support.changes import copy_in, remove
from tests.support.expect import ALLOW_ROOT, assert_judged, assert_silent
from tests.support.plugins import add_plugin
from tests.support.pythons import NEWEST, OLDEST, discover

FIRST, *_, LAST = discover()
each_end = pytest.mark.parametrize(("python", "pip"), [(FIRST, OLDEST), (LAST, NEWEST)], ids=[OLDEST, NEWEST])
#: Everything that is needed takes part: a rule, a list of packages, a record.
POLICY = {"PIP_USERCTL_BASE_TYPED": "refuse", "PIP_USERCTL_ALLOW_PACKAGES": "other<2", **ALLOW_ROOT}
STOP = "raise SystemExit('not this one')\n"

# what merely bears one of our names


def old_pluggy(folder: Path) -> None:
    """An honest leftover."""
    with zipfile.ZipFile(next(extras.folder("old-pluggy").glob("*.whl"))) as archive:
        archive.extractall(folder)


def file(name: str, text: str = "") -> Callable[[Path], None]:
    """A module or package."""

    def write(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    return write


#: One of each name: empty, ending the process, and as they are left behind.
LOOK_ALIKES = {
    "empty": [file("pluggy.py"), file("packaging/__init__.py"), file("pip_userctl/__init__.py")],
    "ends the process": [file(f"{name}/__init__.py", STOP) for name in ("pluggy", "packaging", "pip_userctl")],
    "a leftover": [old_pluggy, file("pip_userctl/nothing")],
}


@pytest.mark.parametrize(
    "name", ["empty", "ends the process", pytest.param("a leftover", marks=pytest.mark.needs("old-pluggy"))]
)
@each_end
def test_what_merely_has_one_of_our_names_changes_nothing(shared: Shared, python: str, pip: str, name: str) -> None:
    environment = shared("base", python, pip)
    for folder in (environment.user_site, environment.account.home / "path", environment.account.cwd):
        folder.mkdir(parents=True, exist_ok=True)
        for put in LOOK_ALIKES[name]:
            put(folder)
    variables = {"PYTHONPATH": str(environment.account.home / "path"), "PIP_USERCTL_ON_ERROR": "refuse"}
    refused = environment.pip("install", "--user", "demo", **POLICY, **variables)
    assert_judged(refused, "base-typed", "refuse")
    assert_silent(environment.pip("install", "--no-user", "demo", **POLICY, **variables))
    assert environment.where("demo") == "site"
    code = "import _pip_userctl, sys; sys.argv[1:] = ['check']; sys.exit(_pip_userctl.run())"
    assert environment.run("-c", code, **variables).returncode == 0


def test_the_start_up_modules_own_name_is_the_one_that_is_left_and_status_says_so(shared: Shared) -> None:
    environment = shared("base")
    folder = environment.account.home / "path"
    file("_pip_userctl.py")(folder)
    assert_silent(environment.pip("install", "--user", "demo", PYTHONPATH=str(folder), **POLICY))
    status = environment.userctl("status", PYTHONPATH=str(folder))
    assert (status.returncode, "Traceback" in status.output) == (1, False), status
    assert f"{folder}/_pip_userctl.py" in status.stdout.replace("~", str(environment.account.home)), status


#: An import hook that touches every module of ours, as typeguard's and beartype's do for a whole program.
WATCHED = """\
import sys
from importlib.machinery import PathFinder, SourceFileLoader
class Loader(SourceFileLoader):
    def source_to_code(self, data, path, *, _optimize=-1):
        seen.append(path)
        return super().source_to_code({wrong}data, path)
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in ("pip_userctl", "pluggy"):
            spec = PathFinder.find_spec(name, path)
            spec.loader = Loader(name, spec.origin)
            spec.loader.get_code = lambda name: spec.loader.source_to_code(spec.loader.get_data(spec.origin), spec.origin)
            return spec
seen = []
sys.meta_path.insert(0, Finder)
from pip._internal.cli.main import main
status = main(sys.argv[1:])
assert seen
sys.exit(status)
"""


@each_end
def test_an_import_hook_that_rewrites_our_modules_is_borne_and_one_that_breaks_them_costs_a_line(
    shared: Shared, python: str, pip: str
) -> None:
    environment = shared("base", python, pip)
    fine = environment.run("-c", WATCHED.format(wrong=""), "install", "--user", "demo", **POLICY)
    assert_judged(fine, "base-typed", "refuse")
    broken = environment.run("-c", WATCHED.format(wrong="b'(' + "), "install", "--user", "demo", **POLICY)
    assert (broken.returncode, environment.where("demo")) == (0, "user"), broken
    assert len(broken.lines("userctl-")) == len(broken.lines("userctl-failure: ")) == 1, broken


# pluggy of the environment

PLUGGY = """\
import sys
{before}
theirs = {{name: module for name, module in sys.modules.items() if name.split(".")[0] in ("pluggy", "packaging")}}
from pip._internal.cli.main import main
main(["install", "--force-reinstall", "demo"])
now = {{name: module for name, module in sys.modules.items() if name.split(".")[0] in ("pluggy", "packaging")}}
print("theirs" if now == theirs else now, len(theirs), "pip_userctl" in sys.modules)
"""


@each_end
def test_the_pluggy_and_packaging_of_a_program_are_neither_used_nor_disturbed(
    shared: Shared, python: str, pip: str
) -> None:
    environment = shared("base", python, pip)
    folder = environment.account.home / "path"
    file("pluggy/__init__.py", "import pluggy.inner\n")(folder)
    file("pluggy/inner.py")(folder)
    for before, count in (("", 0), ("import pluggy", 2), ("import packaging.version", 2)):
        variables = {"PYTHONPATH": str(folder), "PIP_USERCTL_ALLOW_PACKAGES": "other<2"}
        result = environment.run("-c", PLUGGY.format(before=before), **variables)
        said = result.stdout.splitlines()[-1].split()
        assert (said[0], int(said[1]) >= count, said[-1]) == ("theirs", True, "True"), result
        assert result.rules == {"base-site": "allow"}, result


def test_a_plugin_that_imports_pluggy_gets_the_environments_and_its_hooks_work(make: Make) -> None:
    environment = make("base")
    folder = environment.account.home / "path"
    file("pluggy.py", "name = 'the environment'\n")(folder)
    add_plugin(environment, "import pluggy\n    return Verdict('acme-pluggy', 'refuse', pluggy.name)")
    result = environment.pip("install", "demo", PYTHONPATH=str(folder))
    assert_judged(result, "acme-pluggy", "refuse")
    assert "the environment" in result.output, result


# what is broken or half-deleted


def without(*names: str) -> Callable[[PipEnvironment], None]:
    """Remove files and folders from site-packages."""
    return lambda environment: remove(environment, *names)


def every_module(text: str | None) -> Callable[[PipEnvironment], None]:
    """Replace each module of the package, or leave its folders and bytecode alone, as tools that remove by list do."""

    def damage(environment: PipEnvironment) -> None:
        for path in (environment.site_packages / "pip_userctl").rglob("*.py"):
            path.unlink() if text is None else path.write_text(text)

    return damage


def emptied(name: str) -> Callable[[PipEnvironment], None]:
    """A file that has lost its content."""
    return lambda environment: file(f"pip_userctl/{name}")(environment.site_packages)


#: A damage, and how many lines `pip install` says about it: none where nothing is left that could speak.
DAMAGES = {
    "the .pth file is gone": (without("pip_userctl.pth"), 0),
    "all but the start-up module is gone": (without("pip_userctl*"), 0),
    "the package is gone": (without("pip_userctl"), 1),
    "the package and its metadata are gone": (without("pip_userctl", "pip_userctl-*.dist-info"), 1),
    "pluggy is gone": (without("pluggy*"), 1),
    "its adapter is gone": (without("pip_userctl/_pip"), 1),
    "its models are gone": (without("pip_userctl/models.py"), 1),
    "its rules are gone": (without("pip_userctl/rules"), 1),
    "its loader is empty": (emptied("startup/loader.py"), 1),
    "its patches are empty": (emptied("_pip/patch.py"), 1),
    "all but its folders is gone": (every_module(None), 1),
    "its modules are empty": (every_module(""), 1),
    "its modules raise": (every_module("raise RuntimeError('broken')\n"), 1),
    "its modules end the process": (every_module("raise SystemExit(3)\n"), 1),
    "its modules are no Python": (every_module("this is (no Python\n"), 1),
}


@each_end
def test_a_broken_or_half_deleted_package_breaks_no_start_and_no_pip(
    make: Make, built: Built, python: str, pip: str
) -> None:
    environment = make("isolated", python, pip)
    account = environment.account
    account.config.write_text("[userctl]\non-error = refuse\n")
    for name, (damage, lines) in list(DAMAGES.items())[:: 1 if pip == NEWEST else 4]:
        damage(environment)
        start = environment.run("-c", "pass")
        assert (start.returncode, start.output) == (0, ""), (name, start)
        assert environment.pip("list").stderr == "", name
        result = environment.pip("install", "--force-reinstall", "demo")
        assert (result.returncode, environment.where("demo")) == (0, "site"), (name, result)
        said = [line for line in result.output.splitlines() if "userctl" in line]
        assert [line.startswith("WARNING: userctl-failure: ") for line in said] == [True] * lines, (name, result)
        assert "Traceback" not in result.output, (name, result)
        remove(environment, "pip_userctl*", "_pip_userctl.py")
        for folder in (built.unpacked, dependencies_folder(discover()[python])):
            copy_in(environment, folder)
    assert_judged(environment.pip("install", "--user", "demo"), "isolated-typed", "refuse")
