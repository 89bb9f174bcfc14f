"""``doctor`` finds what the contract names, says where, and gives a command as remedy."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import Any

import pytest

from pip_userctl.testing import PipEnvironment
from tests.integration.conftest import Make
from tests.support import answers, machines
from tests.support.changes import remove
from tests.support.pythons import discover
from tests.support.usersites import put


def findings(environment: PipEnvironment, check: str = "", **variables: str) -> list[dict[str, Any]]:
    """What one check finds, or all."""
    data = answers.data(environment.userctl("doctor", "--json", **variables))
    assert data["failures"] == []
    return [each for each in data["findings"] if check in ("", each["check"])]


def one(environment: PipEnvironment, check: str, **variables: str) -> dict[str, Any]:
    """The only finding there is, of this check."""
    (found,) = findings(environment, **variables)
    assert found["check"] == check, found
    return dict(found)


def mend(environment: PipEnvironment, finding: dict[str, Any]) -> None:
    """Do what the remedy says."""
    result = environment.account.run(["sh", "-c", finding["remedy"].replace("sudo ", "")])
    assert result.returncode == 0, (finding, result)


@pytest.mark.parametrize("kind", ["base", "isolated", "system-site", "conda"])
def test_a_healthy_environment_has_no_findings(make: Make, kind: str) -> None:
    environment = make(kind)
    put(environment.user_site, "alone")
    result = environment.userctl("doctor")
    assert (result.returncode, result.stderr) == (0, ""), result
    assert result.stdout.startswith("nothing found by "), result


def test_the_text_has_a_section_for_each_finding_and_counts_them(make: Make) -> None:
    environment = make("base")
    put(environment.site_packages, "demo", "1.0")
    put(environment.user_site, "demo", "2.0")
    result = environment.userctl("doctor")
    title, what, where, remedy, _, count = result.stdout.splitlines()
    assert (result.returncode, title) == (1, "error: shadowing"), result
    assert what.split() == ["what", *f"demo 2.0 in {environment.user_site} hides 1.0 in".split(), what.split()[-1]]
    assert where.split() == ["where", str(environment.user_site / "demo-2.0.dist-info")], result
    assert remedy.endswith(" quarantine demo"), result
    assert count.startswith("1 error, 0 warnings, by "), result


# What the user site hides and breaks


def test_what_the_user_site_hides_is_found_with_versions_and_places_and_quarantine_mends_it(make: Make) -> None:
    environment = make("base")
    put(environment.site_packages, "zope.demo", "1.0", files={"zope_demo.py": ""})
    put(environment.user_site, "zope_demo", "2.0", files={"zope_demo.py": ""})
    info = environment.user_site / "zope_demo-2.0.dist-info"
    (info / "METADATA").write_text("Name: Zope.Demo\nVersion: 2.0\n")
    found = one(environment, "shadowing")
    assert found["severity"] == "error"
    assert found["what"] == f"Zope.Demo 2.0 in {environment.user_site} hides 1.0 in {environment.site_packages}"
    assert (found["where"], found["remedy"].split()[-2:]) == (str(info), ["quarantine", "Zope.Demo"])
    mend(environment, found)
    assert findings(environment) == []


def test_the_same_version_twice_and_a_hidden_distribution_are_warnings(make: Make) -> None:
    environment = make("base")
    put(environment.site_packages, "demo")
    put(environment.user_site, "demo")
    assert one(environment, "shadowing")["severity"] == "warning"
    environment = make("system-site")  # whose own site-packages come before the user site
    put(environment.site_packages, "demo", "3.0")
    found = one(environment, "shadowing")
    assert found["what"] == f"demo 3.0 in {environment.site_packages} hides 1.0 in {environment.user_site}"
    assert found["severity"] == "warning"


@pytest.mark.parametrize("kind", ["isolated", "base"])
def test_a_user_site_that_is_not_seen_hides_nothing(make: Make, kind: str) -> None:
    environment = make(kind)
    put(environment.site_packages, "demo", "1.0")
    put(environment.user_site, "demo", "2.0")
    variables = {"PYTHONNOUSERSITE": "1"} if kind == "base" else {}
    assert findings(environment, **variables) == []


def test_a_requirement_that_the_user_site_breaks_is_found(make: Make) -> None:
    environment = make("base")
    requires = ["demo>=2", "demo<9; python_version<'3'", "demo>=5; extra=='x'", "not a requirement"]
    put(environment.site_packages, "app", requires=requires)
    put(environment.site_packages, "demo", "2.5")
    put(environment.user_site, "demo", "1.0")
    (found,) = findings(environment, "requirements")
    assert found["what"] == "app 1.0 needs demo>=2, and gets 1.0 from the user site"
    assert (found["severity"], found["remedy"].split()[-2:]) == ("error", ["quarantine", "demo"])


def test_a_module_that_hides_one_of_another_distribution_is_found(make: Make) -> None:
    environment = make("base")
    put(environment.site_packages, "pillow", files={"PIL/__init__.py": ""})
    put(environment.user_site, "pillow-simd", files={"PIL/__init__.py": ""})
    put(environment.site_packages, "namespace-one", files={"space/one.py": ""})
    put(environment.user_site, "namespace-two", files={"space/two.py": ""})
    (environment.user_site / "demo.py").write_text("")
    put(environment.site_packages, "demo")
    found = findings(environment)
    assert {each["check"] for each in found} == {"import-names"}
    assert [each["what"].split(" hides")[0] for each in found] == [
        f"the module PIL of pillow-simd in {environment.user_site}",
        f"the module demo of {environment.user_site / 'demo.py'}, which belongs to no distribution,",
    ]


# Configuration


@pytest.mark.parametrize("section", ["global", "install"])
@pytest.mark.parametrize("place", ["user", "site"])
def test_the_remedy_of_a_configured_user_install_takes_it_back(make: Make, section: str, place: str) -> None:
    environment = make("isolated")
    path = environment.account.config if place == "user" else environment.prefix / "pip.conf"
    path.write_text(f"# mine\n[{section}]\nuser = true\n[list]\nformat = json\n")
    found = one(environment, "configured-user")
    assert found["where"] == f"{path}:3"
    assert f"the virtual environment {environment.prefix}" in found["what"]
    # pip list and pip freeze have a --user, too.
    assert ("pip list and pip freeze" in found["what"]) == (section == "global")
    variable, _, command = found["remedy"].rpartition("pip ")
    assert command == f"config --{place} unset {section}.user"
    done = environment.pip(*command.split(), **dict([variable.strip().split("=")] if variable else []))
    assert done.returncode == 0, done
    assert findings(environment) == []


def test_a_variable_and_a_line_that_pip_config_does_not_edit_are_named(make: Make) -> None:
    environment = make("system-site")
    found = one(environment, "configured-user", PIP_USER="1")
    assert (found["where"], found["remedy"]) == ("PIP_USER", "unset PIP_USER")
    assert "makes pip list and pip freeze leave out what is installed there" in found["what"]
    legacy = environment.account.home / ".pip" / "pip.conf"
    legacy.parent.mkdir()
    legacy.write_text("[install]\nuser = true\n")
    found = one(environment, "configured-user")
    assert (found["where"], found["remedy"]) == (f"{legacy}:2", f"remove the line in {legacy}")
    legacy.unlink()
    config = environment.account.config
    config.write_text("[DEFAULT]\nuser = true\n[install]\ntimeout = 9\n")
    found = one(environment, "configured-user")
    assert (found["where"], found["remedy"]) == (f"{config}:2", f"remove the line in {config}")


def test_a_configured_user_install_in_the_base_interpreter_is_no_mistake(make: Make) -> None:
    assert findings(make("base"), PIP_USER="1") == []


def test_a_lock_in_a_file_of_the_account_is_found_with_the_places_where_it_counts(make: Make) -> None:
    environment = make("isolated")
    environment.account.config.write_text("[userctl]\nlocked = yes\n")
    found = one(environment, "locked")
    assert (found["severity"], found["where"]) == ("error", f"{environment.account.config}:2")
    assert "/etc/pip.conf" in found["what"], found


@pytest.mark.needs("root", "unshare")
@pytest.mark.parametrize(
    ("spoil", "reason", "remedy"),
    [
        (lambda path: path.chmod(0o666), "can be changed by others than its owner (mode -rw-rw-rw-)", "chmod go-w"),
        (lambda path: os.chown(path, machines.UID, 0), f"belongs to {machines.UID}", "chown root"),
    ],
    ids=["mode", "owner"],
)
def test_a_lock_that_is_not_honoured_is_found_with_the_reason_and_the_command_that_mends_it(
    make: Make, spoil: Any, reason: str, remedy: str
) -> None:
    environment = make("base")
    machine = machines.Machine(environment)
    path = machine.lock()
    assert answers.data(machine.userctl("doctor", "--json"))["findings"] == []
    spoil(path)
    (found,) = answers.data(machine.userctl("doctor", "--json"))["findings"]
    assert (found["check"], found["where"]) == ("locked", "/etc/pip.conf:2"), found
    assert found["what"] == f"locked is not honoured, because /etc/pip.conf {reason}"
    assert found["remedy"] == f"sudo {remedy} /etc/pip.conf"
    mend(environment, {**found, "remedy": found["remedy"].replace("/etc/pip.conf", shlex.quote(str(path)))})
    assert answers.data(machine.userctl("doctor", "--json"))["findings"] == []


def test_a_pip_that_is_not_under_the_policy_is_found(make: Make) -> None:
    environment = make("isolated")
    remove(environment, "pip_userctl.pth")
    assert "is not under the policy" in one(environment, "pip")["what"]


@pytest.mark.needs("root", "unshare")
def test_an_installation_by_root_that_nobody_else_can_read_is_found(make: Make) -> None:
    environment = make("base")
    machine = machines.Machine(environment)
    machine.uid = 0
    machine.give(environment.account.home)
    assert answers.data(machine.userctl("doctor", "--json"))["findings"] == []
    module = environment.site_packages / "_pip_userctl.py"
    module.chmod(0o600)
    (found,) = answers.data(machine.userctl("doctor", "--json"))["findings"]
    assert (found["check"], found["severity"], found["where"]) == ("unreadable", "error", str(module))
    assert "owner root, mode -rw-------" in found["what"]
    mend(environment, found)
    assert answers.data(machine.userctl("doctor", "--json"))["findings"] == []


# Files and scripts of the account


@pytest.mark.needs("root")
def test_files_of_another_owner_are_found_however_deep_they_are(make: Make) -> None:
    environment = make("base")
    put(environment.user_site, "demo", files={"demo/__init__.py": "", "demo/sub/deep.py": ""})
    put(environment.user_site, "fine")
    os.chown(environment.user_site / "demo" / "sub" / "deep.py", 12345, 12345)
    found = one(environment, "owner")
    assert found["where"] == str(environment.user_site / "demo")
    assert found["what"].startswith("belongs to 12345, the user base to root"), found
    mend(environment, found)
    assert findings(environment) == []


def script(environment: PipEnvironment, name: str, first: str) -> Path:
    """An executable file in the user's scripts directory."""
    path = environment.account.home / ".local" / "bin" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(first + "\n")
    path.chmod(0o755)
    return path


