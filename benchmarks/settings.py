"""How thoroughly is measured."""

from __future__ import annotations

from typing import NamedTuple


class Settings(NamedTuple):
    """quick: for a look while one works; the figures are rough, and growth ends early. ours: no peers."""

    quick: bool = False
    ours: bool = False

    def few(self, count: int) -> int:
        """So many runs, or what does for a look."""
        return max(1, count // 10) if self.quick else count

    def steps(self, *steps: int) -> tuple[int, ...]:
        """The steps of a growth; for a look the first two."""
        return steps[:2] if self.quick else steps
