"""Mistakes in a policy: one warning that helps, or pip stops where ``on-error = refuse``."""

from __future__ import annotations

from typing import Callable

import pytest

from conftest import NEWEST
from tests.toolkit import cache
from tests.toolkit.environments import Environment, Result
from tests.toolkit.expect import NO_ROOT_ROW, assert_judged, assert_silent

Make = Callable[..., Environment]
CHECK = "For all of it: pip-userctl check"


def with_policy(make: Make, pip: str, text: str, kind: str = "isolated") -> Environment:
    """An environment whose account has this ``[userctl]`` section, from line 2 on, in the user's pip.conf."""
    environment = make(kind, pip=pip)
    environment.account.user_config.write_text(f"[userctl]\n{text}")
    return environment


def assert_warned_once(result: Result, *texts: str) -> None:
    """Pip went on with one warning about the policy, which has these texts."""
    assert result.returncode == 0, result
    lines = [line for line in result.stderr.splitlines() if line.startswith("WARNING: userctl-policy: ")]
    assert len(lines) == 1, result
    assert result.situations == ["policy"], result
    assert [text for text in (*texts, CHECK) if text not in lines[0]] == [], result


@pytest.mark.parametrize(
    ("line", "texts"),
    [
        ("profil = strict", ["unknown key profil (did you mean profile?)"]),
        ("base_typd = warn", ["unknown key base-typd (did you mean base-typed?)"]),
        ("colour = red", ["unknown key colour."]),
        ("reason = because", ["unknown key reason"]),
        ("profile = strickt", ["profile = strickt is not valid (did you mean strict?)", "audit, default, strict"]),
        ("base-typed = deny", ["base-typed = deny is not valid", "valid: allow, log, warn, refuse"]),
        ("base-typed = ignore", ["base-typed = ignore is not valid", "valid: allow, log, warn, refuse"]),
        ("base-configured = ingore", ["(did you mean ignore?)", "valid: allow, log, warn, ignore, refuse"]),
        ("enabled = perhaps", ["enabled = perhaps is not valid", "valid: yes or no"]),
        ("plugin-timeout = soon", ["plugin-timeout = soon is not valid", "a number of seconds"]),
        ("plugin-timeout = -1", ["plugin-timeout = -1 is not valid"]),
        ("on-error = stop", ["on-error = stop is not valid", "valid: warn, refuse"]),
    ],
)
def test_a_mistake_is_named_with_its_line_the_valid_values_and_the_nearest_spelling(
    make: Make, line: str, texts: list[str]
) -> None:
    environment = with_policy(make, NEWEST, f"message = fine\n\n{line}\n")
    result = environment.pip("install", "demo")
    assert_warned_once(result, f"1 mistake in the policy; {environment.account.user_config}:4: ", *texts)
    assert environment.where("demo") == "site", result


