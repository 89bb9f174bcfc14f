"""The contract with pip, version by version: the seams are there, and pip's configuration is read as pip reads it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any, Callable, NamedTuple

import pytest

from pip_userctl._pip.seams import SEAMS
from tests.toolkit import cache, probes
from tests.toolkit.environments import Account, Environment

Make = Callable[..., Environment]
#: Their order changed between versions, or more stands before what matters: they are called by keyword.
BY_KEYWORD = {"get_lib_location_guesses", "InstallCommand.make_resolver", "install_given_reqs"}
pytestmark = pytest.mark.parametrize("pip", cache.PIPS)


def test_the_install_command_has_every_seam(account: Account, pip: str) -> None:
    found = probes.ask_pip("seams", account, pip)
    assert found["misfits"] == []
    for name, parameters in SEAMS.items():
        there = found["parameters"][name] or []
        assert set(parameters) <= set(there), (name, there)
        if name not in BY_KEYWORD:
            assert tuple(there[: len(parameters)]) == parameters, (name, there)


def test_the_install_command_looks_its_choice_up_when_it_runs(account: Account, pip: str) -> None:
    found = probes.ask_pip("seams", account, pip)
    assert {"decide_user_install", "install_given_reqs"} <= set(found["run_looks_up"])
    assert {"get_requirements", "make_resolver"} <= set(found["run_mentions"])
    assert {"run", "_main"} <= set(found["command_mentions"])


def test_pip_tells_three_kinds_of_configuration_files(account: Account, pip: str) -> None:
    assert sorted(probes.ask_pip("seams", account, pip)["configuration_kinds"]) == ["global", "site", "user"]


NOTHING: Mapping[str, str] = {}


class Case(NamedTuple):
    """Files by place, variables and arguments."""

    files: Mapping[str, str] = NOTHING
    variables: Mapping[str, str] = NOTHING
    arguments: tuple[str, ...] = ()
    isolated: bool = False


def ask(environment: Environment, cases: list[Case]) -> list[dict[str, Any]]:
    """The probe's answers; ``env`` is the file that PIP_CONFIG_FILE names where a case sets that variable."""
    account = environment.account
    places = {
        "global": account.global_config,
        "legacy": account.home / ".pip" / "pip.conf",
        "user": account.user_config,
        "site": environment.site_config,
        "env": account.cwd / "env.conf",
    }
    question = {
        "places": {name: str(path) for name, path in places.items()},
        "cases": [case._replace(variables=_absolute(case.variables, places["env"]))._asdict() for case in cases],
    }
    answers: list[dict[str, Any]] = probes.ask("wishes", account, [str(environment.python)], question)
    for answer in answers:
        if answer["origin"] and answer["origin"][2]:
            answer["origin"][2] = next(name for name, path in places.items() if str(path) == answer["origin"][2])
    return answers


def _absolute(variables: Mapping[str, str], path: object) -> dict[str, str]:
    return {name: str(path) if value == "env" else value for name, value in variables.items()}


