"""``pip_userctl.testing`` as a plugin author meets it: the plugin of docs/plugins.md, with its tests, in a real environment."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Callable

import pytest

from tests.toolkit import cache, extras, plugin_project, pythons
from tests.toolkit.environments import Environment, Result
from tests.toolkit.expect import NO_ROOT_ROW
from tests.toolkit.probes import pip_for

Make = Callable[..., Environment]


def environment_for_authors(make: Make) -> Environment:
    """An environment with pip-userctl and pytest."""
    python = plugin_project.python()
    environment = make("system-site", python, pip_for(pythons.discover()[python]))
    return plugin_project.add_pytest(environment)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project of the documentation, as its author has it on the disk."""
    return plugin_project.write(tmp_path / "acme-policy")


@pytest.fixture
def author(make: Make, project: Path) -> Environment:
    """An environment with pip-userctl, pytest and the plugin's wheel, installed by pip."""
    environment = environment_for_authors(make)
    result = environment.pip("install", "--no-deps", str(plugin_project.build(project)))
    assert result.returncode == 0, result
    return environment


def assert_passed(result: Result, count: int) -> None:
    """So many tests passed, and none failed."""
    assert result.returncode == 0, result
    assert result.stdout.splitlines()[-1].startswith(f"{count} passed"), result


def test_the_example_of_a_plugin_passes_its_own_tests(author: Environment, project: Path) -> None:
    assert_passed(plugin_project.run_tests(author, project), 6)


#: What is changed in the plugin, and what its tests then say. The last of them, which runs a real pip, is left out here.
BROKEN = {
    "it raises": ('policy.text("acme-freeze"),', "1 / 0,", "ZeroDivisionError", 3),
    "it refuses whatever the key says": ('policy.text("acme-freeze"),', '"refuse",', "'refuse' == 'warn'", 3),
    "it minds every install": ('request.scheme != "user"', "False", "test_any_other_install", 1),
    "a hook is misspelt": ("def userctl_evaluate(", "def userctl_evalute(", "did you mean userctl_evaluate?", 4),
    "a hook is not marked": ("@hookimpl\ndef userctl_evaluate(", "def userctl_evaluate(", "is not marked with", 4),
    "an argument does not exist": ("request: Request, policy", "request: Request, weather", "cannot be loaded", 5),
    "a key has another name": ('PolicyKey("acme-freeze"', 'PolicyKey("freeze"', "does not start with acme-", 5),
}


def test_its_tests_fail_where_the_plugin_is_broken(author: Environment, project: Path) -> None:
    module = author.site_packages / "acme_policy.py"
    source = module.read_text()
    for change, (old, new, text, failed) in BROKEN.items():
        assert old in source, change
        module.write_text(source.replace(old, new, 1))
        result = plugin_project.run_tests(author, project, "-k", "not pip_stops")
        assert result.returncode == 1, (change, result)
        assert f"{failed} failed" in result.stdout.splitlines()[-1], (change, result)
        assert text in result.stdout, (change, result)


def test_the_test_with_a_real_pip_fails_where_the_plugin_never_answers(author: Environment, project: Path) -> None:
    module = author.site_packages / "acme_policy.py"
    module.write_text(module.read_text().replace('request.scheme != "user"', "True"))
    result = plugin_project.run_tests(author, project, "-k", "pip_stops")
    assert result.returncode == 1, result
    assert "1 failed" in result.stdout.splitlines()[-1], result
    assert "Successfully installed demo-1.0" in result.stdout, result


def test_its_tests_fail_where_its_entry_point_is_missing(author: Environment, project: Path) -> None:
    (points,) = author.site_packages.glob("acme_policy-*.dist-info/entry_points.txt")
    points.write_text("")
    result = plugin_project.run_tests(author, project, "-k", "would_load")
    assert result.returncode == 1, result
    assert "no installed entry point loads it, so acme_policy was taken for its name" in result.stdout, result


@pytest.mark.needs("backend")
def test_a_plugin_installed_as_editable_is_heard_in_the_environments_of_its_tests(make: Make, project: Path) -> None:
    environment = environment_for_authors(make)
    links = f"{environment.wheels} {extras.folder('backend')}"
    result = environment.pip("install", "--no-deps", "-e", str(project), PIP_FIND_LINKS=links)
    assert result.returncode == 0, result
    assert_passed(plugin_project.run_tests(environment, project, "-k", "pip_stops"), 1)


def test_the_example_and_its_tests_are_typed_strictly(author: Environment, project: Path) -> None:
    for wrong, said in (
        ("", ""),
        ("\nrequest = testing.request(1)\n", 'Argument 1 to "request" has incompatible type'),
    ):
        tests = project / "tests" / "test_acme_policy.py"
        tests.write_text(plugin_project.files()["tests/test_acme_policy.py"] + wrong)
        for number, block in enumerate(plugin_project.more_modules()):
            (project / f"more_{number}.py").write_text(block)
        target = ["--python-executable", str(author.python), "--cache-dir", str(project / "mypy-cache")]
        files = ["acme_policy.py", "tests", *(f"more_{number}.py" for number in range(number + 1))]
        command = [sys.executable, "-m", "mypy", "--strict", *target, *files]
        done = subprocess.run(command, capture_output=True, text=True, cwd=project)
        assert (done.returncode, said in done.stdout) == (1 if wrong else 0, True), Result(command, done)


