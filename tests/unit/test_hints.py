"""The commands of the hints: each works when it is pasted, and there is none where none would."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from pip_userctl import Environment, Request, Source, hints, testing
from pip_userctl.hints import new_environment, same_install
from pip_userctl.models import Unwritable

HERE = testing.environment("isolated")
WINDOWS = testing.environment(windows=True, base_executable=r"C:\py 3\python.exe", executable=r"C:\py 3\python.exe")
SETTING = Source("user", "/home/ada/pip.conf", 2, "user")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory; PATH leads to its ``path``; pip was started as ``path/pip``; there is an ensurepip."""
    (tmp_path / "path").mkdir()
    make_program(tmp_path / "path" / "pip")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "path" / "pip"), "install"])
    monkeypatch.setattr("pip_userctl.environment.has_ensurepip", lambda: True)
    return tmp_path


def make_program(path: Path, target: Path | None = None) -> str:
    """A program, or a link to one; gives its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if target is None:
        path.touch(0o755)
    else:
        path.symlink_to(target)
    return str(path)


def typed(*arguments: str, **fields: Any) -> Request:
    """``pip install`` with these arguments."""
    return testing.request(origin="typed", arguments=("install", *arguments), **fields)


def install(request: Request, environment: Environment = HERE) -> list[str]:
    """The words of the hint for a new environment, behind ``.venv/bin/python -m pip install``."""
    make, then = new_environment(request, environment).split(" && ")
    assert shlex.split(make)[1:] == ["-m", "venv", ".venv"]
    words = shlex.split(then)
    assert words[:4] == [".venv/bin/python", "-m", "pip", "install"]
    return words[4:]


# The arguments

ARGUMENTS = [
    ["requests[socks]>=2,<3"],
    ["./a folder/[/x]", ":name:"],
    ["demo; python_version < '3'"],
    ["a'b", 'a"b', "$HOME", "*", "`x`", "é"],
]


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_a_hint_survives_being_pasted_into_a_shell(arguments: list[str]) -> None:
    hint = same_install(typed("--user", *arguments), HERE)
    assert shlex.split(hint) == ["pip", "install", *arguments]
    echo = hint.replace("pip ", f"{sys.executable} -c 'import sys; print(ascii(sys.argv[1:]))' ", 1)
    shown = subprocess.run(echo, shell=True, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == ascii(["install", *arguments])


@pytest.mark.parametrize(
    ("argument", "quoted"),
    [
        ("demo", "demo"),
        ("demo>=2", '"demo>=2"'),
        ("demo<3,>2", '"demo<3,>2"'),
        ("a folder", '"a folder"'),
        ("a&b", '"a&b"'),
        (r"C:\folder\demo.whl", r"C:\folder\demo.whl"),
        ("demo[extra]", "demo[extra]"),
    ],
)
def test_on_windows_a_hint_is_two_lines_for_cmd(argument: str, quoted: str) -> None:
    assert new_environment(typed(argument), WINDOWS).splitlines() == [
        r'"C:\py 3\python.exe" -m venv .venv',
        rf".venv\Scripts\python -m pip install {quoted}",
    ]


@pytest.mark.parametrize(
    ("arguments", "same", "new"),
    [
        (["--user", "demo"], ["demo"], ["demo"]),
        (["demo", "-U", "--user", "-r", "a.txt"], ["demo", "-U", "-r", "a.txt"], ["demo", "-U", "-r", "a.txt"]),
        (["-t", "/t", "demo"], ["-t", "/t", "demo"], ["demo"]),
        (["-t/t", "--target=/t", "demo"], ["-t/t", "--target=/t", "demo"], ["demo"]),
        (["--prefix=/p", "--root", "/r", "demo"], ["--prefix=/p", "--root", "/r", "demo"], ["demo"]),
        (["--break-system-packages", "demo"], ["--break-system-packages", "demo"], ["demo"]),
        (["--root-user-action=ignore", "demo"], ["--root-user-action=ignore", "demo"], ["--root-user-action=ignore", "demo"]),
    ],
)  # fmt: skip
def test_a_hint_keeps_what_was_asked_for_and_leaves_out_what_led_here(
    arguments: list[str], same: list[str], new: list[str]
) -> None:
    assert shlex.split(same_install(typed(*arguments), HERE))[2:] == same
    assert install(typed(*arguments)) == new


def test_where_a_setting_asks_for_user_installs_a_hint_says_no_to_it() -> None:
    request = typed("--user", "demo", user_setting=SETTING)
    assert same_install(request, HERE) == "pip install --no-user demo"
    assert install(request) == ["--no-user", "demo"]


# pip as it was started


@pytest.mark.parametrize(
    ("started", "expected"),
    [
        ("path/pip", "pip"),
        ("path/pip3.11", "pip3.11"),
        ("venv/bin/pip", "venv/bin/pip"),
        ("/elsewhere/bin/pip", "/elsewhere/bin/pip"),
        ("site-packages/pip/__main__.py", "venv/bin/python -m pip"),
        ("/lib/pip/__pip-runner__.py", "venv/bin/python -m pip"),
        ("/tools/pip-26.3-py3-none-any.whl/pip/__main__.py", "venv/bin/python /tools/pip-26.3-py3-none-any.whl/pip"),
        ("/tools/pip.pyz", "venv/bin/python /tools/pip.pyz"),
        ("/tools/pip-sync-like/run", "venv/bin/python -m pip"),
        ("-c", "venv/bin/python -m pip"),
    ],
)
def test_pip_is_called_as_it_was_started(
    folder: Path, monkeypatch: pytest.MonkeyPatch, started: str, expected: str
) -> None:
    make_program(folder / "path" / "pip3.11")
    python = make_program(folder / "venv" / "bin" / "python")
    make_program(folder / "venv" / "bin" / "pip")
    monkeypatch.setattr(sys, "argv", [str(folder / started) if (folder / started).exists() else started])
    assert same_install(typed("--user", "demo"), HERE._replace(executable=python)) == f"{expected} install demo"


def test_an_interpreter_is_called_by_its_name_only_if_path_finds_the_same_file(folder: Path) -> None:
    real = make_program(folder / "opt" / "python3.13")
    python = make_program(folder / "path" / "python3", Path(real))
    assert (
        hints.program(real, "python3") == "opt/python3.13"
    )  # another directory: there it may be a virtual environment
    assert hints.program(python) == "python3"
    assert hints.program(make_program(folder / "path" / "python3.13", Path(real)), "python3") == "python3.13"
    assert hints.program("/elsewhere/python3") == "/elsewhere/python3"
    assert hints.program("") == ""


@pytest.mark.parametrize("option", [["--python", "/venv"], ["--python=/venv"]])
def test_pip_for_another_interpreter_is_called_with_it(option: list[str]) -> None:
    assert same_install(typed(*option, "--user", "demo"), HERE) == "pip --python /venv install demo"
    assert install(typed(*option, "--user", "demo")) == ["demo"]


def test_in_a_notebook_it_is_the_magic_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPY_PARENT_PID", "1")
    assert same_install(typed("--user", "demo"), HERE) == "pip install demo"  # !pip
    monkeypatch.setattr(sys, "argv", ["/site-packages/pip/__main__.py"])
    assert same_install(typed("--user", "demo one"), HERE) == "%pip install 'demo one'"
    monkeypatch.setattr("pip_userctl.environment.has_ensurepip", lambda: False)
    assert "%" not in new_environment(typed("--user", "demo"), HERE)


# The new environment


def make_environment(path: Path, version: str = "3.13.1", isolated: str = "false", key: str = "version") -> None:
    """A virtual environment, as far as its ``pyvenv.cfg`` goes."""
    path.mkdir()
    (path / "pyvenv.cfg").write_text(f"home = /x\ninclude-system-site-packages = {isolated}\n{key} = {version}\n")


@pytest.mark.parametrize(
    ("version", "isolated", "key", "fits"),
    [
        ("3.13.1", "false", "version", True),
        ("3.13", "false", "version", True),
        ("3.13.1.final.0", "false", "version_info", True),
        ("3.12.1", "false", "version", False),
        ("3.1.4", "false", "version", False),
        ("3.13.1", "true", "version", False),
    ],
)
def test_an_environment_that_is_there_is_used_again_only_if_it_fits(
    folder: Path, version: str, isolated: str, key: str, fits: bool
) -> None:
    make_environment(folder / ".venv", version, isolated, key)
    expected = ".venv" if fits else ".venv-3.13"
    assert new_environment(typed("demo"), HERE).endswith(
        f"-m venv {expected} && {expected}/bin/python -m pip install demo"
    )


def test_the_refused_environment_and_what_is_none_are_not_used(folder: Path) -> None:
    make_environment(folder / ".venv")
    assert "-m venv .venv-3.13 " in new_environment(typed("demo"), HERE._replace(prefix=str(folder / ".venv")))
    (folder / ".venv" / "pyvenv.cfg").unlink()
    assert "-m venv .venv-3.13 " in new_environment(typed("demo"), HERE)


def test_where_both_names_are_taken_there_is_no_hint(folder: Path) -> None:
    make_environment(folder / ".venv", "3.12.1")
    make_environment(folder / ".venv-3.13")
    assert "-m venv .venv-3.13 " in new_environment(typed("demo"), HERE)
    assert new_environment(typed("demo"), HERE._replace(prefix=str(folder / ".venv-3.13"))) == ""


def test_the_base_interpreter_makes_the_environment(folder: Path) -> None:
    python = make_program(folder / "path" / "python3")
    assert new_environment(typed("demo"), HERE).startswith("/opt/python/bin/python3.13 -m venv .venv && ")
    assert new_environment(typed("demo"), HERE._replace(base_executable=python)).startswith("python3 -m venv .venv && ")


@pytest.mark.parametrize(("pip", "works"), [("22.2.2", False), ("22.3", True), ("26.3", True), ("21.3.1", False)])
def test_without_ensurepip_the_pip_that_is_there_fills_the_environment(
    monkeypatch: pytest.MonkeyPatch, pip: str, works: bool
) -> None:
    monkeypatch.setattr("pip_userctl.environment.has_ensurepip", lambda: False)
    hint = new_environment(typed("demo"), HERE._replace(pip=pip))
    make = "/opt/python/bin/python3.13 -m venv --without-pip .venv"
    assert hint == (f"{make} && pip --python .venv/bin/python install demo" if works else "")


# Where no hint would work


def test_where_site_packages_is_not_writable_the_same_install_would_not_work() -> None:
    request = typed("--user", "demo", unwritable=Unwritable("/lib", "read-only file system"))
    assert same_install(request, HERE) == new_environment(request, HERE) != ""


@pytest.mark.parametrize(
    "request_",
    [
        typed("https://ada:****@host/demo.whl"),
        typed("--index-url=https://ada:****@host/simple", "demo"),
        typed("demo", target="/t"),
        typed("demo", prefix="/p"),
        typed("demo", root="/r"),
        typed("-r", os.path.join(tempfile.gettempdir(), "tmpab_d1234", "requirements.txt")),
        typed(f"--find-links={tempfile.gettempdir()}/tmpabcd1234", "pip"),
        typed("-r", os.path.join(tempfile.gettempdir(), "pip-req-x")),
    ],
    ids=lambda request: " ".join(request.arguments),
)
def test_what_cannot_be_repeated_gets_no_hint(request_: Request) -> None:
    assert same_install(request_, HERE) == ""
    assert new_environment(request_, HERE) == ""


@pytest.mark.parametrize("option", ["-t", "--target", "-t/t", "--target=/t"])
def test_what_was_typed_can_be_repeated(option: str) -> None:
    words = [option] if "/" in option else [option, "/t"]
    assert same_install(typed(*words, "demo", target="/t"), HERE)
    assert install(typed(*words, "demo", target="/t")) == ["demo"]


def test_where_nothing_can_be_written_no_environment_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "access", lambda *_, **__: False)
        hint = new_environment(typed("demo"), HERE)
    assert hint == ""


# pip-userctl itself


def test_pip_userctl_is_called_by_its_name_or_by_what_works(folder: Path) -> None:
    python = make_program(folder / "venv" / "bin" / "python")
    facts = HERE._replace(executable=python)
    assert hints.userctl(facts) == "venv/bin/python -m pip_userctl"
    script = make_program(folder / "venv" / "bin" / "pip-userctl")
    assert hints.userctl(facts) == "venv/bin/pip-userctl"
    make_program(folder / "path" / "pip-userctl")
    assert hints.userctl(facts) == "venv/bin/pip-userctl"  # another one
    Path(script).unlink()
    assert hints.userctl(facts) == "pip-userctl"
    covered = facts._replace(userctl="/opt/my tools/bin/pip-userctl")
    assert (
        hints.userctl(covered._replace(userctl="'/opt/my tools/bin/pip-userctl'")) == "'/opt/my tools/bin/pip-userctl'"
    )
    assert hints.userctl(facts._replace(userctl="/opt/bin/python /opt/x.py")) == "/opt/bin/python /opt/x.py"
