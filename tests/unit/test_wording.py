"""Words: secrets are hidden, places are named, and every hint can be pasted into a shell."""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest

from pip_userctl import wording
from pip_userctl.errors import Report
from pip_userctl.models import Blocked, Origin, Source, Verdict
from pip_userctl.testing.factories import policy, request
from tests.toolkit.values import CONFIGURED, TYPED, facts

HERE = facts("base")
WINDOWS = facts(
    "base", windows=True, executable=r"C:\Program Files\Python\python.exe", base_executable=r"C:\py\python.exe"
)

SECRETS = [
    ("https://user:secret@host/simple", "https://user:****@host/simple"),
    ("https://token@host/simple", "https://****@host/simple"),
    ("https://user:sec@ret@host/simple", "https://user:****@host/simple"),
    ("git+https://user:secret@host/repo@v1", "git+https://user:****@host/repo@v1"),
    ("git+ssh://git@host/repo.git", "git+ssh://****@host/repo.git"),
    ("demo @ https://user:secret@host/demo.whl", "demo @ https://user:****@host/demo.whl"),
    ("--index-url=https://user:secret@host/simple", "--index-url=https://user:****@host/simple"),
    ("https://a:b@host http://c:d@host", "https://a:****@host http://c:****@host"),
    ("user:secret@proxy:3128", "user:****@proxy:3128"),
    ("--proxy=user:secret@proxy:3128", "--proxy=user:****@proxy:3128"),
]
HARMLESS = [
    "requests[socks]>=2,<3",
    "https://host/simple",
    "https://host/a?mail=ada@example.org",
    "https://host/path/user:x@y",
    "git+https://host/repo@v1#egg=demo",
    "demo @ https://host/demo.whl",
    "demo@https://host/demo.whl",
    "./folder@2",
    r"C:\wheels@2\demo.whl",
    "git@host:repo.git",
    ":name:",
    "[/x]",
]


@pytest.mark.parametrize(("text", "shown"), SECRETS)
def test_a_secret_is_hidden(text: str, shown: str) -> None:
    assert wording.redact(text) == shown
    assert wording.redact(shown) == shown


@pytest.mark.parametrize("text", HARMLESS)
def test_what_holds_no_secret_stays_as_it_was_typed(text: str) -> None:
    assert wording.redact(text) == text


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        (TYPED, "--user"),
        (CONFIGURED, '"user" in /home/ada/.config/pip/pip.conf:2'),
        (Origin("configured", "PIP_USER"), "the variable PIP_USER"),
        (Origin("configured"), "pip's configuration"),
    ],
)
def test_who_asked_is_named(origin: Origin, said: str) -> None:
    assert wording.wish(origin) == said


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (None, ""),
        (Source("default"), "rule: base-typed = warn, the default"),
        (Source("profile", "/etc/pip.conf", 3), "rule: base-typed = warn, by the profile set in /etc/pip.conf:3"),
        (
            Source("profile", name="PIP_USERCTL_PROFILE"),
            "rule: base-typed = warn, by the profile set in PIP_USERCTL_PROFILE",
        ),
        (Source("global", "/etc/pip.conf", 4), "rule: base-typed = warn, set in /etc/pip.conf:4"),
        (
            Source("env-var", name="PIP_USERCTL_BASE_TYPED"),
            "rule: base-typed = warn, set in PIP_USERCTL_BASE_TYPED",
        ),
    ],
)
def test_where_a_rule_comes_from_is_named(source: Source | None, said: str) -> None:
    assert wording.rule(Verdict("base-typed", "warn", source=source)) == said


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        ("owner", "it belongs to root and you are ada"),
        ("mode", "its mode does not let you write"),
        ("read-only file system", "it is on a read-only file system"),
    ],
)
def test_a_fallback_is_explained_by_the_directory_that_caused_it(cause: str, said: str) -> None:
    text = wording.fallback(Blocked("/opt/lib", "root", "drwxr-xr-x", cause), "ada")
    assert f"/opt/lib is not writable: {said} (owner root, mode drwxr-xr-x)" in text


