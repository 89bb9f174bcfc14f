"""Change the modules of policy and judgement in one place at a time, and run their tests: which changes does none notice?

Each survivor is printed with its line. Those that change nothing, or nothing that matters, stand in survivors.txt with
the reason; exit status 1 if less than nine in ten are noticed or another one survives.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.abc
import importlib.machinery
import io
import itertools
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import ModuleType

import pytest

TOP = Path(__file__).parents[2]
MODULES = ("policy", "locks", "specifiers", "judge")
TESTS = ("unit/test_lock.py", "unit/test_policy.py", "unit/test_judge.py", "unit/test_rules.py", "unit/test_log.py")
#: What the first tests miss, these may notice.
SLOW_TESTS = (
    "unit/test_report.py",
    "unit/test_hooks.py",
    "unit/test_testing_kit.py",
    "integration/test_section4_properties.py",
)
KNOWN = Path(__file__).with_name("survivors.txt")
_WANTED = 0.9
#: Seconds; a change may make a loop endless.
_LIMIT = 120
_COMPARED = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip


def changed(node: ast.AST) -> Iterator[ast.AST]:
    """Other nodes in the place of this one."""
    if isinstance(node, ast.Compare):
        for number, operator in enumerate(node.ops):
            other = copy.deepcopy(node)
            other.ops[number] = _COMPARED[type(operator)]()
            yield other
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        for number in range(len(node.values)):
            rest = node.values[:number] + node.values[number + 1 :]
            yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, (ast.If, ast.IfExp)):
        opposite = copy.copy(node)
        opposite.test = ast.UnaryOp(ast.Not(), node.test)
        yield opposite
    elif isinstance(node, ast.comprehension) and node.ifs:
        for number in range(len(node.ifs)):
            yield ast.comprehension(node.target, node.iter, node.ifs[:number] + node.ifs[number + 1 :], node.is_async)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield ast.Constant(not node.value)
        elif isinstance(node.value, (int, float)):
            yield ast.Constant(node.value + 1)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        yield ast.BinOp(node.left, ast.Sub() if isinstance(node.op, ast.Add) else ast.Add(), node.right)
    elif isinstance(node, ast.Return) and node.value and not isinstance(node.value, ast.Constant):
        yield ast.Return(ast.Constant(None))
    elif isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign, ast.Continue)):
        yield ast.Pass()
    elif isinstance(node, ast.Name) and node.id in ("min", "max", "any", "all") and isinstance(node.ctx, ast.Load):
        yield ast.Name({"min": "max", "max": "min", "any": "all", "all": "any"}[node.id], ast.Load())


def mutants(source: str) -> Iterator[tuple[int, str, ast.Module]]:
    """Line, change and tree of each. Annotations, docstrings and what is said to a type checker are left alone."""
    tree = ast.parse(source)
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if field in ("annotation", "returns", "decorator_list") or isinstance(parent, (ast.ImportFrom, ast.Import)):
                continue
            places = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
            for number, node in places:
                if not isinstance(node, ast.AST) or _is_docstring(node) or isinstance(node, ast.AnnAssign):
                    continue
                for other in changed(node):
                    _put(parent, field, number, ast.fix_missing_locations(ast.copy_location(other, node)))
                    line = getattr(node, "lineno", getattr(getattr(node, "target", None), "lineno", 0))
                    yield line, f"{_text(node)} -> {_text(other)}", copy.deepcopy(tree)
                    _put(parent, field, number, node)


def _put(parent: ast.AST, field: str, number: int | None, node: ast.AST) -> None:
    if number is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[number] = node


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())[:70]


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads the changed module in the place of the real one."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self.name, self.tree = f"pip_userctl.{name}", tree
        self.path = str(TOP / "pip_userctl" / f"{name}.py")

    def find_spec(self, name: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        return importlib.machinery.ModuleSpec(name, self, origin=self.path) if name == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = self.path
        exec(compile(self.tree, self.path, "exec"), module.__dict__)


def is_noticed(name: str, tree: ast.Module, tests: Sequence[str]) -> bool:
    """Run the tests in a child that has the changed module."""
    child = os.fork()
    if child:
        return bool(os.waitpid(child, 0)[1])
    signal.alarm(_LIMIT)
    sys.meta_path.insert(0, Changed(name, tree))
    arguments = ["-x", "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist", f"--rootdir={TOP}"]
    status = 1
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            status = pytest.main([*arguments, *(str(TOP / "tests" / each) for each in tests)])
    finally:
        os._exit(int(status))


def function_at(line: int, tree: ast.Module) -> str:
    """The innermost function that has this line."""
    functions = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]
    around = [each for each in functions if each.lineno <= line <= (each.end_lineno or 0)]
    return max(around, key=lambda each: each.lineno).name if around else ""


def known() -> dict[str, str]:
    """The changes that may survive, with the reason behind each."""
    lines = KNOWN.read_text(encoding="utf-8").splitlines() if KNOWN.exists() else []
    pairs = [line.partition(" # ") for line in lines if line and not line.startswith("#")]
    return {change.strip(): reason for change, _, reason in pairs}


def main() -> int:
    """Try every change."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", default=MODULES, metavar="MODULE", help=", ".join(MODULES))
    parser.add_argument(
        "--part", default="1/1", metavar="K/N", help="only one of N parts of the changes: 1/2, then 2/2"
    )
    args = parser.parse_args()
    part, parts = map(int, args.part.split("/"))
    for name in args.modules:  # what is noticed is the change, and nothing else
        tree = ast.parse((TOP / "pip_userctl" / f"{name}.py").read_text(encoding="utf-8"))
        if is_noticed(name, tree, TESTS) or is_noticed(name, tree, SLOW_TESTS):
            sys.exit("the tests fail without any change")
    excused, total, survived, start = known(), 0, [], time.monotonic()
    for name in args.modules:
        source = (TOP / "pip_userctl" / f"{name}.py").read_text(encoding="utf-8")
        for line, change, tree in itertools.islice(mutants(source), part - 1, None, parts):
            total += 1
            if is_noticed(name, tree, TESTS) or is_noticed(name, tree, SLOW_TESTS):
                continue
            survived.append(f"{name}.{function_at(line, tree)}: {change}")
            print(f"line {line}, {survived[-1]} # {excused.get(survived[-1], 'new')}", flush=True)
    new = [each for each in survived if each not in excused]
    share = 1 - len(survived) / max(total, 1)
    print(f"{total - len(survived)} of {total} changes noticed, {share:.0%}, in {time.monotonic() - start:.0f} s")
    return int(bool(new) or share < _WANTED)


if __name__ == "__main__":
    sys.exit(main())
