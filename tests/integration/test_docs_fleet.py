"""docs/fleet: the playbook, the rsyslogds and the queries, with the files that the page names."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from pip_userctl import records, testing
from pip_userctl.models import Source, Verdict
from pip_userctl.syslog import LIMIT
from tests.integration.conftest import Make
from tests.support.answers import validator
from tests.support.cache import PROJECT, Built
from tests.support.fleet import Fleet, Network, wait_for
from tests.support.hosts import make_host

FOLDER = PROJECT / "docs" / "fleet"
ALPHA, BETA, GAMMA = HOSTS = ("alpha", "beta", "gamma")


@pytest.fixture
def fleet(make: Make, built: Built, tmp_path: Path) -> Iterator[Fleet]:
    """Three hosts and a collector, on which nothing of pip-userctl is installed."""
    network = Network()
    hosts = [make_host(make, built, "numpy", name=name, network=network.command) for name in (*HOSTS, "logs")]
    made = Fleet(tmp_path, hosts)
    yield made
    made.close()
    network.close()


def collected(fleet: Fleet, count: int) -> list[Any]:
    """The records that the collector has when it has so many, each once and with the promised form."""
    folder = fleet.hosts["logs"].path("/var/log/pip")

    def lines() -> set[str]:
        return {line for path in folder.glob("127.0.0.1/*.jsonl") for line in path.read_text().splitlines()}

    wait_for(lambda: len(lines()) >= count, f"{count} records")
    found = [json.loads(line) for line in lines()]
    assert [error.message for each in found for error in validator("record").iter_errors(each)] == []
    return found


@pytest.mark.needs("root", "unshare", "linux", "rsyslogd")
def test_one_playbook_brings_the_policy_to_every_host_and_their_records_to_one_place(
    fleet: Fleet, tmp_path: Path
) -> None:
    for changed in (5, 0):
        recap, shown = fleet.play(FOLDER / "site.yml")
        assert {name: recap[name]["changed"] for name in HOSTS} == dict.fromkeys(HOSTS, changed), shown
        assert sum(each["failed"] + each["unreachable"] for each in recap.values()) == 0, shown
        assert recap["logs"]["changed"] == (2 if changed else 0), shown
    shutil.copytree(FOLDER, tmp_path / "mistaken")
    (tmp_path / "mistaken" / "pip.conf").write_text("[userctl]\nbase-fallback = never\n")
    recap, shown = fleet.play(tmp_path / "mistaken" / "site.yml", "--limit", "alpha.example.org")
    assert recap[ALPHA]["failed"] == 1, shown
    assert "base-fallback = never is not valid" in shown
    assert fleet.hosts[ALPHA].path("/etc/pip.conf").read_bytes() == (FOLDER / "pip.conf").read_bytes()

    for name in ("logs", *HOSTS):
        fleet.start(name)
    for name in HOSTS:
        wait_for(fleet.hosts[name].path("/run/pip-userctl.socket").exists, f"the socket of {name}")
    refused = [
        fleet.hosts[ALPHA].run("pip install numpy", "ada"),
        fleet.hosts[BETA].run("pip install --user numpy", "ada", AI_AGENT="codex"),
    ]
    assert [each.returncode for each in refused] == [1, 1], refused
    found = collected(fleet, 4)
    assert {each["host"]: each["agent"] for each in found if "host" in each} == {ALPHA: None, BETA: "codex"}
    fleet.stop("logs")
    installed = fleet.hosts[GAMMA].run("pip install --user numpy", "ada")
    assert (installed.returncode, "userctl" in installed.stdout) == (0, False), installed
    header = f"<14>1 2026-01-05T09:00:00.000Z {GAMMA} pip-userctl 1 decision - "
    line = records.dumps({**next(each for each in found if each["event"] == "decision"), "host": GAMMA, "cwd": ""})
    line = line.replace('"cwd":""', f'"cwd":"{"x" * (LIMIT - len(header + line))}"')
    code = (
        "import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(sys.argv[1].encode(), sys.argv[2])"
    )
    sent = fleet.hosts[GAMMA].run(f"python -c '{code}' '{header}{line}' /run/pip-userctl.socket")
    assert sent.returncode == 0, sent
    fleet.start("logs")
    assert Counter(each.get("host") for each in collected(fleet, 7)) == {ALPHA: 1, BETA: 1, GAMMA: 2, None: 3}
    answers = answers_of(fleet.hosts["logs"].path("/var/log/pip"))
    assert answers["agents"] == [("codex", 1, 1, 1)]
    assert answers["old policies"] == []


class Row(NamedTuple):
    """What the year has of one install. action: empty if no rule applied."""

    time: datetime
    host: str
    account: str
    agent: str | None
    rule: str
    action: str
    origin: str
    waived_by: str | None
    reason: str | None
    result: str
    package: str
    locked: bool
    userctl: str

    @property
    def is_refused(self) -> bool:
        return self.result == "refused"


POLICY = testing.policy()
#: Rule, action, origin, what waives the refusal, and the reason that is given.
KINDS = (
    ("", "", "none", None, None),
    ("base-fallback", "log", "fallback", None, None),
    ("base-fallback", "refuse", "fallback", None, None),
    ("base-fallback", "refuse", "fallback", "allow-packages", None),
    ("base-typed", "allow", "typed", None, None),
    ("base-typed", "refuse", "typed", None, None),
    ("base-typed", "refuse", "typed", "override", "for the talk on Friday"),
    ("isolated-typed", "refuse", "typed", None, None),
    ("protected-package", "refuse", "typed", None, None),
)


def year() -> Iterator[Row]:
    """Some thousand installs on nine hosts, of which one never got the lock and one not the newest release."""
    chance, start = random.Random(2026), datetime(2026, 1, 1)
    for number in range(3000):
        time, host = start + timedelta(minutes=175 * number), f"node{chance.randrange(1, 10)}"
        rule, action, origin, waived_by, reason = chance.choices(KINDS, (30, 20, 10, 3, 15, 5, 2, 5, 2))[0]
        stopped = action == "refuse" and waived_by is None
        yield Row(
            time,
            host,
            chance.choice(("ada", "grace", "alan", "edsger")),
            chance.choices((None, "codex", "claude-code"), (8, 2, 1))[0],
            rule,
            action,
            origin,
            waived_by,
            reason,
            "refused" if stopped else chance.choices(("installed", "unchanged", "failed"), (8, 1, 1))[0],
            chance.choice(("numpy", "requests", "pandas", "black")),
            locked=time.month > 2 and host != "node3",
            userctl="0.10.0" if time.month > 5 and host != "node7" else "0.9.2",
        )


def records_of(number: int, row: Row) -> Iterator[dict[str, Any]]:
    """The records of an install. What protects packages comes in a second decision."""
    environment = testing.environment("base", account=row.account, agent=row.agent, host=row.host)
    facts: dict[str, Any] = {
        "environment": environment,
        "request": testing.request(row.package, origin=row.origin),
        "policy": POLICY,
        "reason": row.reason,
        "id": f"{number:032x}",
    }
    verdict = Verdict(row.rule, row.action, "because", source=Source("default"), waived_by=row.waived_by)
    decisions = [testing.decision(*([verdict] if row.rule else []), **facts)]
    if row.rule == "protected-package":
        decisions = [testing.decision(**facts), testing.decision(verdict, **facts, phase=2)]
    location = environment.user_site if row.origin != "none" else "/opt/python/lib/python3.13/site-packages"
    placed = testing.distribution(row.package, location=location)
    distributions = (placed,) if row.result == "installed" else ()
    outcome = testing.outcome(row.result, decision=decisions[-1], distributions=distributions)
    made = [*map(records.decision_record, decisions), records.outcome_record(outcome)]
    for each in made:
        each["time"] = f"{row.time.isoformat()}.000Z"
        if each["event"] == "decision":
            each["policy"]["locked"], each["userctl"] = row.locked, row.userctl
        yield each


def answers_of(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The answers to the queries, by what their comments call them."""
    text, answers = (FOLDER / "queries.sql").read_text(), {}
    with duckdb.connect() as connection:
        connection.execute(f"SET file_search_path = '{folder}'")
        for statement in text.split(";\n"):
            rows = connection.execute(statement).fetchall() if statement.strip() else []
            for name in re.findall(r"^-- ([a-z ]+): ", statement.strip()):
                answers[name] = rows
    return answers


