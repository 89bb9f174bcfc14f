"""``doctor`` finds what the contract names, says where, and gives a command as remedy."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable

import pytest

from tests.toolkit.environments import Environment
from tests.toolkit.schemas import valid
from tests.toolkit.usersites import put

Make = Callable[..., Environment]


def findings(environment: Environment, check: str = "", **variables: str) -> list[dict[str, Any]]:
    """What one check finds, or all."""
    data = valid(environment.userctl("doctor", "--json", **variables))
    assert data["failures"] == []
    return [each for each in data["findings"] if check in ("", each["check"])]


def one(environment: Environment, check: str, **variables: str) -> dict[str, Any]:
    """The only finding there is, of this check."""
    (found,) = findings(environment, **variables)
    assert found["check"] == check, found
    return dict(found)


@pytest.mark.parametrize("kind", ["base", "isolated", "system-site", "conda"])
def test_a_healthy_environment_has_no_findings(make: Make, kind: str) -> None:
    environment = make(kind)
    put(environment.user_site, "alone")
    result = environment.userctl("doctor")
    assert (result.returncode, result.stderr) == (0, ""), result
    assert result.stdout.startswith("nothing found by "), result


# shadowing


def test_a_copy_in_the_user_site_that_hides_another_is_found_with_versions_paths_and_winner(make: Make) -> None:
    environment = make("base")
    put(environment.site_packages, "demo-pkg", "1.0")
    put(environment.user_site, "Demo.Pkg", "2.0", files={"demo_pkg.py": ""})
    found = one(environment, "shadowing")
    assert found["severity"] == "error"
    assert found["what"] == f"Demo.Pkg 2.0 in {environment.user_site} hides 1.0 in {environment.site_packages}"
    assert found["where"] == str(environment.user_site / "Demo.Pkg-2.0.dist-info")
    assert found["remedy"] == "pip-userctl quarantine Demo.Pkg"


def test_the_same_version_twice_is_a_warning(make: Make) -> None:
    environment = make("base")
    put(environment.site_packages, "demo")
    put(environment.user_site, "demo")
    assert one(environment, "shadowing")["severity"] == "warning"


def test_a_copy_in_the_user_site_that_is_hidden_is_found(make: Make) -> None:
    environment = make("system-site")  # whose own site-packages stand before the user site
    put(environment.site_packages, "demo", "1.0")
    put(environment.user_site, "demo", "2.0")
    found = one(environment, "shadowing")
    assert found["what"] == f"demo 1.0 in {environment.site_packages} hides 2.0 in {environment.user_site}"
    assert found["severity"] == "warning"


@pytest.mark.parametrize("kind", ["isolated", "base"])
def test_where_the_user_site_is_not_seen_it_hides_nothing(make: Make, kind: str) -> None:
    environment = make(kind)
    put(environment.site_packages, "demo", "1.0")
    put(environment.user_site, "demo", "2.0")
    variables = {"PYTHONNOUSERSITE": "1"} if kind == "base" else {}
    assert findings(environment, "shadowing", **variables) == []


def test_a_requirement_that_a_copy_in_the_user_site_breaks_is_found(make: Make) -> None:
    environment = make("base")
    put(environment.site_packages, "app", requires=["demo>=2", "demo<9; python_version<'3'", "demo>=5; extra=='x'"])
    put(environment.site_packages, "demo", "2.5")
    put(environment.user_site, "demo", "1.0")
    (found,) = findings(environment, "requirements")
    assert found["what"] == "app 1.0 needs demo>=2, and gets 1.0 from the user site"
    assert (found["severity"], found["remedy"]) == ("error", "pip-userctl quarantine demo")


def test_a_module_that_hides_one_of_another_distribution_is_found(make: Make) -> None:
    environment = make("base")
    put(environment.site_packages, "pillow", files={"PIL/__init__.py": ""})
    put(environment.user_site, "pillow-simd", files={"PIL/__init__.py": ""})
    put(environment.site_packages, "namespace-one", files={"space/one.py": ""})
    put(environment.user_site, "namespace-two", files={"space/two.py": ""})
    (environment.user_site / "demo.py").write_text("")
    put(environment.site_packages, "demo")
    found = findings(environment, "import-names")
    assert [each["what"].split(" hides")[0] for each in found] == [
        f"the module PIL of pillow-simd in {environment.user_site}",
        f"the module demo of {environment.user_site / 'demo.py'}, which belongs to no distribution,",
    ]
    assert found[0]["remedy"] == "pip-userctl quarantine pillow-simd"


# metadata


def test_broken_metadata_is_found(make: Make) -> None:
    environment = make("base")
    site = environment.user_site
    put(site, "empty")
    (site / "empty-1.0.dist-info" / "METADATA").unlink()
    put(site, "twice", "1.0")
    put(site, "twice", "2.0")
    put(site, "renamed")
    (site / "renamed-1.0.dist-info").rename(site / "other-1.0.dist-info")
    (environment.site_packages / "~emo").mkdir()
    found = findings(environment)
    assert {each["check"] for each in found} == {"metadata"}
    assert {Path(each["where"]).name: each["severity"] for each in found} == {
        "empty-1.0.dist-info": "error",
        "twice-2.0.dist-info": "error",
        "other-1.0.dist-info": "error",
        "~emo": "warning",
    }


# configuration


@pytest.mark.parametrize("kind", ["isolated", "system-site"])
def test_a_configured_user_install_in_a_virtual_environment_is_found_with_file_and_line(make: Make, kind: str) -> None:
    environment = make(kind)
    found = one(environment, "configured-user", PIP_USER="1")
    assert (found["where"], found["remedy"]) == ("PIP_USER", "unset PIP_USER")
    environment.account.user_config.write_text("# mine\n[install]\nuser = true\n")
    found = one(environment, "configured-user")
    assert found["where"] == f"{environment.account.user_config}:3"


@pytest.mark.parametrize("section", ["global", "install"])
@pytest.mark.parametrize("place", ["user", "site"])
def test_the_remedy_of_a_configured_user_install_takes_it_back(make: Make, section: str, place: str) -> None:
    environment = make("isolated")
    path = environment.account.user_config if place == "user" else environment.site_config
    path.write_text(f"[{section}]\nuser = true\n[list]\nformat = json\n")
    remedy = one(environment, "configured-user")["remedy"]
    variable, _, command = remedy.rpartition("pip ")
    assert command == f"config --{place} unset {section}.user"
    done = environment.pip(*command.split(), **dict([variable.strip().split("=")] if variable else []))
    assert done.returncode == 0, done
    assert findings(environment, "configured-user") == []


def test_where_pip_config_cannot_take_it_back_the_line_is_named(make: Make) -> None:
    environment = make("isolated")
    legacy = environment.account.home / ".pip" / "pip.conf"
    legacy.parent.mkdir()
    legacy.write_text("[install]\nuser = true\n")
    found = one(environment, "configured-user")
    assert (found["where"], found["remedy"]) == (f"{legacy}:2", f"remove the line in {legacy}")
    legacy.unlink()
    environment.account.user_config.write_text("[DEFAULT]\nuser = true\n[install]\ntimeout = 9\n")
    found = one(environment, "configured-user")
    assert found["where"] == f"{environment.account.user_config}:2"
    assert found["remedy"] == f"remove the line in {environment.account.user_config}"


def test_a_configured_user_install_in_the_base_interpreter_is_nobodys_mistake(make: Make) -> None:
    assert findings(make("base"), PIP_USER="1") == []


def test_a_lock_that_is_not_honoured_is_found(make: Make) -> None:
    environment = make("isolated")
    environment.account.user_config.write_text("[userctl]\nlocked = yes\n")
    found = one(environment, "locked")
    assert (found["severity"], found["where"]) == ("error", f"{environment.account.user_config}:2")


def test_a_pip_that_is_not_under_the_policy_is_found(make: Make) -> None:
    environment = make("isolated")
    environment.remove_userctl("pip_userctl.pth")
    assert "pip install is not under the policy" in one(environment, "pip")["what"]


# files


@pytest.mark.needs("root")
def test_files_of_another_owner_are_found_however_deep_they_are(make: Make) -> None:
    environment = make("base")
    put(environment.user_site, "demo", files={"demo/__init__.py": "", "demo/sub/deep.py": ""})
    put(environment.user_site, "fine")
    os.chown(environment.user_site / "demo" / "sub" / "deep.py", 12345, 12345)
    found = one(environment, "owner")
    assert found["where"] == str(environment.user_site / "demo")
    assert "uid 12345" in found["what"]
    assert found["remedy"] == f"sudo chown -R 0 {environment.user_site / 'demo'}"


def script(environment: Environment, name: str, first: str) -> Path:
    """An executable file in the user's scripts directory."""
    path = environment.account.home / ".local" / "bin" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(first + "\n")
    path.chmod(0o755)
    return path


