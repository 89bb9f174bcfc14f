"""The facts about the process, as far as they need no other interpreter: files, variables and flags that change them."""

from __future__ import annotations

import os
import pwd
import site
import stat
import sys
import sysconfig
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from pip_userctl import environment
from pip_userctl.environment import detect
from pip_userctl.models import Unwritable

# What it is

#: pyvenv.cfg → whether pip reads it as isolated.
CONFIGURATIONS = {
    "include-system-site-packages = true\n": False,
    "include-system-site-packages = false\n": True,
    "include-system-site-packages = False\n": False,
    "Include-System-Site-Packages = false\n": False,
    "include-system-site-packages=false": True,
    "include-system-site-packages  \t=   falsehood\n": True,
    "  include-system-site-packages = false\n": False,
    "# include-system-site-packages = false\n": False,
    "include-system-site-packages = true\ninclude-system-site-packages = false\n": True,
    "version = 3\r\ninclude-system-site-packages = false\r\n": True,
    "version = 3\x0cinclude-system-site-packages = false\n": True,
    "": False,
}


@pytest.fixture
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The prefix of this interpreter, which is a base one until a test says otherwise."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(("content", "isolated"), CONFIGURATIONS.items())
def test_a_virtual_environment_is_isolated_by_pips_own_reading(
    prefix: Path, monkeypatch: pytest.MonkeyPatch, content: str, isolated: bool
) -> None:
    monkeypatch.setattr(sys, "base_prefix", "/opt/python")
    assert detect().kind == "isolated"  # without the file
    (prefix / "pyvenv.cfg").write_bytes(content.encode())
    assert detect().kind == ("isolated" if isolated else "system-site")


def test_conda_is_no_virtual_environment_and_only_a_base_interpreter_is_externally_managed(
    prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sysconfig, "get_path", lambda name, *_, **__: str(prefix / name))
    assert (detect().kind, detect().externally_managed) == ("base", False)
    for name in ("conda-meta", "stdlib", "stdlib/EXTERNALLY-MANAGED"):
        (prefix / name).mkdir()
    assert (detect().kind, detect().externally_managed) == ("conda", False)
    (prefix / "stdlib" / "EXTERNALLY-MANAGED").rmdir()
    (prefix / "stdlib" / "EXTERNALLY-MANAGED").touch()
    assert detect().externally_managed
    monkeypatch.setattr(sys, "base_prefix", "/opt/python")
    assert (detect().kind, detect().externally_managed) == ("isolated", False)


def test_the_rest_is_what_python_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    facts = detect("26.3")
    assert (facts.pip, facts.prefix, facts.executable, facts.cwd) == ("26.3", sys.prefix, sys.executable, os.getcwd())
    assert (facts.uid, facts.euid, facts.pid) == (os.getuid(), os.geteuid(), os.getpid())
    assert (facts.user_base, facts.user_site) == (site.getuserbase(), site.getusersitepackages())
    assert facts.python == ".".join(map(str, sys.version_info[:3]))
    assert facts.account
    assert facts.host
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert detect().cwd is None


# The user site

FLAGS = {
    name: getattr(sys.flags, name) for name in dir(sys.flags) if not name.startswith(("_", "n_", "count", "index"))
}


@pytest.mark.parametrize(
    ("flags", "shown", "variable", "enabled", "reason", "hidden_by_old_pips"),
    [
        ("", "", "", True, "", False),
        ("no_user_site", "-s", "", False, "python -s", False),
        ("isolated no_user_site ignore_environment safe_path", "-I", "1", False, "python -I", False),
        ("no_user_site", "-s", "1", False, "PYTHONNOUSERSITE", True),
        ("no_user_site ignore_environment", "-E -s", "1", False, "python -s", False),
        ("no_site", "-S", "", None, "python -S", True),
        ("", "", "", None, "uid and euid differ", True),
        ("", "", "", False, "disabled in site", True),
    ],
)
def test_the_flags_that_matter_and_why_the_user_site_is_off_are_known_and_whether_later_runs_have_it(
    prefix: Path,
    monkeypatch: pytest.MonkeyPatch,
    flags: str,
    shown: str,
    variable: str,
    enabled: bool | None,
    reason: str,
    hidden_by_old_pips: bool,
) -> None:
    off = dict.fromkeys(("isolated", "ignore_environment", "no_user_site", "safe_path", "no_site"), 0)
    monkeypatch.setattr(sys, "flags", SimpleNamespace(**{**FLAGS, **off, **dict.fromkeys(flags.split(), 1)}))
    monkeypatch.setattr(site, "ENABLE_USER_SITE", enabled)
    monkeypatch.setenv("PYTHONNOUSERSITE", variable)
    facts = detect()
    assert " ".join(facts.python_flags) == shown
    assert (facts.user_site_reason, facts.user_site_enabled) == (reason, bool(enabled))
    assert facts.user_site_hidden is bool(reason)
    assert detect(flags_hide=False).user_site_hidden is hidden_by_old_pips
    if reason == "disabled in site":
        monkeypatch.setattr(sys, "base_prefix", "/opt/python")
        assert detect().user_site_reason == "isolated virtual environment"


