"""The source of the package as a test reads it: its modules, what they import, what they touch."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.toolkit.cache import PROJECT

PACKAGE = "pip_userctl"


class Module(NamedTuple):
    """One module. name: dotted."""

    name: str
    source: str

    @property
    def member(self) -> str:
        """The part of the package that it belongs to: ``policy`` for ``pip_userctl.policy.files``, else nothing."""
        return member(self.name)

    @property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.source)


def modules() -> list[Module]:
    """Every module of the package, the start-up module included."""
    files = sorted((PROJECT / PACKAGE).rglob("*.py"))
    return [Module(_dotted(path), path.read_text(encoding="utf-8")) for path in files]


def _dotted(path: Path) -> str:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def member(dotted: str) -> str:
    """The part of the package that a dotted name of ours belongs to; empty for the package itself and its names."""
    second = [*dotted.split("."), ""][1]
    path = PROJECT / PACKAGE / second
    return second if path.is_dir() or path.with_name(f"{second}.py").exists() else ""


def imports(module: Module) -> Iterator[tuple[int, str]]:
    """(line, ``module`` or ``module.name``) of everything imported anywhere; a relative import starts with a dot."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{start}.{each.name}") for each in node.names)


def imported_on_import(module: Module) -> set[str]:
    """The modules that its own statements import: type checking and functions left out."""
    found: set[str] = set()
    for node in module.tree.body:
        if isinstance(node, ast.Import):
            found.update(each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or ".")
    return found


def attributes_of(module: Module, *names: str) -> Iterator[tuple[int, str]]:
    """(line, ``name.attribute``) of every attribute that is looked up on one of these global names."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            yield node.lineno, f"{node.value.id}.{node.attr}"


def calls_of(module: Module, *names: str) -> Iterator[tuple[int, str]]:
    """(line, name) of every call of one of these builtins."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node.lineno, node.func.id
