"""Debian's own Pythons and pips: a patched scheme, EXTERNALLY-MANAGED, dist-packages, a sitecustomize in /etc; 3.14, 3.15.

On 3.15 PEP 829 changes what a start-up file is: both wheels activate it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pip_userctl.testing import PipResult
from tests.support.cache import Built
from tests.support.debian import System
from tests.support.expect import assert_judged, assert_silent

pytestmark = [pytest.mark.needs("root", "linux", "unshare", "overlay")]
BREAK = "--break-system-packages"
STRICT = {"PIP_USERCTL_PROFILE": "strict"}
each_system = pytest.mark.parametrize(
    "debian_system",
    [pytest.param(name, marks=pytest.mark.needs(f"debian-{name}")) for name in ("bookworm", "sid")],
    indirect=True,
)
sid = pytest.mark.parametrize(
    "debian_system", [pytest.param("sid", marks=pytest.mark.needs("debian-sid"))], indirect=True
)


def done(result: PipResult) -> PipResult:
    """It succeeded."""
    assert result.returncode == 0, result
    return result


@each_system
def test_debians_own_python_is_under_the_policy_for_every_account(debian_system: System) -> None:
    python = f"python{debian_system.release.python}"
    done(debian_system.run(f"python3 -m pip install --quiet {BREAK} pip-userctl"))
    for account in ("root", "ada"):
        status = done(debian_system.run("pip-userctl status", account=account))
        assert f"/usr/local/lib/{python}/dist-packages" in status.stdout, status
    # What Debian refuses by itself stays its business.
    for arguments in ("demo", "--user demo"):
        own = debian_system.run(f"python3 -m pip install {arguments}", account="ada", **STRICT)
        assert_silent(own, returncode=1)
        assert "externally-managed-environment" in own.stderr, own
    breaking = debian_system.run(f"python3 -m pip install {BREAK} demo", PIP_USERCTL_BREAK_SYSTEM_PACKAGES="refuse")
    assert_judged(breaking, "break-system-packages", "refuse")

    user_site = debian_system.changes / f"home/ada/.local/lib/{python}/site-packages"
    command = f"python3 -m pip install --user {BREAK} demo"
    refused = debian_system.run(command, account="ada", **STRICT, PIP_USERCTL_BREAK_SYSTEM_PACKAGES="allow")
    assert_judged(refused, "base-typed", "refuse")
    assert not user_site.exists()
    fallback = debian_system.run(f"python3 -m pip install {BREAK} demo", account="ada")
    assert_judged(fallback, "base-fallback", "log")
    assert f"/usr/local/lib/{python}/dist-packages is not writable (owner root, mode drwxr-xr-x)" in fallback.stdout, (
        fallback
    )
    assert (user_site / "demo.py").exists()
    target = f"~/.local/lib/{python}/site-packages"
    by_path = debian_system.run(f"python3 -m pip install --upgrade --target {target} demo", account="ada")
    assert_judged(by_path, "user-site-by-path", "warn")
    # Debian's scheme makes ~/.local/local of it, which is no user site.
    assert_silent(debian_system.run("python3 -m pip install --ignore-installed --prefix ~/.local demo", account="ada"))
    assert_silent(debian_system.run(f"{command} --force-reinstall", account="ada"))


@each_system
def test_all_environments_are_covered_and_debians_sitecustomize_stays(debian_system: System) -> None:
    done(debian_system.run(f"python3 -m pip install --quiet {BREAK} pip-userctl"))
    library = f"/usr/lib/python{debian_system.release.python}"
    listing = f"find {library} -type f -exec sha256sum {{}} +; find {library} ! -type f -printf '%M %U %p %l\n'"
    before = debian_system.run(listing)
    denied = debian_system.run("pip-userctl activate --all-environments", account="ada")
    assert (denied.returncode, "Traceback" in denied.output) == (1, False), denied
    done(debian_system.run("pip-userctl activate --all-environments"))
    done(debian_system.run("python3 -m venv env", account="ada"))
    assert_judged(debian_system.run("env/bin/pip install --user demo", account="ada"), "isolated-typed", "refuse")
    ignored = debian_system.run("env/bin/pip install demo", account="ada", PIP_USER="1")
    assert_judged(ignored, "isolated-configured", "ignore")
    code = "import sitecustomize; print(sitecustomize.__file__)"
    silent = debian_system.run(f"python3 -W error -c '{code}'", account="ada")
    assert done(silent).stdout == f"{library}/sitecustomize.py\n", silent
    done(debian_system.run("pip-userctl deactivate --all-environments"))
    after = debian_system.run(listing)
    assert {*after.stdout.splitlines()} ^ {*before.stdout.splitlines()} == set()


@sid
@pytest.mark.parametrize("python", ["python3.14", "python3.15"])
def test_the_newest_pythons_their_environments_and_ordinary_accounts(debian_system: System, python: str) -> None:
    done(debian_system.run(f"{python} -m venv cover && cover/bin/pip install --quiet pip-userctl"))
    done(debian_system.run("cover/bin/pip-userctl status"))
    quiet = "-W error -X dev -c pass"
    assert done(debian_system.run(f"cover/bin/python {quiet}")).output == ""
    for lazy in ("", "-X lazy_imports=all"):  # PEP 810
        assert_judged(
            debian_system.run(f"cover/bin/python {lazy} -m pip install --user demo"), "isolated-typed", "refuse"
        )
    configured = debian_system.run("cover/bin/pip install demo", PIP_USER="1")
    assert_judged(configured, "isolated-configured", "ignore")

    done(debian_system.run(f"{python} -m venv env && cover/bin/pip-userctl activate env"))
    assert_judged(debian_system.run("env/bin/pip install --user demo"), "isolated-typed", "refuse")
    done(debian_system.run("cover/bin/pip-userctl deactivate env"))
    done(debian_system.run("cover/bin/pip-userctl activate --all-environments"))
    assert done(debian_system.run(f"env/bin/python {quiet}")).output == ""
    assert_judged(debian_system.run("env/bin/pip install demo", PIP_USER="1"), "isolated-configured", "ignore")
    done(debian_system.run("cover/bin/pip-userctl deactivate --all-environments"))
    assert_silent(debian_system.run("env/bin/pip install --user demo"), returncode=1)

    done(debian_system.run(f"{python} -m pip install --quiet {BREAK} pip-userctl"))
    fallback = debian_system.run(f"{python} -m pip install {BREAK} demo", account="ada")
    assert_judged(fallback, "base-fallback", "log")
    assert (debian_system.changes / f"home/ada/.local/lib/{python}/site-packages/demo.py").exists(), fallback


@sid
@pytest.mark.parametrize("start", ["pip_userctl.pth", "pip_userctl.start"])
def test_both_wheels_activate_python_315(debian_system: System, built: Built, start: str) -> None:
    wheel: Path = built.wheel if start.endswith(".pth") else built.start_wheel
    (debian_system.changes / "srv" / wheel.name).write_bytes(wheel.read_bytes())
    done(debian_system.run("python3.15 -m venv env"))
    # As pip would on the version that the wheel's tag is for.
    code = "import glob, sys, zipfile; [zipfile.ZipFile(each).extractall(sys.argv[1]) for each in sys.argv[2:]]"
    site_packages = "env/lib/python3.15/site-packages"
    names = f"/srv/{wheel.name} /srv/pluggy-*.whl /srv/packaging-*.whl"
    done(debian_system.run(f"python3 -c '{code}' {site_packages} {names}"))
    listing = done(debian_system.run(f"ls {site_packages}")).stdout.split()
    assert [each for each in listing if each in ("pip_userctl.pth", "pip_userctl.start")] == [start]
    assert done(debian_system.run("env/bin/python -W error -X dev -c pass")).stdout == ""
    assert_judged(debian_system.run("env/bin/python -m pip install --user demo"), "isolated-typed", "refuse")
    done(debian_system.run("env/bin/python -m pip_userctl status"))
