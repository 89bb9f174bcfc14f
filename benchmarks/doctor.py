"""``doctor`` on a user site of 1,000 distributions, against two runs of ``pip list``; by the clock, in pairs."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from benchmarks.figures import SECONDS, US, Figure
from benchmarks.instruments import Run, pairs, timed
from benchmarks.settings import Settings
from benchmarks.stand import Stand
from tests.toolkit.environments import Environment
from tests.toolkit.usersites import put

DISTRIBUTIONS = 1000
FILES = 10
PAIRS = 10

#: ``doctor`` exits with 1 where it finds something, which pyperf takes for a failure.
_IGNORE_STATUS = """\
import runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
except SystemExit as end:
    sys.exit(end.code not in (0, 1, None))
"""


def _fill(environment: Environment) -> None:
    """A user site of small distributions; one in ten hides another version."""
    for number in range(DISTRIBUTIONS):
        name = f"dist_{number}"
        files = {f"{name}/m{each}.py": "" for each in range(FILES)}
        put(environment.user_site, name, "2.0", files, requires=["dist_1>=1"])
        if number % 10 == 0:
            put(environment.site_packages, name, "1.0", {f"{name}/__init__.py": ""})


def measure(stand: Stand, settings: Settings) -> Iterator[Figure]:
    """In a base interpreter of its own."""
    environment = stand.base("doctor")
    if environment is None:
        return
    account = environment.account
    _fill(environment)
    script = environment.wheels / "run.py"
    script.write_text(_IGNORE_STATUS)

    def run(*arguments: str) -> Run:
        return timed([str(environment.python), str(script), *arguments], account.variables(), str(account.cwd))

    def listing() -> Run:
        first, second = run("pip", "list"), run("pip", "list")
        return Run(first.seconds + second.seconds, max(first.peak, second.peak))

    def doctor() -> Run:
        return run("pip_userctl", "doctor")

    listing(), doctor()  # warms the file cache, and writes the bytecode
    count = settings.few(PAIRS)
    taken, ratio = pairs(listing, doctor, count)
    early = statistics.median(each.seconds for each, _ in taken)
    yield Figure("doctor", US, stand.place.version, SECONDS, early, early * ratio, count)
