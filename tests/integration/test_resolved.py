"""Rules on the resolved set: what hides what, what may not enter the user site; nothing has been written by then."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Callable

import pytest

from pip_userctl.testing import make_wheel
from tests.toolkit.environments import Environment
from tests.toolkit.expect import NO_ROOT_ROW, assert_judged, assert_silent

Make = Callable[..., Environment]


def put(folder: Path, name: str, version: str, **more: str) -> None:
    """A distribution that lies in a folder already."""
    folder.mkdir(parents=True, exist_ok=True)
    wheel = make_wheel(folder.parent, name, version, files={f"{more.get('module', name)}.py": ""})
    subprocess.run(["python3", "-m", "zipfile", "-e", str(wheel), str(folder)], check=True)
    wheel.unlink()


def test_a_user_install_that_hides_the_systems_copy_is_warned_of(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    put(environment.site_packages, "demo", "0.5")
    result = environment.pip("install", "--user", "--ignore-installed", "demo", **NO_ROOT_ROW)
    assert_judged(result, "shadowing", "warn")
    for part in ("demo 1.0", str(environment.user_site), "demo 0.5", str(environment.site_packages), "will hide"):
        assert part in result.stderr, result


def test_a_site_install_that_the_user_site_hides_is_warned_of(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    put(environment.user_site, "demo", "0.5")
    result = environment.pip("install", "--no-user", "--ignore-installed", "demo")
    assert_judged(result, "shadowing", "warn")
    assert "will be hidden by demo 0.5" in result.stderr, result


def test_an_upgrade_in_place_hides_nothing(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    put(environment.user_site, "demo", "0.5")
    assert_silent(environment.pip("install", "--user", "--upgrade", "demo", **NO_ROOT_ROW))
    assert (environment.user_site / "demo-1.0.dist-info").exists()


def test_an_upgrade_that_removes_the_copy_in_the_user_site_hides_nothing(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    put(environment.user_site, "demo", "0.5")
    assert_silent(environment.pip("install", "--no-user", "--upgrade", "demo"))
    assert environment.where("demo") == "site"


def test_other_hiding_is_silent_by_default_and_has_its_own_key(make: Make, each_pip: str) -> None:
    environment = make("system-site", pip=each_pip)
    put(environment.user_site, "demo", "0.5")
    command = ("install", "--ignore-installed", "demo")
    assert_silent(environment.pip(*command))
    assert_judged(environment.pip(*command, PIP_USERCTL_SHADOWING_OTHER="log"), "shadowing-other", "log")


def test_pythonpath_comes_before_all(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    folder = environment.account.home / "lib"
    put(folder, "demo", "0.5")
    variables = {"PYTHONPATH": str(folder), "PIP_USERCTL_SHADOWING_OTHER": "log"}
    result = environment.pip("install", "--ignore-installed", "demo", **variables)
    assert_judged(result, "shadowing-other", "log")
    assert f"will be hidden by demo 0.5 in {folder}" in result.stdout, result


def test_the_names_that_are_imported_are_told_where_they_differ(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    put(environment.site_packages, "demo", "0.5", module="yaml")
    result = environment.pip("install", "--user", "--ignore-installed", "demo", **NO_ROOT_ROW)
    assert "(import yaml)" in result.stderr, result


def test_a_refusal_leaves_the_environment_untouched_upgrades_included(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    put(environment.site_packages, "demo", "0.5")
    put(environment.user_site, "depends", "0.5")
    before = sorted(environment.user_site.rglob("*"))
    result = environment.pip(
        "install", "--user", "--upgrade", "depends", "demo", PIP_USERCTL_SHADOWING="refuse", **NO_ROOT_ROW
    )
    assert result.returncode == 1, result
    assert result.lines("error: userctl-shadowing"), result
    assert sorted(environment.user_site.rglob("*")) == before, result


PROTECT = {"PIP_USERCTL_PROTECT_PACKAGES": "demo", **NO_ROOT_ROW}


def test_a_protected_package_named_outright_is_refused_before_pip_looks_for_it(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    result = environment.pip("install", "--user", "Demo", **PROTECT)
    assert_judged(result, "protected-package", "refuse")
    assert "Processing" not in result.output, result


@pytest.mark.parametrize("option", [[], ["--editable"]], ids=["wheel", "editable"])
def test_a_protected_package_named_with_a_url_is_refused_before_pip_fetches_it(
    make: Make, each_pip: str, option: list[str]
) -> None:
    environment = make("base", pip=each_pip)
    url = "git+https://example.invalid/demo.git#egg=demo" if option else "demo @ https://example.invalid/demo-1.0.zip"
    result = environment.pip("install", "--user", *option, url, **PROTECT)
    assert_judged(result, "protected-package", "refuse")
    assert "demo was asked for" in " ".join(result.output.split()), result
    assert "Cloning" not in result.output, result
    assert "Collecting" not in result.output, result


def test_a_protected_package_may_not_come_as_a_dependency_either(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    result = environment.pip("install", "--user", "depends", **PROTECT)
    assert_judged(result, "protected-package", "refuse")
    assert environment.where("depends") == "", result


@pytest.mark.parametrize(("entry", "action"), [("demo<2", "refuse"), ("demo>=2", ""), ("other", "")])
def test_a_version_part_of_a_protected_package_counts(make: Make, each_pip: str, entry: str, action: str) -> None:
    environment = make("base", pip=each_pip)
    variables = {"PIP_USERCTL_PROTECT_PACKAGES": entry, **NO_ROOT_ROW}
    result = environment.pip("install", "--user", "demo", **variables)
    assert_judged(result, "protected-package", action) if action else assert_silent(result)


def test_a_protected_package_may_enter_the_environment(make: Make, each_pip: str) -> None:
    assert_silent(make("isolated", pip=each_pip).pip("install", "depends", **PROTECT))


@pytest.mark.parametrize("kind", ["base", "isolated"])
def test_a_protected_package_cannot_enter_by_path(make: Make, each_pip: str, kind: str) -> None:
    environment = make(kind, pip=each_pip)
    variables = {**PROTECT, "PIP_USERCTL_USER_SITE_BY_PATH": "allow"}
    result = environment.pip("install", "--target", str(environment.user_site), "demo", **variables)
    assert_judged(result, "protected-package", "refuse")


STRICT = {"PIP_USERCTL_PROFILE": "strict", **NO_ROOT_ROW}


@pytest.mark.parametrize(
    ("entries", "words", "lifted"),
    [
        ("demo", ("demo",), True),
        ("Demo, depends", ("demo", "depends"), True),
        ("demo", ("demo", "depends"), False),
        ("depends", ("depends",), True),  # the dependencies of what is allowed are allowed
        ("demo<2", ("demo==1.0",), True),
        ("demo<2", ("demo===1.0",), True),
        ("demo<2", ("demo",), False),
        ("demo<2", ("demo<2",), False),
        ("demo<1", ("demo==1.0",), False),
        ("demo", ("demo; python_version > '3'", "depends; python_version < '3'"), True),
        ("demo", ("demo @ file:///missing/demo-1.0-py3-none-any.whl",), False),
        ("demo", (".",), False),
    ],
)
def test_allow_packages_lifts_a_refusal_where_everything_that_was_asked_for_matches(
    make: Make, each_pip: str, entries: str, words: tuple[str, ...], lifted: bool
) -> None:
    environment = make("base", pip=each_pip)
    (environment.account.cwd / "setup.py").touch()
    result = environment.pip("install", "--user", *words, PIP_USERCTL_ALLOW_PACKAGES=entries, **STRICT)
    assert bool(result.lines("error: userctl-base-typed")) != lifted, result
    assert ("lifted by allow-packages" in result.output) == lifted, result
    assert (result.returncode == 0) == lifted, result


def test_allow_packages_knows_wheels_by_their_file_names_and_what_files_ask_for(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    wheel = make_wheel(environment.account.cwd, "demo")
    (environment.account.cwd / "requirements.txt").write_text("depends\n")
    words = ("--user", f"./{wheel.name}", "-r", "requirements.txt", "-c", "constraints.txt")
    (environment.account.cwd / "constraints.txt").write_text("other==7\n")
    allowed = environment.pip("install", *words, PIP_USERCTL_ALLOW_PACKAGES="demo==1.0, depends", **STRICT)
    refused = environment.pip("install", *words, PIP_USERCTL_ALLOW_PACKAGES="demo==2.0, depends", **STRICT)
    assert allowed.returncode == 0, allowed
    assert refused.returncode == 1, refused


@pytest.mark.parametrize("reason", ["", "  ", "ticket 7"])
def test_a_reason_turns_a_refusal_into_a_warning_unless_it_is_blank(make: Make, each_pip: str, reason: str) -> None:
    environment = make("base", pip=each_pip)
    result = environment.pip("install", "--user", "demo", PIP_USERCTL_REASON=reason, **STRICT)
    assert_judged(result, "base-typed", "warn" if reason.strip() else "refuse")


def test_the_hint_names_the_override_where_it_would_help(make: Make, each_pip: str) -> None:
    helps = make("base", pip=each_pip).pip("install", "--user", "demo", **STRICT)
    denied = make("base", pip=each_pip).pip("install", "--user", "demo", PIP_USERCTL_OVERRIDE="deny", **STRICT)
    never = make("isolated", pip=each_pip).pip("install", "--user", "demo", PIP_USERCTL_REASON="ticket 7")
    assert "PIP_USERCTL_REASON" in helps.output, helps
    assert "PIP_USERCTL_REASON" not in denied.output, denied
    assert "PIP_USERCTL_REASON" not in never.output, never
    assert never.returncode == 1, never


@pytest.mark.parametrize(
    ("pattern", "place", "lifted"),
    [
        ("/*/shared-*", "shared-3", True),
        ("~/shared-*", "shared-3", True),
        ("~/shared-*", "other/../shared-3", True),
        ("~/shared-*", "shared-3/../other", False),
        ("~/.local", "shared-3", False),
    ],
)
def test_allow_user_base_lifts_a_refusal_for_a_redirected_user_base(
    make: Make, each_pip: str, pattern: str, place: str, lifted: bool
) -> None:
    environment = make("base", pip=each_pip)
    base = environment.account.home / place
    variables = {"PYTHONUSERBASE": str(base), "PIP_USERCTL_ALLOW_USER_BASE": pattern}
    result = environment.pip("install", "--user", "demo", **variables, **STRICT)
    assert (result.returncode == 0) == lifted, result


def test_the_default_user_base_is_never_lifted(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    result = environment.pip("install", "--user", "demo", PIP_USERCTL_ALLOW_USER_BASE="~/.local", **STRICT)
    assert_judged(result, "base-typed", "refuse")


@pytest.mark.parametrize("container", ["APPTAINER_CONTAINER", "SINGULARITY_CONTAINER", "CH_RUNNING", "SHIFTER_RUNTIME"])
def test_a_user_install_out_of_a_container_into_its_hosts_home_is_warned_of(make: Make, container: str) -> None:
    environment = make("base")
    variables = {container: "1", **NO_ROOT_ROW}
    for folder, is_the_hosts in (("/dev/shm", True), ("/var/tmp", False)):
        with TemporaryDirectory(dir=folder) as base:  # the tests' own folder may be on any mount
            result = environment.pip("install", "--user", "demo", PYTHONUSERBASE=f"{base}/user", **variables)
        assert_judged(result, "container-home", "warn") if is_the_hosts else assert_silent(result)
