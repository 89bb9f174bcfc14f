"""Activation and deactivation, killed in front of each operation on files: the old state or the new one, never another."""

from __future__ import annotations

import pytest

from tests.integration.conftest import Make
from tests.support.answers import snapshot
from tests.support.cache import PROJECT
from tests.support.covering import ALL, QUIET, Pair, assert_done, make_pair
from tests.support.expect import assert_silent

KILLED = PROJECT / "tests" / "probes" / "killed.py"
#: A limit for the loops: far more operations than there are.
MOST = 60


def state(two: Pair, target: str) -> dict[str, str]:
    """What Python reads of it; prepared and removed files have names that it does not read."""
    folder = two.library / "sitecustomize" if target == ALL else two.file.parent
    found = snapshot(folder) if folder.exists() else {}
    return {path: each for path, each in found.items() if ".pip-userctl" not in path}


@pytest.mark.parametrize("what", ["one environment", "all environments"])
def test_only_the_old_or_the_new_state_is_ever_seen(make: Make, what: str) -> None:
    two = make_pair(make)
    target = str(two.covered.prefix) if what == "one environment" else ALL
    folders = (two.covering.prefix / "lib", two.covered.prefix)
    untouched = snapshot(*folders)

    def was_killed(number: int, verb: str, old: dict[str, str], new: dict[str, str]) -> bool:
        """Kill it there; then the same command again ends what was begun."""
        result = two.covering.run(str(KILLED), str(number), verb, target, **QUIET)
        assert result.returncode in (0, 9), result
        assert state(two, target) in (old, new), (number, result)
        for environment in two:
            assert environment.run("-W", "error", "-c", "pass", **QUIET).output == "", number
        assert_done(two.covering.userctl(verb, target, **QUIET))
        assert state(two, target) == new, number
        return result.returncode == 9

    without = state(two, target)
    assert_done(two.covering.userctl("activate", target, **QUIET))
    active = state(two, target)
    assert_done(two.covering.userctl("deactivate", target, **QUIET))
    assert without != active
    for number in range(1, MOST):
        killed = was_killed(number, "activate", without, active), was_killed(number, "deactivate", active, without)
        if not any(killed):
            break
    assert 1 < number < MOST - 1
    assert_silent(two.covered.pip("list", **QUIET))
    assert snapshot(*folders) == untouched
    if what == "all environments":
        module = two.library / "sitecustomize" / "__init__.py"
        for number in range(1, MOST):
            assert_done(two.covering.userctl("activate", target, **QUIET))
            module.write_text(module.read_text().replace("Starts pip-userctl", "Started pip-userctl"))  # an upgrade
            if not was_killed(number, "activate", state(two, target), active):
                break
        assert 1 < number < MOST - 1
