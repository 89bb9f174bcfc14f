"""What else status tells: the second half of its promises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Callable

import pytest

from tests.integration.test_status import (
    INACTIVE,
    REACH,
    UNREADABLE,
    Damage,
    assert_problems,
    half_a_pip,
    in_user_site,
    misfitting_pip,
    search_path,
    without_pip,
)
from tests.toolkit.answers import answer, status
from tests.toolkit.environments import Environment
from tests.toolkit.plugins import RULE, add_plugin

Make = Callable[..., Environment]


@pytest.mark.parametrize("name", INACTIVE)
def test_where_it_is_not_active_the_reason_is_given(make: Make, each_pip: str, name: str) -> None:
    environment = make("isolated", pip=each_pip)
    damage, reason = INACTIVE[name]
    variables = damage(environment)
    result = environment.userctl("status", **variables)
    assert result.returncode == 1, result
    assert "Traceback" not in result.stderr, result
    (line,) = (line for line in result.stdout.splitlines() if line.startswith("active "))
    assert line.split(None, 1)[1].startswith(f"no: {reason}"), result
    # Of a pip that does not fit the start-up hook says a line as well.
    data = answer(environment.userctl("status", "--json", **variables), complete=not result.stderr)["data"]
    assert data["active"] is False, data
    assert data["reason"].startswith(reason), data


@pytest.mark.parametrize("flags", [["-S"], ["-I", "-S"]], ids=" ".join)
def test_a_python_that_reads_no_start_up_files_is_not_active(make: Make, each_pip: str, flags: list[str]) -> None:
    environment = make("isolated", pip=each_pip)
    code = (
        f"import sys; sys.path[:0] = {search_path(environment).split(':')!r}\nfrom pip_userctl.__main__ import main\n"
    )
    result = environment.run(*flags, "-c", code + "sys.argv[1:] = ['status']; sys.exit(main())")
    assert result.returncode == 1, result
    assert "active       no: Python runs with -S, which reads no start-up files\n" in result.stdout, result
    assert "(not on sys.path: Python runs with -" in result.stdout, result


@pytest.mark.parametrize("missing", ["pluggy", "engine"])
@pytest.mark.parametrize("verb", ["status", "explain"])
def test_where_a_part_is_missing_the_command_says_which_and_how_to_mend_it(make: Make, verb: str, missing: str) -> None:
    environment = make("isolated")
    if missing == "pluggy":
        links = (environment.site_packages / "links.pth").read_text().splitlines()
        (environment.site_packages / "links.pth").write_text(f"{links[1]}\n")
    else:
        environment.remove_userctl("pip_userctl/engine.py")
    asked = ["demo"] if verb == "explain" else []
    result = environment.userctl(verb, *asked)
    assert (result.returncode, result.stderr) == (1, ""), result
    assert result.stdout.startswith("error: userctl-not-installed\n"), result
    assert missing in result.stdout, result
    assert f"hint: {environment.python} -m pip install --force-reinstall pip-userctl" in result.stdout, result
    (error,) = answer(environment.userctl(verb, "--json", *asked))["errors"]
    assert error["reference"] == "userctl-not-installed", error


@pytest.mark.parametrize("damage", [without_pip, half_a_pip], ids=lambda damage: damage.__name__)
def test_explain_without_pip_says_how_to_get_one(make: Make, damage: Damage) -> None:
    environment = make("isolated")
    damage(environment)
    result = environment.userctl("explain", "demo")
    assert result.returncode == 1, result
    assert result.stdout.startswith("error: userctl-not-installed\n"), result
    assert f"hint: {environment.python} -m ensurepip --upgrade" in result.stdout, result


def test_explain_names_a_pip_that_does_not_fit(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    misfitting_pip(environment)
    result = environment.userctl("explain", "demo")
    assert result.returncode == 1, result
    assert result.stdout.startswith("error: userctl-unsupported-pip\n"), result
    assert "this pip has no decide_user_install" in result.stdout, result


@pytest.mark.parametrize("place", REACH, ids=lambda place: place.__name__)
def test_the_reach_depends_on_where_it_is_installed(
    make: Make, place: Callable[[Make], tuple[Environment, Path]]
) -> None:
    environment, python = place(make)
    result = environment.account.run([str(python), "-m", "pip_userctl", "status", "--json"])
    data = answer(result)["data"]
    assert data["active"] is True, result
    expected = REACH[place].format(prefix=environment.prefix, version=environment.base.version)
    assert data["reach"] == expected, result


def test_in_the_user_site_it_is_not_active_where_that_is_hidden(make: Make) -> None:
    environment, python = in_user_site(make)
    result = environment.account.run([str(python), "-s", "-m", "pip_userctl", "status"])
    assert result.returncode == 1, result
    assert "No module named pip_userctl" in result.stderr, result


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
        "on-error": ("warn", source("profile", 2)),
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
        f"  base-fallback                refuse  (profile in {config}:2)\n",
        "  base-typed                   log  (PIP_USERCTL_BASE_TYPED)\n",
        f"  message                      one\n{'':31}two  ({config}:3)\n",
        "  plugins                      auto  (PIP_USERCTL_PLUGINS)\n",
    ):
        assert line in result.stdout, result


def test_every_key_of_the_policy_is_listed_in_order(make: Make) -> None:
    environment = make("isolated")
    code = "import json; from pip_userctl.policy import KEYS; print(json.dumps(list(KEYS)))"
    assert list(status(environment)["policy"]["values"]) == json.loads(environment.run("-c", code).stdout)


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
