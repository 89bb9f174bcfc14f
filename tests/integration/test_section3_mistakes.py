"""CONTRACT section 3: mistakes in a policy are one warning that helps; with ``on-error = refuse`` they stop pip."""

from __future__ import annotations

import pytest

from pip_userctl.testing import PipEnvironment, PipResult
from tests.support.answers import data
from tests.support.cache import Built
from tests.support.changes import make_unreadable
from tests.support.expect import ALLOW_ROOT, AUDIT, assert_judged, assert_silent
from tests.support.projects import make_project
from tests.support.pythons import NEWEST
from tests.support.scenes import Stage

CONFIG = "~/.config/pip/pip.conf"
DENY = "base-typed = deny is not valid; valid: allow, log, warn, refuse"
REFUSE = {"PIP_USERCTL_ON_ERROR": "refuse"}


def write(environment: PipEnvironment, *lines: str) -> None:
    """The account's pip.conf: a section ``[userctl]`` with these lines, the first of them in line 2."""
    environment.account.config.write_text("\n".join(["[userctl]", *lines, ""]))


def assert_warned(result: PipResult, expected: str) -> None:
    """Pip went on with this one line about the policy, which ends with what to run."""
    assert (result.returncode, result.printed) == (0, ["policy"]), result
    command = f"{result.command[result.command.index('-m') - 1]} -m pip_userctl check"
    assert result.lines("userctl-policy: ") == [f"userctl-policy: {expected}. Run: {command}"], result


#: Lines, and what is said of them: the nearest spelling and the valid values.
MISTAKES = {
    "profil = strict": "unknown key profil (did you mean profile?)",
    "base_typd = warn": "unknown key base-typd (did you mean base-typed?)",
    "colour = red": "unknown key colour",
    "reason = because": "unknown key reason",
    "profile = strickt": "profile = strickt is not valid (did you mean strict?); valid: audit, default, strict",
    "base-typed = deny": DENY,
    "conda-typed = ignore": "conda-typed = ignore is not valid; valid: allow, log, warn, refuse",
    "base-configured = ingore": "base-configured = ingore is not valid (did you mean ignore?); "
    "valid: allow, log, warn, ignore, refuse",
    "enabled = perhaps": "enabled = perhaps is not valid; valid: yes or no",
    "on-error = stop": "on-error = stop is not valid; valid: warn, refuse",
    "syslog = udp://host": "syslog = udp://host is not valid; valid: local, udp://host:port or the path of a datagram socket",
    "allow-packages = numpy<2.x": "allow-packages = numpy<2.x is not valid; valid: requirement specifiers such as numpy or "
    "numpy<2, one a line or separated by commas",
}


def test_each_mistake_is_named_with_its_line_the_valid_values_and_the_nearest_spelling(base: PipEnvironment) -> None:
    write(base, "message = fine", "", *MISTAKES)
    texts = list(MISTAKES.values())
    result = base.pip("install", "demo")
    assert_warned(result, f"{len(texts)} mistakes in the policy: {CONFIG}:4: {texts[0]}")
    assert base.where("demo") == "site", result
    found = data(base.userctl("check", "--json"))["mistakes"]
    assert [(each["line"], each["text"]) for each in found] == list(enumerate(texts, 4)), found


def test_a_section_spelled_nearly_like_ours_is_a_mistake(base: PipEnvironment) -> None:
    base.account.config.write_text("[user-ctl]\nprofile = strict\n[user]\nname = ada\n")
    text = f"1 mistake in the policy: {CONFIG}:1: unknown section [user-ctl] (did you mean [userctl]?)"
    assert_warned(base.pip("install", "demo", **REFUSE), text)


def test_several_mistakes_are_counted_in_one_line_that_names_the_first(base: PipEnvironment) -> None:
    write(base, "enabled = perhaps", "nonsense = 1")
    base.account.global_config.write_text("[userctl]\n\nprofile = strickt\n")
    result = base.pip("install", "demo", PIP_USERCTL_MESSAG="x", PIP_USERCTL_BASE_TYPED="deny")
    text = "profile = strickt is not valid (did you mean strict?); valid: audit, default, strict"
    assert_warned(result, f"5 mistakes in the policy: {base.account.global_config}:3: {text}")
    # All of them are in `check`, and with the variable's name where it is one.
    found = data(base.userctl("check", "--json", PIP_USERCTL_MESSAG="x", PIP_USERCTL_BASE_TYPED="deny"))
    lines = [f"{each['path']}:{each['line']}" for each in found["mistakes"]]
    config = base.account.config
    assert lines[:3] == [f"{base.account.global_config}:3", f"{config}:2", f"{config}:3"], found
    assert {"PIP_USERCTL_MESSAG:None", "PIP_USERCTL_BASE_TYPED:None"} == set(lines[3:]), found


