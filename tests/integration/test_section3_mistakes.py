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


def test_mistakes_are_counted_in_one_line_that_names_the_first_and_check_names_all_of_them(
    base: PipEnvironment,
) -> None:
    variables = {"PIP_USERCTL_MESSAG": "x", "PIP_USERCTL_BASE_TYPED": "deny", **REFUSE}
    base.account.global_config.write_text("[user-ctl]\nprofile = strict\n[user]\nname = ada\n")
    first = "unknown section [user-ctl] (did you mean [userctl]?)"
    place = base.account.global_config
    one = base.pip("install", "demo", **REFUSE)
    assert_warned(one, f"1 mistake in the policy: {place}:1: {first}")
    write(base, "message = fine", "", "allow-packages = numpy<2.x", "profil = strict")
    several = base.pip("install", "demo", **{**variables, "PIP_USERCTL_ON_ERROR": "warn"})
    assert_warned(several, f"5 mistakes in the policy: {place}:1: {first}")
    found = data(base.userctl("check", "--json", **variables))["mistakes"]
    assert [(each["path"], each["line"]) for each in found[:3]] == [
        (str(place), 1),
        (str(base.account.config), 4),
        (str(base.account.config), 5),
    ], found
    assert {each["path"]: each["line"] for each in found[3:]} == {
        "PIP_USERCTL_MESSAG": None,
        "PIP_USERCTL_BASE_TYPED": None,
    }, found
    assert found[1]["text"].startswith("allow-packages = numpy<2.x is not valid; valid: requirement specifiers"), found


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


@pytest.mark.parametrize("text", ["[userctl\nprofile = strict\n", "[userctl]\n  oops\n"])
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
    "pip>=20,!=21.0 Pip_UserCtl==0.1.0 packaging;python_version>'3'": True,
    "--requirement repair.txt": True,
    "{wheel}": True,
    "pip pip-tools": False,
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
