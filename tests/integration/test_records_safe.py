"""Records and observers under trouble: Ctrl-C, SIGKILL, many writers, full disks, secrets."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Callable

import pytest

from tests.integration.test_records import INTERRUPT, MANY, OBSERVER, SECRETS, install_plugin, log_of, situations
from tests.toolkit.environments import Environment, Result
from tests.toolkit.expect import NO_ROOT_ROW
from tests.toolkit.records import assert_complete, by_run, read
from tests.toolkit.syslogd import Rsyslog

Make = Callable[..., Environment]


def test_ctrl_c_has_an_outcome_too(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    log = log_of(environment)
    install_plugin(environment, INTERRUPT)
    done = environment.pip("install", "demo")
    assert done.returncode == 1, done
    assert "Traceback" not in done.output, done
    decision, outcome = read(log)
    assert (outcome["id"], outcome["result"]) == (decision["id"], "failed"), done
    assert "KeyboardInterrupt" in outcome["error"], done


def test_observers_see_the_decision_and_the_outcome(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    install_plugin(environment, OBSERVER)
    seen = environment.account.home / "seen"
    done = environment.pip("install", "demo", SEEN=str(seen))
    assert seen.read_text().splitlines() == ["decided 1 allow", "finished installed demo"], done


def test_an_observer_that_fails_costs_one_warning(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    install_plugin(environment, OBSERVER)
    done = environment.pip("install", "demo", PIP_USERCTL_ON_ERROR="refuse")  # no SEEN: both hooks raise
    assert done.returncode == 0, done
    assert done.output.count("the observer acme failed") == 1, done


@pytest.mark.parametrize("place", ["missing/log", "/dev/full", "folder", "dangling", "read-only/log"])
def test_a_log_that_cannot_be_written_costs_one_warning_and_not_the_install(
    make: Make, each_pip: str, place: str
) -> None:
    environment = make("isolated", pip=each_pip)
    home = environment.account.home
    (home / "folder").mkdir()
    (home / "dangling").symlink_to(home / "nowhere" / "log")
    (home / "read-only").mkdir(mode=0o555)
    environment.mode_bits_count = place == "read-only/log"  # so that root is held to the mode bits as well
    done = environment.pip("install", "demo", PIP_USERCTL_AUDIT_LOG=str(home / place))
    assert done.returncode == 0, done
    assert environment.where("demo") == "site", done
    assert done.output.count("WARNING:") == 1, done
    assert "the audit log" in done.output, done


def test_a_log_in_a_home_is_for_its_owner_alone_and_elsewhere_as_the_administrator_made_it(
    make: Make, tmp_path: Path
) -> None:
    environment = make("isolated")
    own = log_of(environment)
    environment.pip("install", "demo")
    shared = tmp_path / "shared"
    shared.touch()
    shared.chmod(0o622)
    environment.pip("install", "demo", PIP_USERCTL_AUDIT_LOG=str(shared))
    assert own.stat().st_mode & 0o777 == 0o600
    assert shared.stat().st_mode & 0o777 == 0o622
    assert len(read(shared)) == 2


def test_links_are_not_followed_where_others_may_write(make: Make, tmp_path: Path) -> None:
    environment = make("isolated")
    precious = tmp_path / "precious"
    precious.write_text("mine\n")
    open_folder = tmp_path / "open"
    open_folder.mkdir()
    open_folder.chmod(0o777)
    (open_folder / "log").symlink_to(precious)
    done = environment.pip("install", "demo", PIP_USERCTL_AUDIT_LOG=str(open_folder / "log"))
    assert done.returncode == 0, done
    assert "WARNING" in done.output, done
    assert precious.read_text() == "mine\n", done


def test_rotation_by_rename_and_by_truncation_loses_nothing(make: Make) -> None:
    environment = make("isolated")
    log = log_of(environment)
    environment.pip("install", "demo")
    rotated = log.rename(log.with_suffix(".1"))
    environment.pip("install", "demo")
    copied = log.with_suffix(".2")
    copied.write_bytes(log.read_bytes())
    os.truncate(log, 0)
    environment.pip("install", "demo")
    for each in (rotated, copied, log):
        assert_complete(read(each))
        assert len(read(each)) == 2


def run_many(environment: Environment) -> list[str]:
    """32 pips at once, 20 installs each; all must succeed. Gives the lines that say that a run was not recorded."""
    cwd = environment.account.cwd
    command = [str(environment.python), "-c", MANY, "20"]
    said = cwd / "said"
    with said.open("ab") as output:
        running = [
            subprocess.Popen(
                [*command, str(cwd / str(number)), str(environment.wheels)],
                env=environment.account.variables(),
                cwd=cwd,
                stdout=output,
                stderr=output,
            )
            for number in range(32)
        ]
        assert [each.wait(600) for each in running] == [0] * 32, said.read_text()
    return [line for line in said.read_text().splitlines() if "this install is not recorded" in line]


def test_many_pips_at_once_write_one_log(make: Make) -> None:
    environment = make("isolated")
    log = log_of(environment)
    assert run_many(environment) == []
    records = read(log)
    assert_complete(records)
    assert len(by_run(records)) == 640


@pytest.mark.needs("rsyslogd")
def test_many_pips_at_once_reach_one_rsyslog_over_tcp_or_say_so(make: Make, tmp_path: Path) -> None:
    environment = make("isolated")
    server = Rsyslog(tmp_path / "rsyslog")
    environment.account.user_config.write_text(f"[userctl]\nsyslog = tcp://127.0.0.1:{server.port}\n")
    missing = run_many(environment)
    server.stop(expected=2 * (640 - len(missing)))
    records = [record for *_, record in server.records()]
    # A machine that is too busy to reach the server in time loses a record, but never a part of one, and never silently.
    whole = [run for run in by_run(records).values() if [each["event"] for each in run] == ["decision", "outcome"]]
    assert len(whole) >= 640 - len(missing), missing
    assert len(whole) >= 320, missing


def test_sigkill_loses_at_most_the_outcome_of_that_install(make: Make) -> None:
    environment = make("isolated")
    log = log_of(environment)
    killer = OBSERVER.replace("with open", "os.kill(os.getpid(), 9)\n    with open", 1)
    environment.pip("install", "demo")
    install_plugin(environment, killer)
    done = environment.pip("install", "demo", "--force-reinstall")
    assert done.returncode == -signal.SIGKILL, done
    environment.remove_userctl("acme.py")
    environment.pip("install", "demo", PIP_USERCTL_PLUGINS="none")
    runs = list(by_run(read(log)).values())
    assert [len(run) for run in runs] in ([2, 1, 2], [2, 2]), done


@pytest.mark.parametrize("profile", ["default", "strict"])
def test_no_secret_reaches_the_screen_or_the_log(make: Make, each_pip: str, profile: str) -> None:
    environment = make("base", pip=each_pip)
    log = log_of(environment)
    requirements = environment.account.cwd / "requirements.txt"
    requirements.write_text(
        "--extra-index-url https://ada:hunter2@127.0.0.1:9/simple\ndemo @ https://t0ken@127.0.0.1:9/demo.whl\n"
    )
    words = (
        "--index-url=https://ada:hunter2@127.0.0.1:9/",
        "-r",
        str(requirements),
        "--retries",
        "0",
        "--timeout",
        "1",
    )
    variables = {
        "PIP_INDEX_URL": "https://ada:hunter2@127.0.0.1:9/",
        "PIP_USERCTL_PROFILE": profile,
        "PIP_NO_INDEX": "0",
    }
    done: Result = environment.pip("install", "--user", *words, **variables)
    explained = environment.userctl("explain", "--json", "--user", *words, **variables)
    for secret in SECRETS:
        assert secret not in done.output, done
        assert secret not in log.read_text(), done
        assert secret not in explained.output, explained


def test_the_reason_of_an_override_is_on_record(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    log = log_of(environment)
    strict = {"PIP_USERCTL_PROFILE": "strict", **NO_ROOT_ROW}
    done = environment.pip("install", "--user", "demo", PIP_USERCTL_REASON="ticket 7", **strict)
    decision = read(log)[0]
    assert done.returncode == 0, done
    assert decision["override"] == "ticket 7", done
    assert decision["lifted"] == [{"name": "base-typed", "by": "override"}], done
    assert situations(decision)["base-typed"] == "warn", done
