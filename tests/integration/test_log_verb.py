"""``log`` reads the audit log: filtered, counted, and whatever else is in the file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any, Callable

import pytest

from tests.toolkit.environments import Environment
from tests.toolkit.schemas import valid

Make = Callable[..., Environment]


def decision(
    id_: str, day: int, account: str, verdict: str, *situations: tuple[str, str], phase: int = 1
) -> dict[str, Any]:
    """The fields of a decision record that are read here, and one of those that are not."""
    return {
        "schema": 1,
        "event": "decision",
        "phase": phase,
        "id": id_,
        "time": f"2026-01-{day:02}T12:00:00.000Z",
        "verdict": verdict,
        "situations": [
            {"name": name, "action": action, "reason": "…", "plugin": "p", "source": None}
            for name, action in situations
        ],
        "request": {
            "origin": {"kind": "typed", "name": "--user", "path": None, "line": None},
            "requirements": ["demo"],
        },
        "account": {"uid": len(account), "name": account, "sudo_uid": None},
        "host": "h",
        "pip": "26.3",
    }


def outcome(id_: str, day: int, result: str, error: str | None = None) -> dict[str, Any]:
    """An outcome record."""
    return {
        "schema": 1,
        "event": "outcome",
        "id": id_,
        "time": f"2026-01-{day:02}T12:00:05.000Z",
        "result": result,
        "error": error,
    }


RECORDS = [
    decision("a", 1, "ada", "refuse", ("isolated-typed", "refuse")),
    outcome("a", 1, "refused"),
    decision("b", 2, "grace", "warn", ("base-typed", "allow"), ("root-user", "warn")),
    decision("c", 3, "ada", "allow"),
    outcome("c", 3, "failed", "no space"),
    outcome("b", 3, "installed"),
    decision("d", 4, "ada", "log", ("base-fallback", "log")),
    decision("d", 4, "ada", "refuse", ("base-fallback", "log"), ("protected-package", "refuse"), phase=2),
]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log with four runs."""
    path = tmp_path / "audit.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in RECORDS))
    return path


FILTERS = {
    "": "abcd",
    "--since 2026-01-03": "cd",
    "--since 2026-01-03T12:00:00Z": "cd",
    "--since 2026-01-03T12:00:00+01:00": "cd",
    "--since 2026-01-03T12:00:01": "d",
    "--since 1d": "",
    "--since 9999w": "abcd",
    "--verdict refuse": "ad",
    "--verdict log": "",
    "--situation root-user": "b",
    "--account ada": "acd",
    "--account 5": "b",
    "--account ada --verdict refuse --since 2026-01-02": "d",
}


@pytest.mark.parametrize(("options", "expected"), FILTERS.items(), ids=FILTERS)
def test_runs_are_filtered_by_time_verdict_situation_and_account(
    make: Make, log: Path, options: str, expected: str
) -> None:
    data = valid(make().userctl("log", *options.split(), "--json", str(log)))
    assert "".join(run["id"] for run in data["runs"]) == expected


def test_the_records_of_one_run_stand_together_and_the_second_decision_counts(make: Make, log: Path) -> None:
    runs = {run["id"]: run for run in valid(make().userctl("log", "--json", str(log)))["runs"]}
    assert [runs[id_]["result"] for id_ in "abcd"] == ["refused", "installed", "failed", None]
    assert runs["c"]["error"] == "no space"
    assert runs["d"]["verdict"] == "refuse"
    assert [each["name"] for each in runs["d"]["situations"]] == ["base-fallback", "protected-package"]


def test_the_summary_says_who_falls_into_which_situation_how_often(make: Make, log: Path) -> None:
    environment = make()
    data = valid(environment.userctl("log", "--summary", "--json", str(log), str(log)))
    assert {(row["account"], row["situation"], row["action"], row["count"]) for row in data["summary"]} == {
        ("ada", "isolated-typed", "refuse", 1),
        ("ada", "none", "allow", 1),
        ("ada", "base-fallback", "log", 1),
        ("ada", "protected-package", "refuse", 1),
        ("grace", "base-typed", "allow", 1),
        ("grace", "root-user", "warn", 1),
    }
    assert "grace    root-user          warn    1" in environment.userctl("log", "--summary", str(log)).stdout


FOREIGN = [
    b"",
    b"{",
    b"null",
    b"[1]",
    b'"text"',
    b"7",
    b"\xff\xfe\x00",
    b'{"schema": 2}',
    b'{"schema": 1, "event": "party"}',
    b"[" * 100_000,
]


def test_foreign_and_torn_lines_are_counted_and_passed_over(make: Make, log: Path) -> None:
    torn = json.dumps(decision("e", 5, "eve", "allow")).encode()[:-20]
    with log.open("ab") as file:
        file.write(b"\n".join([*FOREIGN, torn]) + b"\n")
    environment = make()
    data = valid(environment.userctl("log", "--json", str(log)))
    assert (len(data["runs"]), data["skipped"]) == (4, len(FOREIGN))  # the empty line is none
    told = f"passed over: {len(FOREIGN)} of {data['lines']} lines"
    assert told in environment.userctl("log", str(log)).stdout