def test_every_user_base_of_the_account_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pwd, "getpwuid", lambda _: SimpleNamespace(pw_dir="/home/database", pw_name="ada"))
    monkeypatch.setenv("HOME", "/tmp/elsewhere")
    monkeypatch.setattr(site, "getuserbase", lambda: "/srv/base")
    monkeypatch.setattr(sys, "platform", "linux")
    facts = detect()
    assert facts.user_bases == ("/srv/base", "/tmp/elsewhere/.local", "/home/database/.local")
    assert (facts.home, facts.default_user_base, facts.account) == ("/tmp/elsewhere", "/tmp/elsewhere/.local", "ada")
    # A framework of macOS has one of its own.
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(sysconfig, "get_config_var", lambda _: "Python")
    monkeypatch.setenv("HOME", "/Users/ada")
    version = ".".join(map(str, sys.version_info[:2]))
    assert detect().default_user_base == f"/Users/ada/Library/Python/{version}"


def test_the_owner_of_a_user_base_that_is_not_there_is_that_of_its_nearest_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "getuserbase", lambda: str(tmp_path / "not" / "there"))
    assert detect().user_base_owner == tmp_path.stat().st_uid
    assert environment.nearest_existing(str(tmp_path / "a" / "b")) == str(tmp_path)
    assert environment.nearest_existing("/") == "/"
    assert environment.owner_uid(str(tmp_path / "missing")) is None
    assert environment.owner_name(4_000_000_000) == "4000000000"


# The search path


