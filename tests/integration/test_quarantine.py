"""``quarantine`` moves distributions out of the user site, whole, and ``restore`` moves them back byte for byte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pip_userctl.testing import PipEnvironment, PipResult
from tests.integration.conftest import Make, Shared
from tests.support import answers, machines, probes, usersites
from tests.support.cache import PROJECT
from tests.support.trees import tree
from tests.support.usersites import put

KEPT = "share/pip-userctl/quarantine"


def base_of(environment: PipEnvironment) -> Path:
    """The user base."""
    return environment.account.home / ".local"


def quarantine(environment: PipEnvironment, *names: str) -> str:
    """Move these away; gives the ID."""
    return str(answers.data(environment.userctl("quarantine", *names, "--json"))["quarantined"]["id"])


def listed(environment: PipEnvironment) -> list[tuple[str, list[str]]]:
    """State and distributions of each quarantine."""
    found = answers.data(environment.userctl("quarantine", "--list", "--json"))["quarantines"]
    return [(each["state"], [f"{one['name']} {one['version']}" for one in each["distributions"]]) for each in found]


def assert_refused(result: PipResult, *texts: str) -> None:
    """It ends with a message that says this, and without a traceback."""
    assert result.returncode == 1, result
    assert result.stdout.startswith("error: userctl-quarantine\n"), result
    assert [text for text in texts if text not in result.stdout] == [], result


def test_everything_of_a_distribution_goes_and_comes_back_byte_for_byte(shared: Shared) -> None:
    environment = shared("base")
    base = base_of(environment)
    usersites.rich(base, f"python{environment.version}")
    before = tree(base)

    result = environment.userctl("quarantine", "Demo")
    assert result.returncode == 0, result
    left = {path: entry for path, entry in tree(base).items() if not path.startswith("share/pip-userctl")}
    assert [path for path in left if "demo" in path] == [], result
    twice = f"lib/python{environment.version}/site-packages/space/__init__.py"
    assert left[twice] == before[twice], result
    assert f"{base / twice} (another distribution has it too)" in result.stdout, result
    others = {path: entry for path, entry in before.items() if "other" in path}
    assert others.items() <= left.items(), result

    assert listed(environment) == [("quarantined", ["demo 1.0"])]
    (id_,) = os.listdir(base / KEPT)
    assert f"pip_userctl restore {id_}\n" in result.stdout or f"pip-userctl restore {id_}\n" in result.stdout, result
    restored = environment.userctl("restore", id_)
    assert restored.returncode == 0, restored
    assert "demo 1.0" in restored.stdout, restored
    assert tree(base) == before, restored
    assert "nothing is in quarantine" in environment.userctl("quarantine", "--list").stdout


def test_what_pip_has_installed_is_not_importable_any_more_and_then_it_is(shared: Shared) -> None:
    environment = shared("base")
    assert environment.pip("install", "--user", "demo").returncode == 0
    id_ = quarantine(environment, "demo")
    assert environment.run("-c", "import demo").returncode == 1
    restored = answers.data(environment.userctl("restore", id_, "--json"))["restored"]
    assert restored["distributions"] == [{"name": "demo", "version": "1.0"}]
    assert environment.run("-c", "import demo").returncode == 0
    assert environment.pip("uninstall", "-y", "demo").returncode == 0


def test_shadowing_takes_what_hides_something_here_and_nothing_else(shared: Shared) -> None:
    environment = shared("base")
    for name in ("one", "zope.two"):
        put(environment.site_packages, name, "1.0")
        put(environment.user_site, name, "2.0")
    put(environment.user_site, "alone")
    answers.data(environment.userctl("quarantine", "--shadowing", "--json"))
    assert listed(environment) == [("quarantined", ["one 2.0", "zope.two 2.0"])]
    assert environment.where("alone") == "user"
    again = environment.userctl("quarantine", "--shadowing")
    assert again.stdout == "nothing in the user site hides another distribution\n", again


def test_an_editable_install_goes_with_its_pth_file_and_its_source_stays(shared: Shared, tmp_path: Path) -> None:
    environment = shared("base")
    source = tmp_path / "source"
    source.mkdir()
    (source / "editme.py").write_text("x = 1\n")
    put(environment.user_site, "editme", files={"__editable__.editme.pth": f"{source}\n"})
    assert environment.run("-c", "import editme").returncode == 0
    quarantine(environment, "editme")
    assert environment.run("-c", "import editme").returncode == 1
    assert (source / "editme.py").exists()


# What cannot be moved whole is not moved at all.


def test_without_a_record_or_in_part_nothing_is_moved(shared: Shared) -> None:
    environment = shared("base")
    put(environment.user_site, "demo", record=False)
    put(environment.user_site, "other")
    before = tree(base_of(environment))
    assert_refused(environment.userctl("quarantine", "other", "demo"), "demo cannot be moved whole", "has no RECORD")
    assert_refused(environment.userctl("quarantine", "other", "missing"), "missing is not in the user site")
    assert tree(base_of(environment)) == before


def test_a_record_that_leaves_the_user_base_is_refused(shared: Shared) -> None:
    environment = shared("base")
    put(environment.user_site, "demo")
    (environment.account.home / "outside").write_text("mine")
    (environment.account.home / "folder").mkdir()
    (environment.account.home / "folder" / "file").write_text("mine")
    (environment.user_site / "link").symlink_to(environment.account.home / "folder")
    put(base_of(environment) / KEPT / "1" / "files", "kept", files={"x": ""})
    (base_of(environment) / KEPT / "1" / "complete").touch()
    record = environment.user_site / "demo-1.0.dist-info" / "RECORD"
    files = record.read_text()
    for escape in ("../../../../outside", "link/file", "/etc/hostname", f"../../../{KEPT}/1/files/x"):
        record.write_text(f"{files}{escape},,\n")
        before = tree(environment.account.home)
        assert_refused(environment.userctl("quarantine", "demo"), "outside the user base")
        assert tree(environment.account.home) == before, escape


def test_a_place_that_was_taken_meanwhile_is_not_overwritten(shared: Shared) -> None:
    environment = shared("base")
    put(environment.user_site, "demo", "1.0")
    put(environment.user_site, "other")
    id_ = quarantine(environment, "demo", "other")
    put(environment.user_site, "demo", "2.0")
    assert_refused(environment.userctl("restore", id_), f"{environment.user_site / 'demo.py'} is there already")
    assert (environment.user_site / "demo.py").read_text() == "version = '2.0'\n"
    assert (environment.where("other"), listed(environment)) == ("", [("quarantined", ["demo 1.0", "other 1.0"])])


def test_pip_userctl_does_not_move_itself(make: Make) -> None:
    environment = make("base")
    os.makedirs(environment.user_site)
    for each in [*environment.site_packages.glob("*pip_userctl*"), *environment.site_packages.glob("p*gy*")]:
        each.rename(environment.user_site / each.name)
    result = environment.userctl("quarantine", "pip-userctl")
    assert_refused(result, "pip-userctl is not moved, because pip-userctl needs it")


@pytest.mark.needs("linux")
def test_two_runs_do_not_move_files_at_the_same_time(shared: Shared) -> None:
    import fcntl

    environment = shared("base")
    put(environment.user_site, "demo")
    held = os.open(base_of(environment), os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert_refused(environment.userctl("quarantine", "demo"), "another quarantine or restore is running")
    finally:
        os.close(held)
    quarantine(environment, "demo")


# Nothing in the folder of the quarantines is believed.


def test_restore_of_what_is_not_in_quarantine_says_how_to_list(shared: Shared, tmp_path: Path) -> None:
    environment = shared("base")
    put(environment.user_site, "demo")
    quarantine(environment, "demo")
    (tmp_path / "elsewhere" / "files").mkdir(parents=True)
    (base_of(environment) / KEPT / "link").symlink_to(tmp_path / "elsewhere")
    (base_of(environment) / KEPT / "file").write_text("")
    before = tree(environment.account.home)
    ids = ("20200101-000000", "../../lib", ".", "", "link", "file")
    for id_, found in zip(ids, answers.answers(environment, *(["restore", id_] for id_ in ids))):
        (error,) = found["errors"]
        assert error["reference"] == "userctl-quarantine", (id_, found)
        assert error["hint"].endswith("quarantine --list"), (id_, found)
    assert tree(environment.account.home) == before


def test_a_quarantine_that_somebody_has_broken_stops_no_other_one(shared: Shared, tmp_path: Path) -> None:
    environment = shared("base")
    put(environment.user_site, "demo")
    id_ = quarantine(environment, "demo")
    kept = base_of(environment) / KEPT
    for each in ("complete", "files", "nothing"):
        (kept / f"0-{each}").mkdir()
    (kept / "0-complete" / "complete").mkdir()
    (kept / "0-files" / "complete").write_bytes(b"\xff\x00[")
    (kept / "0-files" / "files").symlink_to(tmp_path)
    (kept / "0-bytes").mkdir()
    os.mkfifo(kept / "0-bytes" / "complete")
    (kept / "0-bytes" / "files" / "lib").mkdir(parents=True)
    os.symlink("/etc/passwd", kept / "0-bytes" / "files" / os.fsdecode(b"\xff"))
    states = ["quarantined", "quarantined", "quarantined", "incomplete", "quarantined"]
    assert listed(environment) == [*((state, []) for state in states[:-1]), ("quarantined", ["demo 1.0"])]
    assert environment.userctl("restore", id_).returncode == 0
    assert environment.where("demo") == "user"


def test_a_place_of_the_quarantines_that_leads_elsewhere_is_refused(shared: Shared, tmp_path: Path) -> None:
    environment = shared("base")
    put(environment.user_site, "demo")
    put(tmp_path / "id" / "files", "evil")
    for place in ("share", "share/pip-userctl", KEPT):
        link = base_of(environment) / place
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(tmp_path)
        before = tree(environment.account.home)
        for found in answers.answers(environment, ["quarantine", "demo"], ["quarantine", "--list"], ["restore", "id"]):
            assert "or lies below one" in found["errors"][0]["why"], found
        assert tree(environment.account.home) == before, place
        link.unlink()


def test_nothing_is_restored_through_a_link_that_leads_elsewhere(shared: Shared, tmp_path: Path) -> None:
    environment = shared("base")
    put(environment.user_site, "demo", files={"demo/__init__.py": "", "demo.py": ""})
    id_ = quarantine(environment, "demo")
    environment.user_site.mkdir(parents=True, exist_ok=True)
    (environment.user_site / "demo").symlink_to(tmp_path)
    assert_refused(environment.userctl("restore", id_), "outside the user base")
    assert not (tmp_path / "__init__.py").exists()
    assert environment.where("demo") == ""


@pytest.mark.needs("root", "unshare")
def test_root_is_refused_in_another_accounts_home_with_a_command_that_works(make: Make) -> None:
    environment = make("base")
    put(environment.user_site, "demo")
    machine = machines.Machine(environment)  # which gives the home to the account
    machine.uid = 0
    for arguments in (["quarantine", "--list"], ["restore", "x"], ["quarantine", "demo"]):
        result = machine.userctl(*arguments)
        assert_refused(result, f"root does not move files in the home of {machines.UID}")
    assert environment.where("demo") == "user"
    hint = result.stdout.rpartition("hint: ")[2]
    in_namespace = ["unshare", "--mount", "sh", str(environment.account.folder / "machine.sh")]
    pasted = environment.account.run([*in_namespace, "sh", "-c", hint])
    assert (pasted.returncode, environment.where("demo")) == (0, ""), (pasted, result)
    assert {path.stat().st_uid for path in base_of(environment).rglob("*")} == {machines.UID}, pasted


# Whatever stops it.


@pytest.mark.needs("linux")
def test_a_stop_at_any_change_of_a_file_loses_nothing_and_the_same_command_again_ends_it(
    make: Make, tmp_path: Path
) -> None:
    environment = make("base")
    template = tmp_path / "template"
    usersites.rich(template, f"python{environment.version}")
    (template / "share" / "doc").mkdir()
    cases = probes.ask(
        environment,
        PROJECT / "tests" / "probes" / "faults.py",
        checkout=str(PROJECT),
        template=str(template),
        base=str(base_of(environment)),
        faults=[["SIGKILL", 3], ["ENOSPC", 11]],
    )
    assert len(cases) > 20
    for operation, lost, left, differences in cases:
        assert lost == [], operation
        assert left == ([] if operation.startswith("restore") else ["quarantined"]), operation
        assert differences == [], operation
