"""Section 6: what happened is on record, whoever interferes, and what cannot be recorded costs one warning."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pip_userctl.testing import PipEnvironment, PipResult
from tests.integration.conftest import Make
from tests.support import syslogd
from tests.support.answers import validator
from tests.support.expect import ALLOW_ROOT, STRICT
from tests.support.machines import Machine
from tests.support.plugins import add_plugin
from tests.support.pythons import NEWEST
from tests.support.syslogd import Rsyslog


def checked(records: Any, result: object = None) -> list[Any]:
    """The records; each has the form that is promised, and each run one or two decisions and then an outcome."""
    found, schema = list(records), validator("record")
    runs: dict[str, list[str]] = {}
    for each in found:
        assert [error.message for error in schema.iter_errors(each)] == [], (each, result)
        runs.setdefault(each["id"], []).append(each["event"])
    whole = (["decision", "outcome"], ["decision", "decision", "outcome"])
    assert all(events in whole for events in runs.values()), (runs, result)
    return found


def read(path: Path) -> list[Any]:
    """The records of a log of which every line is whole."""
    text = path.read_text(encoding="utf-8")
    assert text.endswith("\n"), text[-200:]
    return [json.loads(line) for line in text.splitlines()]


def summary(result: PipResult) -> tuple[Any, ...]:
    """Verdicts and result of the one run."""
    *decisions, outcome = checked(result.records, result)
    return (*(each["verdict"] for each in decisions), outcome["result"])


def test_each_judged_install_has_its_records_under_one_id(make: Make, each_pip: str) -> None:
    expected: list[tuple[str, list[str], dict[str, str], tuple[str, str]]] = [
        ("isolated", ["demo"], {}, ("allow", "installed")),
        ("isolated", ["demo"], {"PIP_USER": "1"}, ("allow", "unchanged")),
        ("isolated", ["--user", "demo"], {}, ("refuse", "refused")),
        ("isolated", ["--dry-run", "depends"], {}, ("allow", "dry-run")),
        ("isolated", ["missing"], {}, ("allow", "failed")),
        ("system-site", ["--user", "demo"], ALLOW_ROOT, ("warn", "installed")),
        ("base", ["--user", "demo"], STRICT, ("refuse", "refused")),
        ("base", ["--user", "depends"], {**STRICT, "PIP_USERCTL_REASON": "ticket 7"}, ("warn", "installed")),
    ]
    environments = {kind: make(kind, pip=each_pip) for kind in ("isolated", "system-site", "base")}
    for kind, words, variables, ending in expected:
        if "--dry-run" in words and each_pip < "22":
            continue
        result = environments[kind].pip("install", *words, **variables)
        assert summary(result) == ending, result
        decision, outcome = result.records
        assert (decision["pip"], decision["request"]["arguments"]) == (each_pip, ["install", *words]), result
        assert (decision["environment"]["kind"], decision["reason"]) == (kind, variables.get("PIP_USERCTL_REASON")), (
            result
        )
        assert (outcome["error"] is None) == (outcome["result"] not in ("refused", "failed")), result


def test_an_outcome_says_what_was_installed_where_and_what_it_replaced(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    environment.pip("install", "demo")
    environment.wheel("demo", "2.0")
    result = environment.pip("install", "--upgrade", "depends", "demo")
    outcome = checked(result.records, result)[-1]
    location = str(environment.site_packages)
    assert sorted(outcome["distributions"], key=lambda each: str(each["name"])) == [
        {"name": "demo", "version": "2.0", "location": location, "requested": True},
        {"name": "depends", "version": "1.0", "location": location, "requested": True},
    ], result
    assert outcome["removed"] == [{"name": "demo", "version": "1.0"}], result


def test_a_second_decision_tells_the_resolved_set_that_changed_it(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    result = environment.pip("install", "--user", "depends", PIP_USERCTL_PROTECT_PACKAGES="demo", **ALLOW_ROOT)
    assert summary(result) == ("allow", "refuse", "refused"), result
    first, second, outcome = result.records
    assert (first["phase"], first["distributions"], second["phase"]) == (1, [], 2), result
    assert {each["name"]: each["parent"] for each in second["distributions"]} == {"demo": "depends", "depends": None}, (
        result
    )
    assert (outcome["distributions"], environment.where("demo")) == ([], ""), result


def test_what_is_not_judged_is_not_recorded(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    for words in (["list"], ["install"], ["install", "--user", "--target", "x", "demo"], ["download", "demo"]):
        assert environment.pip(*words).records == ()
    assert environment.pip("install", "demo", PIP_USERCTL_ENABLED="no").records == ()


OBSERVER = """
import os, signal
from pip_userctl import hookimpl

@hookimpl
def userctl_decided(decision):
    os.kill(os.getpid(), getattr(signal, os.environ["SEND"]))

@hookimpl
def userctl_finished(outcome):
    raise ValueError("no")
