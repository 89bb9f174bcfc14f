"""``log`` on what real pips of several accounts recorded: what it says of another policy is what that policy does."""

from __future__ import annotations

import gzip
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pip_userctl.models import WAIVED
from pip_userctl.testing import PipResult
from tests.integration.conftest import Make, Shared
from tests.support.answers import answers, data
from tests.support.changes import remove
from tests.support.expect import AUDIT
from tests.support.machines import Machine

ADA, BOB, CAROL, EVE, ROOT = 12345, 12346, 12347, 12348, 0
AGENT = {"AI_AGENT": "codex"}
#: Who installs into which environment, what, with which variables. ``own`` belongs to ada, the others to root.
INSTALLS: list[tuple[int, str, list[str], dict[str, str]]] = [
    (ADA, "base", ["--user", "depends"], {}),
    (ADA, "own", ["demo"], {"PIP_USER": "1"}),
    (BOB, "system-site", ["demo==1.0"], {}),
    (BOB, "base", ["--user", "demo @ file://{wheels}/demo-1.0-py3-none-any.whl"], {}),
    (CAROL, "base", ["--user", "demo>=1"], AGENT),
    (EVE, "base", ["--prefix", "{home}/.local", "demo"], {}),
    (EVE, "base", ["--user", "demo", "depends"], {"PIP_USERCTL_REASON": "ticket 7"}),
    (ROOT, "base", ["--user", "depends"], {"PIP_ROOT_USER_ACTION": "warn"}),
    (ROOT, "base", ["--user", "demo"], {"HOME": "{ada}"}),
]
CANDIDATES = {
    "strict": ["profile = strict", "allow-packages = demo==1.0", "override = deny"],
    "pointed": ["isolated-configured = refuse", "agent-profile = strict", "protect-packages = demo"],
    "mild": ["system-site-fallback = refuse", "root-user = refuse", "user-site-by-path = log"],
}


class Accounts:
    """A machine on which five accounts install, each with a home of its own, and where each install finds the same."""

    def __init__(self, make: Make) -> None:
        self.environments = {kind: make(kind) for kind in ("base", "system-site")}
        self.environments["own"] = make("isolated")
        self.machine = Machine(self.environments["base"])
        self.account = self.machine.account
        self.homes = {uid: self.account.folder / f"home-{uid}" for uid in (ADA, BOB, CAROL, EVE, ROOT)}

    def run(self, log: Path) -> list[PipResult]:
        """All installs, recorded in this log."""
        log.touch()
        log.chmod(0o666)
        return [self._install(log, *each) for each in INSTALLS]

    def _install(self, log: Path, uid: int, where: str, words: list[str], variables: dict[str, str]) -> PipResult:
        for environment in self.environments.values():
            remove(environment, "demo*", "depends*", "__pycache__")
        for number, home in self.homes.items():
            shutil.rmtree(home, ignore_errors=True)
            (home / "tmp").mkdir(parents=True)
            self.machine.uid = number
            self.machine.give(home)
        self.machine.uid = ADA
        self.machine.give(self.environments["own"].prefix)
        self.machine.uid, self.machine.environment = uid, self.environments[where]
        places = {"home": self.homes[uid], "ada": self.homes[ADA], "wheels": self.account.wheels}
        given = {name: value.format_map(places) for name, value in variables.items()}
        return self.machine.pip(
            *(word.format_map(places) for word in words),
            **{
                "HOME": str(self.homes[uid]),
                "TMPDIR": str(self.homes[uid] / "tmp"),
                "PIP_USERCTL_AUDIT_LOG": str(log),
                **given,
            },
        )


def told(found: Any) -> Counter[tuple[str, ...]]:
    """What ``log --policy`` says would have been refused or warned about."""
    rows = found["policy"]["rules"]
    return Counter(
        {(each["verdict"], each["rule"], each["uid"], each["agent"] or ""): each["installs"] for each in rows}
    )


