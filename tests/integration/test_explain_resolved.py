"""What ``explain`` lists as not judged: the situations that only the resolved set can show, those of plugins included."""

from __future__ import annotations

from typing import Callable

import pytest

from tests.toolkit.answers import explained
from tests.toolkit.environments import Environment
from tests.toolkit.expect import NO_ROOT_ROW
from tests.toolkit.plugins import RULE, add_plugin
from tests.toolkit.schemas import valid

Make = Callable[..., Environment]
BUILT_IN = ["shadowing", "shadowing-other", "protected-package"]
KEYS = """
from pip_userctl import PolicyKey, hookimpl

@hookimpl
def userctl_policy_keys():
    number = PolicyKey("acme-limit", "choice", ("10", "20"), ("10", "10", "10"))
    return [PolicyKey("acme-many"), PolicyKey("acme-large"), number]
"""
HOOK = """
from pip_userctl import hookimpl

@hookimpl
def userctl_evaluate_distributions(distributions):
    return None
"""


def test_the_built_in_situations_of_the_resolved_set_are_listed(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    for arguments in (["demo"], ["--user", "demo"]):
        assert explained(environment, *arguments, **NO_ROOT_ROW)["not_judged"] == BUILT_IN, arguments


def test_what_the_request_alone_has_shown_is_not_listed(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    environment.account.user_config.write_text("[userctl]\nprotect-packages = demo\n")
    data = explained(environment, "--user", "demo", **NO_ROOT_ROW)
    assert "protected-package" in [each["name"] for each in data["situations"]], data
    assert data["not_judged"] == BUILT_IN[:2], data
    text = environment.userctl("explain", "--user", "demo", **NO_ROOT_ROW).stdout
    assert text.endswith("not judged, because it needs the resolved set\n  shadowing, shadowing-other\n"), text


@pytest.mark.parametrize(
    ("module", "more"),
    [(KEYS + HOOK, ["acme-many", "acme-large"]), (HOOK, ["acme"]), (KEYS, []), (RULE.replace("{}", "return None"), [])],
    ids=["actions among its keys", "no keys", "not the hook", "another hook"],
)
def test_a_plugin_that_looks_at_the_resolved_set_is_listed(make: Make, module: str, more: list[str]) -> None:
    environment = add_plugin(make("isolated"), "", module=module)
    assert explained(environment, "demo")["not_judged"] == [*BUILT_IN, *more]


def test_where_nothing_is_judged_the_resolved_set_changes_nothing(make: Make) -> None:
    environment = make("isolated")
    result = environment.userctl("explain", "--json", "demo", PIP_USERCTL_ENABLED="no")
    assert valid(result)["not_judged"] == [], result


def test_a_mistake_in_the_policy_has_the_same_shape_in_every_verb(make: Make) -> None:
    environment = make("isolated")
    environment.account.user_config.write_text("[userctl]\nbase-typed = never\n")
    found = {
        verb: valid(environment.userctl(*verb.split(), "--json"))
        for verb in ("explain demo", "status", "check", "matrix")
    }
    problems = [found[verb]["problems"] for verb in ("explain demo", "check", "matrix")]
    problems.append(found["status"]["policy"]["problems"])
    (first,) = problems[0]
    assert problems == [[first]] * 4
    assert first["message"] == f"{first['path']}:{first['line']}: {first['text']}"
