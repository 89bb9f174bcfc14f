"""Section 3, rules on distributions: what hides what, and what may not enter a user site; nothing is written by then."""

from __future__ import annotations

from pathlib import Path

import pytest

from pip_userctl.testing import PipResult
from tests.integration.conftest import Shared
from tests.support.expect import ALLOW_ROOT, assert_judged, assert_silent
from tests.support.projects import make_project
from tests.support.pythons import NEWEST, OLDEST
from tests.support.usersites import put

# shadowing


def shadowing(result: PipResult, text: str, *, action: str = "warn") -> str:
    """The one line that says what hides what, which has these words, and is behind the resolved set in the record."""
    assert_judged(result, "shadowing", action)
    (line,) = result.lines("userctl-shadowing: ") or [" ".join(result.output.split())]
    assert text in line, result
    last = [each for each in result.records if each["event"] == "decision"][-1]
    assert (last["phase"], {"demo"} <= {each["name"] for each in last["distributions"]}) == (2, True), result
    return line


def test_what_is_hidden_after_the_install_is_told_by_the_order_of_the_import_path(
    shared: Shared, each_pip: str
) -> None:
    environment = shared("base", pip=each_pip)
    put(environment.site_packages, "Demo", "0.5", {"yaml.py": ""})
    ours = environment.pip("install", "--user", "--ignore-installed", "demo", **ALLOW_ROOT)
    shadowing(ours, f"demo 1.0 will hide another copy: Demo 0.5 in {environment.site_packages} comes after it")
    again = environment.pip("install", "--user", "--force-reinstall", "demo", **ALLOW_ROOT)
    assert_silent(again)  # it stood there before

    environment = shared("base", pip=each_pip)
    put(environment.user_site, "demo", "0.5")
    theirs = environment.pip("install", "--no-user", "--ignore-installed", "demo")
    line = shadowing(theirs, "demo 1.0 will be hidden: demo 0.5 in ~/.local/")
    assert "comes first" in line, theirs
    assert "-m pip_userctl quarantine demo" in theirs.output, theirs
    assert f"userctl: demo 1.0 is in {environment.site_packages} (shadowing)" in theirs.stdout, theirs

    environment = shared("system-site", pip=each_pip)  # here its own directory comes first
    put(environment.user_site, "demo", "0.5")
    assert_silent(environment.pip("install", "--ignore-installed", "demo"))


def test_a_copy_that_pip_removes_hides_nothing(shared: Shared, each_pip: str) -> None:
    for options in (["--user"], ["--no-user"]):
        environment = shared("base", pip=each_pip)
        put(environment.user_site, "demo", "0.5")
        result = environment.pip("install", *options, "--upgrade", "demo", **ALLOW_ROOT)
        assert_silent(result)
        (outcome,) = (each for each in result.records if each["event"] == "outcome")
        assert outcome["removed"] == [{"name": "demo", "version": "0.5"}], outcome
        assert environment.where("demo") == options[0].strip("-").replace("no-user", "site"), result


def test_pythonpath_comes_first_and_what_is_not_on_the_path_is_not_judged(shared: Shared, tmp_path: Path) -> None:
    environment = shared("isolated")
    put(environment.account.home / "lib", "demo", "0.5")
    variables = {"PYTHONPATH": str(environment.account.home / "lib")}
    shadowing(environment.pip("install", "--ignore-installed", "demo", **variables), "demo 0.5 in ~/lib comes first")
    assert_silent(environment.pip("install", "--ignore-installed", "--target", "there", "demo", **variables))
    assert_silent(environment.pip("install", "--ignore-installed", "--root", "root", "demo", **variables))
    allowed = environment.pip("install", "--ignore-installed", "demo", **variables, PIP_USERCTL_SHADOWING="allow")
    assert (allowed.output.count("userctl"), allowed.rules) == (0, {}), allowed

    project = make_project(tmp_path / "project", "built")  # the source of the request itself, as setuptools leaves it
    put(project, "built", "1.0")
    (project / "built-1.0.dist-info").rename(project / "built.egg-info")
    (project / "built.egg-info" / "METADATA").rename(project / "built.egg-info" / "PKG-INFO")
    assert_silent(environment.pip("install", "--ignore-installed", "./project", cwd=tmp_path, PYTHONPATH=str(project)))
    assert environment.where("built") == "site"


def test_many_hidden_distributions_are_one_short_line(shared: Shared) -> None:
    environment = shared("base")
    names = [f"package-{number}" for number in range(6)]
    for name in names:
        put(environment.user_site, name, "0.5")
        environment.wheel(name)
    result = environment.pip("install", "--no-user", "--ignore-installed", *names)
    assert_judged(result, "shadowing", "warn")
    assert "package-0 1.0, package-1 1.0, package-2 1.0 and 3 more will be hidden" in result.stderr, result
    assert result.output.count("will be hidden") == 1, result
    assert max(map(len, result.stderr.splitlines()[:1])) < 400, result


