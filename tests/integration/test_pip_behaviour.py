"""What is taken to hold for pip, asked of every pip: its own choice, who asked for a user install, how it prepares a build."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pip_userctl.testing import PipEnvironment
from tests.integration.conftest import Shared
from tests.support import cache, probes
from tests.support.projects import make_project
from tests.support.pythons import PIPS

PROBES = cache.PROJECT / "tests" / "probes"


def release(pip: str) -> tuple[int, ...]:
    """The first two numbers of a pip's version."""
    return tuple(map(int, pip.split(".")[:2]))


#: Those at which what is tested here changed, and the ends.
CHANGED = [pip for pip in PIPS if pip in ("21.2.4", "22.3.1", "23.0.1", "25.0.1", "25.3", "26.3")]


@pytest.fixture(params=CHANGED)
def pip(request: pytest.FixtureRequest) -> str:
    """Each supported pip."""
    return str(request.param)


# its own choice between the user site and the environment's


def choice(
    wanted: object = None,
    *,
    enabled: object = True,
    writable: bool = False,
    no_global: bool = False,
    **options: object,
) -> dict[str, Any]:
    """One call of ``decide_user_install``, and what it finds around it."""
    return {"wanted": wanted, "enabled": enabled, "writable": writable, "no_global": no_global, "options": options}


REFUSAL = "InstallationError: Can not perform a '--user' install"
#: From the docstring of ``decide_user_install`` and pip's own unit tests: what it answers, or the error and its words.
CHOICES = [
    (choice(prefix_path="foo"), False),
    (choice(target_dir="bar"), False),
    (choice(writable=True), False),
    (choice(writable=False), True),
    (choice(enabled=False), False),
    (choice(enabled=None), False),
    (choice(False), False),
    (choice(0), False),
    (choice(True, writable=True), True),
    (choice(1, writable=True), True),
    (choice(True, prefix_path="foo"), "CommandError: Can not combine '--user' and '--prefix'"),
    (choice(True, no_global=True), REFUSAL),
]
#: Since then a user site that is not on ``sys.path`` is refused, one that only -s hides, too.
REFUSES_HIDDEN = (25, 3)
OPTIONS: list[dict[str, Any]] = [
    {},
    {"prefix_path": "foo"},
    {"target_dir": "bar"},
    {"prefix_path": "foo", "target_dir": "bar"},
    {"root_path": "baz"},
    {"isolated_mode": True},
]


def test_pip_falls_back_only_where_it_may_and_must_and_refuses_in_its_own_words(shared: Shared, pip: str) -> None:
    hidden = REFUSAL if release(pip) >= REFUSES_HIDDEN else True
    known = [*CHOICES, (choice(True, enabled=False), hidden), (choice(1, enabled=False), hidden)]
    cases = [case for case, _ in known]
    own, _ = probes.ask(shared("isolated", pip=pip), PROBES / "choices.py", cases=cases)
    for (case, expected), answer in zip(known, own):
        said = ": ".join(answer) if isinstance(answer, list) else answer
        assert said == expected or (isinstance(expected, str) and said.startswith(expected)), (case, said)


def test_every_choice_outside_of_an_install_is_pips_own(shared: Shared, pip: str) -> None:
    space = product((None, True, False, 1, 0), OPTIONS, (True, False, None), (True, False), (True, False))
    cases = [
        choice(wanted, enabled=enabled, writable=writable, no_global=no_global, **options)
        for wanted, options, enabled, writable, no_global in space
    ]
    own, ours = probes.ask(shared("isolated", pip=pip), PROBES / "choices.py", cases=cases)
    assert own == ours
    assert {True, False} <= {answer for answer in own if isinstance(answer, bool)}


# who asked


class Case(NamedTuple):
    """Configuration files by place, variables and arguments; the variable PIP_CONFIG_FILE names the place ``env``."""

    files: Mapping[str, str] = {}
    variables: Mapping[str, str] = {}
    arguments: tuple[str, ...] = ()
    isolated: bool = False


