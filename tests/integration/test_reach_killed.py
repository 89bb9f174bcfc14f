"""Activation and deactivation, killed in front of each operation on files: the old state or the new one, never another."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import pytest

from tests.toolkit import cache, reach
from tests.toolkit.environments import Environment
from tests.toolkit.expect import assert_silent
from tests.toolkit.reach import Pair, assert_succeeded

Make = Callable[..., Environment]
KILLED = cache.PROJECT / "tests" / "probes" / "killed.py"
QUIET = {"PYTHONDONTWRITEBYTECODE": "1"}
ALL = "--all-environments"
#: A limit for the loops: far more operations than there are.
MOST = 60


def state(two: Pair, target: str) -> dict[str, str]:
    """What Python reads of it; prepared and removed files have names that it does not read."""
    library = two.covering.prefix / "lib" / two.covering.base.tag
    folder = library / "sitecustomize" if target == ALL else two.start_up_file.parent
    found = reach.snapshot(folder) if folder.exists() else {}
    return {path: each for path, each in found.items() if ".pip-userctl" not in path and "cannot" not in path}


def times(found: dict[str, str]) -> dict[str, str]:
    """The names and modes alone: a compiled file names the time of its source."""
    return {path: each.split()[0] if "__pycache__" in path else each for path, each in found.items()}


@pytest.mark.parametrize("verb", ["activate", "deactivate"])
@pytest.mark.parametrize("what", ["one environment", "all environments", "all environments, after an upgrade"])
def test_only_the_old_or_the_new_state_is_ever_seen(make: Make, tmp_path: Path, what: str, verb: str) -> None:
    two = Pair(make, tmp_path)
    target = str(two.covered.prefix) if what == "one environment" else ALL
    untouched = reach.snapshot(two.covering.prefix / "lib", two.covered.prefix)

    def run(name: str) -> None:
        assert_succeeded(two.covering.userctl(name, target, **QUIET))

    def prepare() -> None:
        run("deactivate" if verb == "activate" else "activate")
        if what.endswith("upgrade") and verb == "activate":
            run("activate")
            module = two.covering.prefix / "lib" / two.covering.base.tag / "sitecustomize" / "__init__.py"
            module.write_text(module.read_text().replace("Starts pip-userctl", "Started pip-userctl"))

    prepare()
    old = times(state(two, target))
    run(verb)
    new = times(state(two, target))
    assert old != new
    kills = 0
    for number in range(1, MOST):
        prepare()
        result = two.covering.run(str(KILLED), str(number), verb, target, **QUIET)
        seen = times(state(two, target))
        assert seen in (old, new), (number, result)
        for environment in (two.covered, two.covering):
            assert environment.run("-W", "error", "-c", "pass", **QUIET).output == "", number
        if result.returncode == 0:
            break
        assert result.returncode == 9, result
        kills += 1
        run(verb)
        assert times(state(two, target)) == new, number
    assert kills >= 1
    assert kills < MOST - 1
    assert_silent(two.covered.pip("list", **QUIET))
    run("deactivate")
    assert reach.snapshot(two.covering.prefix / "lib", two.covered.prefix) == untouched
