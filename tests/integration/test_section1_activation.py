"""Section 1: every way to run pip is under the policy once pip-userctl is installed, and nothing else notices it."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pip_userctl.testing import PipEnvironment, PipResult
from tests.integration.conftest import Make, Shared
from tests.support import cache
from tests.support.changes import remove
from tests.support.expect import assert_judged, assert_silent
from tests.support.pythons import NEWEST, OLDEST, discover, pip_for

FIRST, *_, LAST = discover()
Way = Callable[[PipEnvironment, str], "list[str]"]


def module(*flags: str) -> Way:
    """``python -m pip``."""
    return lambda environment, pip: [*flags, "-m", "pip"]


def program(text: str) -> Way:
    """A program that calls pip in its own process; the arguments of pip are its own."""
    return lambda environment, pip: ["-c", text]


def wheel(environment: PipEnvironment, pip: str) -> list[str]:
    """``python pip-X.whl/pip``."""
    return [str(cache.pip_wheel(pip) / "pip")]


def zipapp(environment: PipEnvironment, pip: str) -> list[str]:
    """Pip as one file with a name that does not tell."""
    path, folder = environment.account.cwd / "x.pyz", cache.pip_folder(pip)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__main__.py", "import runpy\nrunpy.run_module('pip', run_name='__main__')\n")
        for each in folder.rglob("*.p*"):
            if each.suffix in (".py", ".pem"):
                archive.write(each, str(each.relative_to(folder)))
    return [str(path)]


def script(environment: PipEnvironment, pip: str) -> list[str]:
    """The script ``pip``, as pip itself writes it."""
    path = environment.scripts / "pip"
    path.write_text("import sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n")
    return [str(path)]


_MAIN = "from pip._internal.cli.main import main; import sys;"
WAYS: dict[str, Way] = {
    "python -m pip": module(),
    "python -I -m pip": module("-I"),
    "python -E -m pip": module("-E"),
    "python -s -m pip": module("-s"),
    "python -O -m pip": module("-O"),
    "the script": script,
    "from its wheel": wheel,
    "from a zipapp": zipapp,
    "main() in-process": program(f"{_MAIN} sys.exit(main(sys.argv[1:]))"),
    "runpy in-process": program("import runpy; runpy.run_module('pip', run_name='__main__')"),
    "after a reload": program(
        "import importlib, pip._internal.commands.install as install; importlib.reload(install);"
        f"{_MAIN} sys.exit(main(sys.argv[1:]))"
    ),
    "after the caches are cleared": program(
        f"import importlib; {_MAIN} sys.path_importer_cache.clear(); importlib.invalidate_caches();"
        "sys.exit(main(sys.argv[1:]))"
    ),
    "called twice": program(
        f"{_MAIN} main(['install', '--isolated', '--no-index', 'absent']); sys.exit(main(sys.argv[1:]))"
    ),
}


#: On the oldest Python those that could differ there.
OLD = ("python -I -m pip", "from its wheel", "from a zipapp", "main() in-process", "after the caches are cleared")
CASES = [(FIRST, OLDEST, name) for name in OLD] + [(LAST, NEWEST, name) for name in WAYS]


@pytest.mark.parametrize(("python", "pip", "name"), CASES, ids=[f"{name}-{pip}" for _, pip, name in CASES])
def test_a_user_install_is_judged_however_pip_is_run(shared: Shared, python: str, pip: str, name: str) -> None:
    environment = shared("isolated", python, pip)
    source = ["--no-index", "--find-links", str(environment.account.wheels)]  # -I and --isolated hide the variables
    command = [*WAYS[name](environment, pip), "install", *source]
    result = environment.run(*command, "--isolated", "--user", "demo")
    assert_judged(result, "isolated-typed", "refuse")
    assert environment.where("demo") == "", result
    result = environment.run(*command, "demo")
    assert_silent(result)
    assert environment.where("demo") == "site", result


@pytest.mark.needs("python-3.9")
@pytest.mark.parametrize("way", [wheel, zipapp], ids=["from its wheel", "from a zipapp"])
def test_the_newest_pip_in_a_zip_file_is_judged_on_the_oldest_python(shared: Shared, way: Way) -> None:
    environment = shared("isolated", FIRST, pip_for(FIRST))
    result = environment.run(*way(environment, pip_for(FIRST)), "install", "--user", "demo")
    assert_judged(result, "isolated-typed", "refuse")


# what an interpreter notices


def printed(result: PipResult) -> Any:
    """What the program printed as JSON, and it printed nothing else."""
    assert (result.returncode, result.stderr) == (0, ""), result
    return json.loads(result.stdout)


MODULES = "import sys; found = sorted(sys.modules); import json; print(json.dumps(found))"
PATHS = (
    "import sys; before = [sys.path, sys.meta_path, sys.path_importer_cache.keys(), sys.flags, sys.warnoptions];"
    "import json; print(json.dumps([*map(str, before)]))"
)
HOOK = (
    "import site, sys, json, _pip_userctl as start; hooks = list(sys.path_hooks); start.install();"
    "site.addsitedir(sys.argv[1]);"
    "print(json.dumps([sys.path_hooks == hooks, hooks.count(start.hook), hooks[0] is start.hook]))"
)
#: What a program may have on its path, and what it imports from there: folders that the hook has to look at twice.
IMPORTS = """\
import importlib, json, pathlib, pkgutil, sys
found, folder = [], sys.argv[1]
sys.path[:0] = [folder, folder + "/commands", folder + "/archive.zip"]
sys.path += [b"commands", pathlib.Path(folder) / "commands", None, 3, "commands", "", "/" * 30 + "commands"]
for name in (
    "commands", "commands.inner", "plain", "space.commands.deep", "lookalike.pip._internal.commands.install",
    "zipped", "zipped.commands.inside", "missing", "commands.missing",
):
    try:
        module = importlib.import_module(name)
        found.append([name, type(module.__spec__.loader).__name__, getattr(module, "value", None)])
    except Exception as error:
        found.append([name, type(error).__name__, str(error)])
