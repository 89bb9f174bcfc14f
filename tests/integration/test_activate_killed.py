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


@pytest.mark.parametrize("verb", ["activate", "deactivate"])
@pytest.mark.parametrize("what", ["one environment", "all environments", "all environments, after an upgrade"])
def test_only_the_old_or_the_new_state_is_ever_seen(make: Make, what: str, verb: str) -> None:
    two = make_pair(make)
    target = str(two.covered.prefix) if what == "one environment" else ALL
    folders = (two.covering.prefix / "lib", two.covered.prefix)
    untouched = snapshot(*folders)

    def run(name: str) -> None:
        assert_done(two.covering.userctl(name, target, **QUIET))

    def prepare() -> None:
        run("deactivate" if verb == "activate" else "activate")
        if what.endswith("upgrade") and verb == "activate":
            run("activate")
            module = two.library / "sitecustomize" / "__init__.py"
            module.write_text(module.read_text().replace("Starts pip-userctl", "Started pip-userctl"))

    prepare()
    old = state(two, target)
    run(verb)
    new = state(two, target)
    assert old != new
    for number in range(1, MOST):
        prepare()
        result = two.covering.run(str(KILLED), str(number), verb, target, **QUIET)
        assert state(two, target) in (old, new), (number, result)
        for environment in two:
            assert environment.run("-W", "error", "-c", "pass", **QUIET).output == "", number
        if result.returncode == 0:
            break
        assert result.returncode == 9, result
        run(verb)
        assert state(two, target) == new, number
    assert 1 < number < MOST - 1
    assert_silent(two.covered.pip("list", **QUIET))
    run("deactivate")
    assert snapshot(*folders) == untouched
