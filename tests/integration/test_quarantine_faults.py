"""Whatever stops a quarantine or a restore: nothing is lost, and the next run puts everything back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.toolkit import cache, probes, pythons, usersites
from tests.toolkit.environments import Account

PYTHON = list(pythons.discover().values())[-1]
FAULTS = [["SIGKILL", False], ["ENOSPC", False], ["EACCES", False], ["SIGKILL", True]]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault[0]}{'-across-disks' if fault[1] else ''}")
def test_a_stop_at_any_file_operation_loses_nothing(account: Account, tmp_path: Path, fault: list[object]) -> None:
    template = tmp_path / "template"
    site = usersites.rich(template, PYTHON.tag)
    question = {
        "path": [str(cache.PROJECT), str(cache.unpacked()), str(cache.dependencies_folder(PYTHON))],
        "template": str(template),
        "base": str(tmp_path / "base"),
        "site": str(site.relative_to(template)),
        "faults": [fault],
    }
    answers = probes.ask("faults", account, [PYTHON.path, "-s"], question)
    assert len(answers) > 50
    for operation, lost, states, differences in answers:
        assert lost == [], operation
        assert set(states) <= {"quarantined"}, operation
        assert differences == [], operation
