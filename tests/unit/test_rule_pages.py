"""Each rule has a page, in one form; a pip tries its example and what to do instead in the integration tests."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

import pip_userctl
from pip_userctl.cli import rules, verify
from pip_userctl.keys import KEYS, RULES, PolicyKey

HEADINGS = ["What it looks at", "Why that hurts", "Example", "What to do instead", "How to change it", "Not judged"]
each_rule = pytest.mark.parametrize("rule", RULES)


def page(rule: str) -> dict[str, str]:
    """Heading → what stands below it."""
    parts = re.split(r"(?m)^## (.*)\n", rules.read_page(rule, KEYS[rule]))
    assert parts[0] == f"# {rule}\n\n"
    return {heading: body.strip("\n") for heading, body in zip(parts[1::2], parts[2::2])}


def test_there_is_a_page_for_each_rule_and_no_other() -> None:
    assert {path.stem for path in rules.PAGES.glob("*.md")} == set(RULES)


@each_rule
def test_a_page_has_all_headings_and_fits_on_a_screen(rule: str) -> None:
    assert list(page(rule)) == HEADINGS
    assert all(page(rule).values())
    lines = rules.read_page(rule, KEYS[rule]).splitlines()
    assert 25 <= len(lines) <= 45
    assert all(len(line) <= 100 for line in lines if not line.startswith("    "))


@each_rule
def test_how_to_change_it_names_valid_actions_and_the_defaults(rule: str) -> None:
    text = page(rule)["How to change it"]
    command, variable = (line.strip() for line in text.splitlines()[:2])
    start = f"pip config set userctl.{rule} "
    assert command.startswith(start), command
    action = command[len(start) :]
    assert action in KEYS[rule].values
    assert variable.startswith(f"PIP_USERCTL_{rule.upper().replace('-', '_')}={action} "), variable
    valid, _, _ = " ".join(text.split()).partition(" Without a setting: ")
    assert re.findall(r"`(\w+)`", valid.partition("Actions: ")[2]) == list(KEYS[rule].values)
    audit, default, strict = RULES[rule]
    assert f"`{audit}` (audit), `{default}` (default), `{strict}` (strict)." in " ".join(text.split())


def test_a_page_is_shown_in_sections_without_loss() -> None:
    sections = rules.page_sections(rules.read_page("base-site", KEYS["base-site"]))
    assert [section.title for section in sections] == ["", *HEADINGS]
    assert sections[0].rows == [("base-site",)]
    assert ("    $ pip install six",) in sections[3].rows


def test_a_rule_of_a_plugin_is_described_by_its_key() -> None:
    key = PolicyKey("acme-freeze", summary="no installs during a freeze")
    text = rules.read_page("acme-freeze", key)
    for part in ("# acme-freeze\n", "no installs during a freeze", "allow, log, warn, refuse", "warn (default)"):
        assert part in text


def test_the_released_hashes_are_those_of_this_version() -> None:
    top = Path(pip_userctl.__file__).parent
    names = ("_pip_userctl.py", "pip_userctl.pth", "pip_userctl.start", "pip_userctl/startup/loader.py")
    expected = {
        name: hashlib.sha256((top / "startup" / name.rpartition("/")[2]).read_bytes()).hexdigest() for name in names
    }
    released = json.loads(verify.RELEASED.read_text(encoding="utf-8"))
    assert released[pip_userctl.__version__] == expected, f"pip_userctl/cli/released.json must have {expected}"
