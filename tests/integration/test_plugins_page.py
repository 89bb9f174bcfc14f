"""The examples of docs/plugins.md on real pip: each module, its messages, what it records."""

from __future__ import annotations

import json
import re
from typing import Callable

from tests.toolkit import cache, plugin_project
from tests.toolkit.environments import Environment
from tests.toolkit.expect import NO_ROOT_ROW, assert_judged
from tests.toolkit.plugins import add_plugin


def test_the_example_of_a_plugin_works(make: Callable[..., Environment], each_pip: str) -> None:
    files = plugin_project.files()
    assert '[project.entry-points.pip_userctl]\nacme = "acme_policy"\n' in files["pyproject.toml"]
    environment = add_plugin(make("base", pip=each_pip), "", name="acme", module=files["acme_policy.py"])
    (command,) = re.findall(
        r"`pip (config set userctl\.acme-freeze refuse)`",
        (cache.PROJECT / "docs" / "plugins.md").read_text(encoding="utf-8"),
    )
    for action in ("warn", "log"):
        result = environment.pip("install", "--user", "demo", **NO_ROOT_ROW, PIP_USERCTL_ACME_FREEZE=action)
        assert_judged(result, "acme-freeze", action)
        assert environment.pip("uninstall", "--yes", "demo").returncode == 0
    assert environment.pip(*command.split()).returncode == 0
    result = environment.pip("install", "--user", "demo", **NO_ROOT_ROW)
    assert_judged(result, "acme-freeze", "refuse")
    assert "the release freeze lasts until Monday" in result.output, result
    assert "hint: wait, or use a virtual environment" in result.output, result
    assert environment.where("demo") == "", result


def test_the_example_of_hooks_on_what_was_resolved_works(make: Callable[..., Environment], each_pip: str) -> None:
    module, _ = plugin_project.more_modules()
    environment = add_plugin(make("base", pip=each_pip), "", name="acme", module=module)
    install = ("install", "--user", "depends")
    result = environment.pip(*install, **NO_ROOT_ROW, PIP_USERCTL_ACME_MOST="1")
    assert_judged(result, "acme-many", "refuse")
    for text in (
        "demo",
        "depends",
        "more than a home can hold (rule: acme-many = refuse, set in PIP_USERCTL_ACME_MOST)",
    ):
        assert text in result.output, result
    assert environment.pip(*install, **NO_ROOT_ROW).returncode == 0
    told = (environment.account.cwd / "acme.jsonl").read_text().splitlines()
    assert [tuple(json.loads(line).values()) for line in told] == [
        ("decided", "allow"),
        ("decided", "refuse"),
        ("finished", "refused"),
        ("decided", "allow"),
        ("finished", "installed"),
    ]


def test_the_example_of_a_health_check_works(make: Callable[..., Environment]) -> None:
    _, module = plugin_project.more_modules()
    environment = add_plugin(make("base"), "", name="acme", module=module)
    environment.user_site.mkdir(parents=True)
    (environment.user_site / "stray.pth").write_text("import this\n")
    result = environment.userctl("doctor", PYTHONNOUSERSITE="1")
    assert result.returncode == 1, result
    assert f"where   {environment.user_site / 'stray.pth'}" in result.stdout, result
