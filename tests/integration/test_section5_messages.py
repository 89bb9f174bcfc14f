"""CONTRACT section 5: what pip prints, whole. The text of each rule is a file in ``golden``."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from pip_userctl.testing import PipEnvironment, PipResult, make_wheel
from tests.integration.conftest import Make
from tests.support import scenes
from tests.support.changes import put_on_path
from tests.support.expect import ALLOW_ROOT, STRICT, assert_judged, assert_silent
from tests.support.pythons import NEWEST
from tests.support.scenes import CONFIGURED, NO_USER_SITE, SCENES, Stage
from tests.support.usersites import put

GOLDEN = Path(__file__).parent / "golden"
#: The last pip without blocks, the first with PEP 668, the newest.
PIPS = (PLAIN, _, _) = ("21.3.1", "23.0.1", NEWEST)
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


def assert_golden(name: str, form: str, text: str) -> None:
    """The text is that of the file. With WRITE_GOLDEN in the environment, the file becomes the text."""
    path = GOLDEN / f"{name}.{form}.txt"
    if os.environ.get("WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


# each rule


@pytest.mark.parametrize(
    ("name", "pip"),
    [
        pytest.param(name, pip, marks=pytest.mark.needs(*scene.needs))
        for name, scene in SCENES.items()
        for pip in PIPS
        if scenes.exists(name, pip)
    ],
)
def test_a_refusal_and_a_warning_are_exactly_this_and_nothing_is_said_twice(stage: Stage, name: str, pip: str) -> None:
    environment = stage.set(name, pip)
    refused = scenes.play(name, environment, "refuse")
    assert_golden(name, "refuse-plain" if pip == PLAIN else "refuse", printed(refused, environment))
    assert (refused.returncode, lines_of_info(refused)) == (1, []), refused
    warned = scenes.play(name, environment, "warn")
    assert_golden(name, "warn", printed(warned, environment))
    if warned.returncode:  # pip refused by itself
        assert lines_of_info(warned) == [], warned
        return
    (found,) = (
        path for top in (environment.prefix, environment.account.home) for path in top.rglob("demo-1.0.dist-info")
    )
    place = str(found.parent).replace(str(environment.account.home), "~")
    assert lines_of_info(warned) == [f"userctl: demo 1.0 is in {place} ({scenes.rule_of(name)})"], warned


@each_block
@pytest.mark.parametrize("name", ["isolated-configured", "location-configured", "hidden-user-site-configured"])
def test_a_setting_that_is_ignored_is_one_line(stage: Stage, name: str, each_pip: str) -> None:
    environment = stage.set(name, each_pip)
    result = scenes.play(name, environment, "ignore")
    assert (result.returncode, printed(result, environment)) == (0, ""), result
    (line,) = lines_of_info(result)
    assert_golden(name, "ignore", scenes.without_places(f"{line}\n", environment))


# the examples of MESSAGES.md, to the letter


def test_the_examples_of_the_messages_page_are_printed_to_the_letter(make: Make) -> None:
    environment = make("isolated", "3.11")
    put_on_path(environment)
    refused = environment.account.run(["pip", "install", "--user", "demo"])
    assert refused.stderr == (
        "error: userctl-isolated-typed\n\n"
        "× --user cannot work in this virtual environment\n"
        "╰─> its Python does not import from ~/.local/lib/python3.11/site-packages\n\n"
        "note: pip-userctl rules isolated-typed\n"
        "hint: pip install demo\n"
    ), refused
    ignored = environment.account.run(["pip", "install", "demo"], CONFIGURED)
    first, *_, last = ignored.stdout.splitlines()
    assert first == (
        "userctl-isolated-configured: ignoring PIP_USER=1 in this virtual environment: "
        "its Python does not import from ~/.local/lib/python3.11/site-packages"
    ), ignored
    assert (last, ignored.stderr) == ("Successfully installed demo-1.0", ""), ignored


@pytest.mark.needs("root")
def test_the_example_with_two_warnings_is_printed_to_the_letter(make: Make) -> None:
    environment = make("system-site", "3.12")
    put_on_path(environment)
    result = environment.account.run(["pip", "install", "--user", "demo"], {"PIP_ROOT_USER_ACTION": "warn"})
    assert result.stderr == (
        "WARNING: userctl-system-site-typed: --user installs outside this virtual environment: "
        "other Pythons 3.12 of this account import from ~/.local/lib/python3.12/site-packages too\n"
        "WARNING: userctl-root-user: a user install by root: "
        "~/.local/lib/python3.12/site-packages serves root alone and hides the system's packages from it\n"
        "hint: pip install demo\n"
    ), result
    assert result.stdout.splitlines()[-2:] == [
        "Successfully installed demo-1.0",
        "userctl: demo 1.0 is in ~/.local/lib/python3.12/site-packages (system-site-typed, root-user)",
    ], result


# several rules, the administrator's words, where a setting stands


@each_block
def test_several_refusals_are_one_block_with_one_note_and_one_hint(base: PipEnvironment, each_pip: str) -> None:
    base.account.global_config.write_text(
        "[userctl]\nmessage = Ask the lab,\n    room 12.\nhelp-url = https://lab.example/pip\n"
    )
    result = base.pip("install", "--user", "demo", **STRICT, **NO_USER_SITE)
    assert_golden("several", "refuse-plain" if each_pip == PLAIN else "refuse", printed(result, base))
    assert lines_of_info(result) == [], result


@each_block
def test_several_warnings_are_a_line_each_with_one_note_and_one_hint(base: PipEnvironment, each_pip: str) -> None:
    base.account.global_config.write_text(
        "[userctl]\nmessage = Ask the lab,\n    room 12.\nhelp-url = https://lab.example/pip\n"
    )
    put(base.site_packages, "Demo")
    wanted = ["--ignore-installed", "demo"]
    result = base.pip("install", "--user", *wanted, **WARN, PIP_USERCTL_SHADOWING="log")
    assert_golden("several", "warn", printed(result, base))
    first, closing = lines_of_info(result)
    assert first.startswith("userctl-shadowing: demo 1.0 will hide another copy: "), result
    assert closing.endswith("/site-packages (base-typed)"), result
    # A warning because of a reason is followed by the administrator's words, too; what is allowed is not.
    for variables, expected in (({"PIP_USERCTL_REASON": "ticket 7"}, 1), ({"PIP_USERCTL_ALLOW_PACKAGES": "demo"}, 0)):
        refusing = {**ALLOW_ROOT, "PIP_USERCTL_BASE_TYPED": "refuse", "PIP_USERCTL_SHADOWING": "allow"}
        waived = base.pip("install", "--user", *wanted, **refusing, **variables)
        assert (waived.returncode, waived.stderr.count("note: Ask the lab,\n      room 12.\n")) == (0, expected), waived
        assert "refus" not in waived.output, waived
        assert waived.printed == ["base-typed"], waived


def test_the_place_of_a_setting_is_named_and_an_origin_as_the_user_wrote_it(stage: Stage) -> None:
    environment = stage.set("system-site-typed")
    account, config = environment.account, "~/.config/pip/pip.conf"
    account.config.write_text("[install]\nUSER = true\n\n[userctl]\nsystem_site_configured = refuse\n")
    for variables, happens, setting in (
        ({}, f"USER = true ({config}:2)", f" [{config}:5]"),
        ({**STRICT, "PIP_USERCTL_SYSTEM_SITE_CONFIGURED": ""}, f"USER = true ({config}:2)", f" [{config}:5]"),
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


@each_block
def test_the_last_line_names_three_distributions_and_counts_the_others(base: PipEnvironment, each_pip: str) -> None:
    wheels = [make_wheel(base.account.cwd, f"Lib.{letter}", "2.0") for letter in "abcde"]
    make_wheel(base.account.wheels, "Lib.a", "2.0")
    result = base.pip("install", "--user", *(f"./{each.name}" for each in wheels), **WARN)
    assert result.stdout.endswith("(base-typed)\n"), result
    (line,) = lines_of_info(result)
    assert re.fullmatch(
        r"userctl: Lib\.a 2\.0, Lib\.b 2\.0, Lib\.c 2\.0 and 2 more are in ~/\S+ \(base-typed\)", line
    ), result
    # Where nothing went anywhere, nothing is said of it.
    for arguments in (["Lib.a"], ["--force-reinstall", "Lib.a", "no-such-distribution"]):
        assert lines_of_info(base.pip("install", "--user", *arguments, **WARN)) == [], arguments


@each_block
def test_of_many_shadowed_or_protected_distributions_three_are_named(base: PipEnvironment, each_pip: str) -> None:
    names = [f"Lib-{letter}" for letter in "abcde"]
    for name in names:
        make_wheel(base.account.wheels, name)
        put(base.user_site, name, "0.5")
    shadowed = base.pip("install", "--no-user", "--ignore-installed", *names, **ALLOW_ROOT)
    assert shadowed.output.count("userctl-shadowing") == 1, shadowed
    assert "Lib-a 1.0, Lib-b 1.0, Lib-c 1.0 and 2 more will be hidden: Lib-a 0.5 in ~/" in shadowed.stderr, shadowed
    assert f"pip_userctl quarantine {' '.join(names)}\n" in shadowed.stderr, shadowed
    second = next(each for each in shadowed.records if each.get("phase") == 2)
    assert [each["name"] for each in second["distributions"]] == names, shadowed
    protected = base.pip("install", "--user", *names, **ALLOW_ROOT, PIP_USERCTL_PROTECT_PACKAGES=",".join(names))
    assert "lib-a, lib-b, lib-c and 2 more may not enter a user site" in protected.stderr, protected


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


@each_block
def test_under_audit_it_takes_v_and_under_log_it_does_not(base: PipEnvironment, each_pip: str) -> None:
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


#: What stands in a request, and what a message shows of it. Where a secret was, there is no hint, which would not work.
SECRETS: Mapping[str, Sequence[str]] = {
    "requirements": [
        f"demo @ https://user:hunter2@{HOST}/demo-1.0-py3-none-any.whl",
        f"git+https://hunter2@{HOST}/demo.git",
    ],
    "editable": ["-e", f"git+ssh://user:at@hunter2@{HOST}/demo.git#egg=demo"],
    "options": ["--index-url", f"https://user:hunter2@{HOST}/simple", "--proxy", f"user:hunter2@{HOST}", "demo"],
    "a file": ["-r", "wanted.txt"],
}


@each_block
@pytest.mark.parametrize("arguments", SECRETS.values(), ids=SECRETS)
def test_a_secret_is_neither_on_the_screen_nor_in_the_log(
    base: PipEnvironment, each_pip: str, arguments: Sequence[str]
) -> None:
    (base.account.cwd / "wanted.txt").write_text(f"--index-url https://user:hunter2@{HOST}/simple\ndemo\n")
    refusing = {**ALLOW_ROOT, "PIP_USERCTL_BASE_TYPED": "refuse"}
    result = base.pip("install", "--user", "--log", "log", *arguments, **refusing)
    assert_judged(result, "base-typed", "refuse")
    assert "hunter2" not in result.output + (base.account.cwd / "log").read_text() + str(result.records), result
    assert ("\nhint: " in result.stderr) is (arguments == SECRETS["a file"]), result


@each_block
def test_control_characters_are_escaped_and_foreign_text_is_cut(stage: Stage, each_pip: str) -> None:
    environment = stage.set("conda-frozen", each_pip)
    frozen, red = environment.prefix / "conda-meta" / "frozen", "\x1b[31m"
    frozen.write_text('{"message": "%s"}' % ("\\u001b[31m" + "x" * 500))
    for action in ("warn", "refuse"):
        variables = {**ALLOW_ROOT, "PIP_USERCTL_CONDA_FROZEN": action, "PIP_USERCTL_MESSAGE": f"Ask{red} us"}
        result = environment.pip("install", "--force-reinstall", "demo", **variables)
        assert_judged(result, "conda-frozen", action)
        assert f": \\x1b[31m{'x' * 189}..." in result.stderr.replace("\n╰─>", ":"), result
        assert "note: Ask\\x1b[31m us\n" in result.stderr, result
        # A command with such characters could not be pasted.
        result = environment.pip("install", f"./{red}demo-1.0-py3-none-any.whl", **variables)
        assert "hint: " not in result.stderr, result
        assert red not in "".join(line for line in result.stderr.splitlines() if "demo" not in line), result
    frozen.write_text("")
    result = environment.pip("install", "demo", cwd=environment.prefix.parent, **ALLOW_ROOT)
    assert "frozen: environment/conda-meta/frozen says so\n" in result.stderr, result


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