found.append([each.name for each in pkgutil.iter_modules([folder, folder + "/commands"])])
for odd in (b"pip/_internal/commands", pathlib.Path("pip/_internal/commands"), None, 3, "pip/_internal/commands", ""):
    try:
        found.append(type(pkgutil.get_importer(odd)).__name__)
    except Exception as error:
        found.append([type(error).__name__, str(error)])
print(json.dumps(found))
"""
FILES = {
    "program/commands/__init__.py": "value = 1\n",
    "program/commands/inner.py": "value = 2\n",
    "program/commands/plain.py": "value = 3\n",
    "program/space/commands/deep.py": "value = 4\n",  # namespace packages
    "program/lookalike/__init__.py": "",
    "program/lookalike/pip/_internal/commands/install.py": "value = 5\n",
    "zip/zipped/__init__.py": "value = 6\n",
    "zip/zipped/commands/inside.py": "value = 7\n",
}


@pytest.mark.parametrize(("kind", "python"), [*(("isolated", python) for python in discover()), ("base", LAST)])
def test_python_starts_with_one_module_more_and_other_programs_import_as_without_it(
    make: Make, tmp_path: Path, kind: str, python: str
) -> None:
    environment = make(kind, python)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    folder = str(tmp_path / "program")
    shutil.make_archive(f"{folder}/archive", "zip", tmp_path / "zip")
    for options in ([], ["-W", "error", "-X", "dev"], ["-I"], ["-O"]):
        silent = environment.run("-c", "pass", flags=options)
        assert (silent.returncode, silent.output) == (0, ""), silent
    assert printed(environment.run("-c", HOOK, str(environment.site_packages))) == [True, 1, True]
    questions = [(MODULES,), (PATHS,), (IMPORTS, folder)]
    having = [printed(environment.run("-c", *each)) for each in questions]
    remove(environment, "_pip_userctl.py", "pip_userctl.pth")
    without = [printed(environment.run("-c", *each)) for each in questions]
    assert sorted({*having[0]} ^ {*without[0]}) == ["_pip_userctl"]
    assert having[1:] == without[1:]
    assert [each[2] for each in having[2][:7]] == [1, 2, 3, 4, 5, 6, 7], having
