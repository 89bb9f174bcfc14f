"""What each action promises, as assertions on a finished pip."""

from __future__ import annotations

from pathlib import Path

from tests.toolkit.environments import Result

#: Where the suite runs as root, ``root-user`` would stand beside every user install; tests of other rows allow it.
NO_ROOT_ROW = {"PIP_USERCTL_ROOT_USER": "allow"}
STRICT = {**NO_ROOT_ROW, "PIP_USERCTL_PROFILE": "strict"}
AUDIT = {"PIP_USERCTL_PROFILE": "audit"}
_LINES = {"allow": 0, "log": 1, "ignore": 1, "warn": 2, "refuse": 1}  # a warning comes once more when pip is done


def assert_judged(result: Result, situation: str, action: str, *, returncode: int | None = None) -> None:
    """One situation alone was printed, as the action says; pip ended accordingly, or with the exit status given."""
    expected = (1 if action == "refuse" else 0) if returncode is None else returncode
    assert result.returncode == expected, result
    assert result.situations == [situation] * _LINES[action], result
    levels = {
        "WARNING: userctl-": 2 if action == "warn" else 0,
        "error: userctl-": 1 if action == "refuse" else 0,
        "userctl-": 1 if action in ("log", "ignore") else 0,
    }
    lines = [line.replace("ERROR: ", "", 1) for line in result.output.splitlines()]
    for start, count in levels.items():
        assert sum(line.startswith(f"{start}{situation}") for line in lines) == count, result


def assert_silent(result: Result, *, returncode: int = 0) -> None:
    """No word of ours was printed, and pip ended like this."""
    assert result.returncode == returncode, result
    assert "userctl" not in result.output, result


def installed(folder: Path) -> list[str]:
    """The directories below the folder that hold the module of demo."""
    return [str(each.parent.relative_to(folder)) for each in folder.rglob("demo.py")]


def assert_judged_under_lock(result: Result, situation: str, action: str, *not_heard: str) -> None:
    """The situation was judged so, after one line about what was not heard."""
    lines = result.lines("userctl-locked: ")
    start = "userctl-locked: the policy is locked by the administrator; not heard: "
    assert lines == [start + ", ".join(not_heard)], result
    assert result.returncode == (1 if action == "refuse" else 0), result
    assert set(result.situations) == {"locked", situation}, result
    if action == "refuse":
        assert result.lines(f"error: userctl-{situation}"), result
