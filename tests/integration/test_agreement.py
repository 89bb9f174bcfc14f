"""``explain`` and a real run agree on verdict, situations and destination, over a table of combinations on three pips."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any, Callable, Iterator, Mapping, Sequence

import pytest

from tests.toolkit.environments import Environment, unprivileged
from tests.toolkit.probes import SCRIPTS

Make = Callable[..., Environment]
KINDS = ("isolated", "system-site", "conda", "base")
#: How the interpreter is run: as it is, with a site-packages that may not be written to, with the user site hidden.
STATES = ("plain", "read-only", "hidden")
WISHES: Mapping[str, tuple[list[str], dict[str, str], str]] = {
    "nobody": ([], {}, ""),
    "typed": (["--user"], {}, ""),
    "variable": ([], {"PIP_USER": "1"}, ""),
    "file": ([], {}, "[install]\nuser = yes\n"),
    "--no-user": (["--no-user"], {"PIP_USER": "1"}, ""),
}
OPTIONS: Mapping[str, Sequence[str]] = {
    "": [],
    "--target": ["--target", "there"],
    "--prefix ~/.local": ["--prefix", "{home}/.local"],
}
POLICIES: Mapping[str, str] = {
    "default": "",
    "strict": "profile = strict\n",
    "mixed": "base-configured = ignore\nsystem-site-configured = ignore\nconda-typed = refuse\nallow-packages = demo\n",
}
TABLE = list(itertools.product(WISHES, OPTIONS, POLICIES))
PIPS = ("20.3.4", "23.0.1", "26.3")


def test_the_table_has_at_least_500_combinations() -> None:
    assert len(KINDS) * len(STATES) * len(TABLE) >= 500


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pip", PIPS)
def test_explain_and_a_real_run_agree(make: Make, tmp_path: Path, pip: str, kind: str, state: str) -> None:
    environment = make(kind, pip=pip)
    if state == "read-only":
        environment.make_read_only()
    cases = [case(environment, *row) for row in TABLE]
    question = {"scratch": str(tmp_path / "scratch"), "config": str(environment.account.user_config), "cases": cases}
    (tmp_path / "scratch").mkdir()
    (tmp_path / "question.json").write_text(json.dumps(question))
    command = [*(unprivileged() if environment.mode_bits_count else ()), str(environment.python)]
    command += [*(["-s"] if state == "hidden" else []), str(SCRIPTS / "agreement.py"), str(tmp_path / "question.json")]
    result = environment.account.run(command, {"PIP_FIND_LINKS": str(environment.wheels), "PIP_NO_DEPS": "1"})
    assert result.returncode == 0, result
    judged = 0
    for row, (explained, records, status, printed) in zip(TABLE, json.loads(result.stdout)):
        wrong = list(disagreements(explained["data"], records, status))
        assert wrong == [], (row, explained, records, printed)
        judged += explained["data"]["judged"]
    assert judged > len(TABLE) / 2


def case(environment: Environment, wish: str, option: str, policy: str) -> dict[str, Any]:
    """One row of the table as the probe takes it."""
    typed, variables, config = WISHES[wish]
    options = [word.format(home=environment.account.home) for word in OPTIONS[option]]
    text = f"{config}[userctl]\n{POLICIES[policy]}"
    return {"arguments": [*typed, *options, "--ignore-installed", "demo"], "variables": variables, "config": text}


def disagreements(explained: dict[str, Any], records: list[dict[str, Any]], status: int) -> Iterator[str]:
    """Where the two differ."""
    decisions = [each for each in records if each["event"] == "decision" and each["phase"] == 1]
    outcomes = [each for each in records if each["event"] == "outcome"]
    if explained["judged"] != bool(decisions):
        yield f"explain {explained['judged']}, real {len(decisions)} decisions"
        return
    if (explained["pip_refuses"] or explained.get("verdict") == "refuse") and not status:
        yield "explain says refused, and pip succeeded"
    if not decisions:
        if not explained["pip_refuses"]:
            yield "not judged, although pip refuses nothing"
        return
    (decision,) = decisions
    for name in ("verdict", "situations", "lifted", "destination", "request"):
        if explained[name] != decision[name]:
            yield f"{name}: explain {explained[name]}, real {decision[name]}"
    for outcome in outcomes:
        if outcome["result"] == "installed":
            places = {decision["destination"]["purelib"], decision["destination"]["platlib"]}
            yield from (
                f"installed into {each['location']}"
                for each in outcome["distributions"]
                if each["location"] not in places
            )
            if status or decision["verdict"] == "refuse":
                yield "installed, although refused"
