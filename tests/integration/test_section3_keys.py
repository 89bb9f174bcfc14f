"""Section 3, the other keys: what waives a refusal, what coding agents get, what an administrator adds to a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from pip_userctl.testing import PipEnvironment, PipResult, make_wheel
from tests.integration.conftest import Make, Shared
from tests.support.expect import ALLOW_ROOT, STRICT, assert_judged, assert_silent
from tests.support.machines import Machine


def rule(result: PipResult, name: str) -> Any:
    """The rule in the last decision."""
    decisions = [each for each in result.records if each["event"] == "decision"]
    return next(each for each in decisions[-1]["rules"] if each["name"] == name)


def assert_waived(result: PipResult, name: str, by: str | None) -> None:
    """The record says that the rule refuses, and what waived that; pip went on if something did."""
    assert result.returncode == (1 if by is None else 0), result
    assert (rule(result, name)["action"], rule(result, name)["waived_by"]) == ("refuse", by), result
    effect = {None: "refuse", "override": "warn", "dry-run": "allow"}.get(by, "log")
    assert result.verdict == effect, result
    if effect in ("allow", "log"):  # nobody is told that something is refused who may do it
        assert "refuse" not in result.output, result


# allow-packages

PINNED_URL = "demo @ file:///missing/demo-1.0-py3-none-any.whl"
#: allow-packages, what is asked for, and whether all of that matches, as far as pip has to read it first.
ALLOWED = [
    ("demo\ndepends", ("demo[socks]", "depends"), True),
    ("depends", ("depends",), True),  # the dependencies of what is allowed are allowed
    ("demo", ("demo; python_version > '3'", "depends; python_version < '3'"), True),
    ("demo", (PINNED_URL,), False),
    ("built", ("./built",), False),
    ("demo", ("git+https://example.invalid/demo.git#egg=demo",), False),
    ("demo==1.0, depends", ("./demo-1.0-py3-none-any.whl", "-r", "wanted.txt", "-c", "constraints.txt"), True),
    ("demo==2.0, depends", ("./demo-1.0-py3-none-any.whl", "-r", "wanted.txt"), False),
]


@pytest.mark.parametrize(("entries", "words", "matches"), ALLOWED, ids=[f"{each[0]!r} {each[1]}" for each in ALLOWED])
def test_allow_packages_waives_a_refusal_where_everything_asked_for_matches(
    shared: Shared, entries: str, words: tuple[str, ...], matches: bool
) -> None:
    environment = shared("base")
    cwd = environment.account.cwd
    make_wheel(cwd, "demo")
    (cwd / "built").mkdir()
    (cwd / "built" / "setup.py").touch()
    (cwd / "wanted.txt").write_text("depends\n")
    (cwd / "constraints.txt").write_text("other==7\n")
    result = environment.pip("install", "--user", *words, PIP_USERCTL_ALLOW_PACKAGES=entries, **STRICT)
    assert_waived(result, "base-typed", "allow-packages" if matches else None)


def test_the_oldest_and_the_newest_pip_waive_alike_and_take_the_same_version_for_a_mistake(
    shared: Shared, each_pip: str
) -> None:
    environment = shared("base", pip=each_pip)
    typed = ("install", "--user", "demo==1.0")
    assert_waived(
        environment.pip(*typed, PIP_USERCTL_ALLOW_PACKAGES="demo<2", **STRICT), "base-typed", "allow-packages"
    )
    mistake = environment.pip(*typed, PIP_USERCTL_ALLOW_PACKAGES="demo<2.x", **STRICT)
    assert sorted(mistake.printed) == ["base-typed", "policy"], mistake
    assert "demo<2.x" in mistake.lines("userctl-policy: 1 mistake in the policy: ")[0], mistake


@pytest.mark.parametrize("pip", ["25.3", "26.3"])
def test_lock_files_and_dependencies_alone_never_match(shared: Shared, pip: str) -> None:
    environment = shared("base", pip=pip)
    allow = {"PIP_USERCTL_ALLOW_PACKAGES": "demo, depends", **STRICT}
    (environment.account.cwd / "pylock.toml").write_text(
        'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "demo"\nversion = "1.0"\n'
        f'wheels = [{{path = "{environment.account.wheels}/demo-1.0-py3-none-any.whl", hashes = {{sha256 = "0"}}}}]\n'
    )
    if pip == "26.3":  # the first that reads lock files, and has --only-deps
        assert_waived(environment.pip("install", "--user", "-r", "pylock.toml", **allow), "base-typed", None)
        assert_waived(environment.pip("install", "--user", "--only-deps", "depends", **allow), "base-typed", None)
    (environment.account.cwd / "pyproject.toml").write_text('[dependency-groups]\ntest = ["demo"]\n')
    assert_waived(environment.pip("install", "--user", "--group", "test", **allow), "base-typed", "allow-packages")


def test_what_could_not_work_and_what_is_protected_is_not_waived(shared: Shared) -> None:
    everything = {"PIP_USERCTL_ALLOW_PACKAGES": "demo", "PIP_USERCTL_ALLOW_USER_BASE": "/*/*/*/*/*/*/*", **ALLOW_ROOT}
    assert_judged(shared().pip("install", "--user", "demo", **everything), "isolated-typed", "refuse")
    environment = shared("base")
    hidden = environment.pip("install", "--user", "demo", PYTHONNOUSERSITE="1", **everything)
    assert_judged(hidden, "hidden-user-site", "refuse")
    protected = environment.pip("install", "--user", "demo", PIP_USERCTL_PROTECT_PACKAGES="demo", **everything)
    assert_judged(protected, "protected-package", "refuse")
    reason = {"PIP_USERCTL_REASON": "ticket 7"}
    assert_judged(
        environment.pip("install", "--user", "demo", PYTHONNOUSERSITE="1", **reason), "hidden-user-site", "refuse"
    )
    assert_judged(shared().pip("install", "--user", "demo", **reason), "isolated-typed", "refuse")


# allow-user-base


@pytest.mark.parametrize(
    ("pattern", "place", "matches"),
    [
        ("~/nowhere\n$HOME/s*/b*", "other/../shared-3/below", True),
        ("~/shared-*", "shared-3/below", False),  # within one path component
        ("~/.*", "", False),  # the default one never matches
    ],
)
def test_allow_user_base_waives_a_refusal_for_another_user_base_than_the_default(
    shared: Shared, pattern: str, place: str, matches: bool
) -> None:
    environment = shared("base")
    variables = {"PYTHONUSERBASE": str(environment.account.home / place)} if place else {}
    result = environment.pip("install", "--user", "demo", PIP_USERCTL_ALLOW_USER_BASE=pattern, **variables, **STRICT)
    assert_waived(result, "base-typed", "allow-user-base" if matches else None)


# override


@pytest.mark.parametrize("reason", [" \t", "ticket 7"])
def test_a_reason_turns_a_refusal_into_a_warning_unless_it_is_blank(shared: Shared, reason: str) -> None:
    environment = shared("base")
    result = environment.pip("install", "--user", "demo", PIP_USERCTL_REASON=reason, **STRICT)
    assert_waived(result, "base-typed", "override" if reason.strip() else None)
    assert result.records[0]["reason"] == (reason.strip() or None), result
    assert result.printed == ["base-typed"], result
    (environment.account.config).write_text("[userctl]\nreason = a file\n")
    assert_waived(environment.pip("install", "--user", "demo", **STRICT), "base-typed", None)


def test_where_the_override_is_denied_one_line_and_the_record_say_so(shared: Shared) -> None:
    environment = shared("base")
    environment.account.config.write_text("[userctl]\noverride = deny\n")
    result = environment.pip("install", "--user", "demo", PIP_USERCTL_REASON="ticket 7", **STRICT)
    assert_waived(result, "base-typed", None)
    assert len(result.lines("userctl-override: PIP_USERCTL_REASON does not count here: override = deny")) == 1, result
    assert result.records[0]["reason"] == "ticket 7", result


@pytest.mark.needs("root", "unshare")
def test_a_refusal_names_the_override_where_an_administrator_set_the_rule_and_allows_it(make: Make) -> None:
    machine = Machine(make("base"))
    machine.write("/etc/pip.conf", "base-typed = refuse", "message = Ask the team.", "help-url = https://help.invalid")
    offered = machine.pip("--user", "demo")
    assert_judged(offered, "base-typed", "refuse")
    assert 'PIP_USERCTL_REASON="..." in front of the command' in offered.output, offered
    for variables in (
        {"PIP_USERCTL_OVERRIDE": "deny"},
        {"AI_AGENT": "acme"},  # not an agent's to decide
        {"PIP_USERCTL_BASE_TYPED": "refuse"},  # the user's own setting can be changed
    ):
        assert "PIP_USERCTL_REASON" not in machine.pip("--user", "demo", **variables).output, variables


# message and help-url


def test_message_and_link_are_lines_of_their_own_once_and_follow_refusals_and_warnings_alone(
    shared: Shared, each_pip: str
) -> None:
    environment = shared("base", pip=each_pip)
    text = "[userctl]\nmessage = Use an environment\n    or ask us\nhelp-url = https://help.invalid/x\n"
    environment.account.config.write_text(text)
    keys = {"PIP_USERCTL_BASE_TYPED": "warn", **ALLOW_ROOT}
    shown = ["Use an environment", "or ask us", "https://help.invalid/x"]
    for variables in (keys, {**keys, "PIP_USERCTL_BASE_TYPED": "refuse"}, {**STRICT, "PIP_USERCTL_REASON": "x"}):
        result = environment.pip("install", "--user", "--force-reinstall", "demo", **variables)
        lines = [line.replace("note: ", "").strip() for line in result.output.splitlines()]
        assert [line for line in lines if line in shown] == shown, result
        assert result.output.count("help.invalid") == 1, result
    for variables in (ALLOW_ROOT, {**STRICT, "PIP_USERCTL_ALLOW_PACKAGES": "demo"}):
        quiet = environment.pip("install", "--user", "--force-reinstall", "demo", **variables)
        assert (quiet.returncode, quiet.output.count("ask us")) == (0, 0), quiet


# coding agents


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"AI_AGENT": "x" * 70 + "\x1b", "CLAUDECODE": "1"}, "x" * 64),
        ({"AI_AGENT": "0", "GEMINI_CLI": "1"}, "gemini"),
        ({"REPL_ID": "1", "CURSOR_TRACE_ID": "1", "GOOSE_PROVIDER": "x", "TERM_PROGRAM": "vscode"}, None),
    ],
)
def test_an_agent_is_known_by_its_marker(shared: Shared, variables: dict[str, str], name: str | None) -> None:
    environment = shared("base")
    environment.account.config.write_text("[userctl]\nagent-profile = strict\nroot-user = allow\n")
    result = environment.pip("install", "--user", "demo", **variables)
    assert result.records[0]["agent"] == name, result
    if name:
        assert_judged(result, "base-typed", "refuse")
        assert "[agent-profile strict, ~/.config/pip/pip.conf:2]" in result.output, result
    else:
        assert_silent(result)


def as_agent(environment: PipEnvironment, *lines: str, weaker: str = "") -> PipResult:
    """A user install by an agent under these lines of the user's file, and a line of a weaker one."""
    environment.account.config.write_text("\n".join(["[userctl]", "root-user = allow", *lines, ""]))
    environment.account.global_config.write_text(f"[userctl]\n{weaker}\n")
    return environment.pip("install", "--user", "--force-reinstall", "demo", AI_AGENT="acme")


def test_an_agent_gets_the_stricter_of_both_profiles_unless_the_key_is_set_as_strongly(shared: Shared) -> None:
    environment = shared("base")
    assert_silent(as_agent(environment))
    assert as_agent(environment, "agent-profile = audit").rules["base-typed"] == "log"  # which is stricter than allow
    assert as_agent(environment, "profile = strict", "agent-profile = audit").rules["base-typed"] == "refuse"
    assert_silent(as_agent(environment, "agent-profile = strict", "base-typed = allow"))
    refused = as_agent(environment, "agent-profile = strict", weaker="base-typed = allow")
    assert refused.rules["base-typed"] == "refuse", refused