def test_rotated_files_are_read_together_in_any_order(make: Make, tmp_path: Path, log: Path) -> None:
    lines = log.read_text().splitlines(keepends=True)
    (tmp_path / "new").write_text("".join(lines[3:]))
    with gzip.open(tmp_path / "old.gz", "wt") as file:
        file.write("".join(lines[:3]))
    data = valid(make().userctl("log", "--json", str(tmp_path / "new"), str(tmp_path / "old.gz")))
    assert [(run["id"], run["result"]) for run in data["runs"]] == [
        ("a", "refused"),
        ("b", "installed"),
        ("c", "failed"),
        ("d", None),
    ]


def test_the_second_decision_counts_whichever_file_is_read_first(make: Make, tmp_path: Path) -> None:
    first, second = (json.dumps({**each, "phase": phase}) for phase, each in enumerate(RECORDS[-2:], start=1))
    (tmp_path / "old").write_text(first + "\n")
    (tmp_path / "new").write_text(second.replace("2026-01-04", "2026-01-05") + "\n")
    for order in (["old", "new"], ["new", "old"]):
        (run,) = valid(make().userctl("log", "--json", *(str(tmp_path / name) for name in order)))["runs"]
        assert (run["verdict"], run["time"]) == ("refuse", "2026-01-04T12:00:00.000Z"), order


@pytest.mark.parametrize("damage", [lambda data: data[:-20], lambda data: data[:60] + b"\0\0\0\0" + data[64:]])
def test_of_a_damaged_archive_everything_is_shown_up_to_there(
    make: Make, tmp_path: Path, log: Path, damage: Callable[[bytes], bytes]
) -> None:
    lines = "".join(json.dumps(decision(f"x{number}", 5, "eve", "allow")) + "\n" for number in range(200))
    archive = tmp_path / "old.gz"
    archive.write_bytes(damage(gzip.compress(lines.encode(), 0)))
    environment = make()
    result = environment.userctl("log", "--json", str(archive), str(log))
    assert result.returncode == 1, result
    data = valid(result)
    assert len(data["runs"]) >= 4, result
    (error,) = json.loads(result.stdout)["errors"]
    assert (error["reference"], error["what"]) == ("userctl-log", f"{archive} cannot be read, or not to its end")
    told = environment.userctl("log", "--summary", str(archive), str(log)).stdout
    assert "ada " in told
    assert str(archive) in told


def test_of_several_logs_those_are_shown_that_can_be_read(make: Make, tmp_path: Path, log: Path) -> None:
    environment = make()
    missing = str(tmp_path / "missing")
    result = environment.userctl("log", "--json", missing, str(log))
    assert (result.returncode, len(valid(result)["runs"])) == (1, 4), result
    (error,) = json.loads(result.stdout)["errors"]
    assert (error["what"], error["why"]) == (
        f"{missing} cannot be read, or not to its end",
        "No such file or directory",
    )
    alone = environment.userctl("log", missing)
    assert alone.returncode == 1, alone
    assert alone.stdout.startswith("error: userctl-log\n"), alone


def test_nothing_that_fits_is_another_answer_than_nothing_recorded(make: Make, tmp_path: Path, log: Path) -> None:
    environment = make()
    empty = tmp_path / "empty"
    empty.touch()
    assert environment.userctl("log", str(empty)).stdout == "nothing recorded\n"
    told = environment.userctl("log", "--situation", "isolated-tpyed", str(log))
    assert (told.returncode, told.stdout) == (0, "none of the 4 recorded installs fits\n"), told


def test_the_summary_counts_an_install_once_whatever_plugins_say_of_a_situation(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text(json.dumps(decision("a", 1, "ada", "warn", ("acme", "warn"), ("acme", "warn"))) + "\n")
    (row,) = valid(make().userctl("log", "--summary", "--json", str(path)))["summary"]
    assert (row["situation"], row["count"]) == ("acme", 1)


def test_without_a_log_the_command_says_what_to_do(make: Make) -> None:
    environment = make()
    for arguments, text in (([], "set the key audit-log"), (["missing"], "No such file")):
        result = environment.userctl("log", *arguments)
        assert result.returncode == 1, result
        assert text in result.stdout, result


@pytest.mark.parametrize(
    "arguments", [["--since", "yesterday"], ["--since", ""], ["--verdict", "ignore"], ["--since", "99999999w"]]
)
def test_a_filter_that_is_none_is_wrong_usage(make: Make, log: Path, arguments: list[str]) -> None:
    assert make().userctl("log", *arguments, str(log)).returncode == 2


def test_what_pip_has_recorded_is_read_back(make: Make) -> None:
    environment = make("isolated")
    environment.account.user_config.write_text("[userctl]\naudit-log = ~/logs/$NAME.jsonl\n")
    (environment.account.home / "logs").mkdir()
    for arguments in (["--user", "demo"], ["demo"]):
        environment.pip("install", *arguments, NAME="pip")
    runs = valid(environment.userctl("log", "--json", NAME="pip"))["runs"]
    assert [(run["verdict"], run["result"], run["requirements"]) for run in runs] == [
        ("refuse", "refused", ["demo"]),
        ("allow", "installed", ["demo"]),
    ]
    assert [each["name"] for each in runs[0]["situations"]] == ["isolated-typed"]
    assert len(valid(environment.userctl("log", "--json", "--since", "1h", NAME="pip"))["runs"]) == 2
