"""``on-error``: what may still be installed when it stops pip, and the words about what went wrong."""

from __future__ import annotations

import pytest

from pip_userctl.errors import Problem
from pip_userctl.models import Failure
from pip_userctl.on_error import (
    REPAIR,
    failure_report,
    failure_warning,
    is_repair,
    policy_report,
    policy_warning,
)
from pip_userctl.testing.factories import request

REPAIRS = [
    "pip",
    "pluggy",
    "packaging",
    "pip-userctl",
    "Pip_Userctl",
    "PIP.userctl",
    "pip==26.3",
    "pip == 26.3",
    "pip>=20.3,<27",
    "pluggy~=1.0",
    "pluggy!=1.1",
    "packaging===21.0",
    "packaging (>=21)",
    "pip[extra]",
    "pip-userctl[docs, more]>=0.1",
    "pip; python_version >= '3.9'",
    "pip @ https://example.org/pip.tar.gz",
    "pip@https://example.org/pip.tar.gz",
    "pip[extra] @ file:///srv/pip",
    "pip-26.3-py3-none-any.whl",
    "./wheels/pip-26.3-py3-none-any.whl",
    "/srv/wheels/pip_userctl-0.1.0-py3-none-any.whl",
    r"C:\wheels\pluggy-1.6.0-py3-none-any.whl",
    "https://example.org/packaging-26.3-py3-none-any.whl",
    "https://example.org/packaging-26.3-1-py3-none-any.whl#sha256=abc",
]
OTHERS = [
    "demo",
    "pip-tools",
    "pipx",
    "pip.conf.d",
    "pip_userctl_extra",
    "pip-userctl-acme==1",
    "packaging2",
    ".",
    "./pip",
    "pip/",
    "pip/folder",
    "packaging/dist/demo-1.0-py3-none-any.whl",
    r"pip\folder",
    "pip==1/folder",
    "pip-26.3.tar.gz",
    "demo-1.0-py3-none-any.whl",
    "https://example.org/demo-1.0-py3-none-any.whl",
    "https://example.org/pip",
    "https://example.org/pip-26.3.tar.gz",
    "git+https://github.com/pypa/pip",
    "demo @ https://example.org/demo-1.0-py3-none-any.whl",
    "demo @ https://example.org/pip-26.3-py3-none-any.whl",
]
PROBLEMS = (Problem("/etc/pip.conf", 3, "enabled = x is not valid"), Problem("PIP_USERCTL_PROFILE", None, "is wrong"))
FAILURES = (Failure("rule", "acme", "ValueError: no"), Failure("plugin", "other", "ImportError"))


@pytest.mark.parametrize("requirement", REPAIRS)
def test_what_mends_pip_userctl_may_be_installed(requirement: str) -> None:
    assert is_repair(request(requirement))
    assert is_repair(request(requirement, "pip"))


@pytest.mark.parametrize("requirement", OTHERS)
def test_anything_else_may_not(requirement: str) -> None:
    assert not is_repair(request(requirement))
    assert not is_repair(request("pip", requirement))


def test_options_do_not_matter_and_constraints_install_nothing() -> None:
    assert is_repair(request("pip", arguments=("install", "-U", "--user", "pip"), constraints=("demo==1",)))


def test_an_editable_install_and_nothing_at_all_are_no_repair() -> None:
    assert not is_repair(request("pip", editable=("./pip",)))
    assert not is_repair(request(requirements=()))


def test_one_mistake_is_told_in_one_line() -> None:
    said = policy_warning(PROBLEMS[:1])
    assert said.startswith("userctl-policy: 1 mistake in the policy; /etc/pip.conf:3: enabled = x is not valid")
    assert "pip-userctl check" in said
    assert "\n" not in said


def test_several_mistakes_are_counted_and_the_first_is_told() -> None:
    said = policy_warning(PROBLEMS)
    assert said.startswith("userctl-policy: 2 mistakes in the policy; the first: /etc/pip.conf:3: ")
    assert "PIP_USERCTL_PROFILE" not in said
    assert "\n" not in said


def test_the_refusal_for_mistakes_has_them_all_and_says_what_still_works() -> None:
    report = policy_report(PROBLEMS)
    assert report.reference == "userctl-policy"
    assert report.why.splitlines() == [str(each) for each in PROBLEMS]
    assert "pip-userctl check" in report.hint
    assert all(name in report.hint for name in REPAIR)


def test_failures_are_told_in_one_line_which_says_what_stands() -> None:
    said = failure_warning(FAILURES)
    assert said.startswith("userctl-failure: the rule acme failed (ValueError: no) (and 1 more)")
    assert said.endswith("pip's own decision stands")
    assert "more" not in failure_warning(FAILURES[:1])


def test_the_refusal_for_failures_has_them_all_and_says_what_still_works() -> None:
    report = failure_report(FAILURES)
    assert report.reference == "userctl-failure"
    assert [line.split()[:3] for line in report.why.splitlines()] == [
        ["the", "rule", "acme"],
        ["the", "plugin", "other"],
    ]
    assert all(name in report.hint for name in REPAIR)
