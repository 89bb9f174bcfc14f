"""The house stands as it was drawn: who imports whom, who may look at the process, who may print."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Callable

import pytest

from tests.toolkit import cache, probes, pythons
from tests.toolkit.source import (
    PACKAGE,
    Module,
    attributes_of,
    calls_of,
    imported_on_import,
    imports,
    member,
    modules,
)

#: A module imports from lower layers only. The empty name is the package's ``__init__``.
LAYERS = {
    "": 0,
    "frozen": 0,
    "errors": 0,
    "models": 0,
    "page": 0,
    "borrowing": 0,
    "distributions": 0,
    "environment": 1,
    "installation": 1,
    "policy": 1,
    "decision": 1,
    "health": 1,
    "scripts": 1,
    "hookspecs": 1,
    "wording": 1,
    "on_error": 1,
    "answers": 1,
    "lists": 1,
    "rules": 2,
    "history": 2,
    "quarantine": 2,
    "records": 2,
    "checks": 2,
    "reach": 2,
    "registry": 2,
    "plugins": 3,
    "diagnosis": 4,
    "engine": 4,
    "_pip": 5,
    "startup": 6,
    "reporting": 6,
    "commands": 6,
    "cli": 6,
    "__main__": 6,
    "testing": 6,
}
#: What is sane although it is not lower, and why.
NEIGHBOURS = {
    ("errors", "frozen"),  # the base of all values
    ("models", "frozen"),
    ("distributions", "frozen"),
    ("", "hookspecs"),  # the public names, loaded when they are asked for
    ("", "decision"),
    ("", "health"),
    ("", "models"),
    ("", "policy"),
    ("health", "policy"),  # health checks look at the policy
    ("hookspecs", "health"),  # for the types
    ("hookspecs", "policy"),  # the policy is an argument of hooks
    ("hookspecs", "decision"),
    ("decision", "policy"),  # a decision carries what it was made with, for the record
    ("decision", "environment"),
    ("wording", "policy"),  # the administrator's message stands behind every refusal
    ("environment", "policy"),  # where administrator files may be is the policy's business, whether they are is not
    ("commands", "startup"),  # what another interpreter runs for --python
    ("lists", "environment"),  # globs are expanded as this process sees them
    ("lists", "policy"),
    ("startup", "cli"),  # what it runs there
    ("cli", "commands"),
    ("cli", "reporting"),
    ("__main__", "cli"),
}
#: The testing kit serves plugin authors: it may not reach into the adapter.
CEILINGS = {"testing": 4}
#: Third parties, and the only members that may name them.
THIRD_PARTIES = {
    "pip": {"_pip"},
    "pluggy": {"hookspecs", "registry"},
    "rich": {"reporting"},
    "packaging": {"policy", "lists", "rules", "checks"},
    "pytest": {"testing"},
}
#: The only module that a plain installation cannot import: it is for those whose tests have pytest.
NEEDS_PYTEST = "pip_userctl.testing.fixtures"
#: Who looks at the process beside ``environment``.
PROCESS = {
    "borrowing": {"sys"},  # exchanges modules
    "records": {"sys", "socket", "os.getpid"},  # which socket syslog has here, the wire to it, and its PROCID
    "testing": {"os.environ"},  # what a process that it starts cannot do without
    "startup": {"sys"},  # runs before anything else can be imported
    "cli": {"sys"},  # the arguments, the exit status and the streams
    "__main__": {"sys"},
}
PRINTERS = {"reporting", "cli", "__main__"}
PROCESS_MODULES = {"sys", "site", "sysconfig", "pwd", "getpass", "socket", "platform"}
PROCESS_CALLS = {"environ", "environb", "getenv", "putenv", "getuid", "geteuid", "getcwd", "getpid", "getppid", "uname"}
EVERY = modules()
PYTHONS = list(pythons.discover().values())


def upward(module: Module) -> Iterator[str]:
    """Imports of our own package that do not go down."""
    for line, name in imports(module):
        place = f"{module.name}:{line} imports {name}"
        if name.startswith("."):
            yield f"{place}, relatively"
        if name.split(".")[0] != PACKAGE:
            continue
        here, target = module.member, member(name)
        if target not in LAYERS:
            yield f"{place}, which stands in no layer"
        elif target != here and (here, target) not in NEIGHBOURS:
            ceiling = CEILINGS.get(here, LAYERS[here] - 1)
            if LAYERS[target] > ceiling:
                yield f"{place}: from layer {LAYERS[here]} to layer {LAYERS[target]}"


def strangers(module: Module) -> Iterator[str]:
    """Imports of third parties where they do not belong."""
    for line, name in imports(module):
        allowed = THIRD_PARTIES.get(name.split(".")[0])
        if allowed is not None and module.member not in allowed:
            yield f"{module.name}:{line} imports {name}"


def looks(module: Module) -> Iterator[str]:
    """Looks at the process outside ``environment``, and ``installation``, which says where we ourselves are."""
    if module.member in ("environment", "installation"):
        return
    allowed = PROCESS.get(module.member, set())
    forbidden = PROCESS_MODULES - allowed
    calls = {f"os.{name}" for name in PROCESS_CALLS}
    for line, name in imports(module):
        if name.split(".")[0] in forbidden or name in calls - allowed:
            yield f"{module.name}:{line} imports {name}"
    for line, name in attributes_of(module, "os"):
        if name in calls - allowed:
            yield f"{module.name}:{line} reads {name}"


def prints(module: Module) -> Iterator[str]:
    """Prints where only a renderer may."""
    if module.member in PRINTERS:
        return
    for line, name in calls_of(module, "print", "input"):
        yield f"{module.name}:{line} calls {name}"
    for line, name in attributes_of(module, "sys"):
        if name.endswith(("stdout", "stderr")) and module.member != "environment":  # which asks for its encoding
            yield f"{module.name}:{line} uses {name}"


def breaches(guard: Callable[[Module], Iterator[str]]) -> list[str]:
    """What a guard notices in the whole package."""
    return [breach for module in EVERY for breach in guard(module)]


def test_every_module_stands_in_a_layer() -> None:
    assert {module.member for module in EVERY} <= set(LAYERS)


def test_a_module_imports_from_lower_layers_only() -> None:
    assert breaches(upward) == []


def test_only_the_adapter_names_pip_and_only_the_plugin_layer_names_pluggy() -> None:
    assert breaches(strangers) == []


def test_of_the_testing_kit_the_fixtures_alone_need_pytest() -> None:
    assert {each.name for each in EVERY for _, name in imports(each) if name.startswith("pytest")} == {NEEDS_PYTEST}


def test_only_environment_looks_at_the_process() -> None:
    assert breaches(looks) == []


def test_only_a_renderer_prints() -> None:
    assert breaches(prints) == []


@pytest.mark.parametrize(
    ("guard", "name", "source"),
    [
        pytest.param(upward, "models", "from pip_userctl.policy import Policy", id="upward"),
        pytest.param(upward, "rules.grid", "def f():\n    from pip_userctl import engine", id="in a function"),
        pytest.param(upward, "testing", "from pip_userctl._pip import patch", id="testing into the adapter"),
        pytest.param(upward, "engine", "from .models import Verdict", id="relative"),
        pytest.param(strangers, "engine", "from pip._internal import locations", id="pip"),
        pytest.param(strangers, "rules.grid", "import pluggy", id="pluggy"),
        pytest.param(looks, "wording", "import sys", id="sys imported"),
        pytest.param(looks, "_pip.case", "import os\nx = os.environ.get('HOME')", id="os.environ"),
        pytest.param(looks, "rules.grid", "from os import environ", id="environ imported"),
        pytest.param(prints, "engine", "def f():\n    print(1)", id="print"),
        pytest.param(prints, "_pip.loader", "import sys\nsys.stderr.write('')", id="stderr"),
    ],
)
def test_each_guard_notices_a_breach(guard: Callable[[Module], Iterator[str]], name: str, source: str) -> None:
    assert list(guard(Module(f"{PACKAGE}.{name}", source)))


def test_importing_a_start_up_file_imports_sys_and_os_alone() -> None:
    startup = [module for module in EVERY if module.member == "startup" or module.name == f"{PACKAGE}._pip.loader"]
    assert {module.name.rpartition(".")[2] for module in startup} >= {
        "_pip_userctl",
        "_pip_userctl_pip",
        "loader",
        "elsewhere",
    }
    for module in startup:
        assert imported_on_import(module) - {"__future__"} <= {"sys", "os"}, module.name


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    files = [path for folder in (PACKAGE, "tests", "benchmarks") for path in (cache.PROJECT / folder).rglob("*.py")]
    lengths = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {path: length for path, length in lengths.items() if length > 300} == {}


@pytest.mark.parametrize("python", [PYTHONS[0], PYTHONS[-1]], ids=lambda python: python.tag)
@pytest.mark.parametrize(
    "module", [each for each in EVERY if each.name != NEEDS_PYTEST], ids=lambda module: module.name
)
def test_every_module_imports_alone(module: Module, python: pythons.Python) -> None:
    name = module.name.replace(f"{PACKAGE}.startup._pip_userctl", "_pip_userctl")
    path = ":".join(probes.search_path(python, probes.pip_for(python)))
    command = [python.path, "-W", "error", "-c", f"import {name}"]
    done = subprocess.run(command, env={"PYTHONPATH": path}, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done