def test_a_script_that_cannot_run_is_found(make: Make) -> None:
    environment = make("base")
    script(environment, "there", f"#!{environment.python}")
    script(environment, "shell", "#!/bin/sh\nexit")
    script(environment, "found", "#!/usr/bin/env -S LANG=C sh -e")
    gone = {
        "gone": "#!/opt/gone/bin/python3.7 -E",
        "long": "#!/bin/sh\n'''exec' \"/opt/with space/python\" \"$0\" \"$@\"\n' '''",
        "missing": "#!/usr/bin/env python9",
    }
    for name, first in gone.items():
        folder = script(environment, name, first).parent
    (folder / "link").symlink_to("nowhere")
    os.mkfifo(folder / "pipe")
    found = findings(environment, PATH=f"{folder}:/usr/bin:/bin")
    assert [each["what"] for each in found] == [
        "the script gone cannot run: its interpreter /opt/gone/bin/python3.7 is gone",
        "the link link leads to nowhere, which is gone",
        "the script long cannot run: its interpreter /opt/with space/python is gone",
        "the script missing cannot run: its interpreter python9 is not on PATH",
    ]
    for each in found:
        mend(environment, each)
    assert findings(environment, PATH=f"{folder}:/usr/bin:/bin") == []


def test_a_scripts_directory_that_is_not_on_path_is_found(make: Make) -> None:
    environment = make("base")
    folder = script(environment, "tool", f"#!{environment.python}").parent
    found = one(environment, "path")
    assert (found["where"], found["remedy"]) == (str(folder), f'export PATH={folder}:"$PATH"')
    assert findings(environment, PATH=f"/usr/bin:{folder}/") == []


