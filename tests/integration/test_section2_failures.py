"""Section 2, principle 4: what ``on-error`` decides when pip-userctl itself, a rule or the policy is at fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pip_userctl.testing import PipEnvironment, PipResult
from tests.integration.conftest import Make, Shared
from tests.support import cache
from tests.support.changes import copy_pip
from tests.support.expect import ALLOW_ROOT, assert_judged, assert_silent
from tests.support.plugins import add_plugin
from tests.support.pythons import NEWEST, discover
from tests.support.wheels import renumber

#: A module of the package, what is appended to it, and what the line and the record name.
FAULTS = {
    "the facts cannot be read": ("environment.py", "def detect(*a, **k): raise OSError('no')", "OSError: no"),
    "the request cannot be read": ("_pip/request.py", "def from_options(*a): raise ValueError('no')", "ValueError: no"),
    "the judgement fails": ("judge.py", "def evaluate(*a): raise LookupError('no')", "LookupError: no"),
    "it ends the process": ("judge.py", "def evaluate(*a): raise SystemExit(3)", "SystemExit: 3"),
    "it is too deep": ("judge.py", "def evaluate(*a): raise RecursionError", "RecursionError"),
    "a built-in rule raises": ("rules/accounts.py", "def userctl_evaluate(): raise KeyError('x')", "KeyError: 'x'"),
    "the resolved set cannot be read": (
        "_pip/request.py",
        "def distributions(*a): raise IndexError('no')",
        "IndexError: no",
    ),
}


@contextmanager
def appended(environment: PipEnvironment, name: str, text: str) -> Iterator[None]:
    """Add lines to a module of the package for a while."""
    path = environment.site_packages / "pip_userctl" / name
    before = path.read_text()
    path.write_text(f"{before}\n\n{text}\n")
    try:
        yield
    finally:
        path.write_text(before)


def errors(result: PipResult) -> list[str]:
    """The failures in the records of this run, in whichever record they are."""
    return [each["error"] for record in result.records for each in record.get("failures", ())]


def test_a_fault_costs_a_line_or_stops_pip_and_leaves_a_record(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    install = ("install", "--user", "--force-reinstall", "demo")
    for name, (module, text, error) in list(FAULTS.items())[:: 1 if each_pip == NEWEST else 3]:
        with appended(environment, module, text):
            result = environment.pip(*install, **ALLOW_ROOT)
            assert (result.returncode, environment.where("demo")) == (0, "user"), (name, result)
            assert result.printed == ["failure"], (name, result)
            (line,) = result.lines("userctl-")
            assert re.fullmatch(rf"userctl-failure: .* raised {re.escape(error)}.*; pip goes on", line), (name, result)
            assert error in errors(result)[0], (name, result.records)
            environment.account.config.write_text("[userctl]\non-error = refuse\n")
            stopped = environment.pip("install", "--no-user", "depends", **ALLOW_ROOT)
            assert (stopped.returncode, environment.where("depends")) == (1, ""), (name, stopped)
            assert stopped.printed == ["failure"], (name, stopped)
            output = " ".join(stopped.output.split())
            assert error.split(":")[0] in output, (name, stopped)
            assert "on-error = refuse stops pip install" in output, (name, stopped)
            assert error in errors(stopped)[0], (name, stopped.records)
            assert "Traceback" not in result.output + stopped.output, (name, stopped)
            environment.account.config.unlink()
    with appended(environment, "judge.py", "def ("):
        assert_silent(environment.pip("download", "demo", PIP_USERCTL_ON_ERROR="refuse"))


def test_the_record_of_a_failure_says_what_failed_where_and_for_whom(make: Make) -> None:
    environment = make("base")
    with appended(environment, "judge.py", "def evaluate(*a): raise LookupError('no')"):
        result = environment.pip("install", "demo")
    (record,) = result.records
    assert record["event"] == "failure", record
    assert record["failures"] == [{"part": "pip-userctl", "name": "pip-userctl", "error": "LookupError: no"}], record
    assert record["request"]["arguments"] == ["install", "demo"], record
    assert (record["environment"]["kind"], record["pip"]) == ("base", NEWEST), record


def test_odd_variables_are_no_reason_to_fail(shared: Shared, each_pip: str) -> None:
    environment = shared("isolated", pip=each_pip)
    for value in ("²", "x", "", "-1", "9" * 5000):
        result = environment.pip("install", "--user", "demo", SUDO_UID=value)
        assert_judged(result, "isolated-typed", "refuse")
        assert result.records[0]["account"]["sudo_uid"] in (None, -1), result.records[0]["account"]


def test_it_is_not_said_that_pip_goes_on_where_something_is_refused(make: Make, each_pip: str) -> None:
    environment = add_plugin(make("isolated", pip=each_pip), "raise KeyError('x')")
    result = environment.pip("install", "--user", "demo")
    assert (result.returncode, sorted(result.printed)) == (1, ["failure", "isolated-typed"]), result
    assert result.lines("userctl-failure: ") == ["userctl-failure: rule acme raised KeyError: 'x'"], result
    goes_on = environment.pip("install", "demo")
    assert goes_on.lines("userctl-failure: ") == ["userctl-failure: rule acme raised KeyError: 'x'; pip goes on"], (
        goes_on
    )


def test_a_mistake_that_nobody_could_follow_stops_pip_and_an_unknown_key_does_not(
    shared: Shared, each_pip: str
) -> None:
    environment = shared("isolated", pip=each_pip)
    policy = environment.account.config
    policy.write_text("[userctl]\non-error = refuse\nbase-typed = refusee\n")
    result = environment.pip("install", "demo")
    assert (result.returncode, result.printed) == (1, ["policy"]), result
    assert "base-typed = refusee is not valid (did you mean refuse?)" in " ".join(result.output.split()), result
    policy.write_text("[userctl]\nbase-typed = refusee\n")
    warned = environment.pip("install", "demo")
    assert (warned.returncode, warned.printed, environment.where("demo")) == (0, ["policy"], "site"), warned
    policy.write_text("[userctl]\non-error = refuse\nbase-tpyed = refuse\n[usrctl]\n")
    unknown = environment.pip("install", "--force-reinstall", "demo")
    assert (unknown.returncode, unknown.printed) == (0, ["policy"]), unknown
    assert "2 mistakes in the policy" in unknown.output, unknown


# repair


def test_what_mends_a_fault_may_be_installed_and_carries_nothing_else_along(make: Make, each_pip: str) -> None:
    environment = make("base", pip=each_pip)
    environment.account.config.write_text("[userctl]\non-error = refuse\nbase-site = refuse\n")
    folder = environment.account.folder / "repair"
    wheels = cache.dependencies_wheels(discover()[environment.version])
    (pluggy,), (packaging,) = wheels.glob("pluggy-*.whl"), wheels.glob("packaging-*.whl")
    ours = environment.wheel("pip-userctl", "1.0", files={"unused.py": ""})
    for source in (cache.pip_wheel(each_pip), packaging, ours):
        renumber(source, "99.0", folder)
    wheel = renumber(pluggy, "99.0", folder)
    links = {"PIP_FIND_LINKS": f"{folder} {environment.account.wheels}"}
    with appended(environment, "judge.py", "def evaluate(*a): raise LookupError('no')"):
        for refused in (["pluggy", "demo"], ["pluggy[socks]"], [f"pluggy @ {wheel.as_uri()}"], ["demo"]):
            result = environment.pip("install", "--no-deps", *refused, **links)
            assert (result.returncode, result.printed) == (1, ["failure"]), result
        for repair in (["PIP", "pluggy", "Packaging", "pip_userctl"], [str(wheel)]):
            options = ["--no-deps", "--upgrade", "--force-reinstall", "--target", "there"]
            result = environment.pip("install", *options, *repair, **links)
            assert (result.returncode, result.printed) == (0, ["failure"]), result
    plain = environment.pip("install", "--no-deps", "--ignore-installed", "--target", "here", "pluggy", **links)
    assert (plain.returncode, plain.printed) == (0, []), plain  # without a fault
    strict = {"PIP_USERCTL_BASE_TYPED": "refuse", **ALLOW_ROOT, **links}
    assert_judged(environment.pip("install", "--no-deps", "--user", "pluggy", **strict), "base-typed", "refuse")


# a pip that does not fit


def with_other_name(text: str) -> str:
    """Rename ``decide_user_install``, calls included."""
    return text.replace("decide_user_install", "choose_scheme")


def with_other_parameter(text: str) -> str:
    """Rename a parameter of ``decide_user_install``, which goes by another name in its body and its call, too."""
    start = text.index("def decide_user_install(")
    before = re.sub(r"(decide_user_install\([^)]*?)\broot_path=", r"\1root_dir=", text[:start])
    return before + re.sub(r"\broot_path\b", "root_dir", text[start:])


def with_other_signature(text: str) -> str:
    """Let a method take anything."""
    return text + "\n_run = InstallCommand.run\nInstallCommand.run = lambda *given: _run(*given)\n"


MISFITS: dict[Callable[[str], str], str] = {
    with_other_name: "decide_user_install",
    with_other_parameter: "decide_user_install",
    with_other_signature: "InstallCommand.run",
}


def test_on_a_pip_that_does_not_fit_nothing_is_patched_and_one_line_says_so(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    copy_pip(environment)
    environment.account.config.write_text("[userctl]\non-error = refuse\n")
    module = environment.site_packages / "pip" / "_internal" / "commands" / "install.py"
    text = module.read_text()
    for edit, function in MISFITS.items():
        module.write_text(edit(text))
        for arguments, returncode in (["--user", "demo"], 1), (["--force-reinstall", "demo"], 0):
            result = environment.pip("install", *arguments)
            assert (result.returncode, result.records) == (returncode, ()), result
            (line,) = (line for line in result.output.splitlines() if "userctl" in line)
            assert line.startswith(f"WARNING: userctl-unsupported-pip: pip {each_pip} "), result
            assert f"no {function}" in line, result
            assert result.returncode == 0 or "Can not perform a '--user' install" in result.stderr, result
    assert environment.pip("list").stderr == ""
    status = environment.userctl("status")
    assert (status.returncode, function in status.stdout) == (1, True), status


# Ctrl-C

INTERRUPTS = {
    "the judgement": ("judge.py", "def evaluate(*a): raise KeyboardInterrupt"),
    "an import": ("judge.py", "raise KeyboardInterrupt"),
    "a rule": ("rules/accounts.py", "def userctl_evaluate(): raise KeyboardInterrupt"),
    "the loader": ("startup/loader.py", "raise KeyboardInterrupt"),
}


def test_ctrl_c_ends_pip_whatever_it_meets(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    for name, fault in INTERRUPTS.items():
        with appended(environment, *fault):
            result = environment.pip("install", "demo")
        assert (result.returncode != 0, environment.where("demo")) == (True, ""), (name, result)
        assert "userctl-failure" not in result.output, (name, result)
    signal = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"
    result = add_plugin(environment, signal).pip("install", "demo")
    assert (result.returncode != 0, environment.where("demo")) == (True, ""), result
    assert [each["event"] for each in result.records] == [], result
