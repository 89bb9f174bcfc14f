"""Records have the forms of the contract, and the audit log loses, tears and follows nothing."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pip_userctl import __version__, records, testing
from pip_userctl.models import Failure, Source, Verdict
from pip_userctl.records import AuditLog, Recorder, RecordError

VERDICT = Verdict("base-typed", "refuse", "because", "what", source=Source("global", "/etc/pip.conf", 3), plugin="acme")
#: As the contract shows them.
DECISION = """
{"schema":1,"event":"decision","id":"%s","phase":2,"verdict":"refuse",
 "rules":[{"name":"base-typed","action":"refuse","reason":"because","plugin":"acme","waived_by":null,
           "source":{"kind":"global","path":"/etc/pip.conf","line":3,"name":null}}],
 "failures":[{"part":"rule","name":"acme","error":"ValueError"}],
 "request":{"origin":{"kind":"typed","path":null,"line":null,"name":"--user"},"dropped":false,"scheme":"user",
            "requirements":["demo"],"constraints":["other<2"],"editable":[],"dry_run":false,"arguments":["install","--user","demo"]},
 "destination":{"scheme":"user","purelib":"/home/ada/.local/lib/python3.13/site-packages",
                "platlib":"/home/ada/.local/lib/python3.13/site-packages",
                "scripts":"/home/ada/.local/bin","data":"/home/ada/.local","root":null},
 "environment":{"kind":"base","prefix":"/opt/python","base_prefix":"/opt/python","executable":"/opt/python/bin/python",
                "python_flags":["-I"],"user_base":"/home/ada/.local",
                "user_site":"/home/ada/.local/lib/python3.13/site-packages","user_site_enabled":true,
                "externally_managed":false,"container":null},
 "policy":{"profile":"default","locked":false,"files":[],"ignored":[]},
 "account":{"uid":1000,"name":"ada","sudo_uid":7},"agent":"claude-code","host":"host","pid":1,"parent":"tox",
 "cwd":"/home/ada/project","pip":"26.3","python":"3.13.0","userctl":"%s",
 "distributions":[{"name":"depends","version":"1.0","requested":false,"parent":"demo"}],"reason":"ticket 7"}"""
OUTCOME = """
{"schema":1,"event":"outcome","id":"%s","result":"installed","error":null,
 "distributions":[{"name":"demo","version":"1.0",
                   "location":"/opt/python/lib/python3.13/site-packages","requested":true}],
 "removed":[{"name":"demo","version":"0.9"}]}"""


def as_json(record: dict[str, Any]) -> Any:
    """The record as it is written, without its time, which has the form of RFC 3339."""
    found = json.loads(records.dumps(record))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", found.pop("time")), found
    return found


def test_a_decision_has_the_form_of_the_contract() -> None:
    environment = testing.environment("base", sudo_uid=7, agent="claude-code", parent="tox", python_flags=("-I",))
    dependency = testing.distribution("depends", requested=False, parent="demo")
    made = testing.decision(
        VERDICT,
        request=testing.request("demo", origin="typed", constraints=("other<2",)),
        environment=environment,
        failures=(Failure("rule", "acme", "ValueError"),),
        phase=2,
        distributions=(dependency,),
        reason="ticket 7",
    )
    assert as_json(records.decision_record(made)) == json.loads(DECISION % (made.id, __version__))


def test_an_outcome_has_the_form_of_the_contract() -> None:
    made = testing.outcome("installed", distributions=(testing.distribution(),), removed=(("demo", "0.9"),))
    assert as_json(records.outcome_record(made)) == json.loads(OUTCOME % made.decision.id)


@pytest.mark.parametrize("environment", [testing.environment(), None])
def test_a_failure_tells_whose_install_it_was_as_far_as_that_is_known(environment: Any) -> None:
    failure = Failure("pip-userctl", "pip-userctl", "ValueError: no")
    found = as_json(records.failure_record("7", [failure], ["install", "demo"], environment))
    assert (found["event"], found["id"], found["failures"]) == ("failure", "7", [failure._asdict()])
    assert found["request"] == {"arguments": ["install", "demo"]}
    assert found.get("account") == (environment and {"uid": 1000, "name": "ada", "sudo_uid": None})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory that no other account can write to, outside the home."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    made = tmp_path / "folder"
    made.mkdir(mode=0o755)
    umask = os.umask(0o022)
    yield made
    os.umask(umask)


def test_a_log_in_a_home_is_for_its_owner_alone_and_elsewhere_as_umask_says(folder: Path) -> None:
    for path, mode in ((folder / "log", 0o644), (folder.parent / "home" / "log", 0o600)):
        AuditLog(str(path)).write("{}", {})
        assert (path.read_text(), path.stat().st_mode & 0o777) == ("{}\n", mode)
    (folder / "log").chmod(0o622)
    AuditLog(str(folder / "log")).write("{}", {})
    assert ((folder / "log").read_text(), (folder / "log").stat().st_mode & 0o777) == ("{}\n{}\n", 0o622)


@pytest.mark.parametrize(("mode", "followed"), [(0o755, True), (0o775, False), (0o777, False), (0o1777, False)])
def test_links_are_followed_only_where_nobody_else_may_write(folder: Path, mode: int, followed: bool) -> None:
    precious = folder.parent / "precious"
    precious.touch()
    (folder / "log").symlink_to(precious)
    folder.chmod(mode)
    if followed:
        AuditLog(str(folder / "log")).write("{}", {})
    else:
        with pytest.raises(OSError, match="symbolic link"):
            AuditLog(str(folder / "log")).write("{}", {})
    assert precious.read_text() == ("{}\n" if followed else "")


@pytest.mark.parametrize("reader", [False, True])
def test_a_pipe_is_no_log_and_nobody_waits_for_its_reader(folder: Path, reader: bool) -> None:
    path = folder / "log"
    os.mkfifo(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK) if reader else None
    with pytest.raises(OSError):
        AuditLog(str(path)).write("{}", {})
    if descriptor is not None:
        os.close(descriptor)


def test_a_lock_that_somebody_holds_costs_a_fifth_of_a_second_in_all_and_no_record(folder: Path) -> None:
    log, path = AuditLog(str(folder / "log")), folder / "log"
    path.touch()
    with path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        started = time.monotonic()
        for _ in range(20):
            log.write("{}", {})
        took = time.monotonic() - started
    assert path.read_text() == "{}\n" * 20
    assert records.LOCK_SECONDS <= took < 10 * records.LOCK_SECONDS, took


_LIMITED = """
import resource, sys
from pip_userctl.records import AuditLog
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
log = AuditLog(sys.argv[1])
for number in range(3):
    try:
        log.write("x" * 99, {})
    except OSError as error:
        print(error.strerror)
