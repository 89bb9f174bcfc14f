"""Every supported pip on every Python on which it starts really installs under the policy."""

from __future__ import annotations

import pytest

from tests.integration.conftest import Shared
from tests.support.expect import ALLOW_ROOT, assert_judged, assert_silent
from tests.support.pythons import pairs


@pytest.mark.parametrize(("python", "pip"), pairs(), ids=["-".join(pair) for pair in pairs()])
def test_a_typed_user_install_is_refused_and_a_plain_one_gets_no_line(shared: Shared, python: str, pip: str) -> None:
    environment = shared("isolated", python, pip)
    refused = environment.pip("install", "--user", "demo", **ALLOW_ROOT)
    assert_judged(refused, "isolated-typed", "refuse")
    assert f"{environment.python} -m pip install demo" in refused.output, refused
    assert environment.where("demo") == "", refused

    plain = environment.pip("install", "depends")
    assert_silent(plain)
    assert [each["event"] for each in plain.records] == ["decision", "outcome"], plain
    assert {each["name"] for each in plain.records[-1]["distributions"]} == {"demo", "depends"}, plain
    assert (environment.where("demo"), environment.where("depends")) == ("site", "site"), plain