ARGUMENTS = [
    ["requests[socks]>=2,<3"],
    ["./a folder/[/x]", ":name:"],
    ["demo; python_version < '3'"],
    ["a'b", 'a"b', "$HOME", "*"],
]


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_a_hint_survives_being_pasted_into_a_shell(arguments: list[str]) -> None:
    hint = wording.install_again(request(*arguments, origin=TYPED), HERE)
    assert shlex.split(hint) == [HERE.executable, "-m", "pip", "install", *arguments]
    echo = hint.replace(f"{HERE.executable} -m", f"{sys.executable} -c 'import sys; print(sys.argv[1:])'", 1)
    shown = subprocess.run(echo, shell=True, capture_output=True, text=True, cwd="/", check=True)
    assert shown.stdout.strip() == repr(["pip", "install", *arguments])


@pytest.mark.parametrize(
    ("argument", "quoted"),
    [
        ("demo", "demo"),
        ("demo>=2", '"demo>=2"'),
        ("demo<3,>2", '"demo<3,>2"'),
        ("a folder", '"a folder"'),
        ("a & b", '"a & b"'),
        ("a&b", '"a&b"'),
        (r"C:\folder\demo.whl", r"C:\folder\demo.whl"),
        ("demo[extra]", "demo[extra]"),
    ],
)
def test_a_hint_on_windows_is_quoted_for_cmd(argument: str, quoted: str) -> None:
    hint = wording.install_again(request(argument, origin=TYPED), WINDOWS)
    assert hint == rf'"C:\Program Files\Python\python.exe" -m pip install {quoted}'


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (["--user", "demo"], ["demo"]),
        (["demo", "--user", "--upgrade", "-r", "a.txt"], ["demo", "--upgrade", "-r", "a.txt"]),
        (["--target", "/t", "demo"], ["demo"]),
        (["-t", "/t", "demo"], ["demo"]),
        (["-t/t", "demo"], ["demo"]),
        (["--prefix=/p", "--root", "/r", "demo"], ["demo"]),
        (["--break-system-packages", "--root-user-action=ignore", "demo"], ["--root-user-action=ignore", "demo"]),
    ],
)
def test_the_hint_for_a_new_environment_keeps_what_was_asked_for(typed: list[str], kept: list[str]) -> None:
    hint = wording.install_in_new_environment(request(origin=TYPED, arguments=("install", *typed)), HERE)
    make, install = hint.split(" && ")
    assert shlex.split(make) == [HERE.base_executable, "-m", "venv", ".venv"]
    assert shlex.split(install) == [".venv/bin/python", "-m", "pip", "install", *kept]


def test_the_hint_for_the_same_environment_drops_nothing_but_the_wish() -> None:
    typed = ("install", "--user", "-t", "/t", "--break-system-packages", "demo")
    hint = wording.install_again(request(origin=TYPED, arguments=typed), HERE, "--no-user")
    assert shlex.split(hint)[3:] == ["install", "--no-user", "-t", "/t", "--break-system-packages", "demo"]


def test_a_new_environment_on_windows_has_its_scripts_folder() -> None:
    hint = wording.install_in_new_environment(request(origin=TYPED), WINDOWS)
    assert hint == r"C:\py\python.exe -m venv .venv && .venv\Scripts\python -m pip install demo"


def test_a_report_carries_the_reason_the_rule_and_what_the_administrator_adds() -> None:
    words = policy(message="ask the help desk", help_url="https://example.org/pip")
    verdict = Verdict("base-typed", "warn", "because", "--user", "do this", Source("default"))
    report = wording.report(verdict, words)
    assert report.reference == "userctl-base-typed"
    assert report.why == "because (rule: base-typed = warn, the default)"
    assert report.note == "ask the help desk, https://example.org/pip"
    assert wording.line(report, "warn").splitlines() == [
        "userctl-base-typed: --user: because (rule: base-typed = warn, the default). Instead: do this",
        "note: ask the help desk, https://example.org/pip",
    ]
    assert wording.line(report, "log").splitlines() == [
        "userctl-base-typed: --user: because (rule: base-typed = warn, the default)"
    ]


def test_a_plugin_that_says_nothing_is_named() -> None:
    report = wording.report(Verdict("acme-freeze", "refuse", "it freezes", plugin="acme"), policy())
    assert "acme" in report.what
    assert report.why == "it freezes"


def test_several_refusals_become_one_with_the_first_in_front() -> None:
    first, second = Report("userctl-a", "A", "why a", hint="do a"), Report("userctl-b", "B", "why b", hint="do b")
    both = wording.combined([first, second])
    assert (both.reference, both.what, both.hint) == ("userctl-a", "A", "do a")
    assert both.why.splitlines() == ["why a", "also userctl-b: B: why b"]
    assert wording.combined([first]) == first
