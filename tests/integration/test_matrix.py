"""Every supported pip on every Python on which it starts: the main job, with real installs."""

from __future__ import annotations

from typing import Callable

import pytest

from tests.toolkit import cache
from tests.toolkit.environments import Environment

Make = Callable[..., Environment]
PAIRS = [pytest.param(*pair, id="python{}-pip{}".format(*pair)) for pair in cache.starting_pairs()]
pytestmark = pytest.mark.parametrize(("python", "pip"), PAIRS)


def test_a_typed_user_install_is_refused_in_an_isolated_environment(make: Make, python: str, pip: str) -> None:
    environment = make("isolated", python, pip)
    result = environment.pip("install", "--user", "demo")
    assert result.returncode == 1, result
    assert result.lines("error: userctl-isolated-typed"), result
    assert f"{environment.python} -m pip install demo" in result.output, result
    assert environment.where("demo") == "", result


def test_a_configured_user_install_is_made_harmless_in_one(make: Make, python: str, pip: str) -> None:
    environment = make("isolated", python, pip)
    environment.account.user_config.write_text("[install]\nuser = true\n")
    result = environment.pip("install", "demo")
    assert result.returncode == 0, result
    assert result.situations == ["isolated-configured"], result
    assert f"{environment.account.user_config}:2" in result.output, result
    assert environment.where("demo") == "site", result


def test_a_typed_user_install_is_warned_of_where_the_system_site_is_visible(make: Make, python: str, pip: str) -> None:
    environment = make("system-site", python, pip)
    result = environment.pip("install", "--user", "demo")
    assert result.returncode == 0, result
    assert result.situations.count("system-site-typed") == 2, result  # once more when pip is done
    assert environment.where("demo") == "user", result


def test_a_plain_install_gets_no_line(make: Make, python: str, pip: str) -> None:
    environment = make("isolated", python, pip)
    result = environment.pip("install", "demo")
    assert result.returncode == 0, result
    assert "userctl" not in result.output, result
    assert environment.where("demo") == "site", result


def test_the_fallback_is_named_with_its_cause(make: Make, python: str, pip: str) -> None:
    environment = make("base", python, pip)
    environment.make_read_only()
    result = environment.pip("install", "demo")
    assert result.returncode == 0, result
    assert result.lines("userctl-base-fallback: "), result
    assert f"{environment.site_packages} is not writable" in result.output, result
    assert "dr-xr-xr-x" in result.output, result
    assert environment.where("demo") == "user", result