def test_an_invalid_value_counts_as_absent_and_the_rest_of_the_policy_stands(base: PipEnvironment) -> None:
    write(base, "profile = strickt", "base-typed = deny", "base_site: REFUSE", "--conda-typed = log")
    base.account.global_config.write_text("[userctl]\nbase-typed = refuse\n")
    for arguments, place in ((["--user", "demo"], f"{base.account.global_config}:2"), (["demo"], f"{CONFIG}:4")):
        result = base.pip("install", *arguments, **ALLOW_ROOT)
        assert (result.returncode, result.printed[0], len(result.printed)) == (1, "policy", 2), result
        assert "2 mistakes in the policy: " in result.stderr, result
        assert f" [{place}]\n" in result.stderr, result


def test_a_file_that_pip_cannot_read_is_named_and_never_stops_pip(base: PipEnvironment) -> None:
    write(base, "profile = strict")
    make_unreadable(base, base.account.config)
    text = f"1 mistake in the policy: {CONFIG}: cannot be read (Permission denied), so pip skips it"
    assert_warned(base.pip("install", "demo", **REFUSE), text)


@pytest.mark.parametrize(
    "text", ["[userctl\nprofile = strict\n", "profile = strict\n", "[userctl]\n  oops\n", "[a]\n[a]\n"]
)
def test_a_malformed_file_is_reported_by_pip_alone(stage: Stage, text: str) -> None:
    environment = stage.set("base-site")
    environment.account.config.write_text(text)
    result = environment.pip("install", "demo")
    assert result.returncode != 0, result
    assert "userctl-" not in result.output, result
    assert "pip_userctl" not in result.output, result


# on-error = refuse


@pytest.mark.parametrize(
    "variables", [{}, AUDIT, {"PIP_USERCTL_PROFILE": "strict"}], ids=["default", "audit", "strict"]
)
def test_with_on_error_refuse_set_outright_a_mistake_stops_pip(base: PipEnvironment, variables: dict[str, str]) -> None:
    write(base, "on-error = refuse", "base-typed = deny", "nonsense = 1", "base-site = allow")
    result = base.pip("install", "demo", **variables)
    assert (result.returncode, result.printed, base.where("demo")) == (1, ["policy"], ""), result
    what = "the policy has 2 mistakes, and on-error = refuse"
    for text in (what, f"{CONFIG}:3: {DENY}", f"hint: {base.python} -m pip_userctl check\n"):
        assert text in result.stderr, result
    # A command that works when it is pasted, and names all of them.
    pasted = base.account.run(["sh", "-c", result.stderr.rpartition("hint: ")[2]])
    assert (pasted.returncode, ":4: unknown key nonsense" in pasted.stdout) == (1, True), pasted


def test_a_report_alone_is_not_stopped_nor_is_what_has_no_mistake_or_only_an_unknown_key(stage: Stage) -> None:
    environment = stage.set("base-site")
    write(environment, "on-error = refuse", "base-typed = deny")
    report = environment.pip("install", "--dry-run", "--report", "report.json", "demo")
    assert (report.returncode, (environment.account.cwd / "report.json").exists()) == (0, True), report
    write(environment, "on-error = refuse")
    assert_silent(environment.pip("install", "demo"))
    write(environment, "on-error = refuse", "nonsense = 1")
    result = environment.pip("install", "demo", PIP_USERCTL_NONSENSE="1")
    assert_warned(result, f"2 mistakes in the policy: {CONFIG}:3: unknown key nonsense")


#: What is asked for, and whether it is a repair, which goes on with a warning.
REPAIRS = {
    "pip pluggy packaging pip-userctl": True,
    "--upgrade pip": True,
    "pip>=20,!=21.0 Pip_UserCtl==0.1.0 packaging;python_version>'3'": True,
    "--requirement repair.txt": True,
    "{wheel}": True,
    "pip demo": False,
    "pip-tools pip.demo": False,
    "pluggy[extra]": False,
    "--requirement other.txt": False,
    "--editable pip": False,
    "./pip": False,
    "-r repair.txt demo": False,
}


@pytest.mark.parametrize(("arguments", "is_repair"), REPAIRS.items(), ids=list(REPAIRS))
def test_a_repair_goes_on_and_what_only_looks_like_one_does_not(
    stage: Stage, built: Built, arguments: str, is_repair: bool
) -> None:
    environment = stage.set("base-site")
    cwd = environment.account.cwd
    write(environment, "on-error = refuse", "base-typed = deny", "base-site = refuse")
    (cwd / "repair.txt").write_text("# all of it\npip\npluggy\n\npackaging\npip-userctl\n")
    (cwd / "other.txt").write_text("pip\ndemo\n")
    make_project(cwd / "pip", "pip")
    words = arguments.format(wheel=built.wheel).split()
    result = environment.pip("install", *words)
    if is_repair:
        assert_warned(result, f"1 mistake in the policy: {CONFIG}:3: {DENY}")
    else:
        assert (result.returncode, set(result.printed) <= {"policy", "base-site"}) == (1, True), result
        assert result.lines("error: userctl-"), result


def test_a_repair_is_not_exempt_from_the_rules_about_user_installs(stage: Stage) -> None:
    environment = stage.set("isolated-typed", NEWEST)
    assert_judged(environment.pip("install", "--user", "pip", **ALLOW_ROOT, **REFUSE), "isolated-typed", "refuse")
