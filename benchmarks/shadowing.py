"""What looking for hidden copies costs in one ``pip install``, in instructions.

1,000 distributions in the user site and 1,000 in the base interpreter; the same install with the two shadowing keys on
``warn`` and on ``allow``, which skips the look. Needs valgrind. Run it from the checkout::

    python -m benchmarks.shadowing
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from conftest import pair
from tests.toolkit import cache, environments, pythons
from tests.toolkit.environments import Account, Environment
from tests.toolkit.wheels import make_wheel

COUNT = 1000
_TOTAL = re.compile(r"I\s+refs:\s+([\d,]+)")


def fill(folder: Path, prefix: str) -> None:
    """Put distributions into a folder: a module and its metadata each."""
    for number in range(COUNT):
        name = f"{prefix}{number}"
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (folder / f"{name}.py").touch()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "RECORD").write_text(f"{name}.py,,\n")


def instructions(environment: Environment, action: str) -> int:
    """Of one install whose resolved set is judged with this action for both keys."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", str(environment.python), "-m", "pip"]
    words = ["install", "--user", "--ignore-installed", "--no-deps", "demo"]
    variables = {
        "PYTHONHASHSEED": "0",
        "PIP_FIND_LINKS": str(environment.wheels),
        "PIP_USERCTL_SHADOWING": action,
        "PIP_USERCTL_SHADOWING_OTHER": action,
    }
    done = environment.account.run([*command, *words], variables)
    found = _TOTAL.search(done.stderr)
    if done.returncode or found is None:
        raise RuntimeError(repr(done))
    return int(found[1].replace(",", ""))


def main() -> None:
    """Print the table."""
    cache.prepare()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        wheels = folder / "wheels"
        wheels.mkdir()
        make_wheel(wheels, "demo")
        pip = cache.PIPS[-1]
        python = pythons.discover()[pair(pip)[0]]
        environment = environments.make("base", folder / "environment", python, pip, Account(folder), wheels)
        fill(environment.site_packages, "system")
        fill(environment.user_site, "user")
        instructions(environment, "warn")  # compiles what is not compiled yet
        without, with_look = (instructions(environment, action) for action in ("allow", "warn"))
        added = with_look - without
        print(f"Python {python.version}, pip {pip}, {COUNT} + {COUNT} distributions")
        print(f"without the look  {without / 1e6:9.1f} M instructions")
        print(f"with the look     {with_look / 1e6:9.1f} M")
        print(f"added             {added / 1e6:9.1f} M, {100 * added / without:.2f} % of the run")


if __name__ == "__main__":
    main()
