"""How lines reach the screen: levels, ``-q``, ``--log``, the closing repetition, the administrator's own words."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import pytest

from pip_userctl.testing import make_wheel
from tests.toolkit.environments import Environment, Result
from tests.toolkit.expect import NO_ROOT_ROW, STRICT, assert_judged, assert_silent

Make = Callable[..., Environment]


def warned(environment: Environment, *options: str, **variables: str) -> Result:
    """A user install that the default profile warns of."""
    return environment.pip("install", "--user", *options, "demo", **NO_ROOT_ROW, **variables)


def test_a_warning_is_said_once_more_behind_pips_summary(make: Make, each_pip: str) -> None:
    environment = make("system-site", pip=each_pip)
    log = environment.account.cwd / "log"
    result = warned(environment, "--log", str(log))
    assert_judged(result, "system-site-typed", "warn")
    lines = log.read_text().splitlines()
    first, last = (number for number, line in enumerate(lines) if "userctl-system-site-typed: " in line)
    summary = next(number for number, line in enumerate(lines) if "Successfully installed demo-1.0" in line)
    assert first < summary < last, result


def test_a_warning_is_said_once_more_when_the_install_has_failed(make: Make, each_pip: str) -> None:
    environment = make("system-site", pip=each_pip)
    assert_judged(warned(environment, "no-such-distribution"), "system-site-typed", "warn", returncode=1)


def test_several_warnings_are_each_said_once_more(make: Make, each_pip: str) -> None:
    environment = make("system-site", pip=each_pip)
    # A newer pip refuses by itself to install where nobody looks; an older one does it.
    result = warned(environment, PYTHONNOUSERSITE="1", PIP_USERCTL_HIDDEN_USER_SITE="warn")
    assert result.situations == ["system-site-typed", "hidden-user-site"] * 2, result


def test_the_last_line_says_where_it_went_and_names_the_commands_only_where_there_are_some(
    make: Make, each_pip: str, tmp_path: Path
) -> None:
    environment = make("system-site", pip=each_pip)
    start = f"pip-userctl: demo 1.0 went to {environment.user_site}"
    assert warned(environment).lines("pip-userctl: ") == [start]
    make_wheel(tmp_path, "tool", entry_points="[console_scripts]\ntool = tool:main\n")
    result = environment.pip("install", "--user", "--find-links", str(tmp_path), "tool", **NO_ROOT_ROW)
    (line,) = result.lines("pip-userctl: ")
    folder = environment.account.home / ".local" / "bin"
    assert line.endswith(f"{environment.user_site}, commands to {folder}, which is not on PATH"), result


def test_nothing_is_repeated_after_a_refusal(make: Make, each_pip: str) -> None:
    environment = make("system-site", pip=each_pip)
    result = warned(environment, PYTHONNOUSERSITE="1")
    assert result.returncode == 1, result
    assert result.situations == ["system-site-typed", "hidden-user-site"], result


def test_several_refusals_stand_in_one_block(make: Make, each_pip: str) -> None:
    environment = make("system-site", pip=each_pip)
    result = environment.pip("install", "--user", "demo", PYTHONNOUSERSITE="1", **STRICT)
    assert_judged(result, "system-site-typed", "refuse")
    assert "also userctl-hidden-user-site: " in result.output, result
    assert result.output.count("hint: ") == 1, result


def test_with_q_warnings_and_their_repetition_stay_and_other_lines_go(make: Make, each_pip: str) -> None:
    assert_judged(warned(make("system-site", pip=each_pip), "-q"), "system-site-typed", "warn")
    assert_silent(make("isolated", pip=each_pip).pip("install", "-q", "demo", PIP_USER="1"))


def test_with_qq_no_warning_is_left(make: Make, each_pip: str) -> None:
    environment = make("system-site", pip=each_pip)
    assert_silent(warned(environment, "-qq"))
    assert environment.where("demo") == "user"


def test_the_log_has_what_quiet_takes_from_the_screen(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    assert_silent(environment.pip("install", "-q", "--log", "log", "demo", PIP_USER="1"))
    log = environment.account.cwd / "log"
    assert log.read_text().count("userctl-isolated-configured: ") == 1

    log.unlink()
    result = warned(make("system-site", pip=each_pip), "-qq", "--log", "log")
    assert log.read_text().count("userctl-system-site-typed: ") == 2, result


def test_a_refusal_is_said_with_qq_too(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    result = environment.pip("install", "-qq", "--user", "demo", **NO_ROOT_ROW)
    assert_judged(result, "isolated-typed", "refuse")


# message and help-url


@pytest.fixture
def with_message(make: Make, each_pip: str) -> Environment:
    """A system-site environment whose administrator has something to say."""
    environment = make("system-site", pip=each_pip)
    environment.account.global_config.write_text(
        "[userctl]\nroot-user = allow\nmessage = Ask the lab,\n    room 12.\nhelp-url = https://lab.example/pip\n"
    )
    return environment


def test_a_refusal_carries_message_and_help_url_as_its_note(with_message: Environment) -> None:
    result = with_message.pip("install", "--user", "demo", PIP_USERCTL_SYSTEM_SITE_TYPED="refuse")
    assert_judged(result, "system-site-typed", "refuse")
    assert "\nnote: Ask the lab,\n      room 12., https://lab.example/pip\nhint: " in result.output, result


def test_a_warning_carries_message_and_help_url(with_message: Environment) -> None:
    result = with_message.pip("install", "--user", "demo")
    assert_judged(result, "system-site-typed", "warn")
    assert result.output.count("note: Ask the lab,\n") == 2, result
    assert result.output.count("room 12., https://lab.example/pip\n") == 2, result


def test_lines_that_only_tell_something_carry_neither(with_message: Environment) -> None:
    for action in ("log", "ignore"):
        configured = {"PIP_USER": "1", "PIP_USERCTL_SYSTEM_SITE_CONFIGURED": action}
        result = with_message.pip("install", "--force-reinstall", "demo", **configured)
        assert_judged(result, "system-site-configured", action)
        assert "room 12" not in result.output, result
        assert "lab.example" not in result.output, result


def test_one_of_message_and_help_url_stands_alone(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    link = {"PIP_USERCTL_HELP_URL": "https://lab.example/pip"}
    result = environment.pip("install", "--user", "demo", **NO_ROOT_ROW, **link)
    assert "\nnote: https://lab.example/pip\n" in result.output, result
