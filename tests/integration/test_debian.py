"""Debian's own Python and pip: a patched scheme, EXTERNALLY-MANAGED, dist-packages, a sitecustomize in /etc."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.toolkit import extras, reach
from tests.toolkit.debian import RELEASES, System
from tests.toolkit.expect import assert_judged, assert_silent
from tests.toolkit.reach import assert_succeeded

pytestmark = [pytest.mark.needs("root", "linux", "unshare", "overlay")]
BREAK = "--break-system-packages"
STRICT = {"PIP_USERCTL_PROFILE": "strict"}


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.needs(f"debian-{name}")) for name in RELEASES])
def system(request: pytest.FixtureRequest, tmp_path: Path) -> System:
    """Each release, with pip-userctl installed by root as Debian's pip does it."""
    found = System(str(request.param), extras.folder(f"debian-{request.param}"), tmp_path)
    result = found.run(f"python3 -m pip install --quiet {BREAK} pip-userctl")
    assert result.returncode == 0, result
    return found


def user_site(system: System) -> Path:
    """What ada has there."""
    return system.changes / f"home/ada/.local/lib/python{system.release.python}/site-packages"


def test_it_lands_in_dist_packages_and_is_active_for_every_account(system: System) -> None:
    for account in ("root", "ada"):
        result = assert_succeeded(system.run("pip-userctl status", account=account))
        assert f"/usr/local/lib/python{system.release.python}/dist-packages" in result.stdout, result


def test_what_debian_refuses_by_itself_stays_its_business(system: System) -> None:
    for arguments in ("demo", "--user demo"):
        result = system.run(f"python3 -m pip install {arguments}", account="ada", **STRICT)
        assert_silent(result, returncode=1)
        assert "externally-managed-environment" in result.stderr, result


def test_a_typed_user_install_is_judged(system: System) -> None:
    command = f"python3 -m pip install --user {BREAK} demo"
    refused = system.run(command, account="ada", **STRICT, PIP_USERCTL_BREAK_SYSTEM_PACKAGES="allow")
    assert_judged(refused, "base-typed", "refuse")
    assert not user_site(system).exists()
    assert_silent(system.run(command, account="ada"))
    assert (user_site(system) / "demo.py").exists()


def test_the_fallback_of_an_ordinary_account_is_named_with_its_cause(system: System) -> None:
    result = system.run(f"python3 -m pip install {BREAK} demo", account="ada")
    assert_judged(result, "base-fallback", "log")
    assert "belongs to root" in result.stdout, result
    assert (user_site(system) / "demo.py").exists()


def test_breaking_system_packages_is_a_situation(system: System) -> None:
    result = system.run(f"python3 -m pip install {BREAK} demo", PIP_USERCTL_BREAK_SYSTEM_PACKAGES="refuse")
    assert_judged(result, "break-system-packages", "refuse")


def test_all_environments_are_covered_and_debians_sitecustomize_stays(system: System) -> None:
    library = f"/usr/lib/python{system.release.python}"
    listing = f"find {library} -type f -exec sha256sum {{}} +; find {library} ! -type f -printf '%M %U %p %l\n'"
    before = system.run(listing)
    denied = system.run("pip-userctl activate --all-environments", account="ada")
    assert "userctl-not-writable" in denied.stdout, denied
    assert "ask root" in denied.stdout, denied
    assert_succeeded(system.run("pip-userctl activate --all-environments"))
    assert_succeeded(system.run("python3 -m venv env", account="ada"))
    assert_judged(system.run("env/bin/pip install --user demo", account="ada"), "isolated-typed", "refuse")
    assert_judged(system.run("env/bin/pip install demo", account="ada", PIP_USER="1"), "isolated-configured", "ignore")
    silent = system.run("python3 -W error -c 'import sitecustomize; print(sitecustomize.__file__)'", account="ada")
    assert assert_succeeded(silent).stdout == f"{library}/sitecustomize.py\n", silent
    assert_succeeded(system.run("pip-userctl deactivate --all-environments"))
    after = system.run(listing)
    assert {*after.stdout.splitlines()} ^ {*before.stdout.splitlines()} == set()
    assert reach.START not in system.run("ls -R env", account="ada").stdout
