"""What an interpreter with pip-userctl notices of it when it starts and imports: one small module, and no word."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Callable

import pytest

from tests.toolkit import pythons
from tests.toolkit.environments import Environment, Result
from tests.toolkit.expect import assert_silent
from tests.toolkit.probes import pip_for

Make = Callable[..., Environment]
STARTUP = ("_pip_userctl.py", "_pip_userctl_pip.py", "pip_userctl.pth")
PYTHONS = list(pythons.discover())
each_python = pytest.mark.parametrize("python", PYTHONS)
each_kind = pytest.mark.parametrize("kind", ["isolated", "base"])


def environment_for(make: Make, python: str, kind: str = "isolated") -> Environment:
    """An environment of this Python with the newest pip for it."""
    return make(kind, python, pip_for(pythons.discover()[python]))


def assert_nothing_said(result: Result) -> None:
    """Neither stream has a byte."""
    assert (result.returncode, result.output) == (0, ""), result


def answer(result: Result) -> object:
    """What the program printed as JSON, and it printed nothing else."""
    assert (result.returncode, result.stderr) == (0, ""), result
    return json.loads(result.stdout)


MODULES = "import sys; found = sorted(sys.modules); import json; print(json.dumps(found))"
PATHS = (
    "import sys; before = [sys.path, sys.meta_path, sys.path_importer_cache.keys(), sys.flags, sys.warnoptions];"
    "import json; print(json.dumps([*map(str, before)]))"
)


@each_kind
@each_python
def test_python_starts_with_one_module_more_and_says_nothing(make: Make, python: str, kind: str) -> None:
    environment = environment_for(make, python, kind)
    assert_nothing_said(environment.run("-c", "pass"))
    assert_nothing_said(environment.run("-W", "error", "-X", "dev", "-c", "pass"))
    with_us = answer(environment.run("-c", MODULES))
    paths = answer(environment.run("-c", PATHS))
    environment.remove_userctl(*STARTUP)
    without = answer(environment.run("-c", MODULES))
    assert isinstance(with_us, list)
    assert isinstance(without, list)
    assert sorted({*with_us} ^ {*without}) == ["_pip_userctl"]
    assert answer(environment.run("-c", PATHS)) == paths


@each_python
def test_the_hook_is_installed_once_however_often_the_start_up_file_is_read(make: Make, python: str) -> None:
    environment = environment_for(make, python)
    code = (
        "import site, sys, json, _pip_userctl; hooks = list(sys.path_hooks); _pip_userctl.install();"
        f"site.addsitedir({str(environment.site_packages)!r});"
        "print(json.dumps([sys.path_hooks == hooks, sys.path_hooks.count(_pip_userctl.hook),"
        " sys.path_hooks[0] is _pip_userctl.hook]))"
    )
    assert answer(environment.run("-c", code)) == [True, 1, True]


def without(*names: str) -> Callable[[Path], None]:
    """Remove files and folders from site-packages."""

    def damage(site_packages: Path) -> None:
        for path in [path for name in names for path in site_packages.glob(name)]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return damage


def with_text(text: str) -> Callable[[Path], None]:
    """Replace each module of the package."""

    def damage(site_packages: Path) -> None:
        for path in (site_packages / "pip_userctl").rglob("*.py"):
            path.write_text(text)

    return damage


def hollow(site_packages: Path) -> None:
    """Leave the folders and the bytecode of the package, as tools do that remove by file list."""
    for path in (site_packages / "pip_userctl").rglob("*.py"):
        path.unlink()


DAMAGES = {
    "the package is gone": without("pip_userctl"),
    "the package and its metadata are gone": without("pip_userctl", "pip_userctl-*.dist-info"),
    "the start-up file is gone": without("pip_userctl.pth"),
    "all but the start-up module is gone": without("pip_userctl", "pip_userctl.pth"),
}
BROKEN = {
    "its adapter is gone": without("pip_userctl/_pip"),
    "all but its folders is gone": hollow,
    "its modules are empty": with_text(""),
    "its modules raise": with_text("raise RuntimeError('broken')\n"),
    "its modules raise SystemExit": with_text("raise SystemExit(3)\n"),
    "its modules are no Python": with_text("this is (no Python\n"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
@each_python
def test_python_and_pip_work_silently_when(make: Make, python: str, damage: Callable[[Path], None]) -> None:
    environment = environment_for(make, python)
    damage(environment.site_packages)
    assert_nothing_said(environment.run("-c", "pass"))
    assert environment.pip("list").stderr == ""
    assert_silent(environment.pip("install", "demo"))
    assert environment.where("demo") == "site"


@pytest.mark.parametrize("damage", BROKEN.values(), ids=list(BROKEN))
@each_python
def test_python_works_silently_and_pip_install_says_one_line_when(
    make: Make, python: str, damage: Callable[[Path], None]
) -> None:
    environment = environment_for(make, python)
    damage(environment.site_packages)
    assert_nothing_said(environment.run("-c", "pass"))
    assert environment.pip("list").stderr == ""
    result = environment.pip("install", "demo")
    assert (result.returncode, environment.where("demo")) == (0, "site"), result
    assert [line[:26] for line in result.stderr.splitlines()] == ["WARNING: userctl-failure: "], result


# What a program may have on its path, and what it imports from there. The folders end like the ones that the hook waits
# for, so that the hook has to look twice.
IMPORTS = """\
import importlib, json, pathlib, pkgutil, sys, zipimport
found = []
sys.path[:0] = [{folder!r}, {folder!r} + "/commands", {folder!r} + "/archive.zip"]
sys.path += [b"commands", pathlib.Path({folder!r}) / "commands", None, 3, "commands", "", "/" * 30 + "commands"]
for name in (
    "commands", "commands.inner", "plain", "space.commands.deep", "lookalike.pip._internal.commands.install",
    "zipped", "zipped.commands.inside", "missing", "commands.missing",
):
    try:
        module = importlib.import_module(name)
        found.append([name, type(module.__spec__.loader).__name__, getattr(module, "value", None)])
    except Exception as error:
        found.append([name, type(error).__name__, str(error)])
