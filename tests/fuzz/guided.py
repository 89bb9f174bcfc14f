"""Reads odd files with atheris, which finds those that reach further in the code: ``guided TARGET FILES FOLDER``."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["pip_userctl", "tests.fuzz"]):
    from tests.fuzz.targets import TARGETS, mutate, run


def main(name: str, inputs: str, folder: Path) -> None:
    """Ends the process: with exit status 0 if no file ended in an exception."""
    target, corpus = TARGETS[name], folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(target.seeds):
        (corpus / str(number)).write_bytes(seed)

    def change(data: bytes, size: int, seed: int) -> bytes:
        dice = random.Random(seed)
        return bytes(atheris.Mutate(data, size)) if dice.random() < 0.3 else mutate(data, target, dice)[:size]

    def read(data: bytes) -> None:
        run(target, data, folder / "files")

    options = [f"-runs={inputs}", "-timeout=20", "-max_len=200000", "-verbosity=0", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={folder}/", str(corpus)], read, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
