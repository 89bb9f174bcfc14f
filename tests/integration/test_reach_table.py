"""The table in docs/reach.md: a test behind each cell."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Iterator

import pytest

from tests.integration.test_ways import WAYS
from tests.toolkit import cache, reach
from tests.toolkit.environments import Environment, Result
from tests.toolkit.projects import make_project
from tests.toolkit.reach import Pair, assert_succeeded

Make = Callable[..., Environment]
DOCUMENT = cache.PROJECT / "docs" / "reach.md"
OURS = ("pip_userctl", "_pip_userctl.py", "_pip_userctl_pip.py", "pip_userctl.pth")
STRICT = {"PIP_USERCTL_PROFILE": "strict"}


def cells() -> Iterator[tuple[str, str, str]]:
    """(way, environment, what the document says), without the marks of code."""
    lines = DOCUMENT.read_text(encoding="utf-8").split("## Which", 1)[1].split("\n\n")[1].splitlines()
    rows = [[each.strip().replace("`", "") for each in line.strip("|").split("|")] for line in lines]
    kinds = rows[0][1:]
    for way, *said in rows[2:]:
        yield from ((way, *each) for each in zip(kinds, said))


# The environments: each gives the one that pip installs into, and the one whose pip is asked for "pip --python ENV".


def installed(make: Make, folder: Path) -> tuple[Environment, Environment]:
    environment = make("isolated")
    return environment, make("base", environment.base.version)


def in_user_site(make: Make, folder: Path) -> tuple[Environment, Environment]:
    environment, other = make("system-site"), make("base")  # no base interpreter: Debian's cannot run ensurepip
    environment.remove_userctl(*OURS)
    environment.user_site.mkdir(parents=True)
    site, environment.site_packages = environment.site_packages, environment.user_site
    environment.install_userctl()
    environment.site_packages = site
    return environment, other


def sees_the_base(make: Make, folder: Path) -> tuple[Environment, Environment]:
    two = Pair(make, folder, "venv --system-site-packages")
    return two.covered, two.covering


def activated(make: Make, folder: Path) -> tuple[Environment, Environment]:
    two = Pair(make, folder)
    assert_succeeded(two.activate())
    return two.covered, two.covering


def all_activated(make: Make, folder: Path) -> tuple[Environment, Environment]:
    two = Pair(make, folder)
    assert_succeeded(two.covering.userctl("activate", "--all-environments"))
    return two.covered, two.covering


def untouched(make: Make, folder: Path) -> tuple[Environment, Environment]:
    two = Pair(make, folder)
    return two.covered, two.covering


KINDS = {
    "installed in it": installed,
    "installed in the user site": in_user_site,
    "sees the base's site-packages": sees_the_base,
    "activate ENV": activated,
    "--all-environments": all_activated,
    "none of these": untouched,
}
#: The rows that are ways of ``test_ways``.
SAME = {
    "python -m pip": "python -m pip",
    "python -I -m pip": "python -I -m pip",
    "python -E -m pip": "python -E -m pip",
    "python -s -m pip": "python -s -m pip",
    "pip as a zipapp": "from a zipapp",
    "pip from its wheel": "from its wheel",
    "pip in-process": "main() in-process",
}


def script(environment: Environment) -> str:
    """The script that pip makes of its entry point.

    It is not installed by pip: in a base interpreter that would first uninstall the pip that all tests share.
    """
    path = environment.prefix / "bin" / "pip"
    path.write_text(f"#!{environment.python}\nimport sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n")
    return str(path)


def run(way: str, environment: Environment, other: Environment) -> Result:
    """Pip in this way, in such a manner that a covered one has something to say."""
    pip = cache.pip_folder(cache.PIPS[-1])
    install = ["install", "--no-index", "--find-links", str(environment.wheels), "--user", "demo"]
    if way in SAME:
        return environment.run(*WAYS[SAME[way]](environment, pip), *install, **STRICT)
    if way == "the script pip":
        return environment.run(script(environment), *install, **STRICT)
    if way == "python -S -m pip":
        return environment.run("-S", "-m", "pip", *install, **STRICT, PYTHONPATH=str(pip))
    if way == "pip --python ENV":
        return other.pip("--python", str(environment.python), *install, **STRICT)
    if way.startswith("python -m ensurepip"):
        links = environment.site_packages / "links.pth"
        links.write_text(links.read_text().replace(f"{pip}\n", ""))
        return environment.run(*way.split()[1:], **STRICT, PIP_USER="1" if way.endswith("pip") else "0")
    project = make_project(environment.account.cwd / "project", "built", requires=["demo"], code="import demo")
    return environment.pip("install", "--prefix", "there", str(project), **STRICT)


def seen(result: Result) -> str:
    """What the table would say of this."""
    if "userctl-other-interpreter" in result.output:
        return "other-interpreter"
    return "yes" if "userctl-" in result.output else "no"


@pytest.mark.parametrize(("way", "kind", "said"), [*cells()])
def test_the_document_tells_which_pip_install_is_covered(
    make: Make, tmp_path: Path, way: str, kind: str, said: str
) -> None:
    environment, other = KINDS[kind](make, tmp_path)
    result = run(way, environment, other)
    assert seen(result) == ("no" if said == "not judged" else said), result
    if said == "not judged" or way == "pip's own nested installs":
        assert result.returncode == 0, result


def test_the_table_has_all_kinds_of_environments() -> None:
    assert {kind for _, kind, _ in cells()} == {*KINDS}
    assert {*SAME} < {way for way, _, _ in cells()}
    assert reach.MAKERS
