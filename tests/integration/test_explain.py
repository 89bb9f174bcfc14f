"""``pip-userctl explain``: what it takes, what it tells, and what it leaves alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Callable

import pytest

from tests.toolkit import cache
from tests.toolkit.answers import answer, explained
from tests.toolkit.environments import Environment
from tests.toolkit.expect import NO_ROOT_ROW
from tests.toolkit.projects import make_project

Make = Callable[..., Environment]
PLACE = (str, type(None))
#: The fields of a decision record, with the types of their values; a list of one type stands for any number of them.
RECORD: Mapping[str, Any] = {
    "schema": int,
    "event": str,
    "phase": int,
    "id": PLACE,
    "time": str,
    "verdict": str,
    "situations": [
        {
            "name": str,
            "action": str,
            "reason": str,
            "plugin": str,
            "source": {"kind": str, "path": PLACE, "line": (int, type(None))},
        }
    ],
    "lifted": [{"name": str, "by": str}],
    "failures": [{"part": str, "name": str, "error": str}],
    "request": {
        "origin": {"kind": str, "name": PLACE, "path": PLACE, "line": (int, type(None))},
        "dropped": bool,
        "scheme": str,
        "requirements": [str],
        "constraints": [str],
        "editable": [str],
        "dry_run": bool,
        "arguments": [str],
    },
    "destination": {"scheme": str, "purelib": str, "platlib": str, "scripts": str, "data": str, "root": PLACE},
    "environment": {
        "kind": str,
        "prefix": str,
        "base_prefix": str,
        "executable": str,
        "python_flags": [str],
        "user_base": str,
        "user_site": str,
        "user_site_enabled": bool,
        "externally_managed": bool,
        "container": PLACE,
    },
    "policy": {"profile": str, "locked": bool, "files": [str], "loosening": [str]},
    "account": {"uid": int, "name": str, "sudo_uid": (int, type(None))},
    "host": str,
    "pid": int,
    "parent": PLACE,
    "cwd": PLACE,
    "pip": str,
    "python": str,
    "userctl": str,
    "override": PLACE,
}


def misfits(value: Any, shape: Any, name: str = "data") -> Iterator[str]:
    """Where a value has not this shape; what it has beside the fields of the shape's top is no misfit."""
    if isinstance(shape, Mapping):
        if name != "data" and set(value) != set(shape):
            yield f"{name} has the fields {sorted(value)}"
        for key in shape:
            yield from (
                misfits(value[key], shape[key], f"{name}.{key}") if key in value else [f"{name}.{key} is missing"]
            )
    elif isinstance(shape, list):
        for each in value:
            yield from misfits(each, shape[0], f"{name}[]")
    elif not isinstance(value, shape):
        yield f"{name} is {value!r}"


def test_the_data_has_the_fields_of_a_decision_record(make: Make, each_pip: str) -> None:
    environment = make("system-site", pip=each_pip)
    config = environment.account.user_config
    config.write_text("[global]\nuser = yes\n[userctl]\nsystem-site-configured = refuse\n")
    (environment.account.cwd / "constraints.txt").write_text("demo == 1.0\n")
    make_project(environment.account.cwd / "tree", "tree")
    (environment.account.cwd / "tree" / "setup.py").write_text("")  # an older pip asks for it
    arguments = ["-c", "constraints.txt", "demo>=1", "-e", "tree"]
    result = environment.userctl("explain", "--json", *arguments, **NO_ROOT_ROW)
    data = answer(result)["data"]
    assert list(misfits(data, RECORD)) == [], result

    assert (data["schema"], data["event"], data["phase"], data["verdict"]) == (1, "decision", 1, "refuse"), result
    situation = data["situations"][0]
    assert (situation["name"], situation["action"]) == ("system-site-configured", "refuse"), result
    assert situation["source"] == {"kind": "user", "path": str(config), "line": 4}, result
    assert situation["plugin"] == "pip_userctl", result
    request = data["request"]
    assert request["origin"] == {"kind": "configured", "name": "user", "path": str(config), "line": 2}, result
    assert (request["dropped"], request["scheme"], request["dry_run"]) == (False, "user", False), result
    assert request["arguments"] == ["install", *arguments], result
    assert data["destination"]["purelib"] == str(environment.user_site), result
    assert data["environment"]["kind"] == "system-site", result
    assert data["environment"]["prefix"] == str(environment.prefix), result
    assert data["environment"]["user_site"] == str(environment.user_site), result
    assert data["policy"]["files"] == [str(config)], result
    assert (data["pip"], data["cwd"]) == (each_pip, str(environment.account.cwd)), result
    age = datetime.now(timezone.utc) - datetime.fromisoformat(data["time"].replace("Z", "+00:00"))
    assert data["time"].endswith("Z"), result
    assert abs(age.total_seconds()) < 3600, result


