"""docs/roll-out.md: every command of it, in its order, as root and as the accounts of a host."""

from __future__ import annotations

import json

import pytest

from tests.integration.conftest import Make
from tests.support.answers import snapshot
from tests.support.cache import Built
from tests.support.hosts import Host, make_host

PAGE = "docs/roll-out.md"
LOG = "/var/log/pip.jsonl"


def state(host: Host) -> dict[str, str]:
    """What is on the host, but for the homes and what the page says is left."""
    found = snapshot(*(host.path(each) for each in ("/etc", "/opt", "/var/log")))
    return {path: each for path, each in found.items() if "/pluggy" not in path and "/packaging" not in path}


@pytest.mark.needs("root", "unshare", "linux", "append-only", "logrotate", "base-ensurepip")
def test_each_command_of_the_roll_out_prints_what_the_page_shows_and_nothing_of_it_is_left(
    make: Make, built: Built
) -> None:
    host = make_host(make, built, "numpy==2.3.5", "requests==2.32.5", "scipy==1.16.3", "pandas==2.3.3")
    before = state(host)
    printed: dict[str, str] = {}
    try:
        for step, result in host.replay(PAGE):
            printed.setdefault(step.name, result.stdout)
            if step.name == "pip-userctl status --verify":
                files = json.loads(host.run(f"{step.name} --json").stdout)["data"]["start_up_files"]
                assert [len(each["sha256"]) for each in files] == [64] * 3, files
    finally:
        host.run(f"chattr -a {LOG}")
    assert state(host) == before
    assert "userctl" not in printed["pip install numpy"] + printed["AI_AGENT=codex pip install requests"]
