"""Read many odd files, with atheris if it is installed. Exit status 1 if one ended in an exception; it is kept."""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.targets import TARGETS, mutate, run


def read_at_random(name: str, inputs: int, folder: Path) -> bool:
    """Change the seeds at random; returns whether nothing ended in an exception. The first file of each kind is kept."""
    target, dice, found = TARGETS[name], random.Random(name), Counter[str]()
    for number in range(inputs):
        data = mutate(dice.choice(target.seeds), target, dice)
        try:
            run(target, data, folder / "files")
        except Exception as error:
            kind = f"{type(error).__name__}: {error}"[:80]
            found[kind] += 1
            if found[kind] == 1:
                (folder / f"crash-{number}").write_bytes(data)
                print(f"{folder / f'crash-{number}'}: {kind}")
    return not found


def main() -> int:
    """Run the targets one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--inputs", type=int, default=10_000, metavar="N", help="how many files of each kind (10000)")
    args = parser.parse_args()
    guided = find_spec("atheris") is not None
    failed = 0
    for name in args.targets or TARGETS:
        start, folder = time.monotonic(), Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
        if guided:
            command = [sys.executable, "-m", "tests.fuzz.guided", name, str(args.inputs), str(folder)]
            passed = subprocess.run(command).returncode == 0
        else:
            passed = read_at_random(name, args.inputs, folder)
        failed += not passed
        how = "with atheris" if guided else "at random"
        result = "no exception" if passed else f"FAILED, see {folder}"
        print(f"{name}: {args.inputs} files {how}: {result}, {time.monotonic() - start:.0f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