@pytest.fixture
def search_path(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """``sys.path``, with the system's site-packages and no user site; pip runs from elsewhere."""
    path = ["/lib/python3", "/venv/site-packages", "/opt/site-packages", "/opt/dist-packages"]
    monkeypatch.setattr(sys, "path", path)
    monkeypatch.setattr(sys, "argv", ["/elsewhere/pip"])
    monkeypatch.setattr(site, "ENABLE_USER_SITE", True)
    monkeypatch.setattr(site, "getusersitepackages", lambda: "/home/ada/site-packages")
    monkeypatch.setattr(site, "getsitepackages", lambda *_: ["/opt/site-packages", "/opt/dist-packages"])
    return path


def test_the_user_site_stands_where_python_will_put_it(search_path: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    expected = (*search_path[:2], "/home/ada/site-packages", *search_path[2:])
    assert environment.import_path() == expected
    search_path.append("/home/ada/site-packages")
    assert environment.import_path() == tuple(search_path)
    del search_path[2:]
    assert environment.import_path()[-1] == "/home/ada/site-packages"
    monkeypatch.setattr(site, "ENABLE_USER_SITE", False)
    assert environment.import_path() == tuple(search_path)


def test_where_pip_was_started_from_is_no_part_of_a_programs_search_path(
    search_path: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for first, started in (("", "-m"), (str(tmp_path), "-c"), ("/scripts", "/scripts/pip")):
        monkeypatch.setattr(sys, "path", [first, *search_path])
        monkeypatch.setattr(sys, "argv", [started])
        assert environment.import_path()[0] == search_path[0]


def test_an_installation_that_covers_the_environment_is_known_by_its_start_up_module(
    search_path: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "_pip_userctl", raising=False)
    assert (environment.startup_module(), environment.covered_by()) == ("", None)
    assert environment.plugin_path() == tuple(search_path)
    module: Any = ModuleType("_pip_userctl")
    module.__file__, module.command = "/opt/tools/_pip_userctl.py", "/opt/tools/bin/pip-userctl"
    monkeypatch.setitem(sys.modules, "_pip_userctl", module)
    assert environment.covered_by() == detect().userctl == "/opt/tools/bin/pip-userctl"
    assert environment.plugin_path() == (*search_path, "/opt/tools")
    module.command = None
    assert (environment.covered_by(), detect().userctl) == (None, "pip-userctl")


def test_the_folders_of_the_interpreter_are_those_of_its_base_too_and_the_user_site_on_demand(
    search_path: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = environment.library_folders()
    assert {sysconfig.get_path("purelib"), "/opt/site-packages", "/opt/dist-packages"} <= set(folders)
    assert environment.library_folders(with_user_site=True) == (*folders, "/home/ada/site-packages")
    (tmp_path / "link").symlink_to("site")
    monkeypatch.setattr(site, "getusersitepackages", lambda: str(tmp_path / "site"))
    assert environment.is_user_site(str(tmp_path / "link"))
    assert not environment.is_user_site(str(tmp_path))


@pytest.mark.parametrize("place", ["/x/pip-26.3-py3-none-any.whl", "/x/site-packages", "/x/pip.whl.d", None])
def test_a_pip_in_a_wheel_is_known_by_its_file(monkeypatch: pytest.MonkeyPatch, place: str | None) -> None:
    module = ModuleType("pip")
    module.__file__ = place and f"{place}/pip/__init__.py"
    monkeypatch.setitem(sys.modules, "pip", module)
    assert environment.pip_is_in_wheel() is (place or "").endswith(".whl")


# Variables


@pytest.mark.parametrize(
    ("variables", "agent"),
    [
        ({}, None),
        ({"AI_AGENT": "acme 1.0"}, "acme 1.0"),
        ({"AI_AGENT": " "}, None),
        ({"AI_AGENT": "False"}, None),
        ({"AI_AGENT": "a\x1b[2J\nb"}, "a[2Jb"),
        ({"AI_AGENT": "x" * 99}, "x" * 64),
        ({"AI_AGENT": "acme", "CLAUDECODE": "1"}, "acme"),
        *(({variable: "1"}, name) for variable, name in environment.AGENTS.items()),
        *(({variable: value}, None) for variable in ("CLAUDECODE", "CODEX_CI") for value in ("", "0", "false")),
        (dict.fromkeys(("REPL_ID", "CURSOR_TRACE_ID", "GOOSE_PROVIDER", "TERM_PROGRAM", "COPILOT_MODEL"), "1"), None),
    ],
)
def test_a_coding_agent_is_known_by_a_marker_that_people_do_not_have(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], agent: str | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert detect().agent == agent


@pytest.mark.parametrize(
    ("variables", "files", "container"),
    [
        ({}, (), None),
        ({"APPTAINER_CONTAINER": "/x.sif", "SINGULARITY_CONTAINER": "/x.sif"}, (), "apptainer"),
        ({"SINGULARITY_NAME": "x"}, ("/.singularity.d",), "singularity"),
        ({"SHIFTER_IMAGE": "x"}, (), "shifter"),
        ({"ENROOT_ROOTFS": "x"}, (), "enroot"),
        ({}, ("/.dockerenv",), "docker"),
        ({}, ("/run/.containerenv",), "podman"),
        ({"CH_RUNNING": "1"}, ("/.dockerenv",), "charliecloud"),
        ({"CH_RUNNING": ""}, (), None),
    ],
)
def test_a_container_is_known_by_its_variables_and_files(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], files: tuple[str, ...], container: str | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    exists, known = os.path.exists, [file for _, _, paths in environment._CONTAINERS for file in paths]
    monkeypatch.setattr(os.path, "exists", lambda path: path in files if path in known else exists(path))
    assert detect().container == container


@pytest.mark.parametrize(("value", "uid"), [("1000", 1000), ("²", None), ("", None), ("ada", None), ("9" * 5000, None)])
def test_a_uid_of_sudo_that_is_no_number_is_none(monkeypatch: pytest.MonkeyPatch, value: str, uid: int | None) -> None:
    monkeypatch.setenv("SUDO_UID", value)
    assert detect().sudo_uid == uid


# Directories


def test_the_first_directory_that_cannot_be_written_is_found_with_its_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "shut").mkdir(mode=0o755)
    shut = str(tmp_path / "shut")
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).startswith(shut))
    assert environment.find_unwritable([str(tmp_path / "mine" / "not" / "there")]) is None
    found = environment.find_unwritable([str(tmp_path / "mine"), f"{shut}/lib/python3"])
    owner = environment.owner_name((tmp_path / "shut").stat().st_uid)
    assert found == Unwritable(shut, f"owner {owner}, mode {stat.filemode(0o40755)}")
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=os.ST_RDONLY))
    assert environment.find_unwritable([shut]) == Unwritable(shut, "read-only file system")


@pytest.mark.parametrize("below", ["", "not-there-yet/.local"])
def test_a_directory_of_the_same_device_is_mounted_where_the_kernel_lists_it(tmp_path: Path, below: str) -> None:
    same = next(
        path for path in map(Path, ("/var/lib", "/usr", "/etc")) if path.stat().st_dev == Path("/").stat().st_dev
    )
    line = "36 25 0:32 /home/ada {} rw,relatime shared:1 - ext4 /dev/root rw\n"
    mounts = tmp_path / "mountinfo"
    mounts.write_text(line.format("/"))
    assert not environment.is_mounted(str(same / below), str(mounts))
    mounts.write_text(line.format("/") + line.format(same))
    assert environment.is_mounted(str(same / below), str(mounts))
    assert not environment.is_mounted(str(same), str(tmp_path / "missing"))
    assert environment.is_mounted("/proc")
