"""Debian's own Pythons and pips: a patched scheme, EXTERNALLY-MANAGED, dist-packages, a sitecustomize in /etc; 3.14, 3.15.

On 3.15 PEP 829 changes what a start-up file is: both wheels activate it.
"""

from __future__ import annotations

import json

import pytest

from pip_userctl.testing import PipResult
from tests.support.cache import Built
from tests.support.covering import ALL, assert_done
from tests.support.debian import System
from tests.support.expect import STRICT, assert_error, assert_judged, assert_silent

pytestmark = [pytest.mark.needs("root", "linux", "unshare", "overlay")]
BREAK = "--break-system-packages"
INSTALL = f"{{}} -m pip install --quiet {BREAK} pip-userctl"
QUIET = "-W error -X dev -c pass"
PYTHONS = [
    pytest.param(name, f"python{version}", marks=pytest.mark.needs(f"debian-{name}"), id=f"{name}-{version}")
    for name, version in (("bookworm", "3.11"), ("sid", "3.14"), ("sid", "3.15"))
]
each_python = pytest.mark.parametrize(("debian_system", "python"), PYTHONS, indirect=["debian_system"])


@each_python
def test_debians_python_is_under_the_policy_and_pep_668_is_debians_business(debian_system: System, python: str) -> None:
    def install(arguments: str, account: str = "ada", **variables: str) -> PipResult:
        return debian_system.run(f"{python} -m pip install {arguments}", account=account, **variables)

    assert_done(debian_system.run(INSTALL.format(python)))
    for account in ("root", "ada"):
        status = assert_done(debian_system.run("pip-userctl status", account=account))
        assert f"/usr/local/lib/{python}/dist-packages" in status.stdout, status
    for arguments, more in ("demo", {}), ("--user demo", {}), ("demo", {"PIP_USER": "1"}):
        own = install(arguments, **STRICT, **more, PIP_USERCTL_AUDIT_LOG="/tmp/log")
        assert_silent(own, returncode=1)
        assert own.stderr.startswith("error: externally-managed-environment\n"), own
    assert not (debian_system.changes / "tmp/log").exists()  # not recorded
    breaking = install(f"{BREAK} demo", "root", PIP_USERCTL_BREAK_SYSTEM_PACKAGES="refuse")
    assert_judged(breaking, "break-system-packages", "refuse")

    allowed = {**STRICT, "PIP_USERCTL_BREAK_SYSTEM_PACKAGES": "allow"}
    code = "import demo, sys; print('python%d.%d' % sys.version_info[:2])"
    for arguments, rule in (f"--user {BREAK} demo", "base-typed"), (f"{BREAK} demo", "base-fallback"):
        refused = install(arguments, **allowed)
        assert_judged(refused, rule, "refuse")
        (hint,) = refused.lines("hint: ")
        pasted = f'rm -rf .venv && {hint[6:]} && .venv/bin/python -c "{code}"'
        result = assert_done(debian_system.run(pasted, account="ada", **allowed))
        assert result.stdout.splitlines()[-1] == python, result
    hidden = {"PIP_USER": "1", "PYTHONNOUSERSITE": "1"}
    assert_judged(install(f"{BREAK} demo", **hidden), "hidden-user-site-configured", "refuse")
    assert not (debian_system.changes / "home/ada/.local").exists()

    fallback = install(f"{BREAK} demo")
    assert_judged(fallback, "base-fallback", "log")
    cause = f"/usr/local/lib/{python}/dist-packages is not writable (owner root, mode drwxr-xr-x)"
    assert cause in fallback.stdout, fallback
    assert (debian_system.changes / f"home/ada/.local/lib/{python}/site-packages/demo.py").exists()
    by_path = install(f"--upgrade --target ~/.local/lib/{python}/site-packages demo")
    assert_judged(by_path, "user-site-by-path", "warn")
    # Debian's scheme makes ~/.local/local of it, which is no user site.
    assert_silent(install("--ignore-installed --prefix ~/.local demo"))
    assert_silent(install(f"--user {BREAK} --force-reinstall demo"))
    assert_judged(install(f"{BREAK} demo", "root", **hidden), "hidden-user-site-configured", "ignore")
    assert (debian_system.changes / f"usr/local/lib/{python}/dist-packages/demo.py").exists()


#: PEP 810. The truststore of pip 26.2 cannot be imported lazily.
LAZY = {"PYTHON_LAZY_IMPORTS": "all", "PIP_USE_DEPRECATED": "legacy-certs"}


