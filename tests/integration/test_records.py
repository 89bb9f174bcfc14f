"""What happened is on record: one decision or two before anything is written, one outcome however it ends."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, Callable

import pytest

from pip_userctl.testing import make_wheel
from tests.toolkit.environments import Environment
from tests.toolkit.expect import NO_ROOT_ROW
from tests.toolkit.records import DECISION, OUTCOME, read

Make = Callable[..., Environment]
_EXPECTED = [
    ("isolated", ("demo",), {}, "installed", "allow"),
    ("isolated", ("--user", "demo"), {}, "refused", "refuse"),
    ("isolated", ("demo",), {"PIP_USER": "1"}, "installed", "allow"),
    ("isolated", ("missing",), {}, "failed", "allow"),
    ("system-site", ("--user", "demo"), NO_ROOT_ROW, "installed", "warn"),
    ("base", ("--user", "demo"), {"PIP_USERCTL_PROFILE": "strict"}, "refused", "refuse"),
]


def log_of(environment: Environment) -> Path:
    """The audit log that the account's own pip.conf names."""
    path = environment.account.home / "pip-audit.jsonl"
    environment.account.user_config.write_text("[userctl]\naudit-log = ~/pip-audit.jsonl\n")
    return path


@pytest.mark.parametrize(("kind", "words", "variables", "result", "verdict"), _EXPECTED)
def test_each_judged_install_has_a_decision_and_an_outcome_under_one_id(
    make: Make, each_pip: str, kind: str, words: tuple[str, ...], variables: dict[str, str], result: str, verdict: str
) -> None:
    environment = make(kind, pip=each_pip)
    log = log_of(environment)
    done = environment.pip("install", *words, **variables)
    decision, outcome = read(log)
    assert set(decision) == DECISION, done
    assert set(outcome) == OUTCOME, done
    assert decision["id"] == outcome["id"], done
    assert (decision["verdict"], outcome["result"]) == (verdict, result), done
    assert decision["pip"] == each_pip, done
    assert decision["request"]["arguments"] == ["install", *words], done
    assert decision["environment"]["kind"] == kind, done
    assert (outcome["error"] is None) == (result == "installed"), done


def test_an_outcome_says_what_was_installed_where_and_what_it_replaced(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    log = log_of(environment)
    environment.pip("install", "demo")
    make_wheel(environment.account.cwd, "demo", "2.0")
    done = environment.pip("install", "--upgrade", "depends", "demo", "--find-links", str(environment.account.cwd))
    outcome = read(log)[-1]
    found = {each["name"]: each for each in outcome["distributions"]}
    assert {name: each["version"] for name, each in found.items()} == {"depends": "1.0", "demo": "2.0"}, done
    assert found["demo"]["requested"], done
    assert found["demo"]["location"] == str(environment.site_packages), done
    assert outcome["removed"] == [{"name": "demo", "version": "1.0"}], done


def test_a_dependency_is_recorded_as_not_requested(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    log = log_of(environment)
    environment.pip("install", "depends")
    requested = {each["name"]: each["requested"] for each in read(log)[-1]["distributions"]}
    assert requested == {"depends": True, "demo": False}


def test_a_second_decision_is_recorded_where_the_resolved_set_changes_it(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    log = log_of(environment)
    done = environment.pip("install", "--user", "depends", PIP_USERCTL_PROTECT_PACKAGES="demo", **NO_ROOT_ROW)
    first, second, outcome = read(log)
    assert (first["phase"], first["verdict"], second["phase"], second["verdict"]) == (1, "allow", 2, "refuse"), done
    assert outcome["result"] == "refused", done
    assert environment.where("demo") == "", done


def test_what_is_not_judged_is_not_recorded(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    log = log_of(environment)
    for words in (("list",), ("install",), ("install", "--user", "--target", "x", "demo"), ("download", "demo")):
        environment.pip(*words)
    environment.pip("install", "demo", PIP_USERCTL_ENABLED="no")
    assert not log.exists()


def test_a_dry_run_is_recorded_as_one(make: Make) -> None:
    environment = make("isolated")
    log = log_of(environment)
    environment.pip("install", "--dry-run", "demo")
    assert [record.get("result") for record in read(log)] == [None, "dry-run"]


INTERRUPT = """
import os, signal
from pip_userctl import hookimpl

@hookimpl
def userctl_decided(decision):
    os.kill(os.getppid() if decision is None else os.getpid(), signal.SIGINT)
"""


def install_plugin(environment: Environment, source: str) -> None:
    """A plugin called acme, unpacked into the environment."""
    wheel = make_wheel(
        environment.account.home,
        "acme",
        files={"acme.py": source},
        entry_points="[pip_userctl]\nacme = acme\n",
    )
    subprocess.run(["python3", "-m", "zipfile", "-e", str(wheel), str(environment.site_packages)], check=True)


OBSERVER = """
import json, os
from pip_userctl import hookimpl

@hookimpl
def userctl_decided(decision):
    with open(os.environ["SEEN"], "a") as file:
        print("decided", decision.phase, decision.verdict, file=file)

@hookimpl
def userctl_finished(outcome):
    with open(os.environ["SEEN"], "a") as file:
        print("finished", outcome.result, *(each.name for each in outcome.distributions), file=file)
"""


MANY = """
import sys
from pip._internal.cli.main import main
for number in range(int(sys.argv[1])):
    assert main(["install", "-q", "--force-reinstall", "--no-deps", "--no-index", "--target", f"{sys.argv[2]}/{number}",
                 "--find-links", sys.argv[3], "demo"]) == 0
"""


SECRETS = ("hunter2", "t0ken")


def situations(record: dict[str, Any]) -> dict[str, str]:
    """Name → action."""
    return {each["name"]: each["action"] for each in record["situations"]}