def test_a_refusal_by_the_resolved_set_leaves_everything_as_it_was(shared: Shared, each_pip: str) -> None:
    environment = shared("base", pip=each_pip)
    put(environment.site_packages, "demo", "0.5")
    put(environment.user_site, "depends", "0.5")
    before = sorted(environment.account.home.rglob("*"))
    refuse = {"PIP_USERCTL_SHADOWING": "refuse", **ALLOW_ROOT}
    result = environment.pip("install", "--user", "--no-cache-dir", "--upgrade", "depends", "demo", **refuse)
    shadowing(result, "demo 1.0 will hide another copy", action="refuse")
    assert sorted(environment.account.home.rglob("*")) == before, result


def test_where_pip_fails_after_a_warning_nothing_says_where_it_went(shared: Shared) -> None:
    environment = shared("base")
    put(environment.user_site, "demo", "0.5", record=False)  # what pip cannot remove
    warn = {"PIP_USERCTL_BASE_TYPED": "warn", **ALLOW_ROOT}
    result = environment.pip("install", "--user", "--upgrade", "demo", **warn)
    assert_judged(result, "base-typed", "warn", returncode=1)
    assert not result.lines("userctl: "), result
    outcome = result.records[-1]
    assert (outcome["result"], outcome["distributions"]) == ("failed", []), outcome


# protected-package

PROTECT = {"PIP_USERCTL_PROTECT_PACKAGES": "demo", **ALLOW_ROOT}


#: What names it, and whether the oldest pip is asked, too.
NAMED = {
    "Demo": False,
    "demo @ https://example.invalid/demo-1.0.zip": True,
    "--editable git+https://example.invalid/demo.git#egg=demo": False,
    "-r requirements.txt": True,
}


@pytest.mark.parametrize("arguments", NAMED)
def test_a_protected_package_that_is_named_is_refused_before_pip_looks_for_it(shared: Shared, arguments: str) -> None:
    for pip in (OLDEST, NEWEST) if NAMED[arguments] else (NEWEST,):
        environment = shared("base", pip=pip)
        (environment.account.cwd / "requirements.txt").write_text("other\nDEMO\n")
        words = [arguments] if " @ " in arguments else arguments.split()
        result = environment.pip("install", "--user", *words, **PROTECT)
        assert_judged(result, "protected-package", "refuse")
        assert "demo may not enter a user site" in result.output, result
        assert not {"Processing", "Collecting", "Cloning"} & set(result.output.split()), result


def test_a_protected_package_may_not_come_as_a_dependency_or_by_path_either(shared: Shared, each_pip: str) -> None:
    environment = shared("base", pip=each_pip)
    result = environment.pip("install", "--user", "depends", **PROTECT)
    assert_judged(result, "protected-package", "refuse")
    assert "comes with depends" in result.output, result
    assert [each["phase"] for each in result.records if each["event"] == "decision"] == [1, 2], result
    environment = shared("isolated", pip=each_pip)
    by_path = ["--target", str(environment.user_site), "depends"]
    result = environment.pip("install", *by_path, PIP_USERCTL_USER_SITE_BY_PATH="allow", **PROTECT)
    assert_judged(result, "protected-package", "refuse")
    assert_silent(environment.pip("install", "depends", **PROTECT))  # the environment may have it
    assert not environment.user_site.exists()


@pytest.mark.parametrize(
    ("entries", "refused"), [("demo<2", True), ("other, demo>=2", False), ("other\ndemo==1.*", True)]
)
def test_a_version_part_of_a_protected_package_is_judged_by_the_version_that_pip_found(
    shared: Shared, entries: str, refused: bool
) -> None:
    environment = shared("base")
    variables = {**PROTECT, "PIP_USERCTL_PROTECT_PACKAGES": entries}
    result = environment.pip("install", "--user", "demo", **variables)
    assert_judged(result, "protected-package", "refuse") if refused else assert_silent(result)


def test_a_version_part_is_judged_by_the_file_name_of_a_wheel(shared: Shared) -> None:
    environment = shared("base")
    wheel = str(environment.wheel("demo", "1.0"))
    named = environment.pip("install", "--user", wheel, **{**PROTECT, "PIP_USERCTL_PROTECT_PACKAGES": "demo<2"})
    assert_judged(named, "protected-package", "refuse")
    assert [each["phase"] for each in named.records if each["event"] == "decision"] == [1], named
