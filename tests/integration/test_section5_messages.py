"""CONTRACT section 5: what pip prints, whole. The refusals of all rules are in ``golden.txt``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pip_userctl.testing import PipEnvironment, PipResult, make_wheel
from tests.integration.conftest import Make
from tests.support import scenes
from tests.support.expect import ALLOW_ROOT, STRICT, assert_judged, assert_silent
from tests.support.pythons import NEWEST
from tests.support.scenes import CONFIGURED, NO_USER_SITE, SCENES, Stage
from tests.support.usersites import put

GOLDEN = Path(__file__).with_name("golden.txt")
#: The last pip without blocks, and the first with PEP 668.
PLAIN, FIRST = "21.3.1", "23.0.1"
#: What these pips say themselves on standard error, beside us.
_PIPS_OWN = re.compile(
    r"^(WARNING: Running pip as the 'root' user|ERROR: Can not (perform|combine) ).*\n", re.MULTILINE
)
WARN = {**ALLOW_ROOT, "PIP_USERCTL_BASE_TYPED": "warn"}
HOST = "127.0.0.1:9"

pytestmark = pytest.mark.needs("base-ensurepip")  # or the hints that make an environment are others
each_block = pytest.mark.parametrize("each_pip", [PLAIN, NEWEST])


def printed(result: PipResult, environment: PipEnvironment) -> str:
    """What we printed on standard error."""
    return _PIPS_OWN.sub("", scenes.without_places(result.stderr, environment))


def lines_of_info(result: PipResult) -> list[str]:
    """Our lines on standard output."""
    return [line for line in result.stdout.splitlines() if "userctl" in line]


def golden(name: str, pip: str) -> str:
    """The refusal as it is in the file; for a pip without blocks one fact a line."""
    text = GOLDEN.read_text(encoding="utf-8").partition(f"[{name}]\n")[2].partition("\n[")[0]
    if pip != PLAIN:
        return text
    clauses, notes = text.replace("error:", "ERROR:", 1).split("\n\nnote: ")
    clauses = re.sub("\n\n× |\n╰─> ", ": ", clauses)
    return re.sub(r"\n +", "\n", f"{clauses}\nnote: {notes}")


# each rule


@pytest.mark.parametrize(
    ("name", "pip"),
    [
        pytest.param(name, pip, marks=pytest.mark.needs(*scene.needs))
        for name, scene in SCENES.items()
        for pip in (PLAIN, FIRST)
        if scenes.exists(name, pip)
    ],
)
def test_a_refusal_is_exactly_this_and_nothing_is_said_twice(stage: Stage, name: str, pip: str) -> None:
    """On the newest pip, the pages of the rules have what is printed, warnings too: see test_rule_pages."""
    environment = stage.set(name, pip)
    refused = scenes.play(name, environment, "refuse")
    assert printed(refused, environment) == golden(name, pip), refused
    assert (refused.returncode, lines_of_info(refused)) == (1, []), refused


@pytest.mark.needs("root")
def test_two_warnings_are_printed_to_the_letter(stage: Stage) -> None:
    environment = stage.set("system-site-typed")
    site = f"~/.local/lib/python{environment.version}/site-packages"
    result = environment.pip("install", "--user", "demo", PIP_ROOT_USER_ACTION="warn")
    assert printed(result, environment) == (
        "WARNING: userctl-system-site-typed: --user installs outside this virtual environment: "
        "other Pythons {py} of this account import from ~/.local/lib/python{py}/site-packages too\n"
        "WARNING: userctl-root-user: a user install by root: "
        "~/.local/lib/python{py}/site-packages serves root alone and hides the system's packages from it\n"
        "hint: {python} -m pip install demo\n"
    ), result
    assert result.stdout.splitlines()[-2:] == [
        "Successfully installed demo-1.0",
        f"userctl: demo 1.0 is in {site} (system-site-typed, root-user)",
    ], result


# several rules, the administrator's words, where a setting stands


LAB = "[userctl]\nmessage = Ask the lab,\n    room 12.\nhelp-url = https://lab.example/pip\n"


@each_block
def test_several_refusals_are_one_block_and_several_warnings_a_line_each_with_one_note_and_one_hint(
    base: PipEnvironment, each_pip: str
) -> None:
    base.account.global_config.write_text(LAB)
    refused = base.pip("install", "--user", "demo", **STRICT, **NO_USER_SITE)
    assert printed(refused, base) == golden("several", each_pip), refused
    assert lines_of_info(refused) == [], refused
    put(base.site_packages, "Demo")
    wanted = ["--user", "--ignore-installed", "demo"]
    result = base.pip("install", *wanted, **WARN, PIP_USERCTL_SHADOWING="log")
    assert printed(result, base) == (
        "WARNING: userctl-base-typed: --user installs into ~/.local/lib/python{py}/site-packages: it comes before the "
        "packages of this Python, for every Python {py} of this account [PIP_USERCTL_BASE_TYPED]\n"
        "note: Ask the lab,\n      room 12.\n      https://lab.example/pip\n"
        "hint: {python} -m venv .venv && .venv/bin/python -m pip install --ignore-installed demo\n"
    ), result
    first, closing = lines_of_info(result)
    assert first.startswith("userctl-shadowing: demo 1.0 will hide another copy: "), result
    assert closing.endswith("/site-packages (base-typed)"), result


def test_a_warning_because_of_a_reason_has_the_administrators_words_and_what_is_allowed_has_not(stage: Stage) -> None:
    base = stage.set("base-typed")
    base.account.global_config.write_text(LAB)
    for variables, expected in (({"PIP_USERCTL_REASON": "ticket 7"}, 1), ({"PIP_USERCTL_ALLOW_PACKAGES": "demo"}, 0)):
        refusing = {**ALLOW_ROOT, "PIP_USERCTL_BASE_TYPED": "refuse"}
        waived = base.pip("install", "--user", "--force-reinstall", "demo", **refusing, **variables)
        assert (waived.returncode, waived.stderr.count("note: Ask the lab,\n      room 12.\n")) == (0, expected), waived
        assert "refus" not in waived.output, waived
        assert waived.printed == ["base-typed"], waived


def test_the_place_of_a_setting_is_named_and_an_origin_as_the_user_wrote_it(stage: Stage) -> None:
    environment = stage.set("system-site-typed")
    account, config = environment.account, "~/.config/pip/pip.conf"
    account.config.write_text("[install]\nUSER = true\n\n[userctl]\nsystem_site_configured = refuse\n")
    for variables, happens, setting in (
        ({"PIP_USERCTL_PROFILE": "strict"}, f"USER = true ({config}:2)", f" [{config}:5]"),
        ({"PIP_NO_USER": "yes"}, "PIP_NO_USER=yes", f" [{config}:5]"),
        (
            {"PIP_USER": "on", "PIP_USERCTL_SYSTEM_SITE_CONFIGURED": "refuse"},
            "PIP_USER=on",
            " [PIP_USERCTL_SYSTEM_SITE_CONFIGURED]",
        ),
    ):
        result = environment.pip("install", "demo", **{**ALLOW_ROOT, **variables})
        assert f"× {happens} installs outside this virtual environment\n" in result.stderr, result
        assert f" too{setting}\n" in result.stderr, result
    for variables, setting in (
        (STRICT, " [profile strict, PIP_USERCTL_PROFILE]"),
        (
            {**ALLOW_ROOT, "AI_AGENT": "a", "PIP_USERCTL_AGENT_PROFILE": "strict"},
            " [agent-profile strict, PIP_USERCTL_AGENT_PROFILE]",
        ),
    ):
        result = environment.pip("install", "--user", "demo", **variables)
        assert f" too{setting}\n" in result.stderr, result


@pytest.mark.needs("root", "unshare")
def test_the_reason_is_offered_only_where_an_administrator_set_the_rule_and_no_agent_runs_pip(make: Make) -> None:
    from tests.support.machines import ETC, Machine

    machine = Machine(make("base"), uid=0)
    offer = 'PIP_USERCTL_REASON="..." in front of the command overrides this once, with a record\n'
    machine.write(ETC[1], "base-typed = refuse")
    for variables, offered in (
        (ALLOW_ROOT, True),
        ({**ALLOW_ROOT, "AI_AGENT": "a"}, False),
        ({**ALLOW_ROOT, "PIP_USERCTL_OVERRIDE": "deny"}, False),
        ({**ALLOW_ROOT, "PIP_USERCTL_BASE_TYPED": "refuse"}, False),
    ):
        result = machine.pip("--user", "demo", **variables)
        assert result.returncode == 1, result
        assert (f"note: {offer}" in result.stderr) is offered, result


# the closing line


def test_the_last_line_names_three_distributions_and_counts_the_others(stage: Stage) -> None:
    base = stage.set("base-typed")
    wheels = [make_wheel(base.account.cwd, f"Lib.{letter}", "2.0") for letter in "abcde"]
    make_wheel(base.account.wheels, "Lib.a", "2.0")
    result = base.pip("install", "--user", *(f"./{each.name}" for each in wheels), **WARN)
    assert result.stdout.endswith("(base-typed)\n"), result
    (line,) = lines_of_info(result)
    said = r"userctl: Lib\.a 2\.0, Lib\.b 2\.0, Lib\.c 2\.0 and 2 more are in ~/\S+ \(base-typed\)"
    assert re.fullmatch(said, line), result
    # Where nothing went anywhere, nothing is said of it.
    for arguments in (["Lib.a"], ["--force-reinstall", "Lib.a", "no-such-distribution"]):
        assert lines_of_info(base.pip("install", "--user", *arguments, **WARN)) == [], arguments


# quiet, verbose, log


@each_block
def test_q_leaves_warnings_qq_refusals_and_the_log_has_everything(stage: Stage, each_pip: str) -> None:
    environment = stage.set("system-site-typed", each_pip)
    log = environment.account.cwd / "log"
    again = ["--user", "--force-reinstall", "demo"]
    quiet = environment.pip("install", "-q", *again, "--log", "log", **ALLOW_ROOT)
    assert (quiet.printed, quiet.stdout) == (["system-site-typed"], ""), quiet
    assert log.read_text().count("userctl: demo 1.0 is in ") == 1, quiet
    assert_silent(environment.pip("install", "-qq", *again, **ALLOW_ROOT))
    refused = environment.pip("install", "-qq", *again, "--log", "log", **STRICT)
    assert_judged(refused, "system-site-typed", "refuse")
    # What a tool shows that knows the exception's own text alone.
    said = "userctl-system-site-typed: --user installs outside this virtual environment: other Pythons "
    assert f"ERROR: {said}" in log.read_text(), refused
    assert re.search(rf"^[\d\-T:, ]+ \S*Error: {said}", log.read_text(), re.MULTILINE), refused


def test_under_audit_it_takes_v_and_under_log_it_does_not(stage: Stage) -> None:
    base = stage.set("base-typed")
    again = ["install", "--user", "--force-reinstall", "demo"]
    for options, variables, lines in (
        ([], {"PIP_USERCTL_PROFILE": "audit"}, 0),
        (["-v"], {"PIP_USERCTL_PROFILE": "audit"}, 1),
        ([], {"PIP_USERCTL_BASE_TYPED": "log"}, 1),
        (["-q"], {"PIP_USERCTL_BASE_TYPED": "log"}, 0),
    ):
        result = base.pip(*again, *options, **{**ALLOW_ROOT, **variables})
        assert (result.returncode, result.rules["base-typed"]) == (0, "log"), result
        assert len(lines_of_info(result)) == lines, result
        assert "userctl" not in result.stderr, result


# text from elsewhere: as it was typed, without secrets and control characters, and never too long


@each_block
def test_text_is_shown_as_it_was_typed_although_pips_blocks_read_markup(base: PipEnvironment, each_pip: str) -> None:
    odd = "[x] :smile: Zürich ☃ [/x]"
    (base.account.cwd / odd).mkdir(parents=True)
    path = make_wheel(base.account.cwd / odd, "depends").relative_to(base.account.cwd)
    message = "[bold]Ask[/bold] the [/x] lab :smile: [not closed"
    variables = {"PYTHONUSERBASE": str(base.account.home / odd), "PIP_USERCTL_MESSAGE": message}
    for action, start in (
        ("refuse", "--user installs into"),
        ("warn", "WARNING: userctl-base-typed: --user installs into"),
    ):
        wanted = {**ALLOW_ROOT, "PIP_USERCTL_BASE_TYPED": action, **variables}
        result = base.pip("install", "--user", "demo[socks]", f"./{path}", **wanted)
        assert_judged(result, "base-typed", action)
        assert f"{start} ~/{odd}/lib/" in result.stderr, result
        assert f"note: {message}\n" in result.stderr, result
        assert f" -m pip install 'demo[socks]' './{path}'\n" in result.stderr, result


@each_block
def test_a_secret_is_neither_on_the_screen_nor_in_the_log(base: PipEnvironment, each_pip: str) -> None:
    (base.account.cwd / "wanted.txt").write_text(f"--index-url https://user:hunter2@{HOST}/simple\ndemo\n")
    (base.account.cwd / "log").touch()
    typed = [
        *(f"demo @ https://user:hunter2@{HOST}/demo-1.0-py3-none-any.whl", f"git+https://hunter2@{HOST}/demo.git"),
        *("-e", f"git+ssh://user:at@hunter2@{HOST}/demo.git#egg=demo"),
        *("--index-url", f"https://user:hunter2@{HOST}/simple", "--proxy", f"user:hunter2@{HOST}"),
    ]
    for arguments in (typed, ["-r", "wanted.txt"]):
        refusing = {**ALLOW_ROOT, "PIP_USERCTL_BASE_TYPED": "refuse"}
        result = base.pip("install", "--user", "--log", "log", *arguments, **refusing)
        assert_judged(result, "base-typed", "refuse")
        assert "hunter2" not in result.output + (base.account.cwd / "log").read_text() + str(result.records), result
        # Where a secret was, a command would not work.
        assert ("\nhint: " in result.stderr) is (arguments != typed), result


@each_block
def test_control_characters_are_escaped_and_foreign_text_is_cut(stage: Stage, each_pip: str) -> None:
    environment = stage.set("conda-frozen", each_pip)
    frozen, red = environment.prefix / "conda-meta" / "frozen", "\x1b[31m"
    frozen.write_text('{"message": "%s"}' % ("\\u001b[31m" + "x" * 500))
    for action in ("warn", "refuse"):
        variables = {**ALLOW_ROOT, "PIP_USERCTL_CONDA_FROZEN": action, "PIP_USERCTL_MESSAGE": f"Ask{red} us"}
        result = environment.pip("install", "demo", **variables)
        assert_judged(result, "conda-frozen", action)
        assert f": \\x1b[31m{'x' * 189}..." in result.stderr.replace("\n╰─>", ":"), result
        assert "note: Ask\\x1b[31m us\n" in result.stderr, result
    # A command with such characters could not be pasted.
    result = environment.pip("install", f"./{red}demo-1.0-py3-none-any.whl", **variables)
    assert "hint: " not in result.stderr, result
    assert red not in "".join(line for line in result.stderr.splitlines() if "demo" not in line), result


@each_block
def test_a_stream_without_these_characters_gets_ascii_and_pip_goes_on_printing(stage: Stage, each_pip: str) -> None:
    ascii_only = {**ALLOW_ROOT, "PYTHONIOENCODING": "ascii"}
    environment = stage.set("isolated-typed", each_pip)
    ascii_only["PYTHONUSERBASE"] = str(environment.account.home / "Zürich" / ("x" * 250))
    refused = environment.pip("install", "--user", "demo", **ascii_only)
    assert refused.returncode == 1, refused
    assert refused.output.isascii(), refused
    assert "--user cannot work in this virtual environment" in refused.stderr, refused
    assert "does not import from ~/Z\\xfcrich/xxx" in refused.stderr, refused
    assert f"hint: {environment.python} -m pip install demo\n" in refused.stderr, refused
    ignored = environment.pip("install", "demo", **CONFIGURED, **ascii_only)
    assert (ignored.returncode, ignored.stderr) == (0, ""), ignored
    assert "does not import from ~/Z\\xfcrich/xxx" in lines_of_info(ignored)[0], ignored
    assert ignored.stdout.endswith("\nSuccessfully installed demo-1.0\n"), ignored
