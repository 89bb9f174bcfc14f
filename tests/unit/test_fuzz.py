"""Files that others write end in no traceback, whatever is in them; ``python -m tests.fuzz`` tries more of them."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS, mutate, run


@pytest.mark.parametrize("name", TARGETS)
def test_a_file_that_is_odd_ends_in_no_traceback(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    target, folder = TARGETS[name], tmp_path_factory.mktemp("fuzz")

    dice = random.Random(name)  # the same files each time
    odd = (mutate(dice.choice(target.seeds), target, dice) for _ in range(200))
    for data in itertools.chain([b""], target.seeds, target.words, odd):
        run(target, data, folder / "files")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("policy", b"[userctl]\n[line 3]\n[userctl]\n"),
        ("policy", b"[userctl]\nallow-packages = demo; " + b"(" * 2_000),
        ("record", b"other\0/demo.py,,\n"),
        ("metadata", b"Name: demo\nRequires-Dist: demo; os_name ~= 'x'\n"),
        ("metadata", b"Name: demo\nRequires-Dist: demo; " + b"(" * 2_000),
        ("log", TARGETS["log"].seeds[0].replace(b'"phase":1', b'"phase":1e999')),
    ],
)
def test_what_once_ended_in_one_or_never_does_not_any_more(tmp_path: Path, name: str, data: bytes) -> None:
    run(TARGETS[name], data, tmp_path / "files")