def test_a_script_whose_interpreter_is_gone_is_found(make: Make) -> None:
    environment = make("base")
    folder = environment.account.home / ".local" / "bin"
    gone = script(environment, "gone", "#!/opt/gone/bin/python3.7 -E")
    long = script(environment, "long", "#!/bin/sh\n'''exec' \"/opt/with space/python\" \"$0\" \"$@\"\n' '''")
    script(environment, "there", f"#!{environment.python}")
    script(environment, "env", "#!/usr/bin/env python9")
    script(environment, "shell", "#!/bin/sh\nexit")
    (folder / "link").symlink_to("nowhere")
    found = findings(environment, "interpreters")
    assert [each["where"] for each in found] == [str(gone), str(long)]
    assert "/opt/gone/bin/python3.7" in found[0]["what"]
    assert "/opt/with space/python" in found[1]["what"]


def test_a_scripts_directory_that_is_not_on_path_is_found(make: Make) -> None:
    environment = make("base")
    folder = script(environment, "tool", f"#!{environment.python}").parent
    found = one(environment, "path")
    assert (found["where"], found["remedy"]) == (str(folder), f'export PATH={folder}:"$PATH"')
    assert findings(environment, PATH=f"/usr/bin:{folder}/") == []


def test_pip_and_python_of_different_interpreters_are_found(make: Make) -> None:
    one_, other = make("base"), make("isolated")
    folder = script(one_, "pip", f"#!{one_.python}").parent
    found = one(one_, "interpreter-of-pip", PATH=f"{folder}:{other.prefix / 'bin'}")
    assert (found["where"], found["remedy"]) == (str(folder / "pip"), "python -m pip install ...")
    assert findings(one_, PATH=f"{folder}:{one_.prefix / 'bin'}") == []


