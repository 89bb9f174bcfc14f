"""Each way to run pip is under the policy; what pip and Python start by themselves is not."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Callable

import pytest

from pip_userctl.testing import make_wheel
from tests.toolkit import cache, pythons
from tests.toolkit.environments import Environment, Result
from tests.toolkit.expect import assert_judged, assert_silent
from tests.toolkit.probes import pip_for, python_for
from tests.toolkit.projects import make_project

Make = Callable[..., Environment]
Way = Callable[[Environment, Path], "list[str]"]
OLDEST, NEWEST = cache.PIPS[0], cache.PIPS[-1]
FIRST, LAST = (list(pythons.discover().values())[index] for index in (0, -1))
#: The oldest and the newest pip, each on the oldest and the newest Python on which it starts.
PAIRS = sorted(
    {
        (FIRST.version, OLDEST),
        (python_for(OLDEST).version, OLDEST),
        (FIRST.version, pip_for(FIRST)),
        (python_for(NEWEST).version, NEWEST),
    }
)
each_pair = pytest.mark.parametrize(("python", "pip"), PAIRS)
each_end = pytest.mark.parametrize(("python", "pip"), [(FIRST.version, OLDEST), (LAST.version, NEWEST)])


def module(*flags: str) -> Way:
    """``python -m pip``."""
    return lambda environment, pip: [*flags, "-m", "pip"]


def program(text: str) -> Way:
    """A program that calls pip in its own process; the arguments of pip are its own."""
    return lambda environment, pip: ["-c", text]


def wheel(environment: Environment, pip: Path) -> list[str]:
    """``python pip-X.whl/pip``."""
    return [str(next((cache.folder() / "wheels").glob(f"pip-{pip.name}-*.whl")) / "pip")]


def zipapp(environment: Environment, pip: Path) -> list[str]:
    """Pip as one file with a name that does not tell."""
    path = environment.account.cwd / "x.pyz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__main__.py", "import runpy\nrunpy.run_module('pip', run_name='__main__')\n")
        for each in pip.rglob("*.p*"):
            if each.suffix in (".py", ".pem"):
                archive.write(each, str(each.relative_to(pip)))
    return [str(path)]


def script(environment: Environment, pip: Path) -> list[str]:
    """The script ``pip``, as pip itself installs it."""
    archive = next((cache.folder() / "wheels").glob(f"pip-{pip.name}-*.whl"))
    result = environment.pip("install", "--no-compile", "--force-reinstall", str(archive))
    assert result.returncode == 0, result
    return [str(environment.prefix / "bin" / "pip")]


WAYS: dict[str, Way] = {
    "python -m pip": module(),
    "python -I -m pip": module("-I"),
    "python -E -m pip": module("-E"),
    "python -s -m pip": module("-s"),
    "python -O -m pip": module("-O"),
    "the script": script,
    "from its wheel": wheel,
    "from a zipapp": zipapp,
    "main() in-process": program("import sys; from pip._internal.cli.main import main; sys.exit(main(sys.argv[1:]))"),
    "runpy in-process": program("import runpy; runpy.run_module('pip', run_name='__main__')"),
    "after a reload": program(
        "import importlib, sys; import pip._internal.commands.install as install; importlib.reload(install);"
        "from pip._internal.cli.main import main; sys.exit(main(sys.argv[1:]))"
    ),
    "after the caches are cleared": program(
        "import importlib, sys; import pip._internal.cli.main as cli; sys.path_importer_cache.clear();"
        "importlib.invalidate_caches(); sys.exit(cli.main(sys.argv[1:]))"
    ),
    "called twice": program(
        "import sys; from pip._internal.cli.main import main; main(['install', 'absent']);sys.exit(main(sys.argv[1:]))"
    ),
}


def install(environment: Environment, way: list[str], *arguments: str) -> Result:
    """Pip by this way, also where it does not hear the variables."""
    return environment.run(*way, "install", "--no-index", "--find-links", str(environment.wheels), *arguments, "demo")


@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
@each_pair
def test_a_typed_user_install_is_refused_however_pip_is_run(make: Make, python: str, pip: str, way: Way) -> None:
    environment = make("isolated", python, pip)
    command = way(environment, cache.pip_folder(pip))
    for arguments in (["--user"], ["--isolated", "--user"]):
        result = install(environment, command, *arguments)
        assert_judged(result, "isolated-typed", "refuse")
        assert environment.where("demo") == "", result
    result = install(environment, command)
    assert_silent(result)
    assert environment.where("demo") == "site", result


def without_pip(environment: Environment) -> Environment:
    """The same environment without pip, as ``venv --without-pip`` makes it."""
    (environment.site_packages / "links.pth").write_text(f"{cache.dependencies_folder(environment.base)}\n")
    return environment


IN_BASE = [pytest.param(kind, marks=pytest.mark.needs("base-ensurepip")) for kind in ("base", "read-only base")]


@pytest.mark.parametrize("kind", ["isolated", *IN_BASE])
@pytest.mark.parametrize("python", [FIRST.version, LAST.version])
def test_ensurepip_is_not_judged(make: Make, python: str, kind: str) -> None:
    environment = without_pip(make(kind.split()[-1], python, pip_for(pythons.discover()[python])))
    environment.account.user_config.write_text("[global]\nuser = true\n")
    if kind == "read-only base":
        environment.make_read_only()
    assert_silent(environment.run("-m", "ensurepip", PIP_USER="1"))
    where = environment.user_site if kind == "read-only base" else environment.site_packages
    assert (where / "pip" / "__init__.py").exists()


def test_an_environment_inside_the_only_folder_of_wheels_is_judged(make: Make) -> None:
    environment = make("isolated")
    shutil.copytree(cache.pip_folder(NEWEST), environment.site_packages, dirs_exist_ok=True)
    make_wheel(environment.prefix, "demo")
    result = environment.pip("install", "--no-index", "demo", PIP_USER="1", PIP_FIND_LINKS=str(environment.prefix))
    assert_judged(result, "isolated-configured", "ignore")


@pytest.mark.parametrize("python", [FIRST.version, LAST.version])
def test_ensurepip_with_user_is_judged(make: Make, python: str) -> None:
    environment = without_pip(make("isolated", python, pip_for(pythons.discover()[python])))
    result = environment.run("-m", "ensurepip", "--user")
    assert_judged(result, "isolated-typed", "refuse")
    assert not environment.user_site.exists(), result


#: A rule that has no opinion and notes what it is asked about.
WITNESS = """\
import os
from pip_userctl import hookimpl

