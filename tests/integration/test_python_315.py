"""Python 3.15, where PEP 829 changes what a start-up file is: both wheels activate it; environments, ordinary accounts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.toolkit import cache, extras
from tests.toolkit.debian import System
from tests.toolkit.expect import assert_judged, assert_silent
from tests.toolkit.reach import assert_succeeded

pytestmark = [pytest.mark.needs("root", "linux", "unshare", "overlay", "debian-sid")]
PYTHONS = ["python3.14", "python3.15"]
each_python = pytest.mark.parametrize("python", PYTHONS)


@pytest.fixture
def system(tmp_path: Path) -> System:
    """Debian sid as it is."""
    return System("sid", extras.folder("debian-sid"), tmp_path)


def unpack(system: System, wheel: Path, site_packages: str) -> None:
    """Put the wheel in, with what it needs, as pip would on the version that its tag is for."""
    (system.changes / "srv" / wheel.name).write_bytes(wheel.read_bytes())
    code = "import glob, sys, zipfile; [zipfile.ZipFile(each).extractall(sys.argv[1]) for each in sys.argv[2:]]"
    names = f"/srv/{wheel.name} /srv/pluggy-*.whl /srv/packaging-*.whl"
    assert_succeeded(system.run(f"python3 -c '{code}' {site_packages} {names}"))


@each_python
def test_an_environment_of_its_own_is_under_the_policy(system: System, python: str) -> None:
    assert_succeeded(system.run(f"{python} -m venv env"))
    assert_succeeded(system.run("env/bin/pip install --quiet pip-userctl"))
    assert_succeeded(system.run("env/bin/pip-userctl status"))
    assert assert_succeeded(system.run("env/bin/python -W error -X dev -c pass")).stdout == ""
    assert_judged(system.run("env/bin/pip install --user demo"), "isolated-typed", "refuse")
    assert_judged(system.run("env/bin/pip install demo", PIP_USER="1"), "isolated-configured", "ignore")


@pytest.mark.parametrize("start", ["pip_userctl.pth", "pip_userctl.start"])
def test_both_wheels_activate_python_315(system: System, tmp_path: Path, start: str) -> None:
    wheel = cache.wheel() if start.endswith(".pth") else cache.start_wheel()
    assert_succeeded(system.run("python3.15 -m venv env"))
    unpack(system, wheel, "env/lib/python3.15/site-packages")
    listing = assert_succeeded(system.run("ls env/lib/python3.15/site-packages")).stdout.split()
    assert [each for each in listing if each in ("pip_userctl.pth", "pip_userctl.start")] == [start]
    assert assert_succeeded(system.run("env/bin/python -W error -X dev -c pass")).stdout == ""
    assert_judged(system.run("env/bin/python -m pip install --user demo"), "isolated-typed", "refuse")
    assert_succeeded(system.run("env/bin/python -m pip_userctl status"))


@each_python
def test_environments_made_from_it_are_covered(system: System, python: str) -> None:
    assert_succeeded(system.run(f"{python} -m venv cover && cover/bin/pip install --quiet pip-userctl"))
    assert_succeeded(system.run(f"{python} -m venv env"))
    assert_succeeded(system.run("cover/bin/pip-userctl activate env"))
    assert_judged(system.run("env/bin/pip install --user demo"), "isolated-typed", "refuse")
    assert_succeeded(system.run("cover/bin/pip-userctl deactivate env"))
    assert_succeeded(system.run("cover/bin/pip-userctl activate --all-environments"))
    assert assert_succeeded(system.run("env/bin/python -W error -X dev -c pass")).stdout == ""
    assert_judged(system.run("env/bin/pip install demo", PIP_USER="1"), "isolated-configured", "ignore")
    assert_succeeded(system.run("cover/bin/pip-userctl deactivate --all-environments"))
    assert_silent(system.run("env/bin/pip install --user demo"), returncode=1)


@each_python
def test_the_fallback_as_an_ordinary_account(system: System, python: str) -> None:
    assert_succeeded(system.run(f"{python} -m pip install --quiet --break-system-packages pip-userctl"))
    result = system.run(f"{python} -m pip install --break-system-packages demo", account="ada")
    assert_judged(result, "base-fallback", "log")
    assert (system.changes / f"home/ada/.local/lib/{python}/site-packages/demo.py").exists(), result
