"""The page of each rule: a real pip prints its example, and what the page says to do instead works."""

from __future__ import annotations

import os
import pwd
import re
from typing import NamedTuple

import pytest

from pip_userctl.cli.rules import read_page
from pip_userctl.keys import KEYS, RULES
from pip_userctl.testing import PipEnvironment, PipResult
from tests.support import scenes
from tests.support.changes import put_on_path
from tests.support.scenes import SCENES, STRANGER, Stage
from tests.support.usersites import put

pytestmark = pytest.mark.needs("base-ensurepip")
#: What the page takes for granted besides its command and the settings that the example names.
VARIABLES = {
    "root-user": {"PIP_ROOT_USER_ACTION": "warn"},
    "container-home": {"APPTAINER_NAME": "lab.sif"},
    "protected-package": {"PIP_USERCTL_PROTECT_PACKAGES": "nbconvert"},
}
#: What to do instead where the example has no hint, as the page says it.
INSTEAD = {
    "base-fallback": "python3 -m venv .venv && .venv/bin/pip install six",
    "conda-configured": "pip install --no-user six",
    "hidden-user-site-configured": "env -u PIP_USER pip install six",
    "isolated-configured": "pip install --no-user six",
    "location-configured": "pip install --no-user --target vendor six",
}
#: What pip prints itself on standard error.
_PIPS_OWN = re.compile(r"^WARNING: Running pip as the 'root' user.*\n", re.MULTILINE)
_MAKES = re.compile(r"\S*python[\d.]* -m venv")


class Example(NamedTuple):
    """An example: what is typed, without its prompt, and everything that is printed; ``…`` stands for lines of pip."""

    command: str
    variables: dict[str, str]
    printed: str

    @property
    def package(self) -> str:
        """What is installed."""
        return self.command.split()[-1]


def example_of(rule: str) -> Example:
    """The example of a page. What the command sets is set for the hint, too, as ``export`` would."""
    block = read_page(rule, KEYS[rule]).split("## Example\n\n")[1].split("\n\n## ")[0]
    typed, printed = re.sub(r"(?m)^ {4}", "", block).split("\n", 1)
    typed = re.sub(r"^(\$ sudo|\$|#|Apptainer>) ", "", typed)
    variables = dict(re.findall(r"([A-Z]+(?:_[A-Z]+)*)=(\w+)", typed))
    return Example(typed[typed.index("pip ") :], {**variables, **VARIABLES.get(rule, {})}, f"{printed}\n")


def prepare(stage: Stage, rule: str) -> PipEnvironment:
    """The environment and the settings of the example."""
    environment, printed = stage.set(rule, keep=".venv"), example_of(rule).printed
    account = environment.account
    if environment.scripts.as_posix() not in account.path:
        put_on_path(environment)
    scenes.remove(*account.cwd.glob(".venv/lib/*/site-packages/[jns][ubi]*"))  # what the hints of other rules installed
    for name, version in {"six": "1.17.0", "numpy": "2.1.0", "nbconvert": "7.16.0"}.items():
        environment.wheel(name, version)
    environment.wheel("jupyterlab", requires=["nbconvert"])
    if "user = true (" in printed:
        account.config.write_text("[global]\nuser = true\n")
    if "/etc/pip.conf:2" in printed:
        setting = "profile = strict" if "[profile strict" in printed else f"{rule} = refuse"
        account.global_config.write_text(f"[userctl]\n{setting}\n")
    if rule == "conda-frozen":
        (environment.prefix / "conda-meta" / "frozen").write_text("")
    if rule == "shadowing":
        put(environment.user_site, "numpy", "1.26.4")
    return environment


def on_this_machine(page: str, environment: PipEnvironment) -> str:
    """The text of a page with the paths, the version and the accounts of this machine instead of the page's."""
    account, prefix = environment.account, str(environment.prefix)
    frozen = os.path.relpath(environment.prefix / "conda-meta", account.cwd)
    for stand_in, real in (
        ("/home/ann", str(account.home)),
        ("of ann", f"of {STRANGER}"),
        ("ann's", f"{STRANGER}'s"),
        ("/etc/pip.conf", str(account.global_config)),
        ("/opt/conda/conda-meta", frozen),
        *((path, prefix) for path in ("/opt/conda", "/srv/app", "/usr/local")),
        ("in /usr is", f"in {prefix} is"),
        ("3.12", environment.version),
        ("owner root, mode drwxr-xr-x", f"owner {pwd.getpwuid(os.geteuid()).pw_name}, mode dr-xr-xr-x"),
    ):
        page = page.replace(stand_in, real)
    return page


def run(rule: str, environment: PipEnvironment, command: str) -> PipResult:
    """Run a shell command where the rule's example is set."""
    words = scenes.in_scene(rule, ["sh", "-c", command])
    return environment.account.run(words, example_of(rule).variables)


def places(environment: PipEnvironment, name: str) -> list[str]:
    """The folders that hold the distribution, by what they are."""
    cwd, library = environment.account.cwd, f"lib/python{environment.version}/site-packages"
    folders = {"here": environment.site_packages, "user": environment.user_site, "there": cwd / "vendor"}
    return [each for each, folder in {**folders, "new": cwd / ".venv" / library}.items() if [*folder.glob(f"{name}-*")]]


@pytest.mark.parametrize("rule", [pytest.param(rule, marks=pytest.mark.needs(*SCENES[rule].needs)) for rule in RULES])
def test_pip_prints_the_example_of_a_page_and_what_to_do_instead_works(stage: Stage, rule: str) -> None:
    """The example is equal to what pip prints but for paths, the version, accounts (`on_this_machine`) and the name of python.

    Then the hint, or else what the page says to do instead, is run with the same settings.
    """
    example, environment = example_of(rule), prepare(stage, rule)
    result = run(rule, environment, example.command)
    expected, _, end = on_this_machine(example.printed, environment).partition("…\n")
    said = "".join(f"{line}\n" for line in result.stdout.splitlines() if line.startswith("userctl-"))
    assert _MAKES.sub("python3 -m venv", _PIPS_OWN.sub("", result.stderr)) + said == expected, result
    assert (result.returncode, result.stdout.endswith(end)) == (0 if end else 1, True), result

    (hint,) = re.findall("(?m)^hint: (.*)$", result.stderr) or [INSTEAD[rule]]
    environment = prepare(stage, rule)
    done = run(rule, environment, hint)
    assert (done.returncode, "userctl-" in done.output) == (0, False), (hint, done)
    if rule == "shadowing":
        done = run(rule, environment, example.command)  # numpy is not hidden any more
        assert "userctl" not in done.output, done
    assert "Successfully installed" in done.stdout, (hint, done)
    place = "new" if "-m venv" in hint else "there" if "--target" in hint else "here"
    assert places(environment, example.package) == [place], (hint, done)
