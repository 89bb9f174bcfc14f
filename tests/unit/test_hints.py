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

from pip_userctl import Environment, Request, Source, messages, testing
from pip_userctl.models import Unwritable

SETTING = Source("user", "/home/ada/pip.conf", 2, "user")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory; PATH leads to its ``path``; pip was started as ``path/pip``; there is an ensurepip."""
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


def here(**fields: Any) -> Environment:
    """An isolated environment whose pip runs in the working directory."""
    return testing.environment("isolated", cwd=str(Path.cwd()), **fields)


def typed(*arguments: str, **fields: Any) -> Request:
    """``pip install`` with these arguments."""
    return testing.request(origin="typed", arguments=("install", *arguments), **fields)


def same(request: Request, **fields: Any) -> str:
    """The hint that repeats the install."""
    return messages.instead("same", request, here(**fields))


def new(request: Request, **fields: Any) -> str:
    """The hint that makes an environment."""
    return messages.instead("new", request, here(**fields))


def install(request: Request) -> list[str]:
    """The words of the hint for a new environment, behind ``.venv/bin/python -m pip install``."""
    make, then = new(request).split(" && ")
    assert shlex.split(make)[1:] == ["-m", "venv", ".venv"]
    words = shlex.split(then)
    assert words[:4] == [".venv/bin/python", "-m", "pip", "install"]
    return words[4:]


# The arguments


def test_a_hint_survives_being_pasted_into_a_shell() -> None:
    arguments = ["socks[x]>=2,<3", "demo; python_version < '3'", "./a b/[/x]", "a'b", 'a"b', "$HOME", "*", "`x`", "é"]
    hint = same(typed("--user", *arguments))
    assert shlex.split(hint) == ["pip", "install", *arguments]
    echo = hint.replace("pip ", f"{sys.executable} -c 'import sys; print(ascii(sys.argv[1:]))' ", 1)
    shown = subprocess.run(echo, shell=True, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == ascii(["install", *arguments])


@pytest.mark.parametrize("argument", ["demo", r"C:\folder\demo.whl", "demo[extra]", '"demo>=2"', '"a folder"', '"a&b"'])
def test_on_windows_a_hint_is_two_lines_for_cmd(argument: str) -> None:
    python = r"C:\py 3\python.exe"
    assert new(typed(argument.strip('"')), windows=True, base_executable=python, executable=python).splitlines() == [
        r'"C:\py 3\python.exe" -m venv .venv',
        rf".venv\Scripts\python -m pip install {argument}",
    ]


@pytest.mark.parametrize(
    ("arguments", "elsewhere"),
    [
        ("--user demo", "demo"),
        ("demo -U --user -r a.txt", "demo -U -r a.txt"),
        ("-t /t demo", "demo"),
        ("-t/t --target=/t demo", "demo"),
        ("--prefix=/p --root /r demo", "demo"),
        ("--break-system-packages demo", "demo"),
        ("--root-user-action=ignore x", "--root-user-action=ignore x"),
    ],
)
def test_a_hint_keeps_what_was_asked_for_and_leaves_out_what_led_here(arguments: str, elsewhere: str) -> None:
    request = typed(*arguments.split(), target="/t" if "/t" in arguments else None)
    assert same(request) == f"pip install {arguments.replace('--user ', '')}"
    assert install(request) == elsewhere.split()


def test_where_a_setting_asks_for_user_installs_a_hint_says_no_to_it() -> None:
    request = typed("--user", "demo", user_setting=SETTING)
    assert same(request) == "pip install --no-user demo"
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
    assert same(typed("--user", "demo"), executable=python) == f"{expected} install demo"


def test_an_interpreter_is_called_by_its_name_only_if_path_finds_the_same_file(folder: Path) -> None:
    real = make_program(folder / "opt" / "python3.13")
    python = make_program(folder / "path" / "python3", Path(real))
    # Another directory: there it may be a virtual environment.
    assert messages.program(real, here(), "python3") == "opt/python3.13"
    assert messages.program(python, here()) == "python3"
    other = make_program(folder / "path" / "python3.13", Path(real))
    assert messages.program(other, here(), "python3") == "python3.13"
    assert messages.program("/elsewhere/python3", here()) == "/elsewhere/python3"
    assert messages.program("", here()) == ""


@pytest.mark.parametrize("option", ["--python /venv", "--python=/venv"])
def test_pip_for_another_interpreter_is_called_with_it(option: str) -> None:
    request = typed(*option.split(), "--user", "demo")
    assert (same(request), install(request)) == ("pip --python /venv install demo", ["demo"])


def test_in_a_notebook_it_is_the_magic_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPY_PARENT_PID", "1")
    assert same(typed("--user", "demo")) == "pip install demo"  # !pip
    monkeypatch.setattr(sys, "argv", ["/site-packages/pip/__main__.py"])
    assert same(typed("--user", "demo one")) == "%pip install 'demo one'"
    monkeypatch.setattr("pip_userctl.environment.has_ensurepip", lambda: False)
    assert "%" not in new(typed("--user", "demo"))


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
    found = ".venv" if fits else ".venv-3.13"
    assert new(typed("demo")).endswith(f"-m venv {found} && {found}/bin/python -m pip install demo")


def test_the_refused_environment_and_what_is_none_are_not_used_and_there_is_no_third_name(folder: Path) -> None:
    make_environment(folder / ".venv")
    assert "-m venv .venv-3.13 " in new(typed("demo"), prefix=str(folder / ".venv"))
    (folder / ".venv" / "pyvenv.cfg").unlink()
    assert "-m venv .venv-3.13 " in new(typed("demo"))
    make_environment(folder / ".venv-3.13")
    assert "-m venv .venv-3.13 " in new(typed("demo"))
    assert new(typed("demo"), prefix=str(folder / ".venv-3.13")) == ""


def test_the_base_interpreter_makes_the_environment(folder: Path) -> None:
    python = make_program(folder / "path" / "python3")
    assert new(typed("demo")).startswith("/opt/python/bin/python3.13 -m venv .venv && ")
    assert new(typed("demo"), base_executable=python).startswith("python3 -m venv .venv && ")


@pytest.mark.parametrize(("pip", "works"), [("22.2.2", False), ("22.3", True), ("26.3", True), ("21.3.1", False)])
def test_without_ensurepip_the_pip_that_is_there_fills_the_environment(
    monkeypatch: pytest.MonkeyPatch, pip: str, works: bool
) -> None:
    monkeypatch.setattr("pip_userctl.environment.has_ensurepip", lambda: False)
    make = "/opt/python/bin/python3.13 -m venv --without-pip .venv"
    expected = f"{make} && pip --python .venv/bin/python install demo" if works else ""
    assert new(typed("demo"), pip=pip) == expected


# Where no hint would work


def test_where_site_packages_is_not_writable_the_same_install_would_not_work() -> None:
    request = typed("--user", "demo", unwritable=Unwritable("/lib", "read-only file system"))
    assert same(request) == new(request) != ""


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
        typed("./\x1b[31mdemo.whl"),
    ],
    ids=lambda request: ascii(" ".join(request.arguments)),
)
def test_what_cannot_be_repeated_gets_no_hint(request_: Request) -> None:
    assert same(request_) == new(request_) == ""


def test_where_nothing_can_be_written_no_environment_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    assert new(typed("demo")) == ""


# pip-userctl itself


def test_pip_userctl_is_called_by_its_name_or_by_what_works(folder: Path) -> None:
    facts = here(executable=make_program(folder / "venv" / "bin" / "python"))
    assert messages.userctl(facts) == "venv/bin/python -m pip_userctl"
    script = make_program(folder / "venv" / "bin" / "pip-userctl")
    assert messages.userctl(facts) == "venv/bin/pip-userctl"
    make_program(folder / "path" / "pip-userctl")
    assert messages.userctl(facts) == "venv/bin/pip-userctl"  # another one
    Path(script).unlink()
    assert messages.userctl(facts) == "pip-userctl"
    for covering in ("'/opt/my tools/bin/pip-userctl'", "/opt/bin/python /opt/x.py"):
        assert messages.userctl(facts._replace(userctl=covering)) == covering
