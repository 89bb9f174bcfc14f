"""``activate --all-environments`` (section 8): every environment of an interpreter, and its sitecustomize as it was."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pip_userctl.testing import PipEnvironment
from tests.integration.conftest import Make, Shared
from tests.support.answers import data, snapshot
from tests.support.changes import remove
from tests.support.covering import ALL, FIRST, LAST, QUIET, Pair, assert_done, make_covered, make_pair
from tests.support.expect import assert_error, assert_judged, assert_silent

each_end = pytest.mark.parametrize("python", [FIRST, LAST])


@each_end
def test_every_environment_existing_and_future_is_covered(make: Make, python: str) -> None:
    two = make_pair(make, python=python)
    before = snapshot(two.covering.prefix, two.covered.prefix)
    assert_done(two.activate(ALL, **QUIET), "covered from now on")
    activated = snapshot(two.library / "sitecustomize")
    assert_done(two.activate(ALL, **QUIET), "nothing to do")
    assert snapshot(two.library / "sitecustomize") == activated
    makers = ("system-site", "virtualenv", "uv") if python == LAST else ("venv",)
    for environment in (two.covered, *(make_covered(make, two.covering, maker) for maker in makers)):
        result = environment.pip("install", "--user", "demo", PIP_USERCTL_PROFILE="strict", **QUIET)
        assert_judged(result, f"{environment.kind}-typed", "refuse")
    two.covering.account.config.write_text("[install]\nuser = true\n")
    assert_judged(two.covered.pip("install", "--dry-run", "demo", **QUIET), "isolated-configured", "ignore")
    told = data(two.covering.userctl("status", "--json", "--python", str(two.covered.python), **QUIET))["coverage"]
    assert (told["by"], told["file"]) == ("all-environments", str(two.library / "sitecustomize" / "__init__.py"))
    assert_done(two.deactivate(ALL, **QUIET), "not covered any more")
    assert_done(two.deactivate(ALL, **QUIET), "nothing to do")
    assert snapshot(two.covering.prefix, two.covered.prefix) == before


PROBE = """\
import json, sys
try:
    import sitecustomize as found
    print(json.dumps([found.__file__, found.__name__, found.__spec__.origin, getattr(found, "value", None)]))
    print(sys.modules["sitecustomize"] is found)
except Exception as error:
    print(type(error).__name__, error, getattr(error, "name", None))
