"""Other interpreters: ``--python PATH`` of the command line, ``pip --python OTHER``, and what ``status`` says of reach."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import pytest

from tests.toolkit import cache, pythons, reach
from tests.toolkit.environments import Environment, Result
from tests.toolkit.expect import assert_judged, assert_silent
from tests.toolkit.probes import pip_for
from tests.toolkit.reach import Pair, assert_succeeded

Make = Callable[..., Environment]
FIRST, LAST = (list(pythons.discover().values())[index] for index in (0, -1))
each_end = pytest.mark.parametrize("python", [FIRST.version, LAST.version])
each_pip = pytest.mark.parametrize("pip", ["22.3.1", cache.PIPS[-1]])
ALL = "--all-environments"


def data(result: Result) -> Any:
    """What the answer says, and that it printed nothing else."""
    assert result.stderr == "", result
    return json.loads(result.stdout)["data"]


@each_end
def test_status_tells_the_truth_about_another_interpreter(make: Make, tmp_path: Path, python: str) -> None:
    two = Pair(make, tmp_path, python=python)

    def status() -> tuple[int, Any]:
        result = two.covering.userctl("status", "--json", "--python", str(two.covered.prefix))
        return result.returncode, data(result)

    code, found = status()
    assert (code, found["active"], found["coverage"]) == (1, False, {"by": None, "file": None}), found
    assert f"activate {two.covered.prefix}" in found["reach"], found
    assert found["environment"]["prefix"] == str(two.covered.prefix)
    assert_succeeded(two.activate())
    code, found = status()
    expected = {"by": "activate", "file": str(two.start_up_file)}
    assert (code, found["active"], found["coverage"]) == (0, True, expected), found
    assert found["location"] == str(two.covering.site_packages)
    assert_succeeded(two.deactivate())
    assert_succeeded(two.covering.userctl("activate", ALL))
    code, found = status()
    assert (code, found["coverage"]["by"]) == (0, "all-environments"), found
    own = data(two.covering.userctl("status", "--json"))
    assert own["coverage"]["by"] == "all-environments", own
    assert "isolated virtual environments included" in own["reach"], own


def test_status_of_the_covering_installation_names_what_it_does_not_reach(make: Make) -> None:
    found = data(make("base").userctl("status", "--json"))
    assert found["coverage"]["by"] == "installation", found
    assert "not its isolated virtual environments" in found["reach"], found


def test_an_installation_in_the_user_site_says_what_it_covers_and_what_not(make: Make) -> None:
    environment = make("base")
    environment.remove_userctl("pip_userctl", "_pip_userctl.py", "_pip_userctl_pip.py", "pip_userctl.pth")
    site, environment.site_packages = environment.site_packages, environment.user_site
    environment.site_packages.mkdir(parents=True)
    environment.install_userctl()
    environment.site_packages = site
    found = data(environment.userctl("status", "--json"))
    assert found["active"], found
    assert found["location"] == str(environment.user_site), found
    for words in ("of this account", "not isolated virtual environments", "-s, -I or PYTHONNOUSERSITE"):
        assert words in found["reach"], found
    assert_silent(environment.pip("install", "--prefix", "there", "demo", flags=["-I"], PIP_USER="0"))


@each_end
def test_explain_tells_the_decision_of_another_interpreter(make: Make, tmp_path: Path, python: str) -> None:
    two = Pair(make, tmp_path, python=python)
    for activate in (False, True):
        if activate:
            assert_succeeded(two.activate())
        result = two.covering.userctl("explain", "--json", f"--python={two.covered.python}", "--", "--user", "demo")
        found = data(result)
        assert (result.returncode, found["verdict"]) == (1, "refuse"), result
        assert [each["name"] for each in found["situations"]] == ["isolated-typed"], result


@pytest.mark.needs("several-pythons")
def test_a_newer_python_can_be_asked_too(make: Make, tmp_path: Path) -> None:
    covering, other = make("base", FIRST.version), Pair(make, tmp_path, python=LAST.version)
    found = data(covering.userctl("status", "--json", "--python", str(other.covered.python)))
    assert found["environment"]["prefix"] == str(other.covered.prefix), found


@pytest.mark.needs("several-pythons")
def test_an_interpreter_with_a_pip_userctl_of_its_own_uses_that(make: Make) -> None:
    covering, other = make("base"), make("base", FIRST.version, pip_for(FIRST))
    found = data(covering.userctl("status", "--json", "--python", str(other.python)))
    assert (found["location"], found["active"]) == (str(other.site_packages), True), found


# pip --python OTHER install


@each_pip
def test_pip_in_a_covered_other_interpreter_is_under_the_policy(make: Make, tmp_path: Path, pip: str) -> None:
    python = next(python for python, each in reversed(cache.starting_pairs()) if each == pip)
    two = Pair(make, tmp_path, python=python)
    reach.with_pip(two.covering, pip)
    with (two.covering.site_packages / "links.pth").open("a") as file:
        file.write(f"{cache.dependencies_folder(two.covering.base)}\n")
    assert_succeeded(two.activate())
    result = two.covering.pip("--python", str(two.covered.prefix), "install", "--user", "demo")
    assert_judged(result, "isolated-typed", "refuse")
    assert f"hint: {two.covered.python} -m pip install demo\n" in result.stderr, result


@each_pip
@pytest.mark.parametrize(("profile", "action"), [("audit", "log"), ("default", "warn"), ("strict", "refuse")])
def test_an_uncovered_other_interpreter_is_a_situation(
    make: Make, tmp_path: Path, pip: str, profile: str, action: str
) -> None:
    python = next(python for python, each in reversed(cache.starting_pairs()) if each == pip)
    two = Pair(make, tmp_path, python=python)
    reach.with_pip(two.covering, pip)
    with (two.covering.site_packages / "links.pth").open("a") as file:
        file.write(f"{cache.dependencies_folder(two.covering.base)}\n")
    command = ["--python", str(two.covered.prefix), "install", "-v", "demo"]
    result = two.covering.pip(*command, PIP_USERCTL_PROFILE=profile)
    assert result.situations == ["other-interpreter"] * (2 if action == "warn" else 1), result
    assert result.returncode == (1 if action == "refuse" else 0), result
    assert ("WARNING: userctl-other-interpreter" in result.output) == (action == "warn"), result
    assert (two.covered.where("demo") == "") == (action == "refuse"), result
    assert_silent(two.covering.pip("--python", str(two.covered.prefix), "list", PIP_USERCTL_PROFILE=profile))
    quiet = two.covering.pip("--python", str(two.covered.prefix), "install", "-qq", "demo")
    assert_silent(quiet)


@each_pip
def test_nothing_of_us_disturbs_a_wrong_use_of_the_option(make: Make, tmp_path: Path, pip: str) -> None:
    environment = make("isolated", pip=pip)
    result = environment.pip("--python", str(tmp_path / "absent"), "install", "demo")
    assert result.returncode == 1, result
    assert "Could not locate Python interpreter" in result.output, result
    assert "userctl" not in result.output, result
