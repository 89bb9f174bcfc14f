"""The package keeps its two floors: what a ``pip install`` imports below, what only the command and the kit import above."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "pip_userctl"
#: What only these modules import.
ONLY = {
    "argparse": ("cli",),
    "pip_userctl.cli": ("cli", "__main__", "testing"),
    "pip_userctl.testing": ("testing",),
    "pip": ("_pip",),
    "pluggy": ("hooks",),
    "pytest": ("testing.fixtures",),
}
#: What looks at the process, and who may beside ``environment``: the loader, which runs before it can be imported; the command,
#: which has arguments and streams; the kit, which starts processes; the records, which go through a socket; and the
#: messages, which say how pip was started.
PROCESS = ("sys", "site", "sysconfig", "pwd", "socket", "platform", "getpass")
MAY_LOOK = {
    "sys": ("startup", "cli", "__main__", "testing", "syslog", "messages"),
    "sysconfig": ("cli.covering",),
    "socket": ("syslog",),
}
FUNCTIONS = ("environ", "getenv", "getuid", "geteuid", "getcwd", "getpid", "getppid", "uname")
MAY_CALL = {"environ": ("testing",), "geteuid": ("testing",), "getpid": ("syslog",)}


def modules() -> dict[str, ast.Module]:
    """The syntax tree of each module, by its name below the package; that of the package itself is empty."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = ast.parse(path.read_text(encoding="utf-8"))
    return found


MODULES = modules()


def imports(tree: ast.AST, *, when_called: bool = True) -> Iterator[str]:
    """The modules, and the names in them, that are imported; what only the type checker imports is left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{each.name}" for each in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from (name for each in node.orelse for name in imports(each, when_called=when_called))
        elif when_called or not isinstance(node, (ast.FunctionDef, ast.Lambda)):
            yield from imports(node, when_called=when_called)


def is_in(name: str, places: tuple[str, ...]) -> bool:
    """Whether the dotted name is one of these or below one."""
    return any(f"{name}.".startswith(f"{each}.") for each in places)


@pytest.mark.parametrize("imported", ONLY)
def test_only_its_own_floor_imports(imported: str) -> None:
    found = {name for name, tree in MODULES.items() for each in imports(tree) if is_in(each, (imported,))}
    assert {name for name in found if not is_in(name, ONLY[imported])} == set()


def test_imports_are_absolute() -> None:
    assert [name for name, tree in MODULES.items() for each in imports(tree) if each.startswith(".")] == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    below: dict[str, set[str]] = {}
    for name, tree in MODULES.items():
        names = [
            each[len("pip_userctl.") :] for each in imports(tree, when_called=False) if is_in(each, ("pip_userctl",))
        ]
        found = {each if each in MODULES else each.rpartition(".")[0] for each in names}
        below[name] = found & MODULES.keys() - {name, ""}
    while any(below.values()):
        ends = {name for name in below if not below[name]}
        assert ends, f"in a circle: {below}"
        below = {name: found - ends for name, found in below.items() if name not in ends}


def test_only_environment_looks_at_the_process() -> None:
    looks = set()
    for name, tree in MODULES.items():
        looks |= {(name, each) for each in imports(tree) if each in PROCESS and not is_in(name, MAY_LOOK.get(each, ()))}
        looks |= {
            (name, f"os.{node.attr}")
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr in FUNCTIONS and ast.unparse(node.value) == "os"
            if not is_in(name, MAY_CALL.get(node.attr, ()))
        }
    assert {each for each in looks if each[0] != "environment"} == set()
