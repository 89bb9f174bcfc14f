"""``pip_userctl.testing`` as a plugin author meets it: the plugin of docs/plugins.md, with its tests, by a real pytest."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from pip_userctl.testing import PipEnvironment, PipResult
from tests.integration.conftest import Make
from tests.support import extras, pages, plugin_project
from tests.support.cache import Built
from tests.support.changes import copy_pip, remove
from tests.support.plugin_project import PAGE, run_tests


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project of the documentation, as its author has it on the disk."""
    return plugin_project.write(tmp_path / "acme-policy")


@pytest.fixture
def bare(make: Make) -> PipEnvironment:
    """An author's environment with pip-userctl and pytest."""
    environment = make("system-site", plugin_project.python())
    copy_pip(environment)
    plugin_project.add_pytest(environment)
    return environment


@pytest.fixture
def author(bare: PipEnvironment, project: Path) -> PipEnvironment:
    """The same with the plugin's wheel, installed by pip."""
    result = bare.pip("install", "--no-deps", str(plugin_project.build(project)))
    assert result.returncode == 0, result
    return bare


def assert_passed(result: PipResult, count: int) -> None:
    """So many tests passed, and none failed."""
    assert result.returncode == 0, result
    assert result.stdout.splitlines()[-1].startswith(f"{count} passed"), result


def assert_failed(result: PipResult, count: int, *texts: str) -> None:
    """So many tests failed, and these texts say why."""
    assert result.returncode == 1, result
    assert f"{count} failed" in result.stdout.splitlines()[-1], result
    assert [text for text in texts if text not in result.stdout] == [], result


def test_the_example_of_a_plugin_passes_its_own_tests(author: PipEnvironment, project: Path) -> None:
    assert_passed(run_tests(author, project), 6)


#: What is changed in the plugin, and what its tests then say, of which the one that runs a real pip is left out.
BROKEN = {
    "it raises": ('policy.text("acme-freeze"),', "1 / 0,", 3, "ZeroDivisionError"),
    "it refuses whatever the key says": ('policy.text("acme-freeze"),', '"refuse",', 3, "'refuse' == 'warn'"),
    "it minds every install": ('request.scheme != "user"', "False", 1, "test_any_other_install"),
    "a hook is misspelt": ("def userctl_evaluate(", "def userctl_evalute(", 4, "did you mean userctl_evaluate?"),
    "a hook is not marked": ("@hookimpl\ndef userctl_evaluate(", "def userctl_evaluate(", 4, "is not marked with"),
    "an argument does not exist": ("request: Request, policy", "request: Request, weather", 5, "cannot be loaded"),
    "a key has another name": ('PolicyKey("acme-freeze"', 'PolicyKey("freeze"', 5, "does not start with acme-"),
}


def test_its_tests_fail_where_the_plugin_is_broken(author: PipEnvironment, project: Path) -> None:
    module = author.site_packages / "acme_policy.py"
    source = module.read_text()
    for change, (old, new, failed, text) in BROKEN.items():
        assert old in source, change
        module.write_text(source.replace(old, new, 1))
        assert_failed(run_tests(author, project, "-k", "not pip_stops"), failed, text)
    module.write_text(source.replace('request.scheme != "user"', "True"))
    assert_failed(run_tests(author, project, "-k", "pip_stops"), 1, "Successfully installed demo-1.0")
    module.write_text(source)
    (points,) = author.site_packages.glob("acme_policy-*.dist-info/entry_points.txt")
    points.write_text("")
    assert_failed(run_tests(author, project, "-k", "would_load"), 1, "no installed entry point loads it")


@pytest.mark.needs("backend")
def test_a_plugin_in_an_editable_install_is_active_in_the_environments_of_its_tests(
    bare: PipEnvironment, project: Path
) -> None:
    links = f"{bare.account.wheels} {extras.folder('backend')}"
    result = bare.pip("install", "--no-deps", "-e", str(project), PIP_FIND_LINKS=links)
    assert result.returncode == 0, result
    assert_passed(run_tests(bare, project, "-k", "pip_stops"), 1)


def test_the_example_and_its_tests_are_typed_strictly(author: PipEnvironment, project: Path) -> None:
    tests = project / "tests" / "test_acme_policy.py"
    text = tests.read_text()
    for number, block in enumerate(pages.modules(PAGE)):
        (project / f"more_{number}.py").write_text(block)
    target = ["--python-executable", str(author.python), "--cache-dir", str(project / "mypy-cache")]
    files = ["acme_policy.py", "tests", *(each.name for each in project.glob("more_*.py"))]
    wrong = "\nrequest = testing.request(1)\n"
    for more, said in (("", ""), (wrong, 'Argument 1 to "request" has incompatible type')):
        tests.write_text(text + more)
        result = author.account.run([sys.executable, "-m", "mypy", "--strict", *target, *files], cwd=project)
        assert (result.returncode, said in result.stdout) == (1 if more else 0, True), result