def expected(rows: list[Row]) -> Mapping[str, list[tuple[Any, ...]]]:
    """The same answers, counted from what the records were made of."""
    refusals = Counter((f"{row.time:%Y-%m}", row.rule) for row in rows if row.is_refused)
    fallbacks = Counter(
        (row.host, row.account) for row in rows if row.origin == "fallback" and row.result == "installed"
    )
    last = {row.host: row for row in rows}
    agents = {row.agent: [each for each in rows if each.agent == row.agent] for row in rows if row.agent}
    waived = Counter((row.waived_by, row.rule, row.reason) for row in rows if row.waived_by)
    homes: dict[str, set[str]] = {}
    for row in rows:
        if row.result == "installed" and row.origin != "none":
            homes.setdefault(row.package, set()).add(f"{row.account}@{row.host}")
    since = rows[-1].time - timedelta(days=90)
    typed = [row for row in rows if row.rule == "base-typed" and row.action == "allow" and row.time > since]
    noticing = {
        row.account: [each for each in typed if each.account == row.account and each.result != "failed"]
        for row in typed
    }
    return {
        "refusals": sorted(
            ((*key, count) for key, count in refusals.items()), key=lambda each: (each[0], -each[2], each[1])
        ),
        "fallbacks": sorted(
            ((*key, count) for key, count in fallbacks.items()), key=lambda each: (-each[2], *each[:2])
        )[:10],
        "old policies": [(name, last[name].time, last[name].locked, last[name].userctl) for name in ("node3", "node7")],
        "agents": sorted(
            (
                (agent, len(all_), sum(row.is_refused for row in all_), len({row.host for row in all_}))
                for agent, all_ in agents.items()
            ),
            key=lambda each: -each[1],
        ),
        "waived": [(*key, count) for key, count in waived.most_common()],
        "in homes": sorted(((name, len(found)) for name, found in homes.items()), key=lambda each: (-each[1], each[0])),
        "would be refused": sorted(
            ((name, len(found), found[-1].time) for name, found in noticing.items()),
            key=lambda each: (-each[1], each[0]),
        ),
    }


def test_the_queries_answer_what_a_year_of_records_has(tmp_path: Path) -> None:
    rows, schema = list(year()), validator("record")
    for number, row in enumerate(rows):
        path = tmp_path / f"192.0.2.{row.host[-1]}" / f"{row.time:%Y-%m}.jsonl"
        path.parent.mkdir(exist_ok=True)
        with path.open("a") as file:
            for record in records_of(number, row):
                line = records.dumps(record)
                file.write(f"{line}\n" * (2 if number % 100 == 0 else 1))  # rsyslog may send one twice
                if number % 50 == 0 or row.rule == "protected-package":
                    assert [error.message for error in schema.iter_errors(json.loads(line))] == [], line
    answers = answers_of(tmp_path)
    for name, answer in expected(rows).items():
        assert answers.pop(name) == answer, name
    assert answers == {}