def test_the_console_example_is_real_output(author: Environment) -> None:
    ((command, output),) = plugin_project.examples()
    variable, _, arguments = command.partition(" python -m pip ")
    name, _, value = variable.partition("=")
    result = author.pip(*arguments.split(), **{name: value}, **NO_ROOT_ROW, PIP_USERCTL_SYSTEM_SITE_TYPED="allow")
    assert result.stderr + result.stdout == output, result


# what a failing test shows, and what a wrong one is told


ENVIRONMENT = """
import pytest
from pip_userctl.testing import PipEnvironment

def test_records(userctl_environment):
    userctl_environment.wheel("demo")
    result = userctl_environment.pip("install", "demo")
    assert result.returncode == 0, result
    assert [each["event"] for each in result.records] == ["decision", "outcome"]
    assert result.situations == {} and result.failures == []
    assert userctl_environment.where("demo") == "site"
    assert userctl_environment.run("-c", "import demo; print(demo.version)").stdout == "1.0\\n"
    assert userctl_environment.pip("list").records == ()

def test_rescued(make_userctl_environment):
    environment = make_userctl_environment()
    environment.wheel("demo", "2.0", requires=["other"])
    environment.wheel("other")
    result = environment.pip("install", "demo", PIP_USER="1")
    assert result.returncode == 0, result
    assert result.situations == {"isolated-configured": "ignore"}
    assert environment.where("demo") == environment.where("other") == "site"

def test_user_site(make_userctl_environment):
    environment = make_userctl_environment("system-site")
    environment.wheel("demo")
    result = environment.pip("install", "--user", "demo")
    assert result.returncode == 0, result
    assert environment.where("demo") == "user"
    assert str(environment.user_site).startswith(str(environment.home))

def test_doctor(userctl_environment):
    result = userctl_environment.userctl("doctor")
    assert str(userctl_environment.prefix) in userctl_environment.userctl("status").stdout
    assert "acme-start-up" in userctl_environment.userctl("doctor", "--json").stdout, result

def test_nothing_of_the_account_is_heard(userctl_environment, monkeypatch):
    monkeypatch.setenv("PIP_USERCTL_ACME_FREEZE", "refuse")
    monkeypatch.setenv("PIP_USER", "1")
    userctl_environment.wheel("demo")
    assert userctl_environment.pip("install", "demo").situations == {}

def test_failure(userctl_environment):
    userctl_environment.write_policy(message="one\\ntwo", nonsense="1")
    result = userctl_environment.pip("install", "demo")
    assert len(result.failures) == 1, result
    assert result.returncode == 0

def test_wrong_kind(tmp_path):
    with pytest.raises(ValueError, match="kind = 'base' is not valid; valid: isolated, system-site"):
        PipEnvironment(tmp_path, "base")
"""


def test_a_failing_test_shows_the_command_and_both_streams_and_all_else_holds(
    author: Environment, project: Path
) -> None:
    health = plugin_project.more_modules()[1]
    (author.site_packages / "acme_policy.py").write_text(health)
    (project / "tests" / "test_acme_policy.py").write_text(ENVIRONMENT)
    result = plugin_project.run_tests(author, project)
    assert "1 failed, 6 passed" in result.stdout.splitlines()[-1], result
    assert "FAILED test_acme_policy.py::test_failure" in result.stdout, result
    for text in (
        "Captured pip call",
        "bin/python -m pip install demo\n",
        "exit status 1\n",
        "--- stdout\n",
        "--- stderr\n",
        "unknown key",
    ):
        assert text in result.stdout, result


def test_where_pip_userctl_is_not_installed_the_fixtures_say_so(author: Environment, project: Path) -> None:
    author.remove_userctl("_pip_userctl.py", "pip_userctl.pth")
    result = plugin_project.run_tests(author, project, "-k", "pip_stops")
    assert result.returncode == 1, result
    assert "RuntimeError: pip-userctl is not installed" in result.stdout, result


# what it costs those who do not use it

MODULES = """
import sys
from pip._internal.cli.main import main
main({arguments!r})
print([name for name in sys.modules if name.startswith("pip_userctl.testing") or "pytest" in name])
print("pip_userctl.engine" in sys.modules)
"""


@pytest.mark.parametrize(
    ("arguments", "judged"), [(["install", "demo"], True), (["list"], False)], ids=["install", "list"]
)
def test_no_pip_imports_it(make: Make, each_pip: str, arguments: list[str], judged: bool) -> None:
    environment = make("isolated", pip=each_pip)
    result = environment.run("-c", MODULES.format(arguments=arguments))
    assert result.stdout.splitlines()[-2:] == ["[]", str(judged)], result


def test_pytest_does_not_load_it_by_itself(author: Environment, project: Path) -> None:
    shutil.rmtree(project / "tests")
    (project / "tests").mkdir()
    (project / "tests" / "test_none.py").write_text(
        "import sys\ndef test():\n    assert not [name for name in sys.modules if name.startswith('pip_userctl')]\n"
    )
    assert_passed(plugin_project.run_tests(author, project), 1)
    entry_points = next(cache.unpacked().glob("*.dist-info")) / "entry_points.txt"
    assert "pytest11" not in entry_points.read_text()