# what a failing test shows, and what else holds

ENVIRONMENT = """
import pytest
from pip_userctl.testing import PipEnvironment

def test_records(userctl_environment):
    userctl_environment.wheel("demo")
    result = userctl_environment.pip("install", "demo")
    assert result.returncode == 0, result
    assert [each["event"] for each in result.records] == ["decision", "outcome"]
    assert (result.verdict, result.rules, result.failures, result.printed) == ("allow", {}, [], [])
    assert userctl_environment.where("demo") == "site"
    assert userctl_environment.run("-c", "import demo; print(demo.version)").stdout == "1.0\\n"
    listed = userctl_environment.pip("list")
    assert (listed.records, listed.verdict, listed.rules) == ((), None, {})

def test_rescued(make_userctl_environment):
    environment = make_userctl_environment()
    environment.wheel("demo", "2.0", requires=["other"])
    environment.wheel("other")
    result = environment.pip("install", "demo", PIP_USER="1")
    assert result.returncode == 0, result
    assert result.rules == {"isolated-configured": "ignore"}
    assert result.printed == ["isolated-configured"]
    assert environment.where("demo") == environment.where("other") == "site"

def test_user_site(make_userctl_environment):
    environment = make_userctl_environment("system-site")
    environment.wheel("demo")
    result = environment.pip("install", "--user", "demo")
    assert result.returncode == 0, result
    assert environment.where("demo") == "user"
    assert str(environment.user_site).startswith(str(environment.account.home))
    assert environment.run("-c", "import demo; print(demo.__file__)").stdout == f"{environment.user_site}/demo.py\\n"

def test_command(userctl_environment):
    assert str(userctl_environment.prefix) in userctl_environment.userctl("status").stdout
    result = userctl_environment.userctl("explain", "--user", "demo")
    assert result.returncode == 1 and "isolated-typed" in result.output, result

def test_nothing_of_the_account_is_read(userctl_environment, monkeypatch):
    monkeypatch.setenv("PIP_USERCTL_ACME_FREEZE", "refuse")
    monkeypatch.setenv("PIP_USER", "1")
    userctl_environment.wheel("demo")
    assert userctl_environment.pip("install", "demo").rules == {}

def test_failure(userctl_environment):
    userctl_environment.write_policy(message="one\\ntwo", nonsense="1", on_error="refuse")
    result = userctl_environment.pip("install", "demo")
    assert len(result.failures) == 1, result
    assert result.returncode == 77

def test_wrong_kind(tmp_path):
    with pytest.raises(ValueError, match="kind = 'base' is not valid here; valid: isolated, system-site"):
        PipEnvironment(tmp_path, "base")
"""


def test_a_failing_test_shows_the_command_and_both_streams(author: PipEnvironment, project: Path) -> None:
    (project / "tests" / "test_acme_policy.py").write_text(ENVIRONMENT)
    result = run_tests(author, project)
    assert "1 failed, 6 passed" in result.stdout.splitlines()[-1], result
    texts = ("FAILED test_acme_policy.py::test_failure", "Captured pip call", "bin/python -m pip install demo\n")
    assert_failed(result, 1, *texts, "exit status ", "--- stdout\n", "--- stderr\n", "unknown key")


def test_where_pip_userctl_is_not_installed_the_fixtures_say_so(author: PipEnvironment, project: Path) -> None:
    remove(author, "_pip_userctl.py", "pip_userctl.pth")
    result = run_tests(author, project, "-k", "pip_stops")
    assert_failed(result, 1, "RuntimeError: pip-userctl is not installed in this Python")


# what it costs those who do not use it

MODULES = """
import sys
from pip._internal.cli.main import main
main({arguments!r})
print([name for name in sys.modules if name.startswith("pip_userctl.testing") or "pytest" in name])
print("pip_userctl.models" in sys.modules)
"""


@pytest.mark.parametrize(("arguments", "judged"), [(["install", "demo"], True), (["list"], False)], ids=str)
def test_no_pip_imports_it(make: Make, each_pip: str, arguments: list[str], judged: bool) -> None:
    environment = make("isolated", pip=each_pip)
    result = environment.run("-c", MODULES.format(arguments=arguments))
    assert result.stdout.splitlines()[-2:] == ["[]", str(judged)], result


def test_pytest_does_not_load_it_by_itself(author: PipEnvironment, project: Path, built: Built) -> None:
    shutil.rmtree(project / "tests")
    (project / "tests").mkdir()
    (project / "tests" / "test_none.py").write_text(
        "import sys\ndef test():\n    assert not [name for name in sys.modules if name.startswith('pip_userctl')]\n"
    )
    assert_passed(run_tests(author, project), 1)
    assert "pytest11" not in next(built.unpacked.glob("*.dist-info/entry_points.txt")).read_text()
