"""``pip --python OTHER install`` where OTHER is not covered: judged by the pip that is asked, and recorded by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import pytest

from tests.toolkit import cache, reach, records
from tests.toolkit.environments import Environment, Result
from tests.toolkit.plugins import add_plugin
from tests.toolkit.reach import Pair, assert_succeeded
from tests.toolkit.schemas import valid

Make = Callable[..., Environment]
LOG = "~/pip.jsonl"
OBSERVER = """
from pip_userctl import hookimpl

@hookimpl
def userctl_finished(outcome):
    print("observed", outcome.decision.verdict, outcome.result)
"""


@pytest.fixture(params=["22.3.1", cache.PIPS[-1]])
def two(make: Make, tmp_path: Path, request: pytest.FixtureRequest) -> Pair:
    """Two environments with this pip, of which one is not covered by the other."""
    python = next(python for python, each in reversed(cache.starting_pairs()) if each == request.param)
    pair = Pair(make, tmp_path, python=python, pip=request.param)
    reach.with_pip(pair.covering, request.param)
    with (pair.covering.site_packages / "links.pth").open("a") as file:
        file.write(f"{cache.dependencies_folder(pair.covering.base)}\n")
    return pair


def install(two: Pair, *arguments: str, **variables: str) -> Result:
    """``pip --python OTHER install``, with an audit log."""
    command = ["--python", str(two.covered.prefix), "install", *arguments]
    return two.covering.pip(*command, **{"PIP_USERCTL_AUDIT_LOG": LOG, **variables})


def recorded(two: Pair) -> list[dict[str, Any]]:
    """All records; they are complete, have the promised fields, and are as ``log`` reads them."""
    found = records.read(two.covering.account.home / "pip.jsonl")
    records.assert_complete(found)
    for each in found:
        assert set(each) == (records.DECISION if each["event"] == "decision" else records.OUTCOME), each
    runs = valid(two.covering.userctl("log", "--json", PIP_USERCTL_AUDIT_LOG=LOG))["runs"]
    assert [run["id"] for run in runs] == list(records.by_run(found))
    return found


ENDS = {
    "installed": (["demo"], {}, 0, "warn", "installed", None),
    "allowed": (["demo"], {"PIP_USERCTL_OTHER_INTERPRETER": "allow"}, 0, "allow", "installed", None),
    "looked at": (["demo"], {"PIP_USERCTL_PROFILE": "audit"}, 0, "log", "installed", None),
    "refused": (["demo"], {"PIP_USERCTL_PROFILE": "strict"}, 1, "refuse", "refused", "userctl-other-interpreter"),
    "failed": (["no-such-distribution"], {}, 1, "warn", "failed", "pip ended with exit status 1"),
    "a dry run": (["--dry-run", "demo"], {}, 0, "warn", "dry-run", None),
}


@pytest.mark.parametrize("name", ENDS)
def test_a_decision_and_an_outcome_are_recorded(two: Pair, name: str) -> None:
    arguments, variables, status, verdict, ending, error = ENDS[name]
    result = install(two, *arguments, **variables)
    assert result.returncode == status, result
    decision, outcome = recorded(two)
    (situation,) = decision["situations"]
    assert (decision["verdict"], situation["action"], situation["name"]) == (verdict, verdict, "other-interpreter")
    assert str(two.covered.prefix) in situation["reason"], decision
    assert decision["request"]["requirements"] == [arguments[-1]], decision
    assert decision["request"]["arguments"] == ["install", "--python", str(two.covered.prefix), *arguments], decision
    assert decision["destination"] is None, decision
    assert (outcome["result"], outcome["error"], outcome["distributions"]) == (ending, error, []), outcome


def test_ctrl_c_is_an_outcome_too(two: Pair) -> None:
    # The pip that is started there interrupts the one that has started it.
    interrupt = "os.environ.get('_PIP_RUNNING_IN_SUBPROCESS') and os.kill(os.getppid(), signal.SIGINT)"
    (two.covered.site_packages / "interrupt.pth").write_text(f"import os, signal; {interrupt}\n")
    result = install(two, "demo")
    assert result.returncode != 0, result
    _, outcome = recorded(two)
    assert outcome["result"] == "failed", (outcome, result)
    # Newer pips make an exit status of it.
    assert outcome["error"] in ("KeyboardInterrupt", "pip ended with exit status 1"), (outcome, result)


def test_who_asked_for_a_user_install_is_recorded(two: Pair) -> None:
    install(two, "--user", "demo", PIP_USERCTL_PROFILE="strict")
    install(two, "https://ada:secret@example.invalid/demo.whl", PIP_USER="1", PIP_USERCTL_PROFILE="strict")
    typed, _, configured, _ = recorded(two)
    assert (typed["request"]["origin"]["kind"], typed["request"]["scheme"]) == ("typed", "user")
    assert configured["request"]["origin"] == {"kind": "configured", "name": "PIP_USER", "path": None, "line": None}
    assert "secret" not in (two.covering.account.home / "pip.jsonl").read_text()


def test_a_covered_interpreter_records_by_itself_and_once(two: Pair) -> None:
    assert_succeeded(two.activate())
    assert install(two, "demo").returncode == 0
    decision, outcome = recorded(two)
    assert decision["situations"] == []
    assert decision["environment"]["prefix"] == str(two.covered.prefix)
    assert [each["name"] for each in outcome["distributions"]] == ["demo"]


@pytest.mark.parametrize("arguments", [[], ["--no-such-option", "demo"], ["--help"]], ids=["nothing", "wrong", "help"])
def test_what_pip_refuses_by_itself_is_neither_judged_nor_recorded(two: Pair, arguments: list[str]) -> None:
    result = install(two, *arguments)
    with_us = result.output
    assert "userctl" not in with_us, result
    two.covering.remove_userctl("pip_userctl.pth")
    assert install(two, *arguments).output == with_us
    assert not (two.covering.account.home / "pip.jsonl").exists()


def test_a_refusal_is_lifted_as_in_any_other_install(two: Pair) -> None:
    strict = {"PIP_USERCTL_PROFILE": "strict"}
    result = install(two, "demo", **strict, PIP_USERCTL_ALLOW_PACKAGES="demo")
    assert result.returncode == 0, result
    result = install(two, "demo", **strict, PIP_USERCTL_REASON="ticket 7")
    assert result.returncode == 0, result
    assert install(two, "demo", "depends", **strict, PIP_USERCTL_ALLOW_PACKAGES="demo").returncode == 1
    decisions = [each for each in recorded(two) if each["event"] == "decision"]
    assert [[each["by"] for each in decision["lifted"]] for decision in decisions] == [
        ["allow-packages"],
        ["override"],
        [],
    ]
    assert decisions[1]["override"] == "ticket 7"


def test_an_observer_of_a_plugin_is_told_how_it_ended(two: Pair) -> None:
    add_plugin(two.covering, "", module=OBSERVER)
    command = ["--python", str(two.covered.prefix), "install", "demo"]
    assert two.covering.pip(*command).stdout.endswith("observed warn installed\n")
    allowed = two.covering.pip(*command, PIP_USERCTL_OTHER_INTERPRETER="allow")
    assert allowed.stdout.endswith("observed allow installed\n"), allowed


@pytest.mark.parametrize("part", ["rules/other_interpreter", "engine"])
def test_where_we_fail_on_error_decides(two: Pair, part: str) -> None:
    two.covering.remove_userctl(f"pip_userctl/{part}.py")
    listed = two.covering.pip("--python", str(two.covered.prefix), "list", PIP_USERCTL_ON_ERROR="refuse")
    assert (listed.returncode, "userctl" in listed.stderr) == (0, False), listed
    stopped = install(two, "demo", PIP_USERCTL_ON_ERROR="refuse")
    assert (stopped.returncode, two.covered.where("demo")) == (1, ""), stopped
    assert len(stopped.lines("userctl-failure: ")) == 1, stopped
    repair = install(two, "pip", PIP_USERCTL_ON_ERROR="refuse")
    assert repair.returncode == 0, repair
    result = install(two, "demo")
    assert (result.returncode, two.covered.where("demo")) == (0, "site"), result
    (line,) = result.lines("userctl-failure: ")
    assert part.rpartition("/")[2] in line, result
    assert line.endswith("pip's own decision stands"), result
    assert "Traceback" not in result.output, result


def test_mistakes_in_the_policy_are_said_there_too(two: Pair) -> None:
    two.covering.account.user_config.write_text("[userctl]\nbase-typed = never\n")
    result = install(two, "demo")
    assert len(result.lines("userctl-policy: 1 mistake in the policy")) == 1, result
    stopped = install(two, "demo", PIP_USERCTL_ON_ERROR="refuse")
    assert stopped.returncode == 1, stopped
    assert stopped.lines("error: userctl-policy"), stopped
    assert [each["result"] for each in recorded(two) if each["event"] == "outcome"] == ["installed", "refused"]


def test_explain_tells_what_a_configured_interpreter_leads_to(two: Pair) -> None:
    other = {"PIP_PYTHON": str(two.covered.prefix)}
    for profile in ("default", "strict"):
        variables = {**other, "PIP_USERCTL_PROFILE": profile, "PIP_USERCTL_AUDIT_LOG": LOG}
        told = valid(two.covering.userctl("explain", "--json", "demo", **variables))
        assert two.covering.pip("install", "demo", **variables).returncode == (profile == "strict")
        decision = [each for each in recorded(two) if each["event"] == "decision"][-1]
        for field in ("verdict", "situations", "lifted", "destination"):
            assert told[field] == decision[field], (field, told, decision)
        assert told["request"]["requirements"] == decision["request"]["requirements"]
    assert_succeeded(two.activate())
    told = valid(two.covering.userctl("explain", "--json", "demo", **other))
    assert not told["judged"]
    assert told["reason"].endswith(f"pip-userctl explain --python {two.covered.python}"), told


def test_explain_judges_here_where_the_configured_interpreter_is_this_one(two: Pair) -> None:
    told = valid(two.covering.userctl("explain", "--json", "demo", PIP_PYTHON=str(two.covering.python)))
    assert (told["judged"], told["situations"]) == (True, [])


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [(["--python", "no-such-python"], {}), ([], {"PIP_PYTHON": "no-such-python"})],
    ids=["typed behind install", "configured"],
)
def test_explain_tells_why_pip_does_not_take_an_interpreter(
    two: Pair, arguments: list[str], variables: dict[str, str]
) -> None:
    real = two.covering.pip("install", *arguments, "demo", **variables)
    result = two.covering.userctl("explain", "--json", "--", *arguments, "demo", **variables)
    refusal = valid(result)["pip_refuses"]
    # Before 23.1 pip took no notice of the option behind a command.
    assert (result.returncode, bool(refusal)) == (bool(real.returncode), bool(real.returncode)), (result, real)
    assert (refusal or "") in real.stderr, (refusal, real)
