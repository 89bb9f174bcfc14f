"""``plugins`` lists what is registered; and every verb answers in the shape that its schema says."""

from __future__ import annotations

import json
from typing import Callable

import pytest
from jsonschema import Draft202012Validator

from pip_userctl import cli
from tests.toolkit.environments import Environment
from tests.toolkit.schemas import FOLDER, load, valid, validator
from tests.toolkit.usersites import put

Make = Callable[..., Environment]
PLUGIN = """\
from pip_userctl import PolicyKey, hookimpl

@hookimpl
def userctl_policy_keys():
    return [PolicyKey("acme-freeze", summary="no user installs during a freeze")]

@hookimpl
def userctl_evaluate(request):
    return None
"""


def test_a_plugin_is_listed_with_distribution_version_hooks_and_keys(make: Make) -> None:
    environment = make()
    points = {"acme-1.2.dist-info/entry_points.txt": "[pip_userctl]\nacme = acme_rules\nbroken = missing_module\n"}
    put(environment.site_packages, "acme", "1.2", files={"acme_rules.py": PLUGIN, **points})
    result = environment.userctl("plugins", "--json")
    assert result.returncode == 1, result  # one of the two does not load
    data = valid(result)
    (acme,) = [each for each in data["plugins"] if each["name"] == "acme"]
    assert acme == {
        "name": "acme",
        "distribution": "acme",
        "version": "1.2",
        "hooks": ["userctl_evaluate", "userctl_policy_keys"],
        "keys": ["acme-freeze"],
    }
    (failure,) = data["failures"]
    assert failure["name"] == "broken"
    assert "No module named 'missing_module'" in environment.userctl("plugins").stdout


@pytest.mark.parametrize("variables", [{}, {"PIP_USERCTL_AUDIT_LOG": "~/pip.jsonl", "PIP_USERCTL_SYSLOG": "local"}])
def test_all_built_in_rules_checks_and_reporters_are_plugins(make: Make, variables: dict[str, str]) -> None:
    result = make().userctl("plugins", "--json", **variables)
    assert result.returncode == 0, result
    listed = valid(result)["plugins"]
    assert {each["distribution"] for each in listed} == {"pip-userctl"}
    assert {hook for each in listed for hook in each["hooks"]} >= {"userctl_evaluate", "userctl_health_checks"}
    (recorder,) = [each for each in listed if each["name"] == "pip_userctl.recorder"]
    assert recorder["hooks"] == ["userctl_decided", "userctl_finished"], recorder


def test_every_schema_is_one() -> None:
    for path in FOLDER.glob("*.json"):
        Draft202012Validator.check_schema(load(path))


VERBS = [
    "status",
    "explain demo",
    "explain --user demo",
    "explain --target t --user demo",
    "explain",
    "explain -r missing.txt",
    "matrix",
    "matrix --compare /dev/null",
    "check",
    "check missing",
    "doctor",
    "quarantine --list",
    "quarantine --shadowing",
    "quarantine missing",
    "quarantine",
    "restore missing",
    "log /dev/null",
    "log /dev/null --summary",
    "log",
    "plugins",
    "plugins --wrong",
    "activate",
    "activate nowhere",
    "deactivate nowhere",
]


@pytest.mark.parametrize("command", VERBS)
def test_what_json_prints_is_valid_whatever_the_answer(make: Make, each_pip: str, command: str) -> None:
    valid(make("isolated", pip=each_pip).userctl(*command.split(), "--json"))


def test_what_json_prints_of_reach_is_valid(make: Make) -> None:
    covering, covered = make("isolated"), make("isolated")
    covered.remove_userctl("pip_userctl", "pip_userctl.pth")
    for verb in ("activate", "activate", "deactivate", "deactivate"):
        done = covering.userctl(verb, str(covered.prefix), "--json")
        assert done.returncode == 0, done
        valid(done)


def test_every_verb_has_a_schema_that_refuses_another_shape() -> None:
    for verb in cli.VERBS:
        bad = {"schema": 1, "command": verb, "ok": True, "exit_code": 0, "data": {"nonsense": 1}, "errors": []}
        assert not validator(verb).is_valid(bad), verb
        assert not validator(verb).is_valid(json.loads("[]")), verb