@each_python
def test_old_and_new_environments_are_covered_beside_debians_link_with_lazy_imports_too(
    debian_system: System, python: str
) -> None:
    def as_ada(command: str, **variables: str) -> PipResult:
        return debian_system.run(command, account="ada", **variables)

    assert_done(debian_system.run(INSTALL.format(python)))
    assert_done(as_ada(f"{python} -m venv old"))
    find = f"find /usr/lib/{python} /etc/{python} /home/ada/old"
    listing = f"{find} -type f -exec sha256sum {{}} + && {find} ! -type d -printf '%M %U %G %p %l\n'"
    before = assert_done(debian_system.run(listing), f" /usr/lib/{python}/sitecustomize.py /etc/{python}/sitecustomize")
    command = f"/usr/local/bin/pip-userctl activate {ALL}"
    assert_error(as_ada(command), "not-writable", f"/usr/lib/{python} is not", f"hint: as root: {command}\n")
    modes: list[dict[str, str]] = [{}, LAZY] if python == "python3.15" else [{}]
    assert_done(debian_system.run(command, **modes[-1]), "covered from now on")
    assert_done(as_ada(f"{python} -m venv new"))
    for variables in modes:
        for pip in "old/bin/pip", "new/bin/python -m pip":
            recorded = {**variables, "PIP_USERCTL_AUDIT_LOG": "/tmp/log"}
            assert_judged(as_ada(f"{pip} install --user demo", **recorded), "isolated-typed", "refuse")
            rescued = as_ada(f"{pip} install demo && {pip} uninstall --yes demo", PIP_USER="1", **recorded)
            assert_judged(rescued, "isolated-configured", "ignore")
        code = "import sys, sitecustomize; print(sitecustomize.__file__, getattr(sys, 'get_lazy_imports', str)())"
        told = assert_done(as_ada(f'new/bin/python -W error -X dev -c "{code}"', **variables)).stdout.split()
        lazy = "all" if variables else "normal"
        assert told == [f"/usr/lib/{python}/sitecustomize.py", *([lazy] if python == "python3.15" else [])]
        assert_done(as_ada("pip-userctl status", **variables), "isolated virtual environments included")
    log = (debian_system.changes / "tmp/log").read_text().splitlines()
    results = [record["result"] for record in map(json.loads, log) if record["event"] == "outcome"]
    assert results == ["refused", "installed"] * 2 * len(modes), log
    assert_done(debian_system.run(command.replace("activate", "deactivate"), **modes[-1]), "not covered any more")
    after = assert_done(debian_system.run(listing))
    assert {*after.stdout.splitlines()} ^ {*before.stdout.splitlines()} == set()
    assert_silent(as_ada("new/bin/pip install --user demo"), returncode=1)


@pytest.mark.parametrize(("debian_system", "python"), PYTHONS[1:], indirect=["debian_system"])
def test_an_environment_of_the_newest_pythons_is_under_the_policy_and_covers_another(
    debian_system: System, python: str
) -> None:
    assert_done(debian_system.run(f"{python} -m venv cover && cover/bin/pip install --quiet pip-userctl"))
    assert_done(debian_system.run("cover/bin/pip-userctl status"))
    assert assert_done(debian_system.run(f"cover/bin/python {QUIET}")).output == ""
    for lazy in ("", "-X lazy_imports=all"):  # PEP 810
        refused = debian_system.run(f"cover/bin/python {lazy} -m pip install --user demo")
        assert_judged(refused, "isolated-typed", "refuse")
    assert_done(debian_system.run(f"{python} -m venv env && cover/bin/pip-userctl activate env"))
    assert_judged(debian_system.run("env/bin/pip install demo", PIP_USER="1"), "isolated-configured", "ignore")
    assert_done(debian_system.run("cover/bin/pip-userctl deactivate env"))
    assert_silent(debian_system.run("env/bin/pip install --user demo"), returncode=1)


@pytest.mark.parametrize("debian_system", [pytest.param("sid", marks=PYTHONS[-1].marks)], indirect=True)
def test_the_wheel_with_the_start_file_activates_python_315_too(debian_system: System, built: Built) -> None:
    wheel = built.start_wheel
    (debian_system.changes / "srv" / wheel.name).write_bytes(wheel.read_bytes())
    assert_done(debian_system.run("python3.15 -m venv env"))
    # As pip would on the version that the wheel's tag is for.
    code = "import glob, sys, zipfile; [zipfile.ZipFile(each).extractall(sys.argv[1]) for each in sys.argv[2:]]"
    site_packages = "env/lib/python3.15/site-packages"
    names = f"/srv/{wheel.name} /srv/pluggy-*.whl /srv/packaging-*.whl"
    assert_done(debian_system.run(f"python3 -c '{code}' {site_packages} {names}"))
    listing = assert_done(debian_system.run(f"ls {site_packages}")).stdout.split()
    assert [each for each in listing if each in ("pip_userctl.pth", "pip_userctl.start")] == ["pip_userctl.start"]
    assert assert_done(debian_system.run(f"env/bin/python {QUIET}")).stdout == ""
    assert_judged(debian_system.run("env/bin/python -m pip install --user demo"), "isolated-typed", "refuse")
    assert_done(debian_system.run("env/bin/python -m pip_userctl status"))
