"""pip's own choice, asked directly as pip's unit tests ask it, is the same with pip-userctl as without."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from tests.toolkit import cache, probes
from tests.toolkit.environments import Account

pytestmark = pytest.mark.parametrize("pip", cache.PIPS)
OPTIONS: list[dict[str, Any]] = [
    {},
    {"prefix_path": "foo"},
    {"target_dir": "bar"},
    {"prefix_path": "foo", "target_dir": "bar"},
    {"root_path": "baz"},
    {"isolated_mode": True},
    {"prefix_path": None, "target_dir": None, "root_path": None, "isolated_mode": False},
]
WISHES = (None, True, False, 1, 0)


def case(
    wish: object = None, *, enabled: object = True, writable: bool = False, no_global: bool = False, **options: object
) -> dict[str, Any]:
    """One call, and what it finds around it."""
    return {"wish": wish, "enabled": enabled, "writable": writable, "no_global": no_global, "options": options}


def choices(account: Account, pip: str, cases: list[dict[str, Any]], *, with_userctl: bool) -> list[Any]:
    """What pip chooses in each case; makes sure that it was asked with pip-userctl, or without."""
    found = probes.ask_pip("choices", account, pip, cases=cases, with_userctl=with_userctl)
    assert found["patched"] is with_userctl
    answers: list[Any] = found["answers"]
    return answers


def test_every_choice_is_the_same_with_and_without(account: Account, pip: str) -> None:
    space = product(WISHES, OPTIONS, (True, False, None), (True, False), (True, False))
    cases = [
        case(wish, enabled=enabled, writable=writable, no_global=no_global, **options)
        for wish, options, enabled, writable, no_global in space
    ]
    without = choices(account, pip, cases, with_userctl=False)
    assert {True, False} <= {answer for answer in without if isinstance(answer, bool)}
    assert choices(account, pip, cases, with_userctl=True) == without


#: From the docstring of ``decide_user_install`` and pip's own unit tests.
KNOWN = [
    (case(prefix_path="foo"), False),
    (case(target_dir="bar"), False),
    (case(enabled=True, writable=True), False),
    (case(enabled=True, writable=False), True),
    (case(enabled=False, writable=True), False),
    (case(enabled=False, writable=False), False),
    (case(enabled=None, writable=False), False),
    (case(False, writable=False), False),
    (case(0, writable=False), False),
    (case(True, writable=True), True),
    (case(1, writable=True), True),
]


def test_pip_falls_back_only_where_it_may_and_must(account: Account, pip: str) -> None:
    cases = [each for each, _ in KNOWN]
    assert choices(account, pip, cases, with_userctl=True) == [expected for _, expected in KNOWN]


def test_pips_own_refusals_pass_with_their_words(account: Account, pip: str) -> None:
    prefix, isolated = choices(
        account, pip, [case(True, prefix_path="foo"), case(True, no_global=True)], with_userctl=True
    )
    assert prefix[0] == "CommandError"
    assert "Can not combine '--user' and '--prefix'" in prefix[1]
    assert isolated[0] == "InstallationError"
    assert "Can not perform a '--user' install" in isolated[1]
