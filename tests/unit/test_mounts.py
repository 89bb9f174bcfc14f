"""Whether a user base is on another mount than ``/``, which in a container means that it is the host's."""

from __future__ import annotations

from pathlib import Path

import pytest

from pip_userctl.environment.facts import is_mounted

LINE = "36 25 0:32 /home/ada {point} rw,relatime shared:1 - ext4 /dev/root rw\n"
ROOT = LINE.format(point="/")


@pytest.fixture
def home() -> Path:
    """A directory on the same device as ``/``."""
    found = Path("/var/lib")
    if found.stat().st_dev != Path("/").stat().st_dev:
        found = Path("/etc")
    return found


@pytest.mark.parametrize("below", ["", "not-there-yet/.local"])
def test_a_directory_of_the_same_device_is_mounted_where_the_kernel_lists_it(
    tmp_path: Path, home: Path, below: str
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(ROOT)
    assert not is_mounted(str(home / below), str(mounts))
    mounts.write_text(ROOT + LINE.format(point=home))
    assert is_mounted(str(home / below), str(mounts))


def test_another_device_is_another_mount() -> None:
    assert is_mounted("/proc")


def test_without_a_list_of_mounts_the_device_decides(tmp_path: Path, home: Path) -> None:
    assert not is_mounted(str(home), str(tmp_path / "missing"))
