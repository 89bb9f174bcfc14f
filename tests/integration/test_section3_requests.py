"""Section 3, what is judged at all and when: dry runs, files, requests without anything to install, other commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.conftest import Make, Shared
from tests.support.expect import ALLOW_ROOT, STRICT, assert_judged, assert_silent, installed
from tests.support.projects import make_project
from tests.support.pythons import NEWEST, OLDEST

# --dry-run, since pip 22.2


@pytest.mark.parametrize("pip", ["22.3.1", NEWEST])
def test_a_dry_run_is_judged_the_same(shared: Shared, pip: str) -> None:
    environment = shared("system-site", pip=pip)
    warned = environment.pip("install", "--dry-run", "--user", "demo")
    assert_judged(warned, "system-site-typed", "warn")
    assert not warned.lines("userctl: "), warned
    assert [each.get("result") for each in warned.records] == [None, "dry-run"], warned
    assert_judged(environment.pip("install", "--dry-run", "--user", "demo", **STRICT), "system-site-typed", "refuse")
    assert environment.where("demo") == "", warned
    ignored = shared(pip=pip).pip("install", "--dry-run", "demo", PIP_USER="1")
    assert_judged(ignored, "isolated-configured", "ignore")
    assert "Would install demo-1.0" in ignored.output, ignored


@pytest.mark.parametrize("pip", ["22.3.1", NEWEST])
def test_where_pip_only_reports_a_refusal_is_recorded_and_prints_nothing(shared: Shared, pip: str) -> None:
    environment = shared("base", pip=pip)
    report = environment.account.cwd / "report.json"
    typed = ("install", "--dry-run", "--report", str(report), "--user", "demo")
    protect = {"PIP_USERCTL_PROTECT_PACKAGES": "demo", "PIP_USERCTL_ON_ERROR": "refuse", **STRICT}
    result = environment.pip(*typed, **protect)
    assert_silent(result)
    assert '"demo"' in report.read_text(), result
    rules = {each["name"]: (each["action"], each["waived_by"]) for each in result.records[0]["rules"]}
    assert {name: rules[name] for name in ("base-typed", "protected-package")} == {
        "base-typed": ("refuse", "dry-run"),
        "protected-package": ("refuse", "dry-run"),
    }, result
    assert (result.verdict, result.records[-1]["result"]) == ("allow", "dry-run"), result
    # What pip refuses by itself stays refused, and a setting that cannot be followed is ignored all the same.
    isolated = shared(pip=pip)
    own = isolated.pip(*typed)
    assert_silent(own, returncode=1)
    assert "Can not perform a '--user' install" in own.output, own
    assert_judged(isolated.pip(*typed[:4], "demo", PIP_USER="1"), "isolated-configured", "ignore")
    written = environment.pip("install", "--report", str(report), "--user", "demo", **STRICT)
    assert_judged(written, "base-typed", "refuse")


# nothing to install, pip's own refusals, and other commands

#: Arguments behind ``--user``, and the exit status.
NOTHING = {
    "no arguments": ([], 1),
    "constraints alone": (["--constraint", "constraints.txt"], 1),
    "an empty requirement file": (["--requirement", "empty.txt"], 0),
    "a marker that does not hold": (["demo; python_version < '3'"], 0),
    "a file of such markers": (["--requirement", "never.txt"], 0),
    "with --target": (["--target", "there", "demo"], 1),
    "with --prefix": (["--prefix", "there", "demo"], 1),
    "a file that is missing": (["-r", "missing.txt"], 1),
    "no requirement": (["demo!"], 1),
    "a folder that is missing": (["-e", "missing"], 1),
    "an unknown option": (["--usr", "demo"], 2),
}


def test_what_pip_would_not_install_is_left_to_pip(shared: Shared, each_pip: str) -> None:
    environment = shared("base", pip=each_pip)
    cwd = environment.account.cwd
    (cwd / "constraints.txt").write_text("demo==1.0\n")
    (cwd / "empty.txt").write_text("# nothing\n")
    (cwd / "never.txt").write_text("demo; python_version < '3'\n")
    for name, (arguments, returncode) in NOTHING.items():
        result = environment.pip("install", "--user", *arguments, **STRICT)
        assert_silent(result, returncode=returncode)
        assert result.records == (), (name, result)
    configured = environment.pip("install", "--user", "demo", PIP_TARGET="there", **STRICT)
    assert_silent(configured, returncode=1)
    assert installed(cwd) == []


def test_other_commands_of_pip_are_left_alone(shared: Shared, each_pip: str) -> None:
    environment = shared("base", pip=each_pip)
    environment.account.config.write_text("[install]\nuser = yes\n[userctl]\nprofile = strict\nnonsense = 1\n")
    for command in (
        "download demo",
        "wheel demo",
        "list --user",
        "freeze --user",
        "check",
        "uninstall -y demo",
        "--version",
    ):
        result = environment.pip(*command.split())
        assert_silent(result)
        assert result.records == (), result
    assert "--user" in environment.pip("install", "--help").stdout
    assert environment.pip("install", "--help").stdout.count("userctl") == 0  # no option of pip's is added


def test_enabled_no_leaves_everything_to_pip(shared: Shared, each_pip: str) -> None:
    for kind, arguments, variables, status in (
        ("base", ["--user"], {}, 0),
        ("isolated", ["--user"], {}, 1),
        ("isolated", [], {"PIP_USER": "1"}, 1),
    ):
        environment = shared(kind, pip=each_pip)
        environment.account.global_config.write_text("[userctl]\nenabled = no\nprofile = strict\nnonsense = 1\n")
        result = environment.pip("install", *arguments, "demo", **variables)
        assert_silent(result, returncode=status)
        assert result.records == (), result


# when it is refused


@pytest.mark.parametrize("arguments", ["./project", "-e project", "--editable=./project", "-r wanted.txt", "missing"])
def test_a_refusal_comes_before_anything_is_fetched_built_or_written(
    shared: Shared, each_pip: str, arguments: str
) -> None:
    environment = shared("base", pip=each_pip)
    project = make_project(environment.account.cwd / "project", "built", code="open('ran', 'w').close()")
    (project / "setup.py").write_text("open('ran', 'w').close()\n")
    (environment.account.cwd / "wanted.txt").write_text("-r nested.txt\n")
    (environment.account.cwd / "nested.txt").write_text("demo==1.0\n")
    before = sorted(environment.account.home.rglob("*"))
    result = environment.pip("install", "--user", "--no-cache-dir", *arguments.split(), **STRICT)
    assert_judged(result, "base-typed", "refuse")
    assert f"-m pip install --no-cache-dir {arguments}\n" in result.output, result
    assert not {"Processing", "Collecting", "Obtaining"} & set(result.output.split()), result
    assert sorted(environment.account.home.rglob("*")) == before, result
    assert not (project / "ran").exists(), result
    wanted = {"-r wanted.txt": ["demo==1.0"], "missing": ["missing"], "./project": ["./project"]}
    request = result.records[0]["request"]
    assert request["requirements"] == wanted.get(arguments, []), result
    assert len(request["editable"]) == ("project" in arguments and "-e" in arguments), result


@pytest.mark.needs("python-3.9")
def test_on_the_oldest_python_a_refusal_leaves_the_home_as_it_was(make: Make, tmp_path: Path) -> None:
    for pip in ("26.0.1", OLDEST):
        environment = make("base", "3.9", pip)
        before = sorted(environment.account.home.rglob("*"))
        result = environment.pip("install", "--user", "--no-cache-dir", "demo", **STRICT)
        assert_judged(result, "base-typed", "refuse")
        assert sorted(environment.account.home.rglob("*")) == before, result
        assert_silent(environment.pip("install", "demo", **ALLOW_ROOT))
