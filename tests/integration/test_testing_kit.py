"""``pip_userctl.testing`` as a plugin author meets it: the plugin of the tutorial, with its tests, by a real pytest."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from pip_userctl.testing import PipEnvironment, PipResult
from tests.integration.conftest import Shared
from tests.support import extras, pages, plugin_project
from tests.support.cache import Built
from tests.support.changes import copy_pip
from tests.support.plugin_project import run_tests


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project of the documentation, as its author has it on the disk."""
    return plugin_project.write(tmp_path / "acme-policy")


def add_tools(environment: PipEnvironment) -> None:
    """Give an author's environment a pip that it can change, and pytest."""
    copy_pip(environment)
    plugin_project.add_pytest(environment)


@pytest.fixture(scope="module")
def author(built: Built, tmp_path_factory: pytest.TempPathFactory) -> PipEnvironment:
    """An author's environment with pip-userctl, pytest and the plugin's wheel, installed by pip."""
    folder = tmp_path_factory.mktemp("author")
    environment = built.environment(folder, "system-site", plugin_project.python())
    add_tools(environment)
    wheel = plugin_project.build(plugin_project.write(folder / "acme-policy"))
    result = environment.pip("install", "--no-deps", str(wheel))
    assert result.returncode == 0, result
    return environment


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
    assert_passed(run_tests(author, project), 7)


#: What is changed in the plugin, how many of its tests fail then, and what they say.
BROKEN = {
    "it raises": ('policy.text("acme-freeze"),', "1 / 0,", 3, "ZeroDivisionError"),
    "it minds every install": ('request.scheme != "user"', "False", 1, "test_any_other_install"),
    "a hook is misspelt": ("def userctl_evaluate(", "def userctl_evalute(", 4, "did you mean userctl_evaluate?"),
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


@pytest.mark.needs("backend")
def test_a_plugin_in_an_editable_install_is_active_in_the_environments_of_its_tests(
    shared: Shared, project: Path
) -> None:
    environment = shared("system-site", plugin_project.python())
    add_tools(environment)
    links = f"{environment.account.wheels} {extras.folder('backend')}"
    result = environment.pip("install", "--no-deps", "-e", str(project), PIP_FIND_LINKS=links)
    assert result.returncode == 0, result
    assert_passed(run_tests(environment, project, "-k", "pip_stops"), 1)


def test_the_example_and_its_tests_are_typed_strictly(author: PipEnvironment, project: Path) -> None:
    for number, block in enumerate(pages.modules("docs/plugins.md")):
        (project / f"more_{number}.py").write_text(block)
    (project / "wrong.py").write_text("from pip_userctl import testing\nrequest = testing.request(1)\n")
    options = ["--python-executable", str(author.python), "--cache-dir", str(project / "mypy-cache")]
    files = ["acme_policy.py", "tests", *(each.name for each in project.glob("[mw]*.py"))]
    result = author.account.run([sys.executable, "-m", "mypy", "--strict", *options, *files], cwd=project)
    assert 'wrong.py:2: error: Argument 1 to "request" has incompatible type' in result.stdout, result
    assert "Found 1 error in 1 file" in result.stdout, result


# what a failing test shows, and what else holds

ENVIRONMENT = """
import pytest
from pip_userctl.testing import PipEnvironment

def test_records(userctl_environment, monkeypatch):
    monkeypatch.setenv("PIP_USERCTL_ACME_FREEZE", "refuse")  # nothing of the account is read
    monkeypatch.setenv("PIP_USER", "1")
    userctl_environment.wheel("demo")
    result = userctl_environment.pip("install", "demo")
    assert result.returncode == 0, result
    assert [each["event"] for each in result.records] == ["decision", "outcome"]
    assert (result.verdict, result.rules, result.failures, result.printed) == ("allow", {}, [], [])
    assert userctl_environment.where("demo") == "site"
    assert userctl_environment.run("-c", "import demo; print(demo.version)").stdout == "1.0\\n"
    listed = userctl_environment.pip("list")
    assert (listed.records, listed.verdict, listed.rules) == ((), None, {})
    assert str(userctl_environment.prefix) in userctl_environment.userctl("status").stdout
    result = userctl_environment.userctl("explain", "--user", "demo")
    assert result.returncode == 1 and "isolated-typed" in result.output, result

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

def test_failure(userctl_environment):
    userctl_environment.write_policy(message="one\\ntwo", nonsense="1", on_error="refuse")
    result = userctl_environment.pip("install", "demo")
    assert len(result.failures) == 1, result
    assert result.returncode == 77

def test_wrong_kind(tmp_path):
    with pytest.raises(ValueError, match="kind = 'base' is not valid; valid: isolated, system-site"):
        PipEnvironment(tmp_path, "base")
"""


def test_a_failing_test_shows_the_command_and_both_streams(author: PipEnvironment, project: Path) -> None:
    (project / "tests" / "test_acme_policy.py").write_text(ENVIRONMENT)
    result = run_tests(author, project)
    assert "1 failed, 4 passed" in result.stdout.splitlines()[-1], result
    texts = ("FAILED test_acme_policy.py::test_failure", "Captured pip call", "bin/python -m pip install demo\n")
    assert_failed(result, 1, *texts, "exit status ", "--- stdout\n", "--- stderr\n", "unknown key")


def test_where_pip_userctl_or_the_plugin_is_not_installed_its_tests_say_so(
    author: PipEnvironment, project: Path
) -> None:
    (points,) = author.site_packages.glob("acme_policy-*.dist-info/entry_points.txt")
    paths = (points, *(author.site_packages / name for name in ("_pip_userctl.py", "pip_userctl.pth")))
    for path in paths:
        path.rename(project / path.name)
    result = run_tests(author, project, "-k", "pip_stops or would_load")
    for path in paths:
        (project / path.name).rename(path)
    assert_failed(result, 2, "no installed entry point loads it", "pip-userctl is not installed in this Python")


# what it costs those who do not use it

MODULES = """
import sys
from pip._internal.cli.main import main
main({arguments!r})
print([name for name in sys.modules if name.startswith("pip_userctl.testing") or "pytest" in name])
print("pip_userctl.models" in sys.modules)
"""


@pytest.mark.parametrize(("arguments", "judged"), [(["install", "demo"], True), (["list"], False)], ids=str)
def test_no_pip_imports_it(shared: Shared, arguments: list[str], judged: bool) -> None:
    result = shared().run("-c", MODULES.format(arguments=arguments))
    assert result.stdout.splitlines()[-2:] == ["[]", str(judged)], result


def test_pytest_does_not_load_it_by_itself(author: PipEnvironment, project: Path, built: Built) -> None:
    shutil.rmtree(project / "tests")
    (project / "tests").mkdir()
    (project / "tests" / "test_none.py").write_text(
        "import sys\ndef test():\n    assert not [name for name in sys.modules if name.startswith('pip_userctl')]\n"
    )
    assert_passed(run_tests(author, project), 1)
    assert "pytest11" not in next(built.unpacked.glob("*.dist-info/entry_points.txt")).read_text()
