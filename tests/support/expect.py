"""What each action promises, as assertions on a finished pip."""

from __future__ import annotations

from pathlib import Path

from pip_userctl.testing import PipResult

#: The tests may run as root. ``root-user`` does not apply there, because the kit sets pip's --root-user-action, except on
#: pips before 22.1, which have no such option.
ALLOW_ROOT = {"PIP_USERCTL_ROOT_USER": "allow"}
STRICT = {**ALLOW_ROOT, "PIP_USERCTL_PROFILE": "strict"}
AUDIT = {"PIP_USERCTL_PROFILE": "audit"}
#: How the line of an action begins, in front of ``userctl-``; a refusal begins with ``error: `` from pip 22 on.
_STARTS = {"log": ("",), "ignore": ("",), "warn": ("WARNING: ",), "refuse": ("error: ", "ERROR: ")}


def assert_judged(result: PipResult, rule: str, action: str, *, returncode: int | None = None) -> None:
    """This rule alone was printed and recorded, as the action says, and pip ended accordingly, or with this status."""
    expected = (1 if action == "refuse" else 0) if returncode is None else returncode
    assert result.returncode == expected, result
    assert result.printed == ([] if action == "allow" else [rule]), result
    if action != "allow":
        starts = tuple(f"{start}userctl-{rule}" for start in _STARTS[action])
        assert any(line.startswith(starts) for line in result.output.splitlines()), result
    if result.records:
        assert {name: each for name, each in result.rules.items() if each != "allow" or name == rule} == {
            rule: action
        }, (
            result.rules,
            result,
        )


def assert_silent(result: PipResult, *, returncode: int = 0) -> None:
    """No word of pip-userctl was printed, and pip ended like this."""
    assert result.returncode == returncode, result
    assert "userctl" not in result.output, result


def assert_error(result: PipResult, reference: str, *words: str) -> None:
    """A verb of pip-userctl could not do its work: exit status 1, the reference, and these words on standard output."""
    assert result.returncode == 1, result
    assert result.stdout.startswith(f"error: userctl-{reference}\n"), result
    assert all(word in result.stdout for word in words), result


def installed(folder: Path, module: str = "demo") -> list[str]:
    """The directories below the folder that hold this module."""
    return sorted(str(each.parent.relative_to(folder)) for each in folder.rglob(f"{module}.py"))