def ask(environment: PipEnvironment, cases: list[Case]) -> list[dict[str, Any]]:
    """The probe's answers, with the place for the path."""
    account = environment.account
    places = {
        "global": account.global_config,
        "legacy": account.home / ".pip" / "pip.conf",
        "user": account.config,
        "site": environment.prefix / "pip.conf",
        "env": account.cwd / "env.conf",
    }
    names = {str(path): name for name, path in places.items()}
    question = [case._replace(variables=_absolute(case.variables, places["env"]))._asdict() for case in cases]
    answers: list[dict[str, Any]] = probes.ask(
        environment, PROBES / "origins.py", places={name: str(path) for name, path in places.items()}, cases=question
    )
    for answer in answers:
        origin = answer["origin"]
        origin["place"] = names.get(origin["path"], origin["path"])
    return answers


def _absolute(variables: Mapping[str, str], path: Path) -> dict[str, str]:
    return {name: str(path) if value == "env" else value for name, value in variables.items()}


INSTALL, GLOBAL, ENV = "[install]\nuser = {}\n", "[global]\nuser = {}\n", {"PIP_CONFIG_FILE": "env"}
YES, NO = INSTALL.format("yes"), INSTALL.format("0")
NOBODY = ("none", None, None, None)
#: A case, pip's value, and the origin: kind, name, place, line. pip keeps True and False for what was typed.
ORIGINS: list[tuple[Case, object, tuple[object, ...]]] = [
    (Case(), None, NOBODY),
    (Case(arguments=("--user",)), True, ("typed", "--user", None, None)),
    (Case(arguments=("--no-user",)), False, ("none", "--no-user", None, None)),
    (Case({"user": NO}, arguments=("--user",)), True, ("typed", "--user", None, None)),
    (Case(variables={"PIP_USER": "1"}), 1, ("configured", "PIP_USER", None, None)),
    (Case(variables={"PIP_USER": "off"}), 0, ("none", "PIP_USER", None, None)),
    (Case(variables={"PIP_USER": ""}), None, NOBODY),
    (Case(variables={"PIP_NO_USER": "1"}), 1, ("configured", "PIP_NO_USER", None, None)),
    (Case(variables={"PIP_NO_USER": "0"}), 0, ("none", "PIP_NO_USER", None, None)),
    (Case(variables={"PIP_USER": "1", "PIP_NO_USER": "0"}), 0, ("none", "PIP_NO_USER", None, None)),
    (Case(variables={"PIP_NO_USER": "0", "PIP_USER": "1"}), 1, ("configured", "PIP_USER", None, None)),
    (Case({"user": YES}), 1, ("configured", "user", "user", 2)),
    (Case({"user": "[install]\n\nno_user = on\n"}), 1, ("configured", "no-user", "user", 3)),
    (Case({"user": "[DEFAULT]\nuser = 1\n[install]\n"}), 1, ("configured", "user", "user", 2)),
    (Case({"user": "[DEFAULT]\nuser = 1\n"}), None, NOBODY),
    (Case({"user": "[list]\nuser = 1\n"}), None, NOBODY),
    (Case({"global": YES, "site": GLOBAL.format(0)}), 1, ("configured", "user", "global", 2)),
    (Case({"legacy": YES, "user": NO}), 0, ("none", "user", "user", 2)),
    (Case({"user": YES, "site": NO}), 0, ("none", "user", "site", 2)),
    (Case({"user": YES}, {"PIP_USER": "0"}), 0, ("none", "PIP_USER", None, None)),
    (Case({"site": NO, "env": YES}, ENV), 1, ("configured", "user", "env", 2)),
    (Case({"user": YES, "env": "[list]\n"}, ENV), None, NOBODY),
    (Case({"user": YES}, ENV), 1, ("configured", "user", "user", 2)),
    (Case({"site": YES}, {"PIP_CONFIG_FILE": "/dev/null"}), None, NOBODY),
    (Case({"user": YES}, {"PIP_USER": "1"}, isolated=True), None, NOBODY),
    (Case({"site": YES}, isolated=True), 1, ("configured", "user", "site", 2)),
]
#: This pip alone reads file after file: an empty value takes nothing back, and ``no-user`` is no rival of ``user``.
ONE_BY_ONE = "25.3"


