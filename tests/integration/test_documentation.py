"""What the documentation shows is real output: README.md, docs/commands.md, the pages about plugins."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pip_userctl import records, testing
from pip_userctl.models import Source, Verdict
from pip_userctl.testing import PipEnvironment
from tests.integration.conftest import Make, Shared
from tests.support import pages
from tests.support.cache import PROJECT
from tests.support.changes import put_on_path
from tests.support.expect import ALLOW_ROOT, assert_judged
from tests.support.plugin_project import PAGE
from tests.support.plugins import add_plugin
from tests.support.usersites import put

#: The policy that docs/commands.md tries out.
NEW_POLICY = """\
[userctl]
profile = strict
protect-packages = numpy
base-tpyed = warn
conda-frozen = never
"""


def run(command: str, environment: PipEnvironment, places: dict[str, str]) -> str:
    """Run a command of a page; returns what it prints, with the page's paths."""
    result = environment.account.run(["sh", "-c", command])
    output = result.stderr + result.stdout
    account = environment.account
    known = {**places, str(account.cwd): "/home/ada/project", str(account.home): "/home/ada"}
    for real, shown in {**known, f"ython{environment.version}": "ython3.11"}.items():
        output = output.replace(real, shown)
    return output


#: Those of README.md, and what else the first pages show, once each.
FIRST = dict.fromkeys(
    example for page in ("README.md", "docs/first-steps.md", "docs/refused.md") for example in pages.examples(page)
)


@pytest.mark.parametrize("example", FIRST, ids=lambda example: example.command)
def test_each_example_of_the_first_pages_is_real_output(shared: Shared, example: pages.Example) -> None:
    environment = shared("isolated")
    put_on_path(environment)
    output = run(example.command, environment, {str(environment.prefix): "/home/ada/project/.venv"})
    assert example.fits(output), output


def test_the_script_that_the_readme_shows_first_is_there() -> None:
    commands = re.findall(r"^    (?:sh )?(\S*(?:demo\.sh|\.ci/test))$", pages.text("README.md"), re.MULTILINE)
    assert [(PROJECT / command).is_file() for command in commands] == [True, True]


# docs/commands.md: one session of an account, in its order


def audit_log() -> Iterator[str]:
    """Decisions and outcomes of two accounts and an agent on three days, then a torn line."""
    refused = Verdict("isolated-typed", "refuse", "its Python does not import from it", source=Source("default"))
    fallback = Verdict("base-fallback", "log", "/opt/python/lib is not writable", source=Source("default"))
    allowed = Verdict("base-typed", "allow", "it comes before the packages of this Python", source=Source("default"))
    for day, name, agent, kind, origin, verdict, package in (
        (1, "ada", None, "isolated", "typed", refused, "demo"),
        (2, "grace", None, "base", "fallback", fallback, "numpy"),
        (3, "ada", "claude-code", "base", "typed", allowed, "demo"),
    ):
        account = testing.environment(kind, account=name, agent=agent, host="node7")
        request = testing.request(package, origin=origin)
        decision = testing.decision(verdict, request=request, environment=account, id=f"{day:032x}")
        result = "refused" if decision.verdict == "refuse" else "installed"
        outcome = testing.outcome(result, decision=decision, distributions=(testing.distribution(package),))
        for record in (records.decision_record(decision), records.outcome_record(outcome)):
            yield records.dumps({**record, "time": f"2026-01-0{day}T12:00:00.000Z"})
    yield '{"torn'


@pytest.fixture
def session(make: Make) -> Iterator[tuple[str, str, str]]:
    """(command, output as the page shows it, real output with the page's paths) of every example."""
    environment = make("base")
    account, base = environment.account, str(environment.prefix)
    put_on_path(environment)
    covered = make("isolated", python=environment, userctl=False)
    (account.cwd / ".venv").symlink_to(covered.prefix)
    put(environment.site_packages, "demo", "1.0")
    put(environment.user_site, "demo", "2.0")
    (environment.prefix / "pip.conf").write_text("[userctl]\nbase-fallback = refuse\n")
    (account.cwd / "new.conf").write_text(NEW_POLICY)
    (account.cwd / "pip.jsonl").write_text("\n".join(audit_log()))
    site = str(environment.site_packages)  # Debian's has another name
    places = {site: "/opt/python/lib/python3.11/site-packages", base: "/opt/python"}
    return replay(environment, places)


def replay(environment: PipEnvironment, places: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Run the examples one after the other; an id on the page stands for that of the last quarantine."""
    shown, real = "20260131-120000-000", ""
    for command, output in pages.examples("docs/commands.md"):
        printed = run(command.replace(shown, real), environment, places)
        real = "".join(re.findall(r"quarantined as (\S+)", printed)) or real
        yield command, output, printed.replace(real, shown) if real else printed


def test_each_example_of_the_commands_page_is_real_output(session: Iterator[tuple[str, str, str]]) -> None:
    for command, output, real in session:
        assert pages.Example(command, output).fits(real), f"$ {command}\n{real}"


# docs/plugin-tutorial.md, docs/plugins.md


def test_the_plugin_of_the_page_judges_and_prints_what_the_page_shows(shared: Shared) -> None:
    files = pages.files(PAGE)
    assert '[project.entry-points.pip_userctl]\nacme = "acme_policy"\n' in files["pyproject.toml"]
    environment = add_plugin(shared("base"), "", name="acme", module=files["acme_policy.py"])
    put_on_path(environment)
    for command, output in pages.examples(PAGE):
        printed = run(f"PIP_USERCTL_ROOT_USER=allow {command}", environment, {})
        assert pages.Example(command, output).fits(printed), printed
    assert environment.pip("config", "set", "userctl.acme-freeze", "refuse").returncode == 0
    refused = environment.pip("install", "--user", "demo", **ALLOW_ROOT)
    assert_judged(refused, "acme-freeze", "refuse")
    assert "the release freeze lasts until Monday" in refused.output, refused
    assert "hint: wait, or use a virtual environment" in refused.output, refused


def test_the_module_of_the_page_sees_what_was_resolved_and_how_it_ended(shared: Shared) -> None:
    (module,) = pages.modules("docs/plugins.md")
    environment = add_plugin(shared("base"), "", name="acme", module=module)
    install = ("install", "--user", "depends")
    refused = environment.pip(*install, **ALLOW_ROOT, PIP_USERCTL_ACME_MOST="1")
    assert_judged(refused, "acme-many", "refuse")
    assert "a home cannot hold depends, demo [PIP_USERCTL_ACME_MOST]" in refused.output, refused
    assert environment.pip(*install, **ALLOW_ROOT).returncode == 0
    told = (environment.account.cwd / "acme.jsonl").read_text().splitlines()
    assert [tuple(json.loads(line).values()) for line in told] == [
        ("decided", "allow"),
        ("decided", "refuse"),
        ("finished", "refused"),
        ("decided", "allow"),
        ("finished", "installed"),
    ]


def test_the_policies_of_the_pages_have_no_mistakes(shared: Shared, tmp_path: Path) -> None:
    blocks = re.findall(r"(?m)(?:^    .*\n)+", pages.text("docs/policy.md") + pages.text("docs/records.md"))
    sections = [re.sub("(?m)^    ", "", each) for each in blocks if "[userctl]" in each]
    assert len(sections) >= 3
    paths = [tmp_path / f"{number}.conf" for number in range(len(sections))]
    for path, section in zip(paths, sections):
        path.write_text(section)
    result = shared("base").userctl("check", *map(str, paths))
    assert result.returncode == 0, result
