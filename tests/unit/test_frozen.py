"""The base of the values behaves as a frozen value should."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from pip_userctl.frozen import Frozen
from pip_userctl.models import Source

PLACE = Source("user", "/etc/pip.conf", 3)


def test_values_of_one_class_with_the_same_fields_are_equal_and_hash_alike() -> None:
    class One(Frozen):
        kind: str

    class Other(Frozen):
        kind: str

    assert One("a") == One("a") != Other("a")
    for made in (Source(line=3, path="/etc/pip.conf", kind="user"), copy.copy(PLACE), PLACE._replace(line=3)):
        assert made == PLACE
        assert hash(made) == hash(PLACE)
    assert PLACE._replace(line=4) == Source("user", "/etc/pip.conf", 4) != PLACE


@pytest.mark.parametrize(
    ("values", "named", "text"),
    [
        ((), {}, "Source: missing a required argument: 'kind'"),
        (("user", "a", 1, "b", "c"), {}, "Source: too many positional arguments"),
        (("user",), {"kind": "site"}, "Source: multiple values for argument 'kind'"),
        (("user",), {"lines": 3}, "Source: got an unexpected keyword argument 'lines'"),
    ],
)
def test_a_missing_an_unknown_and_a_repeated_field_are_errors(
    values: tuple[Any, ...], named: dict[str, Any], text: str
) -> None:
    with pytest.raises(TypeError, match=text):
        Source(*values, **named)
    with pytest.raises(TypeError, match="'lines'"):
        PLACE._replace(lines=4)


def test_a_value_cannot_be_changed() -> None:
    with pytest.raises(AttributeError, match="Source is frozen: 'line' cannot be set"):
        PLACE.line = 4  # type: ignore[misc]
    with pytest.raises(AttributeError, match="Source is frozen: 'line' cannot be deleted"):
        del PLACE.line
    assert PLACE.line == 3


def test_a_value_shows_its_fields_and_survives_pickling() -> None:
    assert repr(PLACE) == "Source(kind='user', path='/etc/pip.conf', line=3, name=None)"
    assert PLACE._asdict() == {"kind": "user", "path": "/etc/pip.conf", "line": 3, "name": None}
    assert pickle.loads(pickle.dumps(PLACE)) == PLACE
