"""After ``activate --all-environments``, a configured user install breaks no environment that a tool makes."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Callable

import pytest

from tests.integration.test_tools import TOOLS, Run, Tools, each_tool
from tests.toolkit import extras, pythons, reach
from tests.toolkit.environments import Environment, Result
from tests.toolkit.expect import assert_judged
from tests.toolkit.probes import pip_for
from tests.toolkit.reach import assert_succeeded

Make = Callable[..., Environment]
ALL = "--all-environments"
*_, LAST = pythons.discover().values()


@pytest.fixture
def covering(make: Make) -> Environment:
    """A copied interpreter that has pip-userctl, and ``user = true`` in the account's pip.conf."""
    environment = make("base", LAST.version, pip_for(LAST))
    environment.account.user_config.write_text("[install]\nuser = true\n")
    return environment


class ToolsOfThis(Tools):
    """The same tools, run by an environment of the covering interpreter: so that is what they make theirs from."""

    def __init__(self, covering: Environment, folder: Path) -> None:
        super().__init__(covering.account, covering.wheels, seeded=[])
        del self._variables["PIP_USER"]
        prefix = folder / "tools"
        subprocess.run([str(covering.python), "-m", "venv", "--without-pip", str(prefix)], check=True)
        site_packages = next(prefix.glob("lib/*/site-packages"))
        theirs = next(extras.folder("tools").glob("lib/*/site-packages"))
        (site_packages / "tools.pth").write_text(f"{theirs}\n")
        self._python = prefix / "bin" / "python"

    def tool(self, name: str, *arguments: str | Path, cwd: Path | None = None) -> Result:
        """Run one of the tools."""
        return self.run(self._python, "-m", name, *arguments, cwd=cwd)


@pytest.mark.needs("tools")
@each_tool(*TOOLS)
def test_user_true_breaks_nothing_that_this_tool_makes(
    covering: Environment, tmp_path: Path, tool: Callable[[Tools], Run]
) -> None:
    # The bytecode of the standard library is Python's own business.
    quiet = {"PYTHONDONTWRITEBYTECODE": "1"}
    before = reach.snapshot(covering.prefix)
    assert_succeeded(covering.userctl("activate", ALL, **quiet))
    run = tool(ToolsOfThis(covering, tmp_path))
    assert run.result.returncode == 0, run
    paths = [Path(line) for line in run.result.stdout.splitlines() if line.endswith("/site-packages/demo.py")]
    assert paths, run
    assert all(path.is_relative_to(run.folder) for path in paths), run
    assert not (covering.account.home / ".local" / "lib").exists(), run
    assert_succeeded(covering.userctl("deactivate", ALL, **quiet))
    assert reach.snapshot(covering.prefix) == before


@pytest.mark.needs("tools")
@each_tool("virtualenv")
def test_without_all_environments_the_same_fails(
    covering: Environment, tmp_path: Path, tool: Callable[[Tools], Run]
) -> None:
    run = tool(ToolsOfThis(covering, tmp_path))
    assert run.result.returncode != 0, run
    assert "Can not perform a '--user' install." in run.result.output, run


@pytest.mark.parametrize("maker", ["venv", "virtualenv", "uv venv"])
def test_user_true_breaks_no_environment_of_this_maker(covering: Environment, tmp_path: Path, maker: str) -> None:
    assert_succeeded(covering.userctl("activate", ALL))
    account, wheels = covering.account, covering.wheels
    made = reach.bare(maker, tmp_path / "made", reach.base_of(covering), pip_for(LAST), account, wheels)
    assert_judged(made.pip("install", "demo"), "isolated-configured", "ignore")
    assert made.where("demo") == "site"
