"""Section 2, principles 1 to 3: what pip does alone is compared with what it does under the policy; what is exempt."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from pip_userctl.testing import PipEnvironment, PipResult
from tests.integration.conftest import Make, Shared
from tests.support import cache
from tests.support.cache import Built
from tests.support.changes import copy_in
from tests.support.expect import ALLOW_ROOT, AUDIT, STRICT, assert_judged, assert_silent
from tests.support.projects import make_project
from tests.support.pythons import NEWEST, OLDEST, discover

FIRST, *_, LAST = discover()
each_end = pytest.mark.parametrize(("python", "pip"), [(FIRST, OLDEST), (LAST, NEWEST)], ids=[OLDEST, NEWEST])

# 1 and 2: where it goes


class Ask(NamedTuple):
    """One request. rescued: pip, or what it installs, fails only because of the configured user install."""

    arguments: str
    variables: dict[str, str]
    rescued: bool = False


ASKS, HIDDEN = {"PIP_USER": "1"}, {"PYTHONNOUSERSITE": "1"}
REQUESTS = {
    "plain": Ask("demo", {}),
    "typed": Ask("--user demo", {}),
    "configured": Ask("demo", ASKS),
    "ruled out": Ask("--no-user demo", ASKS),
    "hidden typed": Ask("--user demo", HIDDEN),
    "hidden configured": Ask("demo", {**ASKS, **HIDDEN}, rescued=True),
    "target": Ask("--target {home}/target demo", ASKS, rescued=True),
    "prefix": Ask("--prefix {home}/prefix demo", ASKS, rescued=True),
    "root": Ask("--root {home}/root demo", {}),
    "by path": Ask("--target {site} demo", {}),
    "typed target": Ask("--user --target {home}/target demo", {}),
    "unknown": Ask("--user no-such-distribution", {}),
    "nothing": Ask("--user", {}),
}
#: What an isolated environment has told already, and what differs where site-packages cannot be written to.
TOLD = ("typed target", "unknown", "nothing", "root", "by path")
SHUT = ("plain", "ruled out", "typed", "hidden configured")


def run(environment: PipEnvironment, ask: Ask, **variables: str) -> tuple[PipResult, list[str]]:
    """Install, note where demo is, and clean up."""
    words = ask.arguments.format(home=environment.account.home, site=environment.user_site).split()
    result = environment.pip("install", "--no-compile", *words, **{**ask.variables, **variables})
    roots = (environment.account.home, environment.prefix)
    found = sorted(path for root in roots for path in root.rglob("demo*") if path.suffix in (".py", ".dist-info"))
    for path in found:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return result, list(map(str, found))


def of_pip(result: PipResult) -> list[str]:
    """The lines that pip itself printed."""
    return [line for line in result.output.splitlines() if "userctl" not in line]


@pytest.mark.parametrize(
    ("kind", "pip", "shut"),
    [
        ("isolated", NEWEST, False),
        ("base", NEWEST, False),
        ("system-site", OLDEST, False),
        ("base", OLDEST, True),
        ("system-site", NEWEST, True),
    ],
)
def test_what_pip_would_have_done_happens_there_or_not_at_all(
    make: Make, built: Built, kind: str, pip: str, shut: bool
) -> None:
    environment = make(kind, pip=pip, userctl=False)
    asks = {name: ask for name, ask in REQUESTS.items() if kind == "isolated" or name not in TOLD}
    asks = {name: ask for name, ask in asks.items() if not shut or name in SHUT}
    environment.site_packages.chmod(0o555 if shut else 0o755)
    environment.account.unprivileged = shut
    alone = {name: run(environment, ask) for name, ask in asks.items()}
    environment.site_packages.chmod(0o755)
    for folder in (built.unpacked, cache.dependencies_folder(discover()[environment.version])):
        copy_in(environment, folder)
    environment.site_packages.chmod(0o555 if shut else 0o755)
    for name, ask in asks.items():
        without, files = alone[name]
        if "PIP_USER" in ask.variables or name == "typed":
            audited, found = run(environment, ask, **AUDIT)  # nothing is refused or ignored
            assert (audited.returncode, found) == (without.returncode, files), (name, audited)
            assert of_pip(audited) == of_pip(without), (name, without, audited)
        judged, found = run(environment, ask, **ALLOW_ROOT)
        if (ask.rescued and not shut) or (kind == "isolated" and name == "configured"):
            assert (judged.returncode, bool(found)) == (0, True), (name, judged)
            assert len(judged.lines("userctl-")) == 1, (name, judged)
            assert not any(each.startswith(str(environment.account.home / ".local")) for each in found), (name, judged)
        elif found != files:
            assert (judged.returncode, found) == (1, []), (name, judged)
            assert judged.verdict == "refuse", (name, judged)


# 3: what is not judged


@pytest.mark.parametrize(
    ("python", "pip", "asking"),
    [(FIRST, OLDEST, "a file"), (LAST, NEWEST, "a variable")],
    ids=[OLDEST, NEWEST],
)
def test_the_installs_of_build_isolation_are_not_judged_and_not_recorded(
    shared: Shared, tmp_path: Path, python: str, pip: str, asking: str
) -> None:
    environment = shared("isolated", python, pip)
    project = make_project(tmp_path / "project", "built", requires=["demo"], code="import demo")
    if asking == "a file":
        environment.account.config.write_text("[install]\nuser = true\n")
    variables = {"PIP_USER": "1"} if asking == "a variable" else {}
    options = [["-v"], ["--use-feature=inprocess-build-deps"]] if pip == NEWEST else [["-v"]]
    for each in options:
        result = environment.pip("install", *each, "--force-reinstall", str(project), **variables)
        assert result.returncode == 0, result
        assert result.printed == ["isolated-configured"], result
        arguments = [each["request"]["arguments"] for each in result.records if each["event"] == "decision"]
        assert arguments == [["install", *each, "--force-reinstall", str(project)]], result
    assert environment.where("built") == "site", result


STARTS_PIP = """\
import os, subprocess, sys
command = [sys.executable, "-m", "pip", "install", *os.environ["ARGUMENTS"].split()]
with open(os.environ["NESTED"], "w") as file:
    subprocess.call(command, stdout=file, stderr=file)
