"""The policy that ``pip-userctl status`` shows: each value with its source, the mistakes, the plugins."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Callable

import pytest

from tests.toolkit.answers import answer, status
from tests.toolkit.environments import Environment, Result
from tests.toolkit.plugins import RULE, add_plugin

Make = Callable[..., Environment]


def test_each_value_has_its_source(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    account = environment.account
    named = account.cwd / "named.conf"
    places = {
        "global": account.global_config,
        "user": account.user_config,
        "site": environment.site_config,
        "env": named,
    }
    account.global_config.write_text("[userctl]\nprofile = strict\nbase-typed = log\nroot-user = log\n")
    account.user_config.write_text("[userctl]\nroot-user = warn\nbase-fallback = warn\n")
    environment.site_config.write_text("[userctl]\n# a remark\nconda-typed = allow\nplugins = none\n")
    named.write_text("[global]\ntimeout = 5\n[userctl]\nconda-fallback = allow\nplugin-timeout = 0.5\n")

    def source(kind: str, line: int | None = None) -> dict[str, object]:
        path = str(places["global" if kind == "profile" else kind]) if line else None
        return {"kind": kind, "path": path, "line": line}

    values = status(environment, PIP_USERCTL_CONDA_TYPED="refuse", PIP_USERCTL_MESSAGE="Ask us.")["policy"]["values"]
    expected = {
        "profile": ("strict", source("global", 2)),
        "base-typed": ("log", source("global", 3)),
        "root-user": ("warn", source("user", 2)),
        "base-fallback": ("warn", source("user", 3)),
        "plugins": (["none"], source("site", 4)),
        "conda-typed": ("refuse", source("env-var")),
        "message": ("Ask us.", source("env-var")),
        "base-configured": ("refuse", source("profile", 2)),
        "on-error": ("warn", source("default")),
    }
    assert {key: (values[key]["value"], values[key]["source"]) for key in expected} == expected, values

    # An existing PIP_CONFIG_FILE hides the user's file from pip.
    data = status(environment, PIP_CONFIG_FILE=str(named))
    values = data["policy"]["values"]
    assert values["conda-fallback"] == {"value": "allow", "source": source("env", 4)}, data
    assert values["plugin-timeout"] == {"value": 0.5, "source": source("env", 5)}, data
    assert values["root-user"] == {"value": "log", "source": source("global", 4)}, data
    assert data["policy"]["files"] == [str(places[kind]) for kind in ("global", "site", "env")], data


def test_the_text_names_the_source_of_what_is_not_the_default(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    config = environment.account.user_config
    config.write_text("[userctl]\nprofile = strict\nmessage = one\n  two\nplugins = auto, acme\n")
    result = environment.userctl("status", PIP_USERCTL_BASE_TYPED="log", PIP_USERCTL_PLUGINS="auto")
    for line in (
        "policy, profile strict\n",
        f"  base-fallback                refuse  profile in {config}:2\n",
        "  enabled                      yes\n",
        "  base-typed                   log     PIP_USERCTL_BASE_TYPED\n",
        f"  message                      one     {config}:3\n{'':31}two\n",
        "  plugins                      auto    PIP_USERCTL_PLUGINS\n",
    ):
        assert line in result.stdout, result


def test_every_key_of_the_policy_is_listed_in_order(make: Make) -> None:
    environment = make("isolated")
    code = "import json; from pip_userctl.policy import KEYS; print(json.dumps(list(KEYS)))"
    assert list(status(environment)["policy"]["values"]) == json.loads(environment.run("-c", code).stdout)


def assert_problems(environment: Environment, *expected: tuple[str, int | None, str], **variables: str) -> Result:
    """These mistakes, and no other, are told, as data and as text."""
    data = answer(environment.userctl("status", "--json", **variables))["data"]
    problems = data["policy"]["problems"]
    assert [(each["path"], each["line"]) for each in problems] == [each[:2] for each in expected], problems
    assert all(words in each["text"] for each, (*_, words) in zip(problems, expected)), problems
    assert data["active"] is True, data
    result = environment.userctl("status", **variables)
    assert result.returncode == 1, result
    section = result.stdout.split("mistakes in the policy\n")[1].splitlines()
    assert section[: len(problems)] == [f"  {each['message']}" for each in problems], result
    return result


def test_mistakes_in_the_policy_are_listed_with_their_places(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    config, site = environment.account.user_config, environment.site_config
    config.write_text("[userctl]\nbase-typed = refus\nbase-tiped = refuse\nlocked = yes\nplugin-timeout = 0\n")
    site.write_text("[userctl]\nenabled = perhaps\n")
    assert_problems(
        environment,
        (str(config), 2, "base-typed = refus is not valid (did you mean refuse?); valid: allow, log, warn, refuse"),
        (str(config), 3, "unknown key base-tiped (did you mean base-typed?)"),
        (str(config), 4, "locked = yes is heard only in an administrator file"),
        (str(config), 5, "plugin-timeout = 0 is not valid"),
        (str(site), 2, "enabled = perhaps is not valid"),
        ("PIP_USERCTL_ROOT_USER", None, "root-user = no is not valid"),
        ("PIP_USERCTL_LOCKED", None, "locked = yes is heard only in an administrator file"),
        PIP_USERCTL_ROOT_USER="no",
        PIP_USERCTL_LOCKED="1",
    )


def test_a_lock_that_is_not_honoured_is_not_shown_as_one(make: Make) -> None:
    environment = make("isolated")
    environment.account.user_config.write_text("[userctl]\nlocked = yes\n")
    policy = answer(environment.userctl("status", "--json", PIP_USERCTL_LOCKED="yes"))["data"]["policy"]
    assert (policy["locked"], policy["values"]["locked"]["value"]) == (False, False), policy


#: Files that no parser reads: what they hold, at which line the mistake is, and what is said of it.
UNREADABLE: Mapping[str, tuple[bytes, int | None, str]] = {
    "no section": (b"user = yes\n", 1, "stands before the first [section]"),
    "a section twice": (b"[userctl]\n[userctl]\n", 2, "section [userctl] stands here a second time"),
    "a key twice": (b"[userctl]\nprofile = audit\nprofile = audit\n", 3, "key profile stands here a second time"),
    "no assignment": (b"[userctl]\nprofile\n", 2, "is not a line of a configuration file: profile"),
    "no text": (b"[userctl]\nmessage = \xff\n", None, "is not utf-8 text"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_parsed_is_a_mistake(make: Make, name: str) -> None:
    environment = make("isolated")
    content, line, words = UNREADABLE[name]
    environment.account.user_config.write_bytes(content)
    assert_problems(environment, (str(environment.account.user_config), line, words))


def test_a_file_that_may_not_be_read_is_told(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    environment.account.user_config.write_text("[userctl]\nprofile = strict\n")
    environment.make_unreadable(environment.account.user_config)
    words = "cannot be read (Permission denied), so pip skips it"
    assert_problems(environment, (str(environment.account.user_config), None, words))


def test_plugins_are_listed_with_their_keys_and_failures(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    keys = "@hookimpl\ndef userctl_policy_keys():\n    return [PolicyKey('acme-freeze', summary='a freeze')]\n"
    add_plugin(environment, "return None", module=RULE + keys)
    data = status(environment, PIP_USERCTL_ACME_FREEZE="log")
    assert {"name": "acme", "distribution": "acme-policy", "version": "1.0"} in data["plugins"], data
    assert data["policy"]["values"]["acme-freeze"]["value"] == "log", data

    add_plugin(environment, "", name="broken", module="raise RuntimeError('no such thing')\n")
    result = environment.userctl("status")
    assert result.returncode == 1, result
    assert "failures\n  plugin broken  RuntimeError: no such thing\n" in result.stdout, result
    data = answer(environment.userctl("status", "--json"))["data"]
    failure = {"part": "plugin", "name": "broken", "error": "RuntimeError: no such thing"}
    assert (data["active"], data["failures"]) == (True, [failure]), data