def test_pips_option_tells_typed_from_configured_and_the_setting_is_named(shared: Shared, pip: str) -> None:
    answers = ask(shared("isolated", pip=pip), [case for case, *_ in ORIGINS])
    for (case, value, origin), answer in zip(ORIGINS, answers):
        assert (answer["value"], answer["type"]) == (value, type(value).__name__), case
        assert tuple(answer["origin"][name] for name in ("kind", "name", "place", "line")) == origin, case


def test_an_empty_value_takes_back_what_weaker_files_say(shared: Shared, pip: str) -> None:
    (answer,) = ask(shared("isolated", pip=pip), [Case({"global": YES, "user": INSTALL.format("")})])
    assert answer["value"] == (1 if pip == ONE_BY_ONE else None)
    # Where pip reads it in its own way, the install is judged as pip does it, although the setting is not found.
    assert answer["origin"]["kind"] == ("configured" if pip == ONE_BY_ONE else "none")


def generated(seed: int, count: int, *, one_by_one: bool) -> Iterator[Case]:
    """Cases over all places, sections, spellings and values; the seed makes them the same in every run."""
    chance = random.Random(seed)
    values = ("1", "0", "true", "False", "yes", "n", "")[: 6 if one_by_one else 7]

    def content() -> str:
        sections = chance.sample(("global", "install", "DEFAULT", "list"), chance.randint(1, 3))
        return "".join(f"[{section}]\n{''.join(settings())}" for section in sections)

    def settings() -> Iterator[str]:
        names = [chance.choice(("user", "USER", "--user"))]
        if not one_by_one:
            names.append(chance.choice(("no-user", "no_user", "No-User")))
        for name in chance.sample(names, chance.randint(0, len(names))):
            yield chance.choice(("", "\n", "# a comment\n")) + f"{name} = {chance.choice(values)}\n"

    for _ in range(count):
        places = chance.sample(("global", "legacy", "user", "site", "env"), chance.randint(0, 4))
        names = chance.sample(("PIP_USER", "PIP_NO_USER"), chance.choice((0, 0, 1, 2)))
        variables = {**(ENV if "env" in places else {}), **{name: chance.choice(values) for name in names}}
        yield Case({place: content() for place in places}, variables, (), chance.random() < 0.1)


def test_the_setting_that_is_named_is_the_one_that_pip_follows_wherever_it_stands(shared: Shared, pip: str) -> None:
    cases = list(generated(seed=20, count=150, one_by_one=pip == ONE_BY_ONE))
    answers = ask(shared("isolated", pip=pip), cases)
    assert 75 < sum(answer["value"] is not None for answer in answers) < 150
    for case, answer in zip(cases, answers):
        if answer["value"] is None:
            assert answer["origin"]["kind"] == "none", (case, answer)
            assert answer["origin"]["name"] is None, (case, answer)
        else:
            assert answer["value"] == (answer["origin"]["kind"] == "configured"), (case, answer)
            assert answer["turned"] == (not answer["value"]), (case, answer)


# how it prepares a build


def test_an_install_by_which_pip_prepares_a_build_is_known(shared: Shared, tmp_path: Path, pip: str) -> None:
    environment = shared("isolated", pip=pip)
    project = make_project(tmp_path / "project", "built", requires=["demo"], code="import demo")
    result = environment.pip("install", str(project), PIP_USER="1")
    assert (result.returncode, environment.where("built")) == (0, "site"), result
    assert [each["event"] for each in result.records] == ["decision", "outcome"], result
