"""``pip-userctl status``: is it active here, how far it reaches, the facts, and each policy value with its source."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Callable

import pytest

from tests.toolkit import cache
from tests.toolkit.answers import answer, status
from tests.toolkit.environments import Environment

Make = Callable[..., Environment]
Damage = Callable[[Environment], "dict[str, str]"]


def search_path(environment: Environment) -> str:
    """Everything that an interpreter without ``site`` has to be told."""
    links = (environment.site_packages / "links.pth").read_text().split()
    return ":".join([str(environment.site_packages), *links])


def test_an_active_environment_is_described(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    data = status(environment)
    assert (data["active"], data["reason"]) == (True, ""), data
    assert data["userctl"] == "0.1.0", data
    assert data["location"] == str(environment.site_packages), data
    assert data["pip"] == {"version": each_pip, "location": str(cache.pip_folder(each_pip) / "pip" / "__init__.py")}, (
        data
    )
    assert data["reach"] == f"this virtual environment only: {environment.prefix}", data
    facts = data["environment"]
    assert (facts["kind"], facts["prefix"]) == ("isolated", str(environment.prefix)), data
    assert (facts["user_site"], facts["user_site_enabled"]) == (str(environment.user_site), False), data
    assert facts["user_site_reason"], data
    assert (data["policy"]["profile"], data["policy"]["locked"]) == ("default", False), data
    assert (data["policy"]["files"], data["policy"]["problems"], data["failures"]) == ([], [], []), data

    result = environment.userctl("status")
    assert result.returncode == 0, result
    for line in (
        "active       yes\n",
        f"pip          {each_pip} from {cache.pip_folder(each_pip)}",
        f"reach        this virtual environment only: {environment.prefix}\n",
        "  kind                isolated\n",
        f"  interpreter         {environment.python} ({environment.base.version}.",
        f"  user site           {environment.user_site} (not on sys.path: ",
        "policy, profile default\n",
        "  base-fallback                log\n",
    ):
        assert line in result.stdout, result


# active or not


def without_start_up_file(environment: Environment) -> dict[str, str]:
    """The start-up file is gone."""
    environment.remove_userctl("pip_userctl.pth")
    return {}


def switched_off(environment: Environment) -> dict[str, str]:
    """The policy says no."""
    return {"PIP_USERCTL_ENABLED": "no"}


def misfitting_pip(environment: Environment) -> dict[str, str]:
    """A pip in which one of the seams has another name."""
    own = environment.prefix / "pip-folder"
    links = (environment.site_packages / "links.pth").read_text().splitlines()
    shutil.copytree(links[1], own)
    module = own / "pip" / "_internal" / "commands" / "install.py"
    module.write_text(module.read_text().replace("decide_user_install", "choose_user_install"))
    (environment.site_packages / "links.pth").write_text(f"{links[0]}\n{own}\n")
    return {}


def without_pip(environment: Environment) -> dict[str, str]:
    """No pip at all."""
    dependencies = (environment.site_packages / "links.pth").read_text().splitlines()[0]
    (environment.site_packages / "links.pth").write_text(f"{dependencies}\n")
    return {}


def half_a_pip(environment: Environment) -> dict[str, str]:
    """A pip that misses a part of itself."""
    without_pip(environment)
    (environment.site_packages / "pip").mkdir()
    (environment.site_packages / "pip" / "__init__.py").write_text("__version__ = '26.3'\n")
    return {}


def taken_hook(environment: Environment) -> dict[str, str]:
    """Another start-up file has imported pip's install command before ours."""
    (environment.site_packages / "aaa.pth").write_text("import pip._internal.commands.install\n")
    links = environment.site_packages / "links.pth"
    links.rename(environment.site_packages / "a.pth")
    return {}


INACTIVE: Mapping[str, tuple[Damage, str]] = {
    "the start-up file is missing": (without_start_up_file, "the start-up file pip_userctl.pth was not read"),
    "enabled = no": (switched_off, "the policy is switched off (enabled = no)"),
    "pip does not fit": (misfitting_pip, "this pip has no decide_user_install: it is not supported"),
    "pip is missing": (without_pip, "this interpreter has no pip"),
    "pip is broken": (half_a_pip, "pip cannot be loaded: No module named 'pip._internal'"),
    "pip was imported before": (taken_hook, "pip's install command was imported before the start-up hook"),
}


@pytest.mark.parametrize("name", INACTIVE)
def test_where_it_is_not_active_the_reason_is_given(make: Make, each_pip: str, name: str) -> None:
    environment = make("isolated", pip=each_pip)
    damage, reason = INACTIVE[name]
    variables = damage(environment)
    result = environment.userctl("status", **variables)
    assert result.returncode == 1, result
    assert "Traceback" not in result.stderr, result
    (line,) = (line for line in result.stdout.splitlines() if line.startswith("active "))
    assert line.split(None, 1)[1].startswith(f"no: {reason}"), result
    # Of a pip that does not fit the start-up hook says a line as well.
    data = answer(environment.userctl("status", "--json", **variables), complete=not result.stderr)["data"]
    assert data["active"] is False, data
    assert data["reason"].startswith(reason), data