"""


@each_end
def test_a_pip_install_that_a_build_backend_starts_is_an_ordinary_one(
    shared: Shared, tmp_path: Path, python: str, pip: str
) -> None:
    environment = shared("isolated", python, pip)
    project = make_project(tmp_path / "project", "built", code=STARTS_PIP)
    nested = tmp_path / "nested"
    for arguments, rule in ("--user demo", "isolated-typed"), ("demo", "isolated-configured"):
        variables = {"PIP_USER": "1", "ARGUMENTS": arguments, "NESTED": str(nested)}
        result = environment.pip("install", "--no-build-isolation", str(project), **variables)
        assert result.returncode == 0, result
        assert f"userctl-{rule}" in nested.read_text(), nested.read_text()
        assert environment.where("demo") == ("site" if arguments == "demo" else ""), nested.read_text()


#: Arguments and variables of what merely looks like such an install; {home} is the account's.
POSING = {
    "into the user base": ("--prefix {home}/.local", {}),
    "by --root": ("--root {home} --prefix /.local", {}),
    "PYTHONUSERBASE being another": ("--prefix {home}/.local", {"PYTHONUSERBASE": "/tmp/zz"}),
    "HOME being another": ("--prefix {home}/.local", {"HOME": "/tmp/zz", "PYTHONUSERBASE": "{home}/.local"}),
    "through a link": ("--prefix {home}/link", {}),
}


def test_what_poses_as_such_an_install_is_judged_by_the_directory_that_would_be_written(
    shared: Shared, each_pip: str
) -> None:
    environment = shared("isolated", pip=each_pip)
    home = environment.account.home
    (home / "link").symlink_to(home / ".local")
    (environment.account.cwd / "t").mkdir()
    tracker = {"PIP_BUILD_TRACKER" if each_pip == NEWEST else "PIP_REQ_TRACKER": str(environment.account.cwd / "t")}
    for arguments, given in list(POSING.values())[:: 1 if each_pip == NEWEST else 2]:
        variables = {name: value.format(home=home) for name, value in given.items()}
        refuse = {"PIP_USERCTL_USER_SITE_BY_PATH": "refuse", **tracker, **variables}
        result = environment.pip("install", "--no-user", *arguments.format(home=home).split(), "demo", **refuse)
        assert_judged(result, "user-site-by-path", "refuse")


def test_nothing_of_what_makes_a_nested_install_may_be_missing(shared: Shared) -> None:
    environment = shared("isolated")
    (environment.account.cwd / "t").mkdir()
    tracker = {"PIP_BUILD_TRACKER": str(environment.account.cwd / "t")}
    nested = environment.pip("install", "--no-user", "--prefix", "overlay", "demo", **tracker)
    assert (nested.returncode, nested.records) == (0, ()), nested
    for arguments, variables in (
        (["--no-user", "--prefix", "overlay"], {}),
        (["--no-user", "--prefix", "overlay"], {"PIP_BUILD_TRACKER": ""}),
        (["--prefix", "overlay"], tracker),
        (["--no-user", "--prefix", ""], tracker),
        (["--no-user", "--target", "overlay"], tracker),
    ):
        result = environment.pip("install", *arguments, "--force-reinstall", "demo", **variables)
        assert result.verdict == "allow", (arguments, result)


def run_ensurepip(environment: PipEnvironment, *arguments: str) -> PipResult:
    """Put the interpreter's bundled pip into an environment that has none. It drops pip's variables and files."""
    (environment.site_packages / "pip-of-the-tests.pth").unlink()
    environment.account.config.write_text("[global]\nuser = true\n")
    return environment.run("-m", "ensurepip", *arguments, PIP_USER="1")


@pytest.mark.needs("base-ensurepip")
@pytest.mark.parametrize("python", [FIRST, LAST])
def test_ensurepip_is_not_judged_unless_it_makes_a_user_install(make: Make, python: str) -> None:
    environment = make("isolated", python)
    assert_silent(run_ensurepip(environment))
    assert (environment.site_packages / "pip" / "__init__.py").exists()
    if python == FIRST:
        assert_judged(run_ensurepip(make("isolated", python), "--user"), "isolated-typed", "refuse")
        return
    shut = make("base", python)
    (shut.site_packages / "pip-of-the-tests.pth").rename(shut.prefix / "pip-of-the-tests.pth")
    shut.make_read_only()
    fallback = shut.run("-m", "ensurepip")
    assert (fallback.returncode, "base-fallback" in fallback.printed) == (0, True), fallback


def test_a_pip_from_a_wheel_is_judged_for_everything_else(shared: Shared, each_pip: str) -> None:
    environment = shared("base", pip=each_pip)
    links = ["--no-index", "--find-links", str(environment.account.wheels)]
    site = str(environment.user_site)

    def install(*arguments: str, **variables: str) -> PipResult:
        wheel = str(cache.pip_wheel(each_pip) / "pip")
        return environment.run(wheel, "install", *links, *arguments, **{**STRICT, **variables})

    (environment.account.cwd / "wanted.txt").write_text("demo\n")
    cases: list[tuple[list[str], dict[str, str], str]] = [
        (["pip", "demo"], {}, "base-site"),
        (["pip"], {"PIP_USER": "1"}, "base-configured"),
        (["-r", "wanted.txt"], {}, "base-site"),
        (["pip"], {"PIP_TARGET": site}, "user-site-by-path"),
    ]
    for arguments, variables, rule in cases[: None if each_pip == NEWEST else 1]:  # such a pip is slow
        assert_judged(install(*arguments, **variables), rule, "refuse")
    unpacked = environment.pip("install", *links, "setuptools", **STRICT)
    assert_judged(unpacked, "base-site", "refuse")
