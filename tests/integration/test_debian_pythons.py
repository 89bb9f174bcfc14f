"""Each of Debian's Pythons: what a refusal ends with, what PEP 668 leaves to Debian, and all environments, lazily too."""

from __future__ import annotations

import json

import pytest

from pip_userctl.testing import PipResult
from tests.support.covering import ALL, assert_done
from tests.support.debian import System
from tests.support.expect import STRICT, assert_error, assert_judged, assert_silent

pytestmark = [pytest.mark.needs("root", "linux", "unshare", "overlay")]
BREAK = "--break-system-packages"
each_python = pytest.mark.parametrize(
    ("debian_system", "python"),
    [
        pytest.param(name, f"python{version}", marks=pytest.mark.needs(f"debian-{name}"), id=f"{name}-{version}")
        for name, version in (("bookworm", "3.11"), ("sid", "3.14"), ("sid", "3.15"))
    ],
    indirect=["debian_system"],
)


@each_python
def test_refusals_end_with_what_works_and_pep_668_is_debians_business(debian_system: System, python: str) -> None:
    assert_done(debian_system.run(f"{python} -m pip install --quiet {BREAK} pip-userctl"))
    for more in STRICT, {**STRICT, "PIP_USER": "1"}:
        own = debian_system.run(
            f"{python} -m pip install demo", account="ada", PIP_USERCTL_AUDIT_LOG="/tmp/log", **more
        )
        assert_silent(own, returncode=1)
        assert own.stderr.startswith("error: externally-managed-environment\n"), own
    assert not (debian_system.changes / "tmp/log").exists()  # not recorded
    for arguments, rule in (f"--user {BREAK} demo", "base-typed"), (f"{BREAK} demo", "base-fallback"):
        variables = {**STRICT, "PIP_USERCTL_BREAK_SYSTEM_PACKAGES": "allow"}
        refused = debian_system.run(f"{python} -m pip install {arguments}", account="ada", **variables)
        assert_judged(refused, rule, "refuse")
        (hint,) = refused.lines("hint: ")
        code = "import demo, sys; print('python%d.%d' % sys.version_info[:2])"
        pasted = debian_system.run(
            f'rm -rf .venv && {hint[6:]} && .venv/bin/python -c "{code}"', account="ada", **variables
        )
        assert (pasted.returncode, pasted.stdout.splitlines()[-1]) == (0, python), pasted
    hidden = {"PIP_USER": "1", "PYTHONNOUSERSITE": "1"}
    for account, action in ("ada", "refuse"), ("root", "ignore"):
        result = debian_system.run(f"{python} -m pip install {BREAK} demo", account=account, **hidden)
        assert_judged(result, "hidden-user-site-configured", action)
    assert (debian_system.changes / f"usr/local/lib/{python}/dist-packages/demo.py").exists()
    assert not (debian_system.changes / "home/ada/.local").exists()


#: PEP 810. The truststore of pip 26.2 cannot be imported lazily.
LAZY = {"PYTHON_LAZY_IMPORTS": "all", "PIP_USE_DEPRECATED": "legacy-certs"}


@each_python
def test_old_and_new_environments_are_covered_beside_debians_link_with_lazy_imports_too(
    debian_system: System, python: str
) -> None:
    def as_ada(command: str, **variables: str) -> PipResult:
        return debian_system.run(command, account="ada", **variables)

    assert_done(debian_system.run(f"{python} -m pip install --quiet {BREAK} pip-userctl"))
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