def test_pip_and_python_of_different_interpreters_are_found(make: Make) -> None:
    first, other = make("base"), make("isolated")
    folder = script(first, "pip", f"#!{first.python}").parent
    found = one(first, "interpreter-of-pip", PATH=f"{folder}:{other.prefix / 'bin'}")
    assert (found["where"], found["remedy"]) == (str(folder / "pip"), "python -m pip install ...")
    assert findings(first, PATH=f"{folder}:{first.prefix / 'bin'}") == []


# What runs at the start of Python, and what has one of our names


@pytest.mark.parametrize("version", sorted(discover()))
def test_a_pth_file_that_fails_at_each_start_is_found(make: Make, version: str) -> None:
    environment = make("isolated", version)
    path = environment.site_packages / "broken.pth"
    path.write_text("import os\n# mine\nimport os; os.nothing()\n")
    (found,) = json.loads(environment.userctl("doctor", "--json").stdout)["data"]["findings"]
    assert found["where"].startswith(str(path)), found
    assert found["what"].startswith("fails at every start of this Python: AttributeError: module 'os'"), found
    mend(environment, found)
    assert findings(environment) == []


def test_pth_files_and_egg_links_that_lead_nowhere_or_are_no_text_are_found(make: Make, tmp_path: Path) -> None:
    environment = make("base")
    site = environment.user_site
    site.mkdir(parents=True)
    (site / "easy-install.pth").write_text(f"{tmp_path}\n/gone/a\nimport sys\n./gone-b\n")
    (site / "__editable__.demo.pth").write_text("/gone/c")
    (site / "demo.egg-link").write_text("/gone/d\n.")
    (site / "fine.pth").write_bytes(f"\ufeff# nothing\n\n{tmp_path}\n".encode())
    (site / "latin.pth").write_bytes(b"/caf\xe9\n")
    found = findings(environment, PYTHONNOUSERSITE="1")  # Python does not start otherwise
    assert [(Path(each["where"]).name, each["what"]) for each in found] == [
        ("__editable__.demo.pth:1", "leads to /gone/c, which is gone"),
        ("demo.egg-link:1", "leads to /gone/d, which is gone"),
        ("easy-install.pth:4", "leads to ./gone-b, which is gone"),
        ("easy-install.pth:2", "leads to /gone/a, which is gone"),
        ("latin.pth", "is not UTF-8, so Python does not start in most locales"),
    ]
    for each in found:
        mend(environment, each)
    assert findings(environment) == []
    assert (site / "easy-install.pth").read_text() == f"{tmp_path}\nimport sys\n"