"""


@pytest.mark.parametrize(("limit", "size"), [(250, 200), (200, 200)])
def test_a_line_that_does_not_fit_is_taken_back_and_no_signal_ends_pip(folder: Path, limit: int, size: int) -> None:
    path = folder / "log"
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(path), str(limit)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout in ("No space left on device\n", "File too large\n"), done
    assert path.read_text() == ("x" * 99 + "\n") * (size // 100)


_MANY = """
import sys
from pip_userctl.records import AuditLog
log = AuditLog(sys.argv[1])
for number in range(200):
    log.write(sys.argv[2] * (50 + 97 * number), {})
"""


def test_many_processes_append_whole_lines_while_it_is_renamed(folder: Path) -> None:
    path = folder / "log"
    running = [subprocess.Popen([sys.executable, "-c", _MANY, str(path), name]) for name in "abcd"]
    for number in range(5):
        time.sleep(0.02)
        if path.exists():
            path.rename(folder / f"log.{number}")
    assert [each.wait(60) for each in running] == [0] * 4
    lines = [line for each in folder.iterdir() for line in each.read_text().splitlines()]
    expected = [name * (50 + 97 * number) for name in "abcd" for number in range(200)]
    assert sorted(lines) == sorted(expected)


def test_a_place_that_fails_is_named_once_and_the_other_gets_the_outcome(folder: Path) -> None:
    good, bad = folder / "log", folder / "missing" / "log"
    rules = testing.policy(audit_log=str(good))
    value = rules.given["audit-log"]._replace(value=(str(bad), str(good)))
    recorder = Recorder(rules._replace(given={"audit-log": value}))
    recorder.userctl_decided(testing.decision())  # an observer that raises is not called again
    with pytest.raises(RecordError, match=f"not recorded in the audit log {bad}: No such file or directory$"):
        recorder.userctl_finished(testing.outcome())
    recorder.userctl_finished(testing.outcome())
    assert [json.loads(line)["event"] for line in good.read_text().splitlines()] == ["decision", "outcome", "outcome"]


def test_the_only_place_is_named_at_once(folder: Path) -> None:
    recorder = Recorder(testing.policy(audit_log=str(folder)))
    with pytest.raises(RecordError, match="Is a directory"):
        recorder.userctl_decided(testing.decision())
