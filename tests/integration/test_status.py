"""``pip-userctl status``: is it active here, how far it reaches, the facts, and each policy value with its source."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Callable

from tests.toolkit import cache
from tests.toolkit.answers import answer, status
from tests.toolkit.environments import Environment, Result

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


# the policy, value by value


def assert_problems(environment: Environment, *expected: tuple[str, int | None, str], **variables: str) -> Result:
    """These mistakes, and no other, are told, as data and as text."""
    data = answer(environment.userctl("status", "--json", **variables))["data"]
    problems = data["policy"]["problems"]
    assert [(each["path"], each["line"]) for each in problems] == [each[:2] for each in expected], problems
    assert all(words in each["text"] for each, (*_, words) in zip(problems, expected)), problems
    assert data["active"] is True, data
    result = environment.userctl("status", **variables)
    assert result.returncode == 1, result
    section = result.stdout.split("mistakes in the policy\n")[1].splitlines()
    assert section[: len(problems)] == [f"  {each['message']}" for each in problems], result
    return result


#: Files that no parser reads: what they hold, at which line the mistake is, and what is said of it.
UNREADABLE: Mapping[str, tuple[bytes, int | None, str]] = {
    "no section": (b"user = yes\n", 1, "stands before the first [section]"),
    "a section twice": (b"[userctl]\n[userctl]\n", 2, "section [userctl] stands here a second time"),
    "a key twice": (b"[userctl]\nprofile = audit\nprofile = audit\n", 3, "key profile stands here a second time"),
    "no assignment": (b"[userctl]\nprofile\n", 2, "is not a line of a configuration file: profile"),
    "no text": (b"[userctl]\nmessage = \xff\n", None, "is not utf-8 text"),
}