INSTALL, GLOBAL = "[install]\nuser = {}\n", "[global]\nuser = {}\n"
ENV = {"PIP_CONFIG_FILE": "env"}
#: A case, pip's value, its type, and the origin: kind, name, file, line.
NAMED: list[tuple[Case, object, str, list[object] | None]] = [
    (Case(), None, "NoneType", None),
    (Case(arguments=("--user",)), True, "bool", None),
    (Case(arguments=("--no-user",)), False, "bool", None),
    (Case(variables={"PIP_USER": "1"}), 1, "int", ["configured", "PIP_USER", None, None]),
    (Case(variables={"PIP_USER": "off"}), 0, "int", ["none", "PIP_USER", None, None]),
    (Case(variables={"PIP_USER": ""}), None, "NoneType", None),
    (Case(variables={"PIP_NO_USER": "1"}), 1, "int", ["configured", "PIP_NO_USER", None, None]),
    (Case(variables={"PIP_NO_USER": "0"}), 0, "int", ["none", "PIP_NO_USER", None, None]),
    (
        Case(variables={"PIP_USER": "1", "PIP_NO_USER": "0"}),
        0,
        "int",
        ["none", "PIP_NO_USER", None, None],
    ),
    (
        Case(variables={"PIP_NO_USER": "0", "PIP_USER": "1"}),
        1,
        "int",
        ["configured", "PIP_USER", None, None],
    ),
    (Case({"user": INSTALL.format("yes")}), 1, "int", ["configured", "user", "user", 2]),
    (Case({"user": "[install]\n\nno_user = on\n"}), 1, "int", ["configured", "no-user", "user", 3]),
    (Case({"user": "[DEFAULT]\nuser = 1\n[install]\n"}), 1, "int", ["configured", "user", "user", 2]),
    (Case({"user": "[DEFAULT]\nuser = 1\n"}), None, "NoneType", None),
    (Case({"user": "[list]\nuser = 1\n"}), None, "NoneType", None),
    (
        Case({"global": INSTALL.format(1), "site": GLOBAL.format(0)}),
        1,
        "int",
        ["configured", "user", "global", 2],
    ),
    (Case({"legacy": INSTALL.format(1), "user": INSTALL.format(0)}), 0, "int", ["none", "user", "user", 2]),
    (Case({"user": INSTALL.format(1), "site": INSTALL.format(0)}), 0, "int", ["none", "user", "site", 2]),
    (Case({"user": INSTALL.format(1)}, {"PIP_USER": "0"}), 0, "int", ["none", "PIP_USER", None, None]),
    (Case({"site": INSTALL.format(0), "env": INSTALL.format(1)}, ENV), 1, "int", ["configured", "user", "env", 2]),
    (Case({"user": INSTALL.format(1), "env": "[list]\n"}, ENV), None, "NoneType", None),
    (Case({"user": INSTALL.format(1)}, ENV), 1, "int", ["configured", "user", "user", 2]),
    (Case({"site": INSTALL.format(1)}, {"PIP_CONFIG_FILE": "/dev/null"}), None, "NoneType", None),
    (Case({"user": INSTALL.format(1)}, {"PIP_USER": "1"}, isolated=True), None, "NoneType", None),
    (Case({"site": INSTALL.format(1)}, isolated=True), 1, "int", ["configured", "user", "site", 2]),
    (Case({"user": INSTALL.format(1)}, arguments=("--no-user",)), False, "bool", ["configured", "user", "user", 2]),
]


#: This pip alone reads file after file: an empty value takes nothing back, and ``no-user`` is no rival of ``user``.
ONE_BY_ONE = "25.3"
TAKES_BACK = Case({"global": INSTALL.format(1), "user": INSTALL.format("")})


def test_pips_option_tells_typed_from_configured_and_the_setting_is_named(make: Make, pip: str) -> None:
    answers = ask(make("isolated", pip=pip), [case for case, *_ in NAMED])
    for (case, value, kind, origin), answer in zip(NAMED, answers):
        assert (answer["value"], answer["type"], answer["origin"]) == (value, kind, origin), case


def test_an_empty_value_takes_back_what_weaker_files_say(make: Make, pip: str) -> None:
    answer = ask(make("isolated", pip=pip), [TAKES_BACK])[0]
    assert answer["value"] == (1 if pip == ONE_BY_ONE else None)
    assert answer["origin"] is None


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


def test_a_configured_wish_is_what_pip_makes_of_it_wherever_it_stands(make: Make, pip: str) -> None:
    cases = list(generated(seed=20, count=150, one_by_one=pip == ONE_BY_ONE))
    answers = ask(make("isolated", pip=pip), cases)
    assert 75 < sum(answer["origin"] is not None for answer in answers) < 150
    for case, answer in zip(cases, answers):
        if answer["origin"] is None:
            assert answer["value"] is None, (case, answer)
        else:
            assert answer["value"] == (answer["origin"][0] == "configured"), (case, answer)
            assert answer["turned"] == (not answer["value"]), (case, answer)
