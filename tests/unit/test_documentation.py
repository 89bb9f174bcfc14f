"""The documentation has what the code has: keys, actions, hooks, names of the kit, fields of records, verbs, links."""

from __future__ import annotations

import hashlib
import html
import inspect
import json
import re
from pathlib import Path

import pytest

from pip_userctl import __version__, records, testing
from pip_userctl.cli import REMOTE, VERBS, startup_files
from pip_userctl.keys import KEYS, PROFILES, RULES
from pip_userctl.models import STRICTNESS
from pip_userctl.plugins import Specifications

PROJECT = Path(__file__).parents[2]
FOLDERS = (".", "docs", "docs/recipes", "docs/fleet")
PAGES = sorted(path for folder in FOLDERS for path in (PROJECT / folder).glob("*.md"))
#: Folders below docs that the site writes, and whose links its own build checks.
WRITTEN = ("rules", "reference", "project")
HOOKS = {name: hook.__func__ for name, hook in vars(Specifications).items() if name.startswith("userctl_")}
#: The sections that Keep a Changelog knows.
CHANGES = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
each_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)


def page(name: str) -> str:
    """The text of a page."""
    return (PROJECT / name).read_text(encoding="utf-8")


def rows(name: str, *header: str) -> list[list[str]]:
    """The cells of the table of a page that has this header."""
    lines = iter(page(name).splitlines())
    assert any(line == f"| {' | '.join(header)} |" for line in lines), f"{name} has no table {header}"
    next(lines)
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in iter(lambda: next(lines, ""), "")]


def names(text: str) -> list[str]:
    """What stands between back-quotes."""
    return re.findall(r"`([^`]*)`", text)


def test_every_rule_is_documented_with_its_actions_and_its_page_in_order() -> None:
    documented = {}
    for link, _, *actions in rows("docs/policy.md", "rule", "looks at", *PROFILES):
        found = re.fullmatch(r"\[([a-z-]+)\]\(\.\./pip_userctl/rules/pages/\1\.md\)", link)
        assert found, link
        documented[found[1]] = tuple(actions)
    assert list(documented.items()) == list(RULES.items())


def test_every_other_key_is_documented_with_its_default_and_its_values_in_order() -> None:
    table = {
        names(key)[0]: (text, "".join(names(default)))
        for key, text, default in rows("docs/policy.md", "key", "value", "default")
    }
    assert list(table) == [name for name in KEYS if name not in RULES]
    for name, (text, default) in table.items():
        value = KEYS[name].default("default")
        written = (
            {True: "yes", False: "no"}[value]
            if isinstance(value, bool)
            else "".join(value)
            if isinstance(value, tuple)
            else value
        )
        assert default == written, name
        assert [each for each in KEYS[name].values if f"`{each}`" not in text] == [], name


def test_every_action_is_documented() -> None:
    assert {names(action)[0] for action, _ in rows("docs/policy.md", "action", "what happens")} == set(STRICTNESS)


def test_every_hook_is_documented_with_its_arguments() -> None:
    documented = [names(hook)[0] for hook, *_ in rows("docs/plugins.md", "hook", "when", "returns")]
    assert sorted(documented) == sorted(
        f"{name}({', '.join(inspect.signature(hook).parameters)})" for name, hook in HOOKS.items()
    )


def test_every_name_of_the_testing_kit_is_documented() -> None:
    documented = [re.sub(r"\W.*", "", names(name)[0]) for name, _ in rows("docs/plugins.md", "name", "gives")]
    assert sorted(documented) == sorted(testing.__all__)


def test_every_field_of_a_record_is_documented() -> None:
    decision = records.decision_record(testing.decision())
    outcome = records.outcome_record(testing.outcome())
    for header, record in (("field of a decision", decision), ("field of an outcome", outcome)):
        table = {
            field: names(text) for fields, text in rows("docs/records.md", header, "value") for field in names(fields)
        }
        assert set(table) == record.keys() - {"schema"}
        for field, value in record.items():
            if isinstance(value, dict):
                assert value.keys() <= set(table[field]), field


def test_every_verb_is_documented_in_a_section_of_its_own() -> None:
    headings = re.findall(r"(?m)^## (.*)$", page("docs/commands.md"))
    assert sorted(verb for heading in headings for verb in heading.split(", ")) == sorted(VERBS)


def test_the_exit_statuses_and_the_verbs_that_ask_another_interpreter_are_documented() -> None:
    text = page("docs/commands.md")
    assert re.findall(r"\b(\d) [a-z]", "".join(re.findall("Exit status: .*", text))) == ["0", "1", "2"]
    assert names("".join(re.findall(r"`--python PATH`, for (.*?):", text))) == list(REMOTE)


def test_every_variable_that_is_no_key_is_documented() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "pip_userctl").rglob("*.py"))
    found = set(re.findall(r'"(PIP_USERCTL_[A-Z_]+|AI_AGENT|NO_COLOR|FORCE_COLOR)"', sources))
    found -= {f"PIP_USERCTL_{name.replace('-', '_').upper()}" for name in KEYS}
    assert found == {"PIP_USERCTL_REASON", "AI_AGENT", "NO_COLOR", "FORCE_COLOR"}
    assert all(f"`{name}" in page("docs/policy.md") + page("docs/commands.md") for name in found)


@each_page
def test_every_key_that_a_page_sets_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = set(re.findall(r"config set userctl\.([a-z-]+)", text))
    named |= {name.lower().replace("_", "-") for name in re.findall(r"PIP_USERCTL_([A-Z_]+)=", text)}
    assert {name for name in named - KEYS.keys() - {"reason"} if not name.startswith("acme-")} == set()