@hookimpl
def userctl_evaluate(request, environment, policy):
    with open(os.environ["WITNESS"], "a") as file:
        print(*request.arguments, file=file)
"""


@pytest.fixture
def witness(tmp_path: Path) -> Callable[[Environment], Path]:
    """Install a plugin that notes each request that is judged, one a line."""

    def witness(environment: Environment) -> Path:
        plugin = make_wheel(
            tmp_path, "witness", files={"witness.py": WITNESS}, entry_points="[pip_userctl]\nwitness = witness\n"
        )
        with zipfile.ZipFile(plugin) as archive:
            archive.extractall(environment.site_packages)
        return tmp_path / "judged"

    return witness


@pytest.mark.parametrize("wish", ["a variable", "a file", "nobody"])
@each_pair
def test_the_installs_of_build_isolation_are_not_judged(
    make: Make, witness: Callable[[Environment], Path], tmp_path: Path, python: str, pip: str, wish: str
) -> None:
    environment = make("isolated", python, pip)
    judged = witness(environment)
    project = make_project(tmp_path / "project", "built", requires=["demo"], code="import demo")
    if wish == "a file":
        environment.account.user_config.write_text("[install]\nuser = true\n")
    variables = {"PIP_USER": "1"} if wish == "a variable" else {}
    result = environment.pip("install", "-v", str(project), WITNESS=str(judged), **variables)
    assert result.returncode == 0, result
    assert result.situations == ([] if wish == "nobody" else ["isolated-configured"]), result
    assert judged.read_text().splitlines() == [f"install -v {project}"], result
    assert environment.where("built") == "site", result


# Without build isolation, because the interpreter of an isolated build does not see the environment's packages.
STARTS_PIP = """\
import os, subprocess, sys
command = [sys.executable, "-m", "pip", "install", *os.environ["ARGUMENTS"].split()]
with open(os.environ["NESTED"], "w") as file:
    subprocess.call(command, stdout=file, stderr=file)
"""


@each_end
def test_a_pip_install_that_a_build_backend_starts_is_an_ordinary_one(
    make: Make, tmp_path: Path, python: str, pip: str
) -> None:
    environment = make("isolated", python, pip)
    project = make_project(tmp_path / "project", "built", code=STARTS_PIP)
    nested = tmp_path / "nested"
    for arguments, line in (
        ("--user demo", "error: userctl-isolated-typed"),
        ("demo", "userctl-isolated-configured: "),
    ):
        result = environment.pip(
            "install", "--no-build-isolation", str(project), PIP_USER="1", ARGUMENTS=arguments, NESTED=str(nested)
        )
        assert result.returncode == 0, result
        assert line in nested.read_text(), nested.read_text()
        assert environment.where("demo") == ("site" if arguments == "demo" else ""), nested.read_text()