"""


def test_ctrl_c_has_an_outcome_and_sigkill_loses_no_more_than_that(make: Make, each_pip: str) -> None:
    environment = add_plugin(make("isolated", pip=each_pip), "", module=OBSERVER)
    result = environment.pip("install", "demo", SEND="SIGINT")
    assert (result.returncode, summary(result)) == (1, ("allow", "failed")), result
    assert "KeyboardInterrupt" in result.records[-1]["error"], result
    assert "Traceback" not in result.output, result
    killed = environment.pip("install", "demo", SEND="SIGKILL")
    assert killed.returncode == -signal.SIGKILL, killed
    assert [each["event"] for each in killed.records] in ([], ["decision"]), killed
    later = environment.pip("install", "demo", PIP_USERCTL_PLUGINS="none")
    assert summary(later) == ("allow", "installed"), later


@pytest.mark.parametrize("observer", ["userctl_decided", "userctl_finished"])
def test_an_observer_that_fails_costs_one_warning(make: Make, observer: str) -> None:
    module = f"from pip_userctl import hookimpl\n\n@hookimpl\ndef {observer}():\n    raise ValueError('no')\n"
    environment = add_plugin(make("isolated"), "", module=module)
    result = environment.pip("install", "demo", PIP_USERCTL_ON_ERROR="refuse")
    assert (result.returncode, summary(result)) == (0, ("allow", "installed")), result
    assert result.lines("userctl-failure: observer acme raised ValueError: no"), result
    assert result.output.count("userctl") == 1, result


def test_a_log_that_cannot_be_written_costs_one_warning_and_not_the_install(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    home = environment.account.home
    (home / "folder").mkdir()
    (home / "dangling").symlink_to(home / "nowhere" / "log")
    (home / "read-only").mkdir(mode=0o555)
    (home / "open").mkdir()
    (home / "open").chmod(0o777)
    (home / "open" / "log").symlink_to(home / "precious")
    os.mkfifo(home / "pipe")
    environment.account.unprivileged = True
    places = ["missing/log", "/dev/full", "folder", "dangling", "read-only/log", "pipe", "open/log"]
    for place in places if each_pip == NEWEST else places[:2]:
        result = environment.pip("install", "--force-reinstall", "demo", PIP_USERCTL_AUDIT_LOG=str(home / place))
        assert result.returncode == 0, result
        assert result.output.count("userctl") == 1 + result.output.count("pip_userctl"), result
        (line,) = result.lines("userctl-failure: ")
        assert f"not recorded in the audit log {home / place}: " in line, result
    assert not (home / "precious").exists()
    command = 'ulimit -f 1; exec "$@"'  # blocks of 512 or 1024 bytes: the log is larger, the wheel is not
    (home / "large").write_text("x" * 1023 + "\n")
    words = [str(environment.python), "-m", "pip", "install", "--force-reinstall", "--no-compile", "demo"]
    log = {"PIP_USERCTL_AUDIT_LOG": str(home / "large")}
    result = environment.account.run(["sh", "-c", command, "sh", *words], {**log, "TMPDIR": str(home)})
    assert len(result.lines("userctl-failure: ")) == 1, result
    assert result.returncode == 0, result
    assert (home / "large").read_text() == "x" * 1023 + "\n"


def test_somebody_who_holds_the_lock_keeps_nothing_off_the_record(make: Make) -> None:
    environment = make("isolated")
    log = environment.prefix.parent / "records.jsonl"
    log.touch()
    with log.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        result = environment.pip("install", "demo")
    assert summary(result) == ("allow", "installed"), result
    assert "userctl" not in result.output, result


@pytest.mark.needs("root", "unshare", "linux")
def test_an_own_log_that_fails_takes_nothing_from_the_administrators(make: Make) -> None:
    machine = Machine(make("base"))
    log = machine.account.folder / "audit.jsonl"
    log.touch()
    log.chmod(0o622)  # for writing alone
    machine.lock(f"audit-log = {log}")
    result = machine.pip("--user", "demo", PIP_USERCTL_AUDIT_LOG="/nowhere/log")
    assert result.returncode == 0, result
    assert [each["event"] for each in checked(read(log), result)] == ["decision", "outcome"], result
    assert len(result.lines("userctl-failure: ")) == 1, result


def test_no_secret_reaches_the_log(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    requirements = environment.account.cwd / "requirements.txt"
    requirements.write_text(
        "--extra-index-url https://ada:hunter2@127.0.0.1:9/simple\ndemo @ https://t0ken@127.0.0.1:9/demo.whl\n"
    )
    words = [
        "--index-url=https://ada:hunter2@127.0.0.1:9/",
        "-r",
        str(requirements),
        "--retries",
        "0",
        "--timeout",
        "1",
    ]
    url = "https://ada:hunter2@127.0.0.1:9/"
    for profile in ("default", "strict"):
        variables = {"PIP_INDEX_URL": url, "PIP_USERCTL_PROFILE": profile, "PIP_NO_INDEX": "0"}
        result = environment.pip("install", "--user", *words, **variables)
        explained = environment.userctl("explain", "--json", "--user", *words, **variables)
        assert len(result.records) == 2, result
        for secret in ("hunter2", "t0ken"):
            assert secret not in json.dumps(result.records) + result.output, result
            assert secret not in explained.output, explained


def test_a_failure_that_stops_the_judgement_is_a_record_of_its_own(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    with (environment.site_packages / "pip_userctl" / "judge.py").open("a") as file:
        file.write("\n\ndef drop_ignored_setting(*_):\n    raise ValueError('broken')\n")
    result = environment.pip("install", "demo")
    assert (result.returncode, environment.where("demo")) == (0, "site"), result
    (record,) = result.records
    assert [error.message for error in validator("record").iter_errors(record)] == [], (record, result)
    assert (record["event"], record["request"]["arguments"]) == ("failure", ["install", "demo"]), result
    assert record["environment"]["prefix"] == str(environment.prefix), result


MANY = """
import sys
from pip._internal.cli.main import main
for number in range(int(sys.argv[1])):
    assert main(["install", "-q", "--force-reinstall", "--no-deps", "--target", f"{sys.argv[2]}/{number}", "demo"]) == 0
