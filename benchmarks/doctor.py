"""``python benchmarks/doctor.py``: doctor on a user site of 1,000 distributions against two ``pip list`` runs.

Makes a base interpreter of its own in a temporary folder, as the tests do, and measures in pairs, so that a busy machine
slows both sides. Prints the ratio of each pair and the median; exit status 1 where the median is above 1.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.toolkit import cache, environments, pythons
from tests.toolkit.environments import Account, Environment
from tests.toolkit.usersites import put

DISTRIBUTIONS = 1000
FILES = 10
PAIRS = 7


def fill(environment: Environment) -> None:
    """A user site of small distributions; one in ten hides another version."""
    for number in range(DISTRIBUTIONS):
        name = f"dist_{number}"
        put(
            environment.user_site,
            name,
            "2.0",
            {f"{name}/m{each}.py": "" for each in range(FILES)},
            requires=["dist_1>=1"],
        )
        if number % 10 == 0:
            put(environment.site_packages, name, "1.0", {f"{name}/__init__.py": ""})


def seconds(environment: Environment, *arguments: str) -> float:
    """How long one run takes, and that it worked."""
    start = time.perf_counter()
    result = environment.run("-m", *arguments)
    took = time.perf_counter() - start
    assert result.stdout, result
    return took


def main() -> int:
    """Measure and print."""
    cache.prepare()
    python = list(pythons.discover().values())[-1]
    with tempfile.TemporaryDirectory() as folder:
        account = Account(Path(folder))
        environment = environments.make("base", Path(folder) / "base", python, cache.PIPS[-1], account, Path(folder))
        fill(environment)
        seconds(environment, "pip_userctl", "doctor")  # warms the file cache, and writes the bytecode
        seconds(environment, "pip", "list")
        ratios = []
        for _ in range(PAIRS):
            listing = seconds(environment, "pip", "list") + seconds(environment, "pip", "list")
            doctor = seconds(environment, "pip_userctl", "doctor")
            ratios.append(doctor / listing)
            print(f"doctor {doctor:.2f} s, pip list twice {listing:.2f} s, ratio {ratios[-1]:.2f}")
    median = statistics.median(ratios)
    print(f"median ratio {median:.2f}")
    return 0 if median <= 1 else 1


if __name__ == "__main__":
    sys.exit(main())