def test_a_mistake_in_a_variable_is_named_with_the_variable(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    value = environment.pip("install", "demo", PIP_USERCTL_BASE_TYPED="deny")
    assert_warned_once(value, "PIP_USERCTL_BASE_TYPED: base-typed = deny is not valid", "allow, log, warn, refuse")
    key = environment.pip("install", "demo", PIP_USERCTL_PROFIL="strict")
    assert_warned_once(key, "PIP_USERCTL_PROFIL: unknown key profil (did you mean profile?)")


def test_several_mistakes_are_counted_in_one_warning_that_names_the_first(make: Make, each_pip: str) -> None:
    environment = with_policy(make, each_pip, "enabled = perhaps\nnonsense = 1\n")
    environment.account.global_config.write_text("[userctl]\n\nprofile = strickt\n")
    result = environment.pip("install", "demo", PIP_USERCTL_MESSAG="x")
    first = f"{environment.account.global_config}:3: profile = strickt"
    assert_warned_once(result, f"4 mistakes in the policy; the first: {first}")
    assert "nonsense" not in result.output, result


def test_an_invalid_value_counts_as_absent(make: Make, each_pip: str) -> None:
    environment = with_policy(make, each_pip, "profile = strickt\nbase-typed = deny\n", kind="base")
    environment.account.global_config.write_text("[userctl]\nbase-typed = refuse\n")
    result = environment.pip("install", "--user", "demo", **NO_ROOT_ROW)
    assert result.situations == ["policy", "base-typed"], result
    assert f"set in {environment.account.global_config}:2" in result.output, result

    environment.account.global_config.unlink()
    result = environment.pip("install", "--user", "demo", **NO_ROOT_ROW)
    assert_warned_once(result, "2 mistakes")
    assert environment.where("demo") == "user", result


def test_a_mistake_does_not_hide_what_the_policy_says_otherwise(make: Make, each_pip: str) -> None:
    environment = with_policy(make, each_pip, "nonsense = 1\n")
    result = environment.pip("install", "--user", "demo", **NO_ROOT_ROW)
    assert result.returncode == 1, result
    assert result.situations == ["policy", "isolated-typed"], result


@pytest.mark.parametrize("spelling", ["base-typed = REFUSE", "base_typed: refuse", "--base-typed = refuse"])
def test_what_pip_takes_for_the_same_is_no_mistake(make: Make, each_pip: str, spelling: str) -> None:
    environment = with_policy(make, each_pip, f"{spelling}\n", kind="base")
    assert_judged(environment.pip("install", "--user", "demo", **NO_ROOT_ROW), "base-typed", "refuse")


def test_a_file_that_pip_cannot_read_is_named_and_skipped(make: Make, each_pip: str) -> None:
    environment = with_policy(make, each_pip, "profile = strict\n")
    environment.make_unreadable(environment.account.user_config)
    for on_error in ("warn", "refuse"):
        result = environment.pip("install", "--force-reinstall", "demo", PIP_USERCTL_ON_ERROR=on_error)
        assert_warned_once(result, f"1 mistake in the policy; {environment.account.user_config}: cannot be read")


@pytest.mark.parametrize(
    "text", ["[userctl\nprofile = strict\n", "profile = strict\n", "[userctl]\n  oops\n", "[a]\n[a]\n"]
)
def test_a_malformed_file_is_reported_by_pip_and_by_nobody_else(make: Make, each_pip: str, text: str) -> None:
    environment = make("isolated", pip=each_pip)
    environment.account.user_config.write_text(text)
    result = environment.pip("install", "demo")
    assert result.returncode != 0, result
    assert "userctl-" not in result.output, result
    assert "pip_userctl" not in result.output, result


# on-error = refuse


def test_with_on_error_refuse_a_mistake_stops_pip_with_the_full_report(make: Make, each_pip: str) -> None:
    environment = with_policy(make, each_pip, "on-error = refuse\nprofile = strickt\nnonsense = 1\n")
    result = environment.pip("install", "demo", PIP_USERCTL_PLUGIN_TIMEOUT="0")
    assert_judged(result, "policy", "refuse")
    place = environment.account.user_config
    for text in (f"{place}:3: profile = strickt", f"{place}:4: unknown key nonsense", "PIP_USERCTL_PLUGIN_TIMEOUT: "):
        assert text in result.output, result
    assert environment.where("demo") == "", result


@pytest.mark.parametrize("profile", ["audit", "strict"])
def test_on_error_refuse_set_outright_holds_in_every_profile(make: Make, each_pip: str, profile: str) -> None:
    environment = with_policy(make, each_pip, f"on-error = refuse\nprofile = {profile}\nbase-typed = deny\n")
    assert_judged(environment.pip("install", "demo"), "policy", "refuse")


def test_an_unknown_key_never_stops_pip(make: Make, each_pip: str) -> None:
    environment = with_policy(make, each_pip, "on-error = refuse\nnonsense = 1\n")
    assert_warned_once(environment.pip("install", "demo", PIP_USERCTL_NONSENSE="1"), "2 mistakes")


def test_without_a_mistake_on_error_refuse_says_nothing(make: Make, each_pip: str) -> None:
    environment = with_policy(make, each_pip, "on-error = refuse\n")
    assert_silent(environment.pip("install", "demo"))


def stopped(make: Make, pip: str) -> Environment:
    """An environment in which mistakes in the policy stop pip, with projects and requirement files to ask for."""
    environment = with_policy(make, pip, "on-error = refuse\nbase-typed = deny\n")
    cwd = environment.account.cwd
    (cwd / "repair.txt").write_text("# all of it\npip\npluggy\n\npackaging\npip-userctl\n")
    (cwd / "other.txt").write_text("pip\ndemo\n")
    (cwd / "pip").mkdir()
    (cwd / "pip" / "setup.py").write_text("import setuptools; setuptools.setup(name='pip')\n")
    return environment


def test_a_repair_works_while_mistakes_stop_pip(make: Make, each_pip: str) -> None:
    environment = stopped(make, each_pip)
    repair = environment.pip("install", "pip", "pluggy", "packaging", "pip-userctl")
    assert_warned_once(repair, "base-typed = deny")
    assert_judged(environment.pip("install", "pip", "demo"), "policy", "refuse")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--upgrade", "pip"],
        ["pip>=20,!=21.0", "Pip_UserCtl==0.1.0", "pluggy[extra]; python_version > '3'"],
        ["--requirement", "repair.txt"],
        ["{wheel}"],
    ],
)
def test_a_repair_may_be_asked_for_in_any_form(make: Make, arguments: list[str]) -> None:
    environment = stopped(make, NEWEST)
    result = environment.pip("install", *(each.format(wheel=cache.wheel()) for each in arguments))
    assert_warned_once(result, "base-typed = deny")


@pytest.mark.parametrize(
    "arguments",
    [
        ["pip-tools", "pip.demo"],
        ["--requirement", "other.txt"],
        ["--editable", "pip"],
        ["./pip"],
        ["-r", "repair.txt", "demo"],
    ],
)
def test_what_only_looks_like_a_repair_is_none(make: Make, arguments: list[str]) -> None:
    assert_judged(stopped(make, NEWEST).pip("install", *arguments), "policy", "refuse")
