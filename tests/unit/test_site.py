"""The site has a place for everything: rules, keys, messages, verbs, schemas, hooks, variables. It needs no Sphinx."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from pip_userctl.cli import VERBS
from pip_userctl.cli.doctor import CHECKS
from pip_userctl.keys import KEYS, RULES
from pip_userctl.plugins import Specifications
from pip_userctl.rules.texts import NOT_IGNORED, TEXTS

PROJECT = Path(__file__).parents[2]
PACKAGE = PROJECT / "pip_userctl"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """Every generated page, by its path below ``docs``."""
    sys.path.insert(0, str(PROJECT / "docs" / "_ext"))
    try:
        import reference

        return reference.pages()
    finally:
        sys.path.pop(0)


def headings(text: str) -> list[str]:
    """The headings of a page below its title."""
    return re.findall(r"(?m)^##+ (.*)$", text)


def sources() -> str:
    """The code of the package, without the testing kit."""
    files = [each for each in PACKAGE.rglob("*.py") if "testing" not in each.parts]
    return "\n".join(each.read_text(encoding="utf-8") for each in files)


def test_every_rule_has_a_page_which_begins_as_the_command_shows_it(pages: dict[str, str]) -> None:
    for name in RULES:
        assert pages[f"rules/{name}.md"].startswith((PACKAGE / "rules" / "pages" / f"{name}.md").read_text("utf-8"))
    assert re.findall(r"(?m)^\| \[([a-z-]+)\]\(\1\.md\)", pages["rules/index.md"]) == list(RULES)


def test_every_key_has_its_values_its_defaults_and_its_variable(pages: dict[str, str]) -> None:
    text = pages["reference/keys.md"]
    rules = re.findall(r"(?m)^\| \[([a-z-]+)\]\(\.\./rules/\1\.md\) \| (.*) \|$", text)
    for name, cells in rules:
        names = re.findall(r"`(.*?)`", cells)
        assert names[:-1] == list(RULES[name]), name
        assert set(KEYS[name].values) <= set(re.findall(r"`(\w+)`", text.partition("\n| key |")[0])), name
        assert names[-1] == f"PIP_USERCTL_{name.upper().replace('-', '_')}"
    assert [name for name, _ in rules] + headings(text)[1:] == list(KEYS)


def test_every_message_has_a_place(pages: dict[str, str]) -> None:
    text = sources()
    named = {*re.findall(r"""["' ]userctl-([a-z]+(?:-[a-z]+)*)(?=[":\\])""", text)}
    named |= {*re.findall(r'_error\(\s*"([a-z-]+)"', text)}
    documented = [each.removeprefix("userctl-") for each in headings(pages["reference/messages.md"])]
    found = {*documented} - {"Of rules", "Of the policy, and of pip-userctl itself", "The words in braces"}
    assert found == (named - {"reason"}) | {*RULES}
    for name, text in NOT_IGNORED.items():
        assert f"\n    userctl-{name}: {text}: " in pages["reference/messages.md"]
    words = {each for parts in TEXTS.values() for each in re.findall(r"\{(\w+)\}", " ".join(parts))}
    assert words == {*re.findall(r"(?m)^\| `\{(\w+)\}`", pages["reference/messages.md"])}


def test_every_verb_has_its_options_and_what_its_exit_status_means(pages: dict[str, str]) -> None:
    text = pages["reference/verbs.md"]
    assert headings(text) == ["Exit statuses", *VERBS]
    assert re.findall(r"(?m)^\| \[(\w+)\]\(#\1\) \| \w", text) == list(VERBS)
    assert text.count("| `--json` |") == len(VERBS)
    findings = text.partition("| finding |")[2].partition("\n\n")[0]
    assert re.findall(r"(?m)^\| `([\w-]+)` \| \S", findings) == list(CHECKS)


def test_every_schema_is_shown(pages: dict[str, str]) -> None:
    schemas = sorted(path.stem for path in (PACKAGE / "cli" / "schemas").glob("*.json"))
    assert headings(pages["reference/schemas.md"]) == schemas


def test_every_hook_has_its_arguments_an_example_and_a_place_in_the_life_cycle(pages: dict[str, str]) -> None:
    text = pages["reference/hooks.md"]
    hooks = sorted(name for name in vars(Specifications) if name.startswith("userctl_"))
    assert sorted(headings(text)) == ["Life cycle", *hooks]
    assert sorted(re.findall(r"(?m)^\d\. \[`(\w+)`\]\(#\1\)", text)) == hooks
    for part in text.split("\n## ")[2:]:
        name = part.partition("\n")[0]
        assert part.count("```python") == 2, name
        assert f"@hookimpl\ndef {name}(" in part, name
        assert all(f"**{label}**" in part for label in ("When", "None")), name


def test_every_field_of_a_value_is_shown(pages: dict[str, str]) -> None:
    import pip_userctl

    text = pages["reference/values.md"]
    for name in {*pip_userctl.__all__} - {"hookimpl", "__version__"}:
        kind: Any = getattr(pip_userctl, name)
        body = text.split(f"\n## {name}\n")[1].split("\n## ")[0]
        assert all(f"    {field}: " in body for field in kind._fields), name


def test_every_variable_that_is_read_has_a_place(pages: dict[str, str]) -> None:
    found = {*re.findall(r'(?:environ|variables\(\))(?:\.get)?[(\[]"([A-Z_]+)"', sources())}
    found |= {*re.findall(r'"(PIP_[A-Z_]+|PYTHON[A-Z]+SITE|PYTHON[A-Z]+BASE|NO_COLOR|FORCE_COLOR)"', sources())}
    named = {*re.findall(r"`([A-Z_]+)`", pages["reference/variables.md"])}
    assert found - {"PIP_"} <= named
    assert {f"PIP_USERCTL_{name.upper().replace('-', '_')}" for name in KEYS if name != "locked"} <= named