found.append([each.name for each in pkgutil.iter_modules([{folder!r}, {folder!r} + "/commands"])])
for odd in (b"pip/_internal/commands", pathlib.Path("pip/_internal/commands"), None, 3, "pip/_internal/commands", ""):
    try:
        found.append(type(pkgutil.get_importer(odd)).__name__)
    except Exception as error:
        found.append([type(error).__name__, str(error)])
print(json.dumps(found))
"""


@each_python
def test_other_programs_import_as_without_it(make: Make, python: str, tmp_path: Path) -> None:
    folder = tmp_path / "program"
    files = {
        "commands/__init__.py": "value = 1\n",
        "commands/inner.py": "value = 2\n",
        "commands/plain.py": "value = 3\n",
        "space/commands/deep.py": "value = 4\n",  # namespace packages
        "lookalike/__init__.py": "",
        "lookalike/pip/_internal/commands/install.py": "value = 5\n",
    }
    zipped = {"zipped/__init__.py": "value = 6\n", "zipped/commands/inside.py": "value = 7\n"}
    for root, content in ((folder, files), (tmp_path / "zip", zipped)):
        for name, text in content.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
    shutil.make_archive(str(folder / "archive"), "zip", tmp_path / "zip")
    environment = environment_for(make, python)
    code = IMPORTS.format(folder=str(folder))
    with_us = answer(environment.run("-c", code))
    environment.remove_userctl(*STARTUP)
    assert with_us == answer(environment.run("-c", code))
    assert isinstance(with_us, list)
    assert [each[2] for each in with_us[:7]] == [1, 2, 3, 4, 5, 6, 7], with_us


USERCTL_MODULES = """\
import sys
from pip._internal.cli.main import main
try:
    main({arguments!r})
except SystemExit:
    pass
print([name for name in sys.modules if "userctl" in name])
"""


@pytest.mark.parametrize(
    "arguments", [["--version"], ["list"], ["config", "list"], ["uninstall", "-y", "absent"]], ids=str
)
@each_python
def test_no_other_command_of_pip_imports_the_package(make: Make, python: str, arguments: list[str]) -> None:
    environment = environment_for(make, python)
    result = environment.run("-c", USERCTL_MODULES.format(arguments=arguments))
    assert result.stdout.splitlines()[-1:] == ["['_pip_userctl']"], result
