"""``matrix`` shows the decision for every situation, from the rules that judge for pip."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import pytest

from pip_userctl.policy import PROFILES, SITUATIONS
from tests.toolkit.environments import Environment
from tests.toolkit.schemas import valid

Make = Callable[..., Environment]


def rows(environment: Environment, *arguments: str, **variables: str) -> dict[str, Any]:
    """Situation → action."""
    data = valid(environment.userctl("matrix", "--json", *arguments, **variables))
    return {row["situation"]: row["action"] for row in data["rows"]}


@pytest.mark.parametrize("kind", ["isolated", "base"])
@pytest.mark.parametrize("profile", PROFILES)
def test_every_situation_has_a_row_with_the_action_of_the_profile_wherever_it_is_asked(
    make: Make, kind: str, profile: str
) -> None:
    found = rows(make(kind), PIP_USERCTL_PROFILE=profile)
    assert found == {key.name: key.default(profile) for key in SITUATIONS}


def test_a_row_says_where_its_action_comes_from(make: Make) -> None:
    environment = make()
    path = environment.account.user_config
    path.write_text("[userctl]\nprofile = strict\nbase-typed = warn\n")
    result = environment.userctl("matrix")
    assert result.returncode == 0, result
    table = {line.split()[0]: line.split(maxsplit=2)[1:] for line in result.stdout.splitlines()}
    assert table["base-typed"] == ["warn", f"{path}:3"], result
    assert table["base-fallback"] == ["refuse", f"profile in {path}:2"], result


def test_a_switched_off_policy_judges_nothing(make: Make) -> None:
    assert set(rows(make(), PIP_USERCTL_ENABLED="no").values()) == {"not judged"}


def test_config_shows_the_policy_of_a_file_alone(make: Make, tmp_path: Path) -> None:
    environment = make()
    environment.account.user_config.write_text("[userctl]\nbase-typed = refuse\n")
    other = tmp_path / "new.conf"
    other.write_text("[userctl]\nbase-fallback = refuse\n")
    found = rows(environment, "--config", str(other))
    assert (found["base-typed"], found["base-fallback"]) == ("allow", "refuse")


def test_compare_shows_only_what_would_change(make: Make, tmp_path: Path) -> None:
    environment = make()
    environment.account.user_config.write_text("[userctl]\nbase-typed = log\nbase-fallback = warn\n")
    other = tmp_path / "new.conf"
    other.write_text("[userctl]\nbase-typed = refuse\nbase-fallback = warn\nroot-user = warn\n")
    data = valid(environment.userctl("matrix", "--compare", str(other), "--json"))
    changes = {each["situation"]: (each["now"], each["then"]) for each in data["compared"]["changes"]}
    assert changes == {"base-typed": ("log", "refuse")}
    result = environment.userctl("matrix", "--compare", str(other))
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["situation", "now", "then", "because"],
        ["base-typed", "log", "refuse", f"{other}:2"],
    ], result
    assert (
        environment.userctl("matrix", "--config", str(other), "--compare", str(other)).stdout
        == "nothing would change\n"
    )


def test_mistakes_in_a_file_are_named_and_a_missing_file_is_wrong_usage(make: Make, tmp_path: Path) -> None:
    environment = make()
    other = tmp_path / "new.conf"
    other.write_text("[userctl]\nbase-typed = never\n")
    result = environment.userctl("matrix", "--compare", str(other))
    assert result.returncode == 1, result
    assert f"{other}:2: base-typed = never is not valid" in result.stdout, result
    assert environment.userctl("matrix", "--config", "missing.conf").returncode == 2
    other.write_text("[userctrl]\nbase-typed = warn\n")
    result = environment.userctl("matrix", "--config", str(other))
    assert result.returncode == 1, result
    assert f"{other}:1: unknown section [userctrl]" in result.stdout, result
