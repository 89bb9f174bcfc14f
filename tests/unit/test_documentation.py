"""The documentation says what the code does: keys, references, hooks, exit statuses, examples, links."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Iterator

import pytest

from pip_userctl import hookspecs, testing
from pip_userctl.cli import VERBS
from pip_userctl.policy import KEYS, PROFILES, SITUATIONS, PolicyKey
from pip_userctl.testing import fixtures
from tests.toolkit.cache import PIPS, PROJECT
from tests.toolkit.source import modules
from tests.unit.test_layers import LAYERS

PAGES = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md")])
SOURCES = modules()
HOOKS = {name: hook for name, hook in vars(hookspecs).items() if name.startswith("userctl_")}
#: The only sections that Keep a Changelog knows.
CHANGES = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


def page(name: str) -> str:
    """The text of a page."""
    return (PROJECT / name).read_text(encoding="utf-8")


def rows(name: str, *header: str) -> list[list[str]]:
    """The cells of the table of a page that has this header."""
    lines = iter(page(name).splitlines())
    for line in lines:
        if cells(line) == list(header):
            next(lines)
            return [row for row in map(cells, iter(lambda: next(lines, ""), "")) if row]
    raise AssertionError(f"{name} has no table {header}")


def cells(line: str) -> list[str]:
    """The cells of one line of a table; none where it is no such line."""
    return [cell.strip() for cell in line.split("|")[1:-1]] if line.startswith("|") else []


def quoted(text: str) -> str:
    """What stands first between back-quotes."""
    found = re.match(r"`([^`]*)`", text)
    return found[1] if found else ""


def blocks(name: str, language: str) -> list[str]:
    """The code blocks of a page in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page(name), re.MULTILINE | re.DOTALL)


# the policy


def test_every_situation_is_documented_with_its_defaults_and_in_order() -> None:
    documented = [
        (quoted(key), *defaults) for key, _, *defaults in rows("docs/policy.md", "key", "applies when", *PROFILES)
    ]
    assert documented == [(key.name, *key.defaults) for key in SITUATIONS]


def written(key: PolicyKey) -> str:
    """The default of a key as one writes it into a file."""
    default = key.default("default")
    if isinstance(default, bool):
        return "yes" if default else "no"
    if isinstance(default, tuple):
        return ", ".join(map(str, default))
    return f"{default:g}" if isinstance(default, float) else str(default)


def test_every_other_key_is_documented_with_its_default_and_in_order() -> None:
    documented = [
        (quoted(key), quoted(default)) for key, _, default in rows("docs/policy.md", "key", "value", "default")
    ]
    others = [key for key in KEYS.values() if key not in SITUATIONS]
    assert documented == [(key.name, written(key)) for key in others]
    assert all(len(set(key.defaults)) == 1 or key.name == "profile" for key in others)


def test_every_value_of_a_key_is_documented_beside_it() -> None:
    for name, text, _ in rows("docs/policy.md", "key", "value", "default"):
        for value in KEYS[quoted(name)].values:
            assert f"`{value}`" in text, (name, value)


def test_every_action_is_documented() -> None:
    documented = {quoted(action) for action, _ in rows("docs/policy.md", "action", "what happens")}
    assert documented == {value for key in SITUATIONS for value in key.values}


# messages


def references() -> set[str]:
    """The error references in the source, those of situations left out."""
    texts = (
        node.value
        for module in SOURCES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return {found for text in texts for found in re.findall(r"^userctl-[a-z][a-z-]*[a-z]", text)}


def test_every_error_reference_is_documented_and_exists() -> None:
    documented = [quoted(reference) for reference, *_ in rows("docs/messages.md", "reference", "means", "what to do")]
    assert sorted(documented) == sorted(references())


def exit_statuses() -> Iterator[int]:
    """The exit statuses that the command line gives."""
    for module in SOURCES:
        for node in ast.walk(module.tree):
            if (module.member in ("cli", "__main__") and isinstance(node, ast.Return)) or (
                module.member in ("cli", "commands") and isinstance(node, ast.keyword) and node.arg == "exit_code"
            ):
                yield from numbers(node.value)


def numbers(node: ast.AST | None) -> Iterator[int]:
    """The whole numbers that an expression can give: itself, or the branches of a condition."""
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*numbers(node.body), *numbers(node.orelse))


def test_every_exit_status_is_documented() -> None:
    (sentence,) = re.findall(r"^Exit statuses of `pip-userctl`: (.*)$", page("docs/messages.md"), re.MULTILINE)
    assert set(re.findall(r"\b\d\b", sentence.split(". ")[0])) == {str(status) for status in exit_statuses()}


def test_every_verb_is_documented() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in PAGES)
    assert [verb for verb in VERBS if f"pip-userctl {verb}" not in text] == []


# plugins


def test_every_hook_is_documented_with_its_arguments() -> None:
    documented = [quoted(hook) for hook, *_ in rows("docs/plugins.md", "hook", "when", "returns")]
    assert sorted(documented) == sorted(
        f"{name}({', '.join(inspect.signature(hook).parameters)})" for name, hook in HOOKS.items()
    )


