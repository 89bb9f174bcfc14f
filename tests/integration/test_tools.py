"""Tools that make environments and install into them, where a variable or a file asks for user installs everywhere.

pip by itself fails in an isolated environment then. Here pip-userctl covers every environment that is made from the
interpreter, so that it is there before their first ``pip install``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from pip_userctl.testing import PipEnvironment, PipResult
from tests.integration.conftest import Make
from tests.support import extras
from tests.support.projects import make_project
from tests.support.pythons import discover

pytestmark = pytest.mark.needs("tools")
VARIABLE, FILE = "PIP_USER=1", "user = true"
WHERE = "import demo; print(demo.__file__)"


class Run(NamedTuple):
    """A tool that has run.

    result: its output names the file from which demo was imported; folder: all environments are in it; lines: how often
    the setting was ignored, None where the tool keeps pip's output to itself.
    """

    result: PipResult
    folder: Path
    lines: int | None


class Tools:
    """The tools, for environments made from one interpreter. asking: what of the account asks for user installs, if any."""

    def __init__(self, base: PipEnvironment, asking: str) -> None:
        self.account, self.base, self.asking = base.account, base, asking
        self.account.config.write_text(f"[install]\n{FILE}\n" if asking == FILE else "")
        self.temporary = self.account.cwd / "temporary"
        self.temporary.mkdir()

    def run(self, *command: str | Path, cwd: Path | None = None) -> PipResult:
        """Run any command."""
        variables = {
            **({"PIP_USER": "1"} if self.asking == VARIABLE else {}),
            "VIRTUALENV_PYTHON": str(self.base.python),
            "TMPDIR": str(self.temporary),
            "COLUMNS": "1000",  # nothing is wrapped
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        return self.account.run([str(each) for each in command], variables, cwd=cwd or "")

    def tool(self, name: str, *arguments: str | Path, cwd: Path | None = None) -> PipResult:
        """Run one of the tools."""
        return self.run(extras.tools_python(), "-m", name, *arguments, cwd=cwd)

    def project(self, code: str = "") -> Path:
        """A source tree whose build needs demo."""
        return make_project(self.account.cwd / "project", "built", requires=["demo"], code=f"import demo\n{code}")


def virtualenv(tools: Tools) -> Run:
    """An environment, and pip run in it."""
    folder = tools.account.cwd / "environment"
    assert tools.tool("virtualenv", folder).returncode == 0
    result = tools.run("sh", "-c", f"{folder}/bin/pip install demo && {folder}/bin/python -c '{WHERE}'")
    return Run(result, folder, 1)


def tox(tools: Tools) -> Run:
    """A project that tox builds and installs. tox says PIP_USER=0 to everything that it runs."""
    project = tools.project()
    (project / "tox.ini").write_text(
        f"[tox]\nenv_list = a\n[testenv]\npackage = wheel\ndeps = demo\ncommands = python -c '{WHERE}'\n"
    )
    return Run(tools.tool("tox", "-v", cwd=project), project / ".tox" / "a", 0)


def nox(tools: Tools) -> Run:
    """A session that installs a package and a project."""
    project = tools.project()
    (project / "noxfile.py").write_text(
        "import nox\n@nox.session\ndef a(session):\n    session.install('demo')\n    session.install('.')\n"
        f"    session.run('python', '-c', '{WHERE}')\n"
    )
    return Run(tools.tool("nox", "-v", cwd=project), project / ".nox" / "a", 2)


def build(tools: Tools) -> Run:
    """A build in an environment of its own, whose pip installs what the build needs."""
    project = tools.project(code="print(demo.__file__, flush=True)")
    return Run(tools.tool("build", "-v", "--wheel", project), tools.temporary, 1)


def build_beside_pip(tools: Tools) -> Run:
    """The same by ``pip --python``, which build uses where it finds a pip beside itself."""
    (folder,) = extras.folder("tools").glob("lib/*/site-packages")
    (tools.base.site_packages / "tools.pth").write_text(str(folder))
    project = tools.project(code="print(demo.__file__, flush=True)")
    return Run(tools.run(tools.base.python, "-m", "build", "-v", "--wheel", project), tools.temporary, 1)


def pre_commit(tools: Tools) -> Run:
    """A hook in Python, from a repository, with an additional dependency."""
    hooks = make_project(tools.account.cwd / "hooks", "hooks", requires=["demo"], code="import demo")
    (hooks / ".pre-commit-hooks.yaml").write_text(
        f'- {{id: where, name: where, language: python, entry: python -c "import hooks; {WHERE}",'
        " always_run: true, pass_filenames: false, verbose: true}\n"
    )
    project = tools.account.cwd / "project"
    project.mkdir()
    (project / ".pre-commit-config.yaml").write_text(
        f"repos: [{{repo: 'file://{hooks}', rev: '1.0', hooks: [{{id: where, additional_dependencies: [depends]}}]}}]\n"
    )
    git = "git init -q && git add . && git -c user.name=a -c user.email=a@b commit -qm a && git tag 1.0"
    for folder in (hooks, project):
        done = tools.run("sh", "-c", git, cwd=folder)
        assert done.returncode == 0, done
    return Run(tools.tool("pre_commit", "run", "--all-files", cwd=project), tools.account.home / ".cache", None)


TOOLS: dict[str, Callable[[Tools], Run]] = {
    "virtualenv": virtualenv,
    "tox": tox,
    "nox": nox,
    "build": build,
    "build beside pip": build_beside_pip,
    "pre-commit": pre_commit,
}


#: Each of them where a variable asks, and one where a file does, or nobody.
ASKING = [*((name, VARIABLE) for name in TOOLS), ("nox", FILE), ("build", FILE), ("virtualenv", "")]


@pytest.mark.parametrize(
    ("tool", "asking"),
    [
        pytest.param(
            TOOLS[name], asking, id=f"{name}, {asking}", marks=[pytest.mark.needs("git")] * (name == "pre-commit")
        )
        for name, asking in ASKING
    ],
)
def test_it_makes_its_environments_and_installs_into_them(
    make: Make, tool: Callable[[Tools], Run], asking: str
) -> None:
    base = make("base", list(discover())[-1])
    covered = base.userctl("activate", "--all-environments")
    assert covered.returncode == 0, covered
    run = tool(Tools(base, asking))
    assert run.result.returncode == 0, run
    paths = [Path(line) for line in run.result.stdout.splitlines() if line.endswith("/site-packages/demo.py")]
    assert paths, run
    assert all(path.is_relative_to(run.folder) for path in paths), run
    assert not (base.account.home / ".local" / "lib").exists(), run
    ignored = run.result.output.count(f"userctl-isolated-configured: ignoring {asking} ") if asking else 0
    assert run.result.output.count("userctl-") == ignored, run
    if run.lines is not None:
        assert ignored == (run.lines if asking else 0), run


@pytest.mark.parametrize("tool", [virtualenv, build], ids=["virtualenv", "build"])
def test_without_pip_userctl_the_same_fails(make: Make, tool: Callable[[Tools], Run]) -> None:
    run = tool(Tools(make("base", list(discover())[-1], userctl=False), VARIABLE))
    assert run.result.returncode != 0, run
    assert "Can not perform a '--user' install." in run.result.output, run
