"""What looking for hidden copies costs in one ``pip install``, in instructions.

1,000 distributions in the user site and 1,000 in the base interpreter; the same install with the two shadowing keys on
``allow``, which skips the look, and on ``warn``.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.figures import INSTRUCTIONS, US, Figure
from benchmarks.instruments import instructions
from benchmarks.settings import Settings
from benchmarks.stand import Stand
from pip_userctl.testing import make_wheel
from tests.toolkit.usersites import put

COUNT = 1000
_INSTALL = ("-m", "pip", "install", "--user", "--ignore-installed", "--no-deps", "demo")


def measure(stand: Stand, settings: Settings) -> Iterator[Figure]:
    """In a base interpreter of its own."""
    environment = stand.base("shadowing")
    if environment is None:
        return
    make_wheel(environment.wheels, "demo")
    for number in range(COUNT):
        put(environment.site_packages, f"system{number}")
        put(environment.user_site, f"user{number}")
    without, having = (
        instructions(
            stand.place,
            [str(environment.python), *_INSTALL],
            {
                **environment.account.variables(),
                "PYTHONHASHSEED": "0",
                "PIP_FIND_LINKS": str(environment.wheels),
                "PIP_USERCTL_SHADOWING": action,
                "PIP_USERCTL_SHADOWING_OTHER": action,
            },
            settings.few(1),
        )
        for action in ("allow", "warn")
    )
    yield Figure("shadowing", US, stand.place.version, INSTRUCTIONS, without, having, settings.few(1))