print([name for name in sys.modules if name in ("sitecustomize", "started")])
"""
OWN = "import sys\nvalue = __file__\nsys.modules['started'] = sys\n"


def in_a_zip_file(two: Pair) -> None:
    path = two.covering.account.folder / "custom.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sitecustomize.py", OWN)
    (two.covering.site_packages / "custom.pth").write_text(f"{path}\n")


def link(two: Pair) -> None:
    target = two.covering.account.folder / "sitecustomize.py"
    target.write_text(OWN)
    (two.library / "sitecustomize.py").symlink_to(target)


def package(two: Pair) -> None:
    (two.covering.site_packages / "sitecustomize").mkdir()
    (two.covering.site_packages / "sitecustomize" / "__init__.py").write_text(OWN)


def in_site_packages(two: Pair) -> None:
    (two.covering.site_packages / "sitecustomize.py").write_text(OWN)


def beside(text: str) -> Callable[[Pair], object]:
    return lambda two: (two.library / "sitecustomize.py").write_text(text)


EXISTING: dict[str, Callable[[Pair], object]] = {
    "none": lambda two: None,
    "in the standard library's directory": beside(OWN),
    "a link into etc": link,
    "in site-packages": in_site_packages,
    "a package in site-packages": package,
    "in a zip file": in_a_zip_file,
    "one that raises": beside("raise RuntimeError('its own fault')\n"),
    "one that misses a module": beside("import absent_module\n"),
    "one that ends Python": beside("raise SystemExit(7)\n"),
}


@pytest.mark.parametrize("put", EXISTING.values(), ids=list(EXISTING))
@each_end
def test_a_sitecustomize_goes_on_working_exactly_as_before(
    shared: Shared, python: str, put: Callable[[Pair], object]
) -> None:
    covering = shared("base", python)
    two = Pair(covering, covering)
    put(two)
    before = covering.run("-c", PROBE)
    activated = two.activate(ALL)
    assert activated.returncode == before.returncode, activated  # one that ends Python ends this one, too
    after = covering.run("-c", PROBE)
    assert (after.returncode, after.output) == (before.returncode, before.output), (before, after)


def test_a_sitecustomize_that_comes_later_works_too(shared: Shared) -> None:
    covering = shared("base")
    two = Pair(covering, covering)
    assert_done(two.activate(ALL))
    in_site_packages(two)
    assert str(covering.site_packages / "sitecustomize.py") in covering.run("-c", PROBE).stdout


@pytest.mark.parametrize("name", ["sitecustomize.pyc", "sitecustomize/other.py", "sitecustomize/__init__.py"])
def test_what_cannot_be_chained_is_refused_and_stays(shared: Shared, name: str) -> None:
    covering = shared("base")
    two = Pair(covering, covering)
    strange = two.library / name
    strange.parent.mkdir(exist_ok=True)
    strange.write_bytes(b"")
    assert_error(two.activate(ALL), "occupied", "sitecustomize", "it is not from pip-userctl")
    assert_done(two.deactivate(ALL), "nothing to do")
    assert strange.exists()


def test_an_upgrade_of_pip_userctl_keeps_working(make: Make) -> None:
    two = make_pair(make)
    package, module = two.covering.site_packages / "pip_userctl", two.covering.site_packages / "_pip_userctl.py"
    assert_done(two.activate(ALL))
    for path in (package, module):
        path.rename(two.covering.account.folder / path.name)
    assert_silent(two.covered.run("-c", "pass"))  # in the middle of the upgrade
    for path in (package, module):
        (two.covering.account.folder / path.name).rename(path)
    assert_judged(two.covered.pip("install", "--user", "demo"), "isolated-typed", "refuse")


def test_without_the_right_to_write_the_error_says_what_to_ask_for(make: Make) -> None:
    covering = make("base")
    two = Pair(covering, covering)
    two.library.chmod(0o555)
    covering.account.unprivileged = True
    command = f"{covering.python} -m pip_userctl activate {ALL}"
    assert_error(two.activate(ALL), "not-writable", str(two.library), command)
    assert not (two.library / "sitecustomize").exists()


def test_a_virtual_environment_can_cover_all_of_its_interpreter(make: Make) -> None:
    base = make("base", userctl=False)
    two = Pair(make("isolated", base), make("isolated", base, userctl=False))
    assert_done(two.activate(ALL))
    assert_judged(two.covered.pip("install", "--user", "demo"), "isolated-typed", "refuse")
    assert_done(two.deactivate(ALL), "not covered any more")


def shadow_in_user_site(environment: PipEnvironment) -> dict[str, str]:
    environment.user_site.mkdir(parents=True)
    (environment.user_site / "_pip_userctl.py").write_text("")
    return {}


def shadow_on_pythonpath(environment: PipEnvironment) -> dict[str, str]:
    (environment.account.cwd / "_pip_userctl.py").write_text("")
    return {"PYTHONPATH": str(environment.account.cwd)}


@pytest.mark.parametrize(("shadow", "python"), [(shadow_in_user_site, FIRST), (shadow_on_pythonpath, LAST)])
def test_an_empty_start_up_module_in_front_on_the_path_switches_nothing_off(
    make: Make, python: str, shadow: Callable[[PipEnvironment], dict[str, str]]
) -> None:
    two = make_pair(make, python=python)
    variables = {**shadow(two.covering), "PIP_USERCTL_BASE_TYPED": "refuse"}
    assert_silent(two.covering.pip("install", "--user", "demo", **variables))
    told = two.covering.userctl("status", **variables)
    assert told.returncode == 1, told
    assert "_pip_userctl.py is loaded instead of" in " ".join(told.stdout.split()), told
    variables["PIP_FORCE_REINSTALL"] = "1"
    assert_done(two.activate(ALL, **variables))
    assert_judged(two.covering.pip("install", "--user", "demo", **variables), "base-typed", "refuse")
    assert_done(two.covering.userctl("status", **variables), "isolated virtual environments included")


def test_status_names_the_sitecustomize_that_hides_the_one_that_covers(make: Make, tmp_path: Path) -> None:
    two = make_pair(make)
    assert_done(two.activate(ALL))
    (tmp_path / "instrumentation").mkdir()
    hiding = tmp_path / "instrumentation" / "sitecustomize.py"
    hiding.write_text("")
    variables = {"PYTHONPATH": str(hiding.parent)}
    status = ("status", "--json", "--python", str(two.covered.python))
    result = two.covering.userctl(*status, **variables)
    file = two.library / "sitecustomize" / "__init__.py"
    assert data(result)["reason"] == f"{hiding} is loaded instead of {file}, because it comes first on the path"
    remove(two.covering, "_pip_userctl.py")
    told = data(make("base").userctl(*status))
    assert told["reason"] == f"{file} loads {two.covering.site_packages / '_pip_userctl.py'}, which is gone"


def test_a_copied_interpreter_leaves_the_original_alone(make: Make) -> None:
    two = make_pair(make)
    assert_done(two.activate(ALL))
    before = snapshot(two.library / "sitecustomize")
    copied = make("base", LAST)
    shutil.rmtree(copied.prefix)
    shutil.copytree(two.covering.prefix, copied.prefix, symlinks=True)
    copy = Pair(copied, make("isolated", copied, userctl=False))
    assert_silent(copy.covered.pip("install", "demo"))
    told = data(two.covering.userctl("status", "--json", "--python", str(copy.covered.python)))
    assert "was copied here from another interpreter" in told["reason"], told
    code = "import _pip_userctl; print(_pip_userctl.__file__, _pip_userctl.command)"
    assert copied.run("-c", code).stdout == f"{copied.site_packages / '_pip_userctl.py'} None\n"
    assert_done(copy.activate(ALL), "covered from now on")
    assert_judged(copy.covered.pip("install", "--user", "demo"), "isolated-typed", "refuse")
    assert_done(copy.deactivate(ALL), "not covered any more")
    assert snapshot(two.library / "sitecustomize") == before