def happened(results: list[PipResult]) -> Counter[tuple[str, ...]]:
    """The same, of what was refused or warned about."""
    seen: Counter[tuple[str, ...]] = Counter()
    for result in results:
        decision = [each for each in result.records if each["event"] == "decision"][-1]
        verdict = decision["verdict"]
        assert (verdict == "refuse") == (result.records[-1]["result"] == "refused"), result
        for each in decision["rules"]:
            if verdict in ("warn", "refuse") and WAIVED.get(each["waived_by"], each["action"]) == verdict:
                seen[verdict, each["name"], str(decision["account"]["uid"]), decision["agent"] or ""] += 1
    return seen


@pytest.mark.needs("root", "unshare", "linux")
def test_a_replay_agrees_with_what_real_pips_do(make: Make) -> None:
    accounts = Accounts(make)
    log, machine = accounts.account.folder / "audit.jsonl", accounts.machine
    machine.write("/etc/pip.conf", "profile = audit")
    recorded = accounts.run(log)
    assert [len(each.records) for each in recorded] == [2] * len(INSTALLS), recorded
    for name, lines in CANDIDATES.items():
        policy = machine.write(accounts.account.folder / f"{name}.conf", *lines)
        machine.uid, machine.environment = ROOT, accounts.environments["base"]
        result = machine.userctl("log", "--json", "--policy", str(policy), str(log))
        replayed = data(result)
        machine.write("/etc/pip.conf", *lines)
        real = accounts.run(accounts.account.folder / f"{name}.jsonl")
        assert told(replayed) == happened(real), (
            name,
            told(replayed) - happened(real),
            happened(real) - told(replayed),
        )
        refused = sum(each.verdict == "refuse" for each in real)
        assert (replayed["policy"]["refused"], result.returncode) == (refused, 1), result
        assert replayed["policy"]["warned"] == sum(each.verdict == "warn" for each in real), result
        assert (replayed["installs"], replayed["skipped"]) == (len(INSTALLS), 0), result
        # Of these records a refusal by pip itself, a failure and an ignored setting leave something open.
        assert {each["installs"] for each in replayed["policy"]["unknown"]} <= {None, *range(1, 5)}, replayed


def test_the_policys_log_is_read_if_no_file_is_given(make: Make) -> None:
    environment = make("system-site")
    account = environment.account
    environment.audit_log = False
    account.config.write_text("[userctl]\naudit-log = ~/audit.jsonl\nprofile = audit\n")
    environment.pip("install", "--user", "demo")
    with (account.home / "audit.jsonl").open("a") as file:
        file.write("not a record\n")
    found = data(environment.userctl("log", "--json"))
    assert (found["files"], found["installs"], found["skipped"]) == ([str(account.home / "audit.jsonl")], 1, 1)
    shown = environment.userctl("log")
    assert shown.stdout.startswith("1 install\n1 of 3 lines skipped: they are no records\n"), shown
    assert "\n  system-site-typed  log      " in shown.stdout, shown


def test_what_cannot_be_read_is_an_error(shared: Shared) -> None:
    environment = shared()
    home = environment.account.home
    assert environment.pip("install", "demo", **AUDIT).returncode == 0
    whole, torn = environment.prefix.parent / "records.jsonl", home / "torn.gz"
    torn.write_bytes(gzip.compress(whole.read_bytes())[:-9])
    missing = str(home / "missing")
    *wrong, part = answers(
        environment, ["log"], ["log", missing], ["log", "--policy", missing], ["log", str(torn), str(whole)]
    )
    assert [(each["exit_code"], each["errors"][0]["what"]) for each in wrong] == [
        (1, "no audit log is configured"),
        (1, f"{missing} cannot be read, or not to its end"),
        (1, f"{missing} is no policy"),
    ]
    assert (part["exit_code"], part["data"]["installs"]) == (1, 2), part