@each_page
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        file, _, anchor = target.partition("#")
        if not re.match(r"https?://", target):
            found = (path.parent / file).resolve() if file else path
            if found.parent.parent == PROJECT / "docs" and found.parent.name in WRITTEN:
                continue
            assert found.exists(), target
            headings = re.findall(r"(?m)^#+ (.*)$", found.read_text(encoding="utf-8")) if anchor else []
            anchors = [re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings]
            assert not anchor or anchor in anchors, target
    for file in re.findall(r"`((?:docs|tests|pip_userctl|benchmarks|\.ci)/[\w./-]+)`(?!:\n)", path.read_text("utf-8")):
        assert (PROJECT / file).exists(), file


@each_page
def test_every_block_of_python_can_be_compiled(path: Path) -> None:
    for block in re.findall(r"(?ms)^```python\n(.*?)^```", path.read_text(encoding="utf-8")):
        compile(block, str(path), "exec")


def test_every_page_is_linked_from_the_readme() -> None:
    linked = {path.name for path in (PROJECT / "docs").glob("*.md") if f"(docs/{path.name})" in page("README.md")}
    assert {path.name for path in (PROJECT / "docs").glob("*.md")} - linked <= {"package-index.md"}


def test_the_readme_names_the_supported_versions() -> None:
    pythons = re.findall(r"Python :: (3\.\d+)", page("pyproject.toml"))
    (oldest,) = re.findall(r'"pip>=([\d.]+)"', page("pyproject.toml"))
    assert f"CPython {pythons[0]} to {pythons[-1]}, pip {oldest} to " in page("README.md")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_picture_of_the_readme_shows_its_examples(theme: str) -> None:
    """docs/images/terminal.py draws it; lines that are too long are continued in the next."""
    texts = re.findall(r"<text [^>]*>(.*?)</text>", page(f"docs/images/terminal-{theme}.svg"))
    shown = "".join(html.unescape(text) for text in texts)
    examples = "".join(re.findall(r"(?ms)^```console\n(.*?)^```", page("README.md")))
    assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", examples)


def test_the_changelog_has_the_form_of_keep_a_changelog_and_counts_the_rules() -> None:
    text = page("CHANGELOG.md")
    versions = re.findall(r"(?m)^## (.*)$", text)
    assert versions[0] in ("[Unreleased]", f"[{__version__}] - unreleased")
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", version) for version in versions[1:]), versions
    for part in re.split(r"(?m)^## ", text)[1:]:
        sections = re.findall(r"(?m)^### (.*)$", part)
        assert sections == sorted(set(sections), key=CHANGES.index), part
    assert re.findall(r"(\d+) rules", text) in ([], [str(len(RULES))])


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    machine = {str(PROJECT), str(Path.home()), "/ro" + "ot", "/wo" + "rk"} - {"/", "/home/ada"}
    pattern = re.compile(rf"(?<![\w.$)}}>~-])(?:{'|'.join(map(re.escape, machine))})(?![\w-])".encode())
    found = {}
    for top in PROJECT.iterdir():
        if top.name.startswith(".") and top.name != ".ci":
            continue
        for path in [top] if top.is_file() else top.rglob("*"):
            if path.is_file() and not {"__pycache__", "_build"} & {*path.parts}:
                match = pattern.search(path.read_bytes())
                if match:
                    found[str(path.relative_to(PROJECT))] = match[0]
    assert found == {}


def test_the_start_up_files_are_listed_with_their_bytes_and_hashes() -> None:
    folder = PROJECT / "pip_userctl" / "startup"
    read_by = {
        "pip_userctl.pth": "Python",
        "pip_userctl.start": "Python 3.15 and newer, from the wheel `py318`",
        "_pip_userctl.py": "the two above",
        "pip_userctl/startup/loader.py": "the start-up module, once pip installs",
        "_pip_userctl_command.py": "the command alone",
    }
    found = {name: (by, (folder / name.rpartition("/")[2]).read_bytes()) for name, by in read_by.items()}
    found["template of `pip_userctl_covered.pth`"] = "Python", startup_files.PTH.encode()
    found["template of `sitecustomize/__init__.py`"] = "Python", startup_files.SITECUSTOMIZE.encode()
    expected = [
        [name if "`" in name else f"`{name}`", by, str(len(content)), f"`{hashlib.sha256(content).hexdigest()}`"]
        for name, (by, content) in found.items()
    ]
    table = "\n".join(f"| {' | '.join(row)} |" for row in expected)
    documented = rows("docs/coverage.md", "file", "read by", "bytes", "SHA-256")
    assert documented == expected, f"docs/coverage.md must have\n{table}"
    released = json.loads((PROJECT / "pip_userctl" / "cli" / "released.json").read_text(encoding="utf-8"))[__version__]
    assert {f"`{name}`": f"`{digest}`" for name, digest in released.items()}.items() <= {
        row[0]: row[3] for row in documented
    }.items()


def test_each_line_of_the_security_table_that_is_held_or_reported_names_a_test() -> None:
    rows = [line for line in page("SECURITY.md").splitlines() if line.startswith("| ") and " --- " not in line][1:]
    assert len(rows) > 15
    for row in rows:
        named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", row)
        assert named or "| outside" in row, row
        for file, name in named:
            assert f"def {name}(" in (PROJECT / "tests" / "integration" / file).read_text(encoding="utf-8"), row
