"""Section 2, principle 4, where two things fail in one run: neither hides what the other one demands."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.integration.conftest import Make
from tests.support import probes
from tests.support.cache import PROJECT
from tests.support.expect import ALLOW_ROOT
from tests.support.plugins import RULE, add_plugin

#: What fails: a module and what is appended to it, or a variable and its value.
FAULTS = {
    "the adapter": ("pip_userctl._pip.request", "def distributions(*a): raise IndexError('the adapter')"),
    "the engine": ("pip_userctl.judge", "def combine(*a): raise LookupError('the engine')"),
    "a rule": ("pip_userctl.rules.accounts", "def userctl_evaluate(): raise KeyError('a rule')"),
    "a plugin": ("FAULTY_PLUGIN", "1"),
    "the configuration": ("PIP_USERCTL_BASE_TYPED", "the configuration"),
    "an observer": ("FAULTY_OBSERVER", "1"),
    "the log": ("PIP_USERCTL_AUDIT_LOG", "/dev/null/the log"),
}
#: These cost one warning, whatever ``on-error`` says.
ONLY_WARNED = {"an observer", "the log"}
#: Without a decision none of what is said with it is said, and nothing that comes after it can fail.
HIDDEN_BY = {"the engine": {"a rule", "a plugin", "the adapter", "an observer", "the configuration"}}
PLUGIN = (
    RULE.replace("import sys", "import os")
    + "@hookimpl\ndef userctl_decided(decision):\n    if os.environ.get('FAULTY_OBSERVER'): raise OSError('an observer')\n"
)
RAISE = "if os.environ.get('FAULTY_PLUGIN'): raise ValueError('a plugin')"


@pytest.mark.needs("linux")
def test_two_faults_at_once_are_both_said_and_stop_pip_only_if_on_error_says_so(make: Make, each_pip: str) -> None:
    environment = add_plugin(make("base", pip=each_pip), RAISE, module=PLUGIN)
    pairs = list(itertools.product(("warn", "refuse"), itertools.combinations(FAULTS, 2)))
    log = str(environment.account.folder / "records.jsonl")
    cases: list[tuple[dict[str, str], dict[str, str]]] = []
    for on_error, pair in pairs:
        given = dict(FAULTS[each] for each in pair)
        faults = {place: text for place, text in given.items() if place.startswith("pip_")}
        variables = {"PIP_USERCTL_ON_ERROR": on_error, "PIP_USERCTL_AUDIT_LOG": log, **ALLOW_ROOT}
        variables.update((place, text) for place, text in given.items() if place not in faults)
        cases.append((faults, variables))
    command = ["install", "--user", "--force-reinstall", "--no-deps", "demo"]
    folder = str(environment.account.folder)
    answers: Any = probes.ask(
        environment, PROJECT / "tests/probes/pairs.py", folder=folder, command=command, cases=cases
    )
    for (on_error, pair), (status, output, records) in zip(pairs, answers):
        case = (on_error, pair, status, output, records)
        stops = on_error == "refuse" and set(pair) - ONLY_WARNED
        assert status == (1 if stops else 0), case
        assert ("Successfully installed demo" in output) == (not stops), case
        assert "Traceback" not in output, case
        said = " ".join([output, *(str(each.get("failures")) for each in records)])
        expected = set(pair) - set().union(*(HIDDEN_BY.get(each, set()) for each in pair))
        if stops:  # before pip has resolved, and before anything is recorded
            expected &= {"the engine", "a rule", "a plugin", "the configuration"}
        missing = {each for each in expected if each not in " ".join(said.split())}
        # One line has the first of several failures, and counts the others; no record has them if there is no log.
        assert len(missing) == (" more" in said and "the log" in pair), case
        assert records or "the log" in pair, case
