"""The principles over many requests: what pip does alone is compared with what it does under the policy."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Callable, NamedTuple

import pytest

from conftest import NEWEST, OLDEST
from tests.toolkit.environments import Environment, Result
from tests.toolkit.expect import AUDIT

Make = Callable[..., Environment]


class Ask(NamedTuple):
    """One request. rescued: its configured wish could not be imported, or not be fulfilled by pip, and is dropped."""

    name: str
    arguments: tuple[str, ...] = ("demo",)
    variables: tuple[tuple[str, str], ...] = ()
    rescued: bool = False


WISH, HIDDEN = ("PIP_USER", "1"), ("PYTHONNOUSERSITE", "1")
ASKS = [
    Ask("plain"),
    Ask("typed", ("--user", "demo")),
    Ask("configured", variables=(WISH,)),
    Ask("against", ("--no-user", "demo"), (WISH,)),
    Ask("hidden typed", ("--user", "demo"), (HIDDEN,)),
    Ask("hidden configured", variables=(WISH, HIDDEN), rescued=True),
    Ask("target", ("--target", "{home}/target", "demo"), (WISH,), rescued=True),
    Ask("prefix", ("--prefix", "{home}/prefix", "demo"), (WISH,), rescued=True),
    Ask("root", ("--root", "{home}/root", "demo")),
    Ask("by path", ("--target", "{site}", "demo")),
    Ask("typed target", ("--user", "--target", "{home}/target", "demo")),
    Ask("unknown", ("--user", "no-such-distribution")),
    Ask("nothing", ("--user",)),
]
SHUT = [Ask("fallback"), Ask("no fallback", ("--no-user", "demo")), Ask("typed", ("--user", "demo"))]
OPEN_KINDS, SHUT_KINDS = {NEWEST: ("isolated", "system-site", "base"), OLDEST: ("base",)}, ("system-site", "base")
CASES = [
    *((pip, kind, False, ask) for pip, kinds in OPEN_KINDS.items() for kind in kinds for ask in ASKS),
    *((pip, kind, True, ask) for pip in (OLDEST, NEWEST) for kind in SHUT_KINDS for ask in SHUT),
]


class Outcome(NamedTuple):
    """What a run left behind."""

    result: Result
    files: tuple[str, ...]


def run(environment: Environment, ask: Ask, **variables: str) -> Outcome:
    """Install, note where demo is, and clean up."""
    words = [each.format(home=environment.account.home, site=environment.user_site) for each in ask.arguments]
    roots = (environment.account.home, environment.prefix)
    result = environment.pip("install", "--no-compile", *words, **{**dict(ask.variables), **variables})
    found = sorted(path for root in roots for path in root.rglob("demo*") if path.suffix in (".py", ".dist-info"))
    for path in found:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return Outcome(result, tuple(map(str, found)))


def alone(make: Make, kind: str, pip: str, *, shut: bool) -> Environment:
    """An environment without pip-userctl."""
    environment = make(kind, pip=pip)
    for path in environment.site_packages.iterdir():
        if "userctl" in path.name:
            environment.remove_userctl(path.name)
    if shut:
        environment.make_read_only()
    return environment


def cover(environment: Environment) -> None:
    """Put pip-userctl in."""
    mode = environment.site_packages.stat().st_mode
    environment.site_packages.chmod(0o755)
    environment.install_userctl()
    environment.site_packages.chmod(mode)


def lines_of_pip(outcome: Outcome) -> list[str]:
    """What pip itself printed."""
    return [line for line in outcome.result.output.splitlines() if "userctl-" not in line]


@pytest.mark.parametrize(
    ("pip", "kind", "shut", "ask"),
    [pytest.param(*each, id=f"{each[0]}-{each[1]}-{'shut' * each[2]}-{each[3].name}") for each in CASES],
)
def test_what_pip_would_have_done_happens_there_or_not_at_all(
    make: Make, pip: str, kind: str, shut: bool, ask: Ask
) -> None:
    environment = alone(make, kind, pip, shut=shut)
    without = run(environment, ask)
    cover(environment)
    audited, judged = run(environment, ask, **AUDIT), run(environment, ask)

    # Under audit nothing is refused or dropped.
    assert audited.result.returncode == without.result.returncode, audited.result
    assert audited.files == without.files, audited.result
    assert lines_of_pip(audited) == lines_of_pip(without), (without.result, audited.result)

    # By default it is rescued from a configuration that pip or this interpreter cannot follow; else it goes where pip
    # would have put it, or is refused.
    if ask.rescued or (kind == "isolated" and WISH in ask.variables and "--no-user" not in ask.arguments):
        assert judged.result.returncode == 0, judged.result
        assert judged.result.lines("userctl-"), judged.result
        assert judged.files, judged.result
        assert not any(Path(each).is_relative_to(environment.account.home / ".local") for each in judged.files)
    elif judged.files != without.files:
        assert judged.files == (), judged.result
        assert judged.result.returncode == 1, judged.result
        assert judged.result.lines("error: userctl-"), judged.result
