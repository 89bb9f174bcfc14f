"""``locked``, on a machine of its own: others may be stricter, and what would loosen it is told and not heard."""

from __future__ import annotations

from typing import Callable

import pytest

from tests.toolkit.answers import answer
from tests.toolkit.environments import Environment
from tests.toolkit.expect import assert_judged, assert_judged_under_lock, assert_silent
from tests.toolkit.machines import ETC, Machine, values

Make = Callable[..., Environment]
pytestmark = pytest.mark.needs("root", "unshare", "linux")


def test_what_would_loosen_a_lock_is_one_line_and_not_heard(make: Make, each_pip: str) -> None:
    machine = Machine(make("base", pip=each_pip))
    machine.lock("base-typed = warn")
    config = machine.account.user_config
    machine.write(config, "base-typed = allow", "conda-typed = allow", "profile = audit", "enabled = no")
    result = machine.pip("--user", "demo", PIP_USERCTL_ROOT_USER="log")
    expected = (
        f"base-typed ({config}:2)",
        f"conda-typed ({config}:3)",
        f"profile ({config}:4)",
        f"enabled ({config}:5)",
    )
    (line,) = result.lines("userctl-locked: ")
    assert all(words in line for words in expected), result
    assert "root-user (PIP_USERCTL_ROOT_USER)" in line, result
    assert result.situations.count("base-typed") == 2, result
    assert result.returncode == 0, result
    data = answer(machine.userctl("explain", "--json", "--user", "demo"))["data"]
    assert set(expected) == set(data["policy"]["loosening"]), data
    text = machine.userctl("explain", "--user", "demo").stdout
    assert f"not heard, because the policy is locked\n  {expected[1]}\n  {expected[0]}\n" in text, text


def test_others_may_be_stricter_and_nobody_is_told(make: Make, each_pip: str) -> None:
    machine = Machine(make("base", pip=each_pip))
    machine.lock("base-typed = log")
    for variables in ({"PIP_USERCTL_BASE_TYPED": "refuse"}, {"PIP_USERCTL_BASE_TYPED": "warn"}):
        result = machine.pip("--user", "--force-reinstall", "demo", **variables)
        assert_judged(result, "base-typed", variables["PIP_USERCTL_BASE_TYPED"])


def test_others_may_choose_a_stricter_profile(make: Make, each_pip: str) -> None:
    machine = Machine(make("system-site", pip=each_pip))
    machine.lock("system-site-configured = log")
    result = machine.pip("--user", "demo", PIP_USERCTL_PROFILE="strict")
    assert_judged(result, "system-site-typed", "refuse")
    assert "by the profile set in PIP_USERCTL_PROFILE" in result.output, result


def test_enabled_is_fixed_both_ways(make: Make, each_pip: str) -> None:
    machine = Machine(make("base", pip=each_pip))
    machine.lock("base-typed = refuse")
    off = machine.pip("--user", "demo", PIP_USERCTL_ENABLED="no")
    assert_judged_under_lock(off, "base-typed", "refuse", "enabled (PIP_USERCTL_ENABLED)")
    machine.lock("base-typed = refuse", "enabled = no")
    assert_silent(machine.pip("--user", "demo", PIP_USERCTL_ENABLED="yes"))


@pytest.mark.parametrize("action", ["refuse", "warn"])
def test_on_error_refuse_may_be_set_and_not_taken_away(make: Make, action: str) -> None:
    machine = Machine(make("isolated"))
    machine.lock(*([] if action == "refuse" else ["on-error = refuse"]))
    shown = machine.policy(PIP_USERCTL_ON_ERROR=action)
    assert shown["values"]["on-error"]["value"] == "refuse", shown
    assert shown["loosening"] == ([] if action == "refuse" else ["on-error (PIP_USERCTL_ON_ERROR)"]), shown


#: What others say and nobody hears, whether the locked file says something of it or not.
UNHEARD = {"message": "mine", "help-url": "https://mine.example", "plugins": "none", "plugin-timeout": "9"}


@pytest.mark.parametrize("said", [True, False], ids=["said", "not said"])
def test_other_keys_of_others_are_not_heard(make: Make, said: bool) -> None:
    machine = Machine(make("isolated"))
    machine.lock(
        *(["message = ours", "help-url = https://ours.example", "plugins = auto", "plugin-timeout = 3"] * said)
    )
    variables = {f"PIP_USERCTL_{key.upper().replace('-', '_')}": value for key, value in UNHEARD.items()}
    shown = machine.policy(**variables)
    ours = ["ours", "https://ours.example", ["auto"], 3.0] if said else ["", "", ["auto"], 2.0]
    assert values(shown, *UNHEARD) == ours, shown
    assert sorted(shown["loosening"]) == sorted(f"{key} ({name})" for key, name in zip(UNHEARD, variables)), shown


def test_in_a_locked_file_an_invalid_action_counts_as_refuse(make: Make, each_pip: str) -> None:
    machine = Machine(make("base", pip=each_pip))
    machine.lock("base-typed = refus", "isolated-configured = ignor", "plugin-timeout = long")
    result = machine.pip("--user", "demo")
    assert result.returncode == 1, result
    assert result.lines("error: userctl-base-typed"), result
    (line,) = result.lines("userctl-policy: ")
    assert "3 mistakes in the policy; the first: /etc/pip.conf:3: base-typed = refus is not valid" in line, result
    shown = machine.policy(PIP_USERCTL_BASE_TYPED="allow")
    assert values(shown, "base-typed", "isolated-configured", "plugin-timeout") == ["refuse", "refuse", 2.0], shown


def test_without_a_lock_an_invalid_action_counts_as_absent(make: Make, each_pip: str) -> None:
    machine = Machine(make("base", pip=each_pip))
    machine.write(ETC[1], "base-typed = refus")
    result = machine.pip("--user", "demo")
    assert (result.returncode, result.situations) == (0, ["policy"]), result