@pytest.mark.parametrize("flags", [["-S"], ["-I", "-S"]], ids=" ".join)
def test_a_python_that_reads_no_start_up_files_is_not_active(make: Make, each_pip: str, flags: list[str]) -> None:
    environment = make("isolated", pip=each_pip)
    code = (
        f"import sys; sys.path[:0] = {search_path(environment).split(':')!r}\nfrom pip_userctl.__main__ import main\n"
    )
    result = environment.run(*flags, "-c", code + "sys.argv[1:] = ['status']; sys.exit(main())")
    assert result.returncode == 1, result
    assert "active       no: Python runs with -S, which reads no start-up files\n" in result.stdout, result
    assert "(not on sys.path: Python runs with -" in result.stdout, result


@pytest.mark.parametrize("missing", ["pluggy", "engine"])
@pytest.mark.parametrize("verb", ["status", "explain"])
def test_where_a_part_is_missing_the_command_says_which_and_how_to_mend_it(make: Make, verb: str, missing: str) -> None:
    environment = make("isolated")
    if missing == "pluggy":
        links = (environment.site_packages / "links.pth").read_text().splitlines()
        (environment.site_packages / "links.pth").write_text(f"{links[1]}\n")
    else:
        environment.remove_userctl("pip_userctl/engine.py")
    asked = ["demo"] if verb == "explain" else []
    result = environment.userctl(verb, *asked)
    assert (result.returncode, result.stderr) == (1, ""), result
    assert result.stdout.startswith("error: userctl-not-installed\n"), result
    assert missing in result.stdout, result
    assert f"hint: {environment.python} -m pip install --force-reinstall pip-userctl" in result.stdout, result
    (error,) = answer(environment.userctl(verb, "--json", *asked))["errors"]
    assert error["reference"] == "userctl-not-installed", error


@pytest.mark.parametrize("damage", [without_pip, half_a_pip], ids=lambda damage: damage.__name__)
def test_explain_without_pip_says_how_to_get_one(make: Make, damage: Damage) -> None:
    environment = make("isolated")
    damage(environment)
    result = environment.userctl("explain", "demo")
    assert result.returncode == 1, result
    assert result.stdout.startswith("error: userctl-not-installed\n"), result
    assert f"hint: {environment.python} -m ensurepip --upgrade" in result.stdout, result


def test_explain_names_a_pip_that_does_not_fit(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    misfitting_pip(environment)
    result = environment.userctl("explain", "demo")
    assert result.returncode == 1, result
    assert result.stdout.startswith("error: userctl-unsupported-pip\n"), result
    assert "this pip has no decide_user_install" in result.stdout, result


# reach


def in_base(make: Make) -> tuple[Environment, Path]:
    """Installed into a base interpreter."""
    environment = make("base")
    return environment, environment.python


def in_conda(make: Make) -> tuple[Environment, Path]:
    """Installed into a conda environment."""
    environment = make("conda")
    return environment, environment.python


def in_system_site(make: Make) -> tuple[Environment, Path]:
    """Installed into a virtual environment that sees the system's packages."""
    environment = make("system-site")
    return environment, environment.python


def seen_from_below(make: Make) -> tuple[Environment, Path]:
    """Installed into the base, asked from a virtual environment that sees it."""
    environment = make("base")
    below = environment.account.cwd / "below"
    options = ["--without-pip", "--system-site-packages"]
    subprocess.run([str(environment.python), "-I", "-m", "venv", *options, str(below)], check=True)
    return environment, below / "bin" / "python"


def in_user_site(make: Make) -> tuple[Environment, Path]:
    """Installed into the user site."""
    environment = make("base")
    environment.remove_userctl("pip_userctl", "_pip_userctl.py", "pip_userctl.pth", "pip_userctl-0.1.0.dist-info")
    shutil.copytree(cache.unpacked(), environment.user_site)
    return environment, environment.python


REACH: Mapping[Callable[[Make], tuple[Environment, Path]], str] = {
    in_base: "this interpreter, {prefix}, and its --system-site-packages environments; not its isolated virtual environments",
    in_conda: "this interpreter, {prefix}, and its --system-site-packages environments; not its isolated virtual environments",
    in_system_site: "this virtual environment only: {prefix}",
    seen_from_below: "every environment that sees the system site-packages of {prefix}",
    in_user_site: "every Python {version} of this account that reads the user site; not isolated virtual environments, and"
    " not under -s, -I or PYTHONNOUSERSITE",
}


@pytest.mark.parametrize("place", REACH, ids=lambda place: place.__name__)
def test_the_reach_depends_on_where_it_is_installed(
    make: Make, place: Callable[[Make], tuple[Environment, Path]]
) -> None:
    environment, python = place(make)
    result = environment.account.run([str(python), "-m", "pip_userctl", "status", "--json"])
    data = answer(result)["data"]
    assert data["active"] is True, result
    expected = REACH[place].format(prefix=environment.prefix, version=environment.base.version)
    assert data["reach"] == expected, result


def test_in_the_user_site_it_is_not_active_where_that_is_hidden(make: Make) -> None:
    environment, python = in_user_site(make)
    result = environment.account.run([str(python), "-s", "-m", "pip_userctl", "status"])
    assert result.returncode == 1, result
    assert "No module named pip_userctl" in result.stderr, result