@pytest.mark.parametrize("place", ["user site", "PYTHONPATH"])
def test_what_has_one_of_our_names_is_found_and_whether_it_changes_anything(
    make: Make, tmp_path: Path, place: str
) -> None:
    environment = make("base")
    folder = environment.user_site if place == "user site" else tmp_path / "front"
    (folder / "packaging").mkdir(parents=True)
    (folder / "packaging" / "__init__.py").write_text("raise SystemExit('taken')\n")
    (folder / "pluggy.py").write_text("")
    put(environment.user_site, "unrelated", files={"unrelated.py": ""})
    variables = {"PYTHONPATH": str(folder)} if place == "PYTHONPATH" else {}
    found = findings(environment, "names", **variables)
    assert [(each["severity"], each["where"]) for each in found] == [
        ("warning", str(folder / "pluggy.py")),
        ("warning", str(folder / "packaging")),
    ]
    assert {each["what"].partition(";")[2] for each in found} == {" pip-userctl loads its own, so this changes nothing"}
    assert environment.pip("install", "--user", "demo", PIP_USERCTL_BASE_TYPED="refuse", **variables).returncode == 1


@pytest.mark.parametrize("place", ["user site", "PYTHONPATH"])
def test_a_start_up_module_that_switches_pip_userctl_off_is_found(make: Make, tmp_path: Path, place: str) -> None:
    environment = make("base")
    folder = environment.user_site if place == "user site" else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "_pip_userctl.py").write_text("")
    variables = {"PYTHONPATH": str(folder)} if place == "PYTHONPATH" else {}
    found = {each["check"]: each for each in findings(environment, **variables)}
    assert found["names"]["where"] == str(folder / "_pip_userctl.py"), found
    assert "is loaded in place of the start-up module" in found["names"]["what"], found
    assert f"{folder / '_pip_userctl.py'} is loaded instead of" in found["pip"]["what"], found
    mend(environment, found["names"])
    assert findings(environment, **variables) == []


def test_an_honest_distribution_with_one_of_our_names_is_no_look_alike(make: Make) -> None:
    environment = make("base")
    put(environment.user_site, "pluggy", "0.13.1", files={"pluggy/__init__.py": "raise SystemExit"})
    assert findings(environment, "names") == []
    assert len(findings(environment, "shadowing")) == 1


def test_a_check_that_cannot_be_run_is_a_failure_and_the_others_are_run(make: Make) -> None:
    environment = make("base")
    put(environment.site_packages, "demo", "1.0")
    put(environment.user_site, "demo", "2.0")
    code = (
        "import sys; from pip_userctl.cli.doctor import scripts; "
        "scripts._user_scripts = None; import pip_userctl.cli as cli; sys.exit(cli.run(['doctor', '--json']))"
    )
    data = answers.data(environment.run("-c", code))
    assert {each["name"] for each in data["failures"]} == {"owner", "interpreters", "path"}
    assert [each["check"] for each in data["findings"]] == ["shadowing"]