"""


def start_many(environment: PipEnvironment, **variables: str) -> list[subprocess.Popen[bytes]]:
    """Four processes that install five times each."""
    cwd = environment.account.cwd
    return [
        subprocess.Popen(
            [str(environment.python), "-c", MANY, "5", str(cwd / str(number))],
            env={**environment.account.variables(), **variables},
            stderr=subprocess.PIPE,
        )
        for number in range(4)
    ]


def finish(running: list[subprocess.Popen[bytes]]) -> None:
    """All must have succeeded, and none may say that it was not recorded."""
    said = b"".join(each.communicate(timeout=300)[1] for each in running)
    assert [each.returncode for each in running] == [0] * 4, said
    assert b"userctl" not in said, said


def test_many_pips_at_once_write_one_log_that_is_rotated_meanwhile(make: Make, tmp_path: Path) -> None:
    environment, folder = make("isolated"), tmp_path / "logs"
    folder.mkdir()
    running = start_many(environment, PIP_USERCTL_AUDIT_LOG=str(folder / "log"))
    while any(each.poll() is None for each in running):
        time.sleep(0.5)
        if (folder / "log").exists():
            (folder / "log").rename(folder / f"log.{time.time()}")
    finish(running)
    records = [record for path in folder.iterdir() for record in read(path)]
    checked(sorted(records, key=lambda each: str(each["event"])))
    assert len(records) == 40


@pytest.fixture
def rsyslog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rsyslog]:
    """A daemon with its default limit for messages, stopped in the end even if the test has not."""
    monkeypatch.setattr(syslogd, "_CONFIG", syslogd._CONFIG.replace('maxMessageSize="64k"', ""))
    made = Rsyslog(tmp_path / "rsyslog")
    yield made
    made.stop()


@pytest.mark.needs("rsyslogd")
@pytest.mark.parametrize("transport", ["udp", "path"])
def test_records_reach_rsyslog_whole_however_long_they_are(
    make: Make, each_pip: str, rsyslog: Rsyslog, transport: str
) -> None:
    environment = make("isolated", pip=each_pip)
    address = str(rsyslog.path) if transport == "path" else f"udp://localhost:{rsyslog.port}"
    environment.pip("install", "demo", PIP_USERCTL_SYSLOG=address)
    environment.pip("install", "--user", *[f"demo-{number}" for number in range(2000)], PIP_USERCTL_SYSLOG=address)
    rsyslog.stop(expected=4)
    found = list(rsyslog.records())
    assert [(app, kind, level) for app, kind, level, _ in found] == [
        ("pip-userctl", "decision", "info"),
        ("pip-userctl", "outcome", "info"),
        ("pip-userctl", "decision", "warning"),
        ("pip-userctl", "outcome", "warning"),
    ]
    records = checked(record for *_, record in found)
    assert [each.get("truncated") for each in records] == [None, None, True, None]
    assert records[2]["request"]["requirements"][0] == "demo-0"


@pytest.mark.needs("rsyslogd")
def test_many_pips_at_once_reach_one_rsyslog(make: Make, rsyslog: Rsyslog) -> None:
    finish(start_many(make("isolated"), PIP_USERCTL_SYSLOG=f"udp://127.0.0.1:{rsyslog.port}"))
    rsyslog.stop(expected=40)
    assert len(checked(record for *_, record in rsyslog.records())) == 40


def test_a_server_that_is_gone_costs_one_warning_and_no_time(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    path = environment.account.home / "nothing"
    result = environment.pip("install", "demo", PIP_USERCTL_SYSLOG=str(path))
    assert (result.returncode, summary(result)) == (0, ("allow", "installed")), result
    (line,) = result.lines("userctl-failure: ")
    assert f"not recorded in syslog ({path}): " in line, result


def test_all_places_get_the_same_records_under_the_newest_pip(make: Make) -> None:
    environment = make("isolated", pip=NEWEST)
    path = environment.account.home / "prüfung.jsonl"
    environment.account.config.write_text("[userctl]\naudit-log = ~/prüfung.jsonl\n", encoding="utf-8")
    environment.audit_log = False
    result = environment.pip("install", "demo")
    assert [each["event"] for each in checked(read(path), result)] == ["decision", "outcome"], result
    assert path.stat().st_mode & 0o777 == 0o600
