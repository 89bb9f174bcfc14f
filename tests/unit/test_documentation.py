"""Every rule, key, verb, hook and field has its place in the documentation, and what that names exists."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from pip_userctl import cli, hooks, records, testing
from pip_userctl.keys import KEYS, PROFILES, RULES
from pip_userctl.models import Verdict
from pip_userctl.testing import fixtures

PROJECT = Path(__file__).parents[2]
PAGES = {str(path.relative_to(PROJECT)): path.read_text(encoding="utf-8") for path in PROJECT.glob("*.md")}
PAGES.update((f"docs/{path.name}", path.read_text(encoding="utf-8")) for path in (PROJECT / "docs").glob("*.md"))
#: The only sections that Keep a Changelog knows.
CHANGES = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
each_page = pytest.mark.parametrize("name", sorted(PAGES))


def rows(name: str, *header: str) -> list[list[str]]:
    """The cells of the table of a page that has this header."""
    lines = iter(PAGES[name].splitlines())
    for line in lines:
        if cells(line) == list(header):
            next(lines)
            return [cells(row) for row in iter(lambda: next(lines, ""), "")]
    raise AssertionError(f"{name} has no table {header}")


def cells(line: str) -> list[str]:
    """The cells of one line of a table."""
    return [cell.strip() for cell in line.split("|")[1:-1]]


def quoted(text: str) -> list[str]:
    """What stands between backquotes."""
    return re.findall(r"`([^`]*)`", text)


# the policy


def test_every_rule_has_a_line_with_its_page_and_its_actions_in_order() -> None:
    documented = rows("docs/policy.md", "rule", "looks at", *PROFILES)
    links = [f"[{name}](../pip_userctl/rules/pages/{name}.md)" for name in RULES]
    assert [row[0] for row in documented] == links
    assert [tuple(row[2:]) for row in documented] == list(RULES.values())


def test_every_other_key_has_a_line_with_its_values_and_its_default_in_order() -> None:
    documented = rows("docs/policy.md", "key", "value", "default")
    others = {name: key for name, key in KEYS.items() if name not in RULES}
    assert [quoted(row[0]) for row in documented] == [[name] for name in others]
    for (_, value, shown), (name, key) in zip(documented, others.items()):
        default = key.default("default")
        words = {True: "yes", False: "no"}.get(default) if isinstance(default, bool) else default
        text = ", ".join(words) if isinstance(words, tuple) else str(words)
        assert "".join(quoted(shown)) == text, name
        assert set(key.values) <= {*quoted(value), "default" if name == "profile" else ""}, name


def test_every_action_has_a_line() -> None:
    documented = [quoted(row[0])[0] for row in rows("docs/policy.md", "action", "what happens")]
    assert set(documented) == {action for name in RULES for action in KEYS[name].values}


def test_every_variable_that_is_read_has_its_place() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "pip_userctl").rglob("*.py"))
    found = set(re.findall(r'"(PIP_USERCTL_[A-Z_]+|AI_AGENT|NO_COLOR|FORCE_COLOR)"', sources))
    found -= {f"PIP_USERCTL_{name.replace('-', '_').upper()}" for name in KEYS}
    assert len(found) == 4
    pages = PAGES["docs/policy.md"] + PAGES["docs/commands.md"]
    assert {name for name in found if f"`{name}" not in pages} == set()


@each_page
def test_every_key_that_a_page_sets_exists(name: str) -> None:
    named = re.findall(r"config set userctl\.([a-z-]+)", PAGES[name])
    named += [found.lower().replace("_", "-") for found in re.findall(r"PIP_USERCTL_([A-Z_]+)=", PAGES[name])]
    assert {key for key in named if key not in KEYS and not key.startswith("acme-")} <= {"reason"}


# the command and its records


def test_every_verb_has_a_heading_with_an_example_and_no_page_has_another_verb() -> None:
    parts = re.split(r"(?m)^## (.*)$", PAGES["docs/commands.md"])[1:]
    headings = {verb: body for heading, body in zip(parts[::2], parts[1::2]) for verb in heading.split(", ")}
    assert list(headings) == list(cli.VERBS)
    for verb, body in headings.items():
        assert re.search(rf"(?m)^\$ .*pip-userctl {verb}\b", body), verb
    named = re.findall(r"pip-userctl ([a-z]+)", "\n".join(map(code, PAGES)))
    assert set(named) <= set(cli.VERBS)


def code(name: str) -> str:
    """The code of a page: between backquotes, and what is indented or fenced."""
    blocks = re.findall(r"(?ms)^```console\n(.*?)^```", PAGES[name]) + re.findall(r"(?m)^    .*", PAGES[name])
    return "\n".join([*quoted(re.sub(r"(?ms)^```.*?^```", "", PAGES[name])), *blocks])


def test_the_exit_statuses_and_the_verbs_for_another_interpreter_are_told() -> None:
    page = PAGES["docs/commands.md"]
    assert re.findall(r"\b(\d) [a-z]", re.search(r"Exit status: (.*)", page)[1]) == ["0", "1", "2"]  # type: ignore[index]
    assert quoted(re.search(r"`--python PATH`, for (.*):", page)[1]) == list(cli.REMOTE)  # type: ignore[index]


def test_every_field_of_the_records_has_its_place() -> None:
    decision = testing.decision(Verdict("acme", "warn"), distributions=(testing.distribution(),))
    decided = records.decision_record(decision)
    finished = records.outcome_record(testing.outcome(distributions=(testing.distribution(),)))
    for record, kind in ((decided, "decision"), (finished, "outcome")):
        documented = {
            name
            for row in rows("docs/records.md", f"field of a{'n' * (kind[0] == 'o')} {kind}", "value")
            for name in quoted(" ".join(row))
        }
        fields = {name for name in record if name != "schema"}
        fields |= {name for value in record.values() if isinstance(value, dict) for name in value}
        fields |= {name for value in record.values() if isinstance(value, list) for each in value for name in each}
        assert fields - documented == set(), kind
    assert set(quoted(PAGES["docs/records.md"])) >= set(testing.RESULTS)


# plugins


def test_every_hook_has_a_line_with_its_arguments() -> None:
    documented = [quoted(row[0])[0] for row in rows("docs/plugins.md", "hook", "when", "returns")]
    found = {name: getattr(hooks.Specifications, name) for name in testing.HOOKS}
    assert sorted(documented) == sorted(
        f"{name}({', '.join(inspect.signature(hook).parameters)})" for name, hook in found.items()
    )
    assert set(re.findall(r"userctl_[a-z_]+", PAGES["CHANGELOG.md"])) - {"userctl_"} >= set(found)


@pytest.mark.parametrize("name", testing.HOOKS)
def test_every_specification_says_when_what_none_means_and_what_happens_if_it_raises(name: str) -> None:
    text = inspect.getdoc(getattr(hooks.Specifications, name)) or ""
    assert all(words in text for words in ("When: ", "None: ", "Example::"))
    assert "f it raises" in text or "Everything else as for ``userctl_" in text
    example = inspect.cleandoc(text.split("Example::")[1])
    assert f"def {name}(" in example
    compile(example, name, "exec")


def test_every_name_of_the_testing_kit_has_a_line() -> None:
    documented = [re.sub(r"\W.*", "", quoted(row[0])[0]) for row in rows("docs/plugins.md", "name", "gives")]
    assert sorted(documented) == sorted(testing.__all__)
    for name in ("userctl_environment", "make_userctl_environment"):
        assert hasattr(fixtures, name)
        assert f"`{name}`" in PAGES["docs/plugins.md"], name


# every page


@each_page
def test_every_link_and_every_path_leads_somewhere(name: str) -> None:
    folder = (PROJECT / name).parent
    for target in re.findall(r"\]\(([^)\s]+)\)", PAGES[name]):
        file, _, anchor = target.partition("#")
        if not file.startswith("http"):
            found = (folder / file).resolve() if file else PROJECT / name
            assert found.exists(), target
            headings = re.findall(r"(?m)^#+ (.*)$", found.read_text(encoding="utf-8")) if anchor else []
            assert not anchor or anchor in [re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings]
    for path in re.findall(r"`((?:docs|tests|pip_userctl|benchmarks|\.ci)/[\w./-]+)`(?!:\n)", PAGES[name]):
        assert (PROJECT / path).exists(), path


def test_every_page_of_the_documentation_is_linked_from_the_readme() -> None:
    assert {f"({name})" for name in PAGES if name.startswith("docs/") and f"({name})" not in PAGES["README.md"]} == {
        "(docs/package-index.md)"
    }


def test_the_changelog_has_the_form_of_keep_a_changelog() -> None:
    text = PAGES["CHANGELOG.md"]
    assert text.startswith("# Changelog\n")
    assert "https://keepachangelog.com/" in text
    versions = re.findall(r"(?m)^## (.*)$", text)
    assert versions[0] == "[Unreleased]"
    released = [re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - \d{4}-\d\d-\d\d", version) for version in versions[1:]]
    assert all(released), versions
    numbers = [tuple(map(int, each.groups())) for each in released if each]
    assert numbers == sorted(numbers, reverse=True)
    for part in re.split(r"(?m)^## ", text)[1:]:
        sections = re.findall(r"(?m)^### (.*)$", part)
        assert sections == sorted(set(sections), key=CHANGES.index), part
    assert set(re.findall(r"(\d+) rules", text)) == {str(len(RULES))}


def test_the_readme_names_the_supported_versions() -> None:
    pyproject = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    pythons = re.findall(r"Python :: (3\.\d+)", pyproject)
    (oldest,) = re.findall(r'"pip>=([\d.]+)"', pyproject)
    assert f"CPython {pythons[0]} to {pythons[-1]}, pip {oldest} to " in PAGES["README.md"]


@each_page
def test_every_python_block_can_be_compiled(name: str) -> None:
    for block in re.findall(r"(?ms)^```python\n(.*?)^```", PAGES[name]):
        compile(block, name, "exec")


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    machine = {str(PROJECT), str(Path.home()), "/wo" + "rk"} - {"/", "/root", "/home/ada"}
    pattern = re.compile(rf"(?<![\w.$)}}>~-])(?:{'|'.join(map(re.escape, machine))})(?![\w-])".encode())
    tops = [top for top in PROJECT.iterdir() if top.name in (".ci", ".gitignore") or top.name[0] != "."]
    paths = [
        path for top in tops for path in (top, *top.rglob("*")) if path.is_file() and "__pycache__" not in path.parts
    ]
    found = {str(path): match[0] for path in paths for match in [pattern.search(path.read_bytes())] if match}
    assert found == {}