def test_leftovers_of_other_pythons_are_found_with_their_size(make: Make) -> None:
    environment = make("base")
    library = environment.user_site.parents[1]
    for version in ("3.5", "3.6"):
        site = library / f"python{version}" / "site-packages"
        site.mkdir(parents=True)
        (site / "data.bin").write_bytes(b"x" * 12_345)
    script(environment, "python3.6", "")
    found = one(environment, "leftovers", PATH=str(environment.account.home / ".local" / "bin"))
    assert found["what"].startswith("12 kB in 1 files for Python 3.5"), found
    assert found["remedy"] == f"rm -r {library / 'python3.5'}"


# plugins


def test_a_plugin_adds_checks_and_a_check_that_fails_does_not_stop_the_others(make: Make) -> None:
    environment = make("base")
    put(
        environment.site_packages,
        "acme",
        "3.1",
        files={
            "acme_checks.py": "from pip_userctl import Finding, HealthCheck, hookimpl\n"
            "def full(machine):\n"
            "    yield Finding('warning', 'the home is full', machine.environment.user_base, 'rm -r ~/cache')\n"
            "def broken(machine):\n"
            "    raise OSError('no')\n"
            "@hookimpl\n"
            "def userctl_health_checks():\n"
            "    return [HealthCheck('acme-broken', 's', broken), HealthCheck('acme-quota', 's', full)]\n",
            "acme-3.1.dist-info/entry_points.txt": "[pip_userctl]\nacme = acme_checks\n",
        },
    )
    data = valid(environment.userctl("doctor", "--json"))
    assert [(each["check"], each["what"]) for each in data["findings"]] == [("acme-quota", "the home is full")]
    assert [(each["part"], each["name"]) for each in data["failures"]] == [("check", "acme-broken")]
    listed = valid(environment.userctl("plugins", "--json"))["plugins"][-1]
    assert (listed["name"], listed["distribution"], listed["version"]) == ("acme", "acme", "3.1")
    assert listed["hooks"] == ["userctl_health_checks"]
