"""``doctor`` finds what the contract names, says where, and gives a command as remedy."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import Any

import pytest

from pip_userctl.testing import PipEnvironment
from tests.integration.conftest import Make, Shared
from tests.support import answers, machines
from tests.support.changes import remove
from tests.support.covering import FIRST, LAST
from tests.support.usersites import put

Finding = dict[str, Any]


def findings(environment: PipEnvironment | machines.Machine, **variables: str) -> list[Finding]:
    """What all checks find; none of them fails."""
    data = answers.data(environment.userctl("doctor", "--json", **variables))
    assert data["failures"] == []
    return list(data["findings"])


def one(environment: PipEnvironment | machines.Machine, check: str, **variables: str) -> Finding:
    """The only finding there is, of this check."""
    (found,) = findings(environment, **variables)
    assert found["check"] == check, found
    return found


def mend(environment: PipEnvironment, finding: Finding) -> None:
    """Do what the remedy says."""
    result = environment.account.run(["sh", "-c", finding["remedy"].replace("sudo ", "")])
    assert result.returncode == 0, (finding, result)


@pytest.mark.parametrize("kind", ["base", "isolated", "system-site", "conda"])
def test_a_healthy_environment_has_no_findings(shared: Shared, kind: str) -> None:
    environment, variables = shared(kind), {}
    put(environment.user_site, "demo", "2.0")
    if kind in ("base", "isolated"):  # what is not seen hides nothing, and a base may have a configured user install
        put(environment.site_packages, "demo", "1.0")
        variables = {"PYTHONNOUSERSITE": "1", "PIP_USER": "1"} if kind == "base" else {}
    result = environment.userctl("doctor", **variables)
    assert (result.returncode, result.stderr) == (0, ""), result
    assert result.stdout.startswith("nothing found by "), result


# What the user site hides and breaks


def test_what_the_user_site_hides_is_found_with_versions_and_places_and_quarantine_mends_it(shared: Shared) -> None:
    environment = shared("base")
    put(environment.site_packages, "zope.demo", "1.0", files={"zope_demo.py": ""})
    put(environment.user_site, "zope_demo", "2.0", files={"zope_demo.py": ""})
    info = environment.user_site / "zope_demo-2.0.dist-info"
    (info / "METADATA").write_text("Name: Zope.Demo\nVersion: 2.0\n")
    found = one(environment, "shadowing")
    what = f"Zope.Demo 2.0 in {environment.user_site} hides 1.0 in {environment.site_packages}"
    assert (found["severity"], found["what"], found["where"]) == ("error", what, str(info))
    assert found["remedy"].endswith(" quarantine Zope.Demo"), found
    text = environment.userctl("doctor")
    title, *lines, _, count = text.stdout.splitlines()
    assert (text.returncode, title) == (1, "error: shadowing"), text
    assert [line.split()[0] for line in lines] == ["what", "where", "remedy"], text
    assert [" ".join(line.split()[1:]) for line in lines] == [what, str(info), found["remedy"]], text
    assert count.startswith("1 error, 0 warnings, by "), text
    mend(environment, found)
    assert findings(environment) == []


def test_the_same_version_twice_and_a_hidden_distribution_are_warnings(shared: Shared) -> None:
    environment = shared("system-site")  # whose own site-packages come before the user site
    put(environment.site_packages, "demo", "3.0")
    put(environment.user_site, "demo")
    found = one(environment, "shadowing")
    assert found["what"] == f"demo 3.0 in {environment.site_packages} hides 1.0 in {environment.user_site}"
    assert found["severity"] == "warning"
    environment = shared("base")
    put(environment.site_packages, "demo")
    put(environment.user_site, "demo")
    assert one(environment, "shadowing")["severity"] == "warning"


def test_requirements_that_the_user_site_breaks_and_modules_that_it_hides_are_found(shared: Shared) -> None:
    environment = shared("base")
    requires = ["demo>=2", "demo<9; python_version<'3'", "demo>=5; extra=='x'", "not a requirement"]
    put(environment.site_packages, "app", requires=requires)
    put(environment.site_packages, "demo", "2.5")
    put(environment.user_site, "demo", "1.0")
    put(environment.site_packages, "pillow", files={"PIL/__init__.py": ""})
    put(environment.user_site, "pillow-simd", files={"PIL/__init__.py": ""})
    put(environment.site_packages, "namespace-one", files={"space/one.py": ""})
    put(environment.user_site, "namespace-two", files={"space/two.py": ""})
    put(environment.site_packages, "tool")
    (environment.user_site / "tool.py").write_text("")
    put(environment.user_site, "pluggy", "0.13.1", files={"pluggy/__init__.py": "raise SystemExit"})
    found = findings(environment)
    kinds = [each["check"] for each in found]  # a distribution that honestly has one of our names is no look-alike
    assert kinds == [kind for kind in ("shadowing", "requirements", "import-names") for _ in range(2)], found
    broken, modules = {each["what"]: each for each in found[2:4]}, found[4:]
    app = broken["app 1.0 needs demo>=2, and gets 1.0 from the user site"]
    assert (app["severity"], app["remedy"].split()[-2:]) == ("error", ["quarantine", "demo"])
    assert any("needs pluggy>=1" in what for what in broken), broken
    assert [each["what"].split(" hides")[0] for each in modules] == [
        f"the module PIL of pillow-simd in {environment.user_site}",
        f"the module tool of {environment.user_site / 'tool.py'}, which belongs to no distribution,",
    ]


# Configuration


def test_the_remedy_of_a_configured_user_install_takes_it_back(shared: Shared) -> None:
    environment = shared("isolated")
    places = {"user": environment.account.config, "site": environment.prefix / "pip.conf"}
    for place, section in (("user", "global"), ("site", "global"), ("site", "install")):
        places[place].write_text(f"# mine\n[{section}]\nuser = true\n[list]\nformat = json\n")
        found = one(environment, "configured-user")
        assert found["where"] == f"{places[place]}:3"
        assert f"the virtual environment {environment.prefix}" in found["what"]
        # pip list and pip freeze have a --user, too.
        assert ("pip list and pip freeze" in found["what"]) == (section == "global")
        variable, _, command = found["remedy"].rpartition("pip ")
        assert command == f"config --{place} unset {section}.user"
        done = environment.pip(*command.split(), **dict([variable.strip().split("=")] if variable else []))
        assert done.returncode == 0, done
    assert findings(environment) == []


def test_a_variable_a_line_that_pip_config_does_not_edit_and_a_lock_of_the_account_are_found(shared: Shared) -> None:
    environment = shared("system-site")
    config, legacy = environment.account.config, environment.account.home / ".pip" / "pip.conf"
    config.write_text("[userctl]\nlocked = yes\n")
    found, locked = findings(environment, PIP_USER="1")
    assert (found["where"], found["remedy"]) == ("PIP_USER", "unset PIP_USER")
    assert "makes pip list and pip freeze leave out what is installed there" in found["what"]
    assert (locked["check"], locked["severity"], locked["where"]) == ("locked", "error", f"{config}:2")
    assert "/etc/pip.conf" in locked["what"], locked
    config.write_text("[DEFAULT]\nuser = true\n[install]\ntimeout = 9\n")
    found = one(environment, "configured-user")
    assert (found["where"], found["remedy"]) == (f"{config}:2", f"remove the line in {config}")
    config.unlink()
    legacy.parent.mkdir()
    legacy.write_text("[install]\nuser = true\n")
    found = one(environment, "configured-user")
    assert (found["where"], found["remedy"]) == (f"{legacy}:2", f"remove the line in {legacy}")


@pytest.mark.needs("root", "unshare")
def test_a_lock_that_is_not_honoured_is_found_with_the_reason_and_the_command_that_mends_it(make: Make) -> None:
    machine = machines.Machine(make("base"))
    path = machine.lock()
    for mode, owner, reason, remedy in (
        (0o666, 0, "can be changed by others than its owner (mode -rw-rw-rw-)", "chmod go-w"),
        (0o644, machines.UID, f"belongs to {machines.UID}", "chown root"),
    ):
        path.chmod(mode)
        os.chown(path, owner, 0)
        found = one(machine, "locked")
        what = f"locked is not honoured, because /etc/pip.conf {reason}"
        assert (found["where"], found["what"]) == ("/etc/pip.conf:2", what)
        assert found["remedy"] == f"sudo {remedy} /etc/pip.conf"
        remedy = found["remedy"].replace("/etc/pip.conf", shlex.quote(str(path)))
        mend(machine.environment, {"remedy": remedy})
    assert findings(machine) == []


@pytest.mark.needs("root", "unshare")
def test_an_installation_by_root_that_nobody_else_can_read_is_found(make: Make) -> None:
    machine = machines.Machine(make("base"), uid=0)
    machine.give(machine.account.home)
    module = machine.environment.site_packages / "_pip_userctl.py"
    module.chmod(0o600)
    found = one(machine, "unreadable")
    assert (found["severity"], found["where"]) == ("error", str(module))
    assert "owner root, mode -rw-------" in found["what"]
    mend(machine.environment, found)
    assert findings(machine) == []


def test_a_pip_that_is_not_under_the_policy_is_found(make: Make) -> None:
    environment = make("isolated")
    remove(environment, "pip_userctl.pth")
    assert "is not under the policy: the start-up file pip_userctl.pth was not read" in one(environment, "pip")["what"]


# Files and scripts of the account


@pytest.mark.needs("root")
def test_files_of_another_owner_are_found_however_deep_they_are(shared: Shared) -> None:
    environment = shared("base")
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


def test_scripts_that_cannot_run_and_a_directory_that_is_not_on_path_are_found(shared: Shared) -> None:
    environment = shared("base")
    script(environment, "there", f"#!{environment.python}")
    script(environment, "shell", "#!/bin/sh\nexit")
    script(environment, "found", "#!/usr/bin/env -S LANG=C sh -e")
    script(environment, "gone", "#!/opt/gone/bin/python3.7 -E")
    script(environment, "long", "#!/bin/sh\n'''exec' \"/opt/with space/python\" \"$0\" \"$@\"\n' '''")
    folder = script(environment, "missing", "#!/usr/bin/env python9").parent
    (folder / "link").symlink_to("nowhere")
    os.mkfifo(folder / "pipe")
    *dead, path = findings(environment)
    assert [each["what"] for each in dead] == [
        "the script gone cannot run: its interpreter /opt/gone/bin/python3.7 is gone",
        "the link link leads to nowhere, which is gone",
        "the script long cannot run: its interpreter /opt/with space/python is gone",
        "the script missing cannot run: its interpreter python9 is not on PATH",
    ]
    assert (path["check"], path["where"]) == ("path", str(folder)), path
    assert path["remedy"] == f'export PATH={folder}:"$PATH"'
    for each in dead:
        mend(environment, each)
    assert findings(environment, PATH=f"/usr/bin:{folder}/") == []


def test_pip_and_python_of_different_interpreters_are_found(shared: Shared) -> None:
    first, other = shared("base"), shared("isolated")
    folder = script(first, "pip", f"#!{first.python}").parent
    found = one(first, "interpreter-of-pip", PATH=f"{folder}:{other.prefix / 'bin'}")
    assert (found["where"], found["remedy"]) == (str(folder / "pip"), "python -m pip install ...")
    assert findings(first, PATH=f"{folder}:{first.prefix / 'bin'}") == []


# What runs at the start of Python, and what has one of our names


@pytest.mark.parametrize("version", [FIRST, LAST])
def test_a_pth_file_that_fails_at_each_start_is_found(shared: Shared, version: str) -> None:
    environment = shared("isolated", version)
    path = environment.site_packages / "broken.pth"
    path.write_text("import os\n# mine\nimport os; os.nothing()\n")
    (found,) = json.loads(environment.userctl("doctor", "--json").stdout)["data"]["findings"]
    assert found["where"].startswith(str(path)), found
    assert found["what"].startswith("fails at every start of this Python: AttributeError: module 'os'"), found
    mend(environment, found)
    assert not path.exists()


def test_pth_files_and_egg_links_that_lead_nowhere_or_are_no_text_are_found(shared: Shared, tmp_path: Path) -> None:
    environment = shared("base")
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
    shared: Shared, tmp_path: Path, place: str
) -> None:
    environment = shared("base")
    folder = environment.user_site if place == "user site" else tmp_path
    variables = {"PYTHONPATH": str(folder)} if place == "PYTHONPATH" else {}
    (folder / "packaging").mkdir(parents=True)
    (folder / "packaging" / "__init__.py").write_text("raise SystemExit('taken')\n")
    (folder / "pluggy.py").write_text("")
    (folder / "_pip_userctl.py").write_text("")
    put(environment.user_site, "unrelated", files={"unrelated.py": ""})
    module = folder / "_pip_userctl.py"
    found = {each["where"]: each for each in findings(environment, **variables) if each["check"] in ("names", "pip")}
    assert "is loaded in place of the start-up module" in found[str(module)]["what"], found
    assert any(f"{module} is loaded instead of" in each["what"] for each in found.values()), found
    mend(environment, found[str(module)])
    found = {each["where"]: each for each in findings(environment, **variables) if each["check"] in ("names", "pip")}
    assert [*found] == [str(folder / "pluggy.py"), str(folder / "packaging")]
    for each in found.values():
        assert each["severity"] == "warning", each
        assert each["what"].endswith("; pip-userctl loads its own, so this changes nothing"), each


def test_a_check_that_cannot_be_run_is_a_failure_and_the_others_are_run(shared: Shared) -> None:
    environment = shared("base")
    put(environment.site_packages, "demo", "1.0")
    put(environment.user_site, "demo", "2.0")
    code = (
        "import sys; from pip_userctl.cli.doctor import files; "
        "files._user_scripts = None; import pip_userctl.cli as cli; sys.exit(cli.run(['doctor', '--json']))"
    )
    data = answers.data(environment.run("-c", code))
    assert {each["name"] for each in data["failures"]} == {"owner", "interpreters", "path"}
    assert [each["check"] for each in data["findings"]] == ["shadowing"]