@pytest.mark.parametrize("name", HOOKS)
def test_every_specification_says_when_what_none_means_and_what_happens_if_it_raises(name: str) -> None:
    text = inspect.getdoc(HOOKS[name]) or ""
    for words in ("When: ", "None: ", "Example::"):
        assert words in text, words
    assert "If it raises" in text or "Everything else as for ``userctl_" in text
    example = inspect.cleandoc(text.split("Example::")[1])
    assert f"def {name}(" in example
    compile(example, name, "exec")


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_is_tested(name: str) -> None:
    tests = [path for path in (PROJECT / "tests").rglob("*.py") if path != Path(__file__)]
    assert any(name in path.read_text(encoding="utf-8") for path in tests)


def test_every_name_of_the_testing_kit_is_documented() -> None:
    documented = [re.sub(r"\W.*", "", quoted(name)) for name, _ in rows("docs/plugins.md", "name", "gives")]
    assert sorted(documented) == sorted(testing.__all__)
    for name in ("userctl_environment", "make_userctl_environment"):
        assert hasattr(fixtures, name)
        assert f"`{name}`" in page("docs/plugins.md"), name


# the house


def test_the_layers_are_documented_as_they_are() -> None:
    documented = {
        name: int(layer)
        for layer, text in rows("docs/how-it-works.md", "layer", "modules")
        for name in re.findall(r"`([^`]+)`", text)
    }
    members = {module.member for module in SOURCES} - {"", "__main__"}
    assert documented == {name: LAYERS[name] for name in members}


# every page


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if re.match(r"https?://", target):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        assert found.exists(), target
        headings = re.findall(r"^#+ (.*)$", found.read_text(encoding="utf-8"), re.MULTILINE) if anchor else []
        assert not anchor or anchor in [re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings], (
            target
        )


def test_every_page_of_the_documentation_is_linked_from_the_readme() -> None:
    readme = page("README.md")
    assert [path.name for path in (PROJECT / "docs").glob("*.md") if f"(docs/{path.name})" not in readme] == []


def test_the_changelog_has_the_form_of_keep_a_changelog() -> None:
    text = page("CHANGELOG.md")
    assert text.startswith("# Changelog\n")
    assert "https://keepachangelog.com/" in text
    versions = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert versions[0] == "[Unreleased]"
    released = [re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - \d{4}-\d\d-\d\d", version) for version in versions[1:]]
    assert all(released), versions
    numbers = [tuple(map(int, each.groups())) for each in released if each]
    assert numbers == sorted(numbers, reverse=True)
    assert set(re.findall(r"^### (.*)$", text, re.MULTILINE)) <= set(CHANGES)
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        sections = re.findall(r"^### (.*)$", part, re.MULTILINE)
        assert sections == sorted(set(sections), key=CHANGES.index), part
        assert all(re.split(r"^### .*$", part, flags=re.MULTILINE)[1:]), part


def test_the_changelog_counts_the_situations() -> None:
    assert re.findall(r"(\d+) situations", page("CHANGELOG.md")) in ([], [str(len(SITUATIONS))])


def test_the_readme_names_the_oldest_and_the_newest_pip_that_are_tested() -> None:
    oldest = ".".join(PIPS[0].split(".")[:2])
    assert f"pip {oldest} to {PIPS[-1]}" in page("README.md")
    assert f'"pip>={oldest}"' in page("pyproject.toml")


def files_of_the_project() -> Iterator[Path]:
    """Every file that is kept: caches, bytecode and the version control's own are left out."""
    for top in sorted(PROJECT.iterdir()):
        if top.name.startswith(".") and top.name not in (".ci", ".gitignore"):
            continue
        for path in [top] if top.is_file() else top.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    machine = {str(PROJECT), str(Path.home()), "/ro" + "ot", "/wo" + "rk"} - {"/", str(Path("/home/ada"))}
    pattern = re.compile(rf"(?<![\w.$)}}>~-])(?:{'|'.join(map(re.escape, machine))})(?![\w-])".encode())
    found = {
        str(path): match[0] for path in files_of_the_project() for match in [pattern.search(path.read_bytes())] if match
    }
    assert found == {}


def test_every_python_block_of_the_documentation_can_be_compiled() -> None:
    found = [(path, block) for path in PAGES for block in blocks(str(path.relative_to(PROJECT)), "python")]
    assert found
    for path, block in found:
        compile(block, str(path), "exec")


def test_every_key_that_a_page_sets_exists() -> None:
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        named = re.findall(r"config set userctl\.([a-z-]+)", text)
        variables = {name.lower().replace("_", "-") for name in re.findall(r"PIP_USERCTL_([A-Z_]+)=", text)}
        named += sorted(variables - {"reason"})  # no key: it is heard from the environment alone
        assert [name for name in named if name not in KEYS and not name.startswith("acme-")] == [], path.name