def test_the_requirements_are_what_was_typed_and_what_files_say(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    (environment.account.cwd / "requirements.txt").write_text("depends == 1.0\n-c constraints.txt\n")
    (environment.account.cwd / "constraints.txt").write_text("demo == 1.0\n")
    make_project(environment.account.cwd / "tree", "tree")
    (environment.account.cwd / "tree" / "setup.py").write_text("")
    request = explained(environment, "demo[socks]>=1", "-e", "tree", "-r", "requirements.txt")["request"]
    assert request["requirements"] == ["demo[socks]>=1", "depends==1.0"], request
    assert request["constraints"] == ["demo==1.0"], request
    assert request["editable"] == ["tree"], request


def test_the_text_says_verdict_reason_whose_setting_and_what_to_run_instead(make: Make, each_pip: str) -> None:
    environment = make("system-site", pip=each_pip)
    environment.account.user_config.write_text(
        "[install]\nuser = yes\n[userctl]\nsystem-site-configured = refuse\nmessage = Ask us.\nhelp-url = https://h.example\n"
    )
    result = environment.userctl("explain", "demo", **NO_ROOT_ROW)
    assert result.returncode == 1, result
    config = environment.account.user_config
    for words in (
        "command  pip install demo\n",
        "verdict  refuse\n",
        "situation system-site-configured\n",
        f'"user" in {config}:2 asks for a user install',
        f"(rule: system-site-configured = refuse, set in {config}:4)",
        "note    Ask us., https://h.example\n",
        f"hint    {environment.python} -m pip install --no-user demo\n",
        f'configured: "user" in {config}:2\n',
        f"purelib  {environment.user_site}\n",
        "not judged, because it needs the resolved set\n  shadowing, shadowing-other, protected-package\n",
    ):
        assert words in result.stdout, result
    assert result.stderr == "", result


@pytest.mark.parametrize(
    "ways",
    [
        [["--user", "demo"], ["--", "--user", "demo"], ["pip", "install", "--user", "demo"]],
        [["demo"], ["--", "pip", "install", "demo"], ["pip", "install", "demo"]],
    ],
    ids=["--user", "a name"],
)
def test_a_pasted_command_and_two_dashes_change_nothing(make: Make, each_pip: str, ways: Sequence[list[str]]) -> None:
    environment = make("isolated", pip=each_pip)
    texts = {environment.userctl("explain", *way).stdout for way in ways}
    assert len(texts) == 1, texts
    assert f"pip install {' '.join(ways[0])}\n" in texts.pop()


def test_pip_and_install_are_names_like_others(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    assert explained(environment, "pip", "demo")["request"]["requirements"] == ["pip", "demo"]
    assert explained(environment, "install", "pip")["request"]["requirements"] == ["install", "pip"]
    assert explained(environment, "pip")["request"]["requirements"] == ["pip"]


def test_behind_two_dashes_every_option_belongs_to_pip(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    result = environment.userctl("explain", "--", "--json", "demo")
    assert result.returncode == 2, result
    assert "no such option: --json" in result.stderr, result


@pytest.mark.parametrize("asked", [["--no-such-option", "demo"], ["--user=maybe", "demo"]], ids=" ".join)
def test_a_usage_error_of_pip_is_one_of_explain(make: Make, each_pip: str, asked: list[str]) -> None:
    environment = make("isolated", pip=each_pip)
    assert environment.pip("install", *asked).returncode == 2
    result = environment.userctl("explain", *asked)
    assert (result.returncode, result.stdout) == (2, ""), result
    assert "usage: pip-userctl explain" in result.stderr, result
    assert "Traceback" not in result.stderr, result

    envelope = answer(environment.userctl("explain", "--json", *asked), complete=False)
    assert [each["reference"] for each in envelope["errors"]] == ["userctl-usage"], envelope


#: Configurations that pip's own parser does not accept: the user's file, and variables.
UNACCEPTED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "a file without sections": ("user = yes\n", {}),
    "a variable": ("", {"PIP_USER": "maybe"}),
    "a value in a file": ("[install]\nuser = maybe\n", {}),
}


@pytest.mark.parametrize("name", UNACCEPTED)
def test_a_configuration_that_pip_cannot_read_is_named_in_its_words(make: Make, each_pip: str, name: str) -> None:
    environment = make("isolated", pip=each_pip)
    text, variables = UNACCEPTED[name]
    environment.account.user_config.write_text(text)
    real = environment.pip("install", "demo", **variables)
    result = environment.userctl("explain", "demo", **variables)
    assert (result.returncode, result.stdout) == (real.returncode, ""), (result, real)
    assert real.stderr.splitlines()[-1] in result.stderr, (result, real)
    assert "Traceback" not in result.stderr, result


def test_a_file_that_is_no_text_is_a_refusal_of_pip(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    (environment.account.cwd / "requirements.txt").write_bytes(b"\xff\xfed")
    assert environment.pip("install", "-r", "requirements.txt").returncode != 0
    result = environment.userctl("explain", "--json", "-r", "requirements.txt")
    assert "UnicodeDecodeError" in answer(result)["data"]["pip_refuses"], result


def test_what_is_not_judged_has_a_reason(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    for arguments, variables, reason in (
        (["demo"], {"PIP_USERCTL_ENABLED": "no"}, "the policy is switched off (enabled = no)"),
        (["demo; python_version < '3'"], {}, "pip has nothing to install: no requirement, or none whose marker holds"),
        (["--no-user", "--prefix", "p", "demo"], {"PIP_BUILD_TRACKER": "t"}, "an install that pip or ensurepip starts"),
    ):
        result = environment.userctl("explain", *arguments, **variables)
        assert result.returncode == 0, result
        assert f"verdict  not judged: {reason}" in result.stdout, result
        data = explained(environment, *arguments, **variables)
        assert (data["judged"], data["pip_refuses"]) == (False, None), data
        assert data["reason"].startswith(reason), data


def test_mistakes_in_the_policy_are_listed(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    config = environment.account.user_config
    config.write_text("[userctl]\nbase-typed = refus\nbase-tiped = refuse\n")
    result = environment.userctl("explain", "demo")
    assert result.returncode == 0, result
    assert re.search(rf"mistakes in the policy\n  {config}:2: .*\n  {config}:3: ", result.stdout), result
    assert len(explained(environment, "demo")["problems"]) == 2


def test_the_console_script_is_the_module(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    installed = environment.pip("install", "--no-deps", "--force-reinstall", str(cache.wheel()))
    assert installed.returncode == 0, installed
    script = str(environment.prefix / "bin" / "pip-userctl")
    for arguments in (
        ["explain", "--user", "demo"],
        ["status"],
        ["--version"],
        ["--help"],
        ["explain", "--nonsense"],
        [],
    ):
        by_script = environment.account.run([script, *arguments], {"PIP_FIND_LINKS": str(environment.wheels)})
        by_module = environment.userctl(*arguments)
        assert by_script.returncode == by_module.returncode, (by_script, by_module)
        assert by_script.stdout == by_module.stdout, (by_script, by_module)
        assert by_script.stderr == by_module.stderr, (by_script, by_module)


def test_every_situation_that_is_silent_in_pip_is_still_told(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    data = explained(environment, "--user", "demo", **NO_ROOT_ROW)
    assert {"name": "base-typed", "action": "allow"}.items() <= data["situations"][0].items(), data
    assert data["situations"][0]["source"] == {"kind": "default", "path": None, "line": None}, data
