"""CONTRACT section 9: plugins with a real pip: what they may answer, when they are asked, and what happens if they fail."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from pip_userctl.testing import PipEnvironment, PipResult, make_wheel
from tests.support.answers import data
from tests.support.cache import unpack
from tests.support.expect import ALLOW_ROOT, AUDIT, STRICT, assert_judged, assert_silent
from tests.support.plugins import DROP, add_plugin
from tests.support.pythons import NEWEST
from tests.support.scenes import CONFIGURED, Stage

REFUSE = {"PIP_USERCTL_ON_ERROR": "refuse"}
AGAIN = ("install", "--force-reinstall", "demo")


@pytest.fixture
def newest(stage: Stage) -> PipEnvironment:
    """An isolated environment with the newest pip."""
    return stage.set("isolated-typed", NEWEST)


def change(environment: PipEnvironment, body: str, name: str = "acme", **more: Any) -> PipEnvironment:
    """Install the plugin in place of another one of its name."""
    for path in environment.site_packages.glob(f"__pycache__/{name}_policy.*"):
        path.unlink()
    return add_plugin(environment, body, name, **more)


# what a rule may answer

ANSWERS = {
    "return None": "allow",
    "return Verdict('acme-freeze', 'allow', 'fine')": "allow",
    "return Verdict('acme-freeze', 'log', 'just so')": "log",
    "yield Verdict('acme-freeze', 'warn', 'a freeze is near')": "warn",
    "return [Verdict('acme-freeze', 'refuse', 'there is a freeze')]": "refuse",
}


def test_a_rule_may_answer_with_each_action_with_none_and_with_several(isolated: PipEnvironment) -> None:
    for body, action in ANSWERS.items():
        result = change(isolated, body).pip(*AGAIN)
        if "Verdict" in body:
            assert_judged(result, "acme-freeze", action)
        else:
            assert_silent(result)
            assert result.rules == {}, result
    two = "Verdict('acme-one', 'log', '1'), Verdict('acme-two', 'warn', '2')"
    result = change(isolated, f"return [{two}]").pip(*AGAIN)
    assert (result.returncode, result.printed) == (0, ["acme-one", "acme-two"]), result


def test_a_refusal_shows_what_why_and_hint_as_the_plugin_wrote_them(isolated: PipEnvironment) -> None:
    body = r"return Verdict('acme-freeze', 'refuse', 'why: [x]', 'what :smile: \x1b[31m', 'wait')"
    result = change(isolated, body).pip(*AGAIN)
    assert_judged(result, "acme-freeze", "refuse")
    if "error: " in result.stderr:
        assert (
            result.stderr == "error: userctl-acme-freeze\n\n× what :smile: \\x1b[31m\n╰─> why: [x]\n\nhint: wait\n"
        ), result
    else:
        assert result.stderr == "ERROR: userctl-acme-freeze: what :smile: \\x1b[31m: why: [x]\nhint: wait\n", result
    result = change(isolated, "return Verdict('acme-freeze', 'refuse', 'a freeze')").pip(*AGAIN)
    assert result.stderr in ("error: userctl-acme-freeze\n\n× a freeze\n", "ERROR: userctl-acme-freeze: a freeze\n"), (
        result
    )


def test_all_are_asked_the_strictest_wins_and_nothing_is_said_twice(stage: Stage, each_pip: str) -> None:
    environment = stage.set("system-site-typed", each_pip)
    change(environment, "return Verdict('acme-freeze', 'warn', 'acme')")
    change(environment, "return Verdict('other-freeze', 'refuse', 'other')", "other")
    result = environment.pip("install", "demo")
    assert (result.returncode, sorted(result.printed)) == (1, ["acme-freeze", "other-freeze"]), result
    change(environment, "return None", "other")
    for answers, action in (
        ("('warn', 'one'), ('warn', 'two')", "warn"),
        ("('log', 'one'), ('warn', 'two'), ('allow', 'three')", "warn"),
        ("('warn', 'one'), ('refuse', 'two'), ('refuse', 'three')", "refuse"),
    ):
        change(environment, f"return [Verdict('system-site-typed', *each) for each in [{answers}]]")
        result = environment.pip("install", "--user", "--force-reinstall", "demo", **ALLOW_ROOT)
        assert (result.returncode, result.verdict) == (int(action == "refuse"), action), result
        assert result.printed == ["system-site-typed"], result


def test_a_rule_sees_what_pip_was_asked_for_and_a_later_one_what_was_resolved(isolated: PipEnvironment) -> None:
    module = """
from pip_userctl import Verdict, hookimpl

@hookimpl
def userctl_evaluate(environment, request):
    return Verdict('acme-saw', 'log', repr((request.requirements, request.scheme, environment.kind)))

@hookimpl
def userctl_evaluate_distributions(distributions, request):
    return Verdict('acme-resolved', {}, ' '.join(f'{each.name}<{each.parent}' for each in distributions))
"""
    (isolated.account.cwd / "wanted.txt").write_text("depends>=1\n")
    wanted = ["install", "--force-reinstall", "-r", "wanted.txt"]
    refused = change(isolated, "'refuse'", module=module).pip(*wanted)
    assert "acme-saw: (('depends>=1',), 'site', 'isolated')" in refused.stdout, refused
    assert re.search(r"(demo<depends depends<None|depends<None demo<depends)\n", refused.stderr), refused
    assert (refused.returncode, isolated.where("demo"), isolated.where("depends")) == (1, "", ""), refused
    phases = [each["phase"] for each in refused.records if each["event"] == "decision"]
    assert (phases, refused.records[-1]["result"]) == ([1, 2], "refused"), refused
    warned = change(isolated, "'warn'", module=module).pip(*wanted)
    assert (warned.returncode, warned.printed, isolated.where("demo")) == (0, ["acme-saw", "acme-resolved"], "site"), (
        warned
    )
    # Nothing is left to install.
    unchanged = change(isolated, "'refuse'", module=module).pip("install", "depends")
    assert (unchanged.returncode, unchanged.printed) == (0, ["acme-saw"]), unchanged


# no plugin takes strictness away; a setting may be dropped


def test_a_plugin_cannot_allow_what_another_rule_refuses(isolated: PipEnvironment) -> None:
    for body in (
        "return Verdict('isolated-typed', 'allow', 'let them')",
        "return [Verdict(name, 'allow') for name in policy.keys]",
        "object.__setattr__(request, 'scheme', 'site'); return None",
    ):
        result = change(isolated, body).pip("install", "--user", "demo", **ALLOW_ROOT)
        assert result.lines(
            "error: userctl-isolated-typed" if "error: " in result.stderr else "userctl-isolated-typed"
        ), result
        assert result.returncode == 1, result


def test_a_plugin_may_drop_a_configured_setting_unless_another_rule_refuses(base: PipEnvironment) -> None:
    change(base, DROP)
    assert_judged(base.pip("install", "demo", **CONFIGURED, **STRICT), "base-configured", "refuse")
    assert_judged(base.pip("install", "demo", **CONFIGURED, **ALLOW_ROOT), "acme-drop", "ignore")
    assert base.where("demo") == "site"
    base.make_read_only()
    # What follows is judged as a fallback.
    for action, status in (("refuse", 1), ("log", 0)):
        fallback = {**ALLOW_ROOT, "PIP_USERCTL_BASE_FALLBACK": action}
        result = base.pip("install", "--ignore-installed", "demo", **CONFIGURED, **fallback)
        assert (result.returncode, result.printed[:2]) == (status, ["acme-drop", "base-fallback"]), result
    assert base.where("demo") == "site user", result


#: What waives a refusal of a plugin, what is then printed, and the verdict.
WAIVERS: Mapping[str, tuple[dict[str, str], list[str], list[str], str]] = {
    "allow-packages": ({"PIP_USERCTL_ALLOW_PACKAGES": "demo"}, [], ["acme-freeze"], "log"),
    "override": ({"PIP_USERCTL_REASON": "ticket 7"}, [], ["acme-freeze"], "warn"),
    "audit": (AUDIT, [], [], "log"),
    "dry-run": ({}, ["--dry-run", "--report", "report.json"], [], "allow"),
}


def test_its_refusals_are_waived_like_all_others(newest: PipEnvironment) -> None:
    change(newest, "return Verdict('acme-freeze', 'refuse', 'a freeze')")
    for name, (variables, options, printed, verdict) in WAIVERS.items():
        result = newest.pip(*AGAIN, *options, **variables)
        assert (result.returncode, result.printed, result.verdict) == (0, printed, verdict), result
        (rule,) = result.records[0]["rules"]
        assert (rule["action"], rule["waived_by"], rule["plugin"]) == ("refuse", name, "acme"), result


# keys, and which plugins are loaded

KEYED = """
from pathlib import Path
from pip_userctl import PolicyKey, Verdict, hookimpl

Path("imported").touch()

class Plugin:
    @hookimpl
    def userctl_policy_keys(self):
        return [PolicyKey("acme-freeze", summary="no installs during a freeze")]

    @hookimpl
    def userctl_evaluate(self, policy):
        source = policy.source("acme-freeze")
        return Verdict("acme-freeze", policy.text("acme-freeze"), "a freeze", source=source)

plugin = Plugin()
"""


def add_keyed(environment: PipEnvironment) -> None:
    """Install a plugin that is an object in its module, and has a key."""
    points = "[pip_userctl]\nacme = acme_policy:plugin\n"
    wheel = make_wheel(environment.account.home, "acme-policy", files={"acme_policy.py": KEYED}, entry_points=points)
    unpack(environment.site_packages, wheel)


def test_its_key_has_a_default_in_each_profile_and_is_set_like_any_other(isolated: PipEnvironment) -> None:
    add_keyed(isolated)
    for variables, action in (
        (AUDIT, "log"),
        ({}, "warn"),
        (STRICT, "refuse"),
        ({"PIP_USERCTL_ACME_FREEZE": "log"}, "log"),
    ):
        result = isolated.pip(*AGAIN, **variables)
        assert result.returncode == int(action == "refuse"), result
        assert result.rules == {"acme-freeze": action}, result
    isolated.account.config.write_text("[userctl]\nacme_freeze = refuse\n")
    for profile in ({}, AUDIT):  # set outright
        result = isolated.pip(*AGAIN, **profile)
        assert_judged(result, "acme-freeze", "refuse")
        assert "a freeze [~/.config/pip/pip.conf:2]\n" in result.stderr, result
    mistake = isolated.pip(*AGAIN, PIP_USERCTL_ACME_FREEZE="deny")
    expected = "PIP_USERCTL_ACME_FREEZE: acme-freeze = deny is not valid; valid: allow, log, warn, refuse."
    assert f"1 mistake in the policy: {expected}" in mistake.stderr, mistake
    unknown = isolated.pip(*AGAIN, PIP_USERCTL_PLUGINS="none", **REFUSE)
    assert (unknown.returncode, unknown.printed) == (0, ["policy"]), unknown
    assert "pip.conf:2: unknown key acme-freeze" in unknown.stderr, unknown


def test_the_key_plugins_says_which_are_loaded_and_none_is_imported_in_vain(isolated: PipEnvironment) -> None:
    add_keyed(isolated)
    change(isolated, "return Verdict('other-freeze', 'log')", "other")
    imported = isolated.account.cwd / "imported"
    for variables in ({"PIP_USERCTL_ENABLED": "no"}, {"PIP_USERCTL_PLUGINS": "none"}):
        assert_silent(isolated.pip(*AGAIN, **variables))
    assert isolated.pip("list").returncode == 0
    assert not imported.exists()
    for wanted, found in (
        ("auto", ["acme-freeze", "other-freeze"]),
        ("acme", ["acme-freeze"]),
        ("other", ["other-freeze"]),
        ("other, acme", ["acme-freeze", "other-freeze"]),
    ):
        isolated.account.config.write_text(f"[userctl]\nplugins = {wanted}\n")
        result = isolated.pip(*AGAIN)
        assert (result.returncode, sorted(result.printed)) == (0, found), result
    plugins = data(isolated.userctl("plugins", "--json"))["plugins"]
    assert [each["version"] for each in plugins if each["name"] in ("acme", "other")] == ["1.0", "1.0"], plugins


def test_a_marker_of_the_environments_own_pluggy_works_too(newest: PipEnvironment) -> None:
    module = """
import pluggy
from pip_userctl import Verdict

@pluggy.HookimplMarker("pip_userctl")
def userctl_evaluate(request):
    return Verdict("acme-freeze", "warn", "a freeze")
"""
    assert_judged(change(newest, "", module=module).pip(*AGAIN), "acme-freeze", "warn")


# failures

#: What a rule does, and how the line about it begins.
FAILURES = {
    "sys.exit('done')": "rule acme raised SystemExit: done",
    "def f(): f()\n    f()": "rule acme raised RecursionError: maximum recursion depth exceeded",
    "return 42": "rule acme raised TypeError: ",
    "return Verdict('acme-freeze', 'deny')": "rule acme raised ValueError: acme-freeze: 'deny' is not an action",
    "yield Verdict('acme-one', 'allow'); raise LookupError('no server')": "rule acme raised LookupError: no server",
    "return Verdict('acme-drop', 'ignore')": "rule acme raised ValueError: acme-drop: only a configured setting can be ignored",
}
HOOK = "from pip_userctl import PolicyKey, Verdict, hookimpl\n@hookimpl\ndef "
#: The whole module of a plugin that cannot be loaded.
BROKEN = {
    "import no_such_module": "plugin acme raised ModuleNotFoundError: No module named 'no_such_module'",
    f"{HOOK}userctl_evaluate(request, weather): pass": "plugin acme raised PluginValidationError: ",
    f"{HOOK}userctl_policy_keys(): return [PolicyKey('base-typed')]": "plugin acme raised ValueError: the key base-typed ",
    HOOK.replace("hookimpl\ndef", "hookimpl(wrapper=True)\ndef")
    + "userctl_evaluate(): yield": "plugin acme raised TypeError: ",
}


def assert_failed(environment: PipEnvironment, text: str, *options: str) -> None:
    """One warning and pip goes on, or with ``on-error = refuse`` no install; and in both cases a record."""
    install = [*AGAIN, *options]
    warned = environment.pip(*install, **ALLOW_ROOT)
    (line,) = warned.lines("userctl-failure: ")
    assert line.startswith(f"userctl-failure: {text}"), warned
    assert (warned.returncode, line.endswith("; pip goes on")) == (0, True), warned
    refused = environment.pip(*install, **ALLOW_ROOT, **REFUSE)
    assert (refused.returncode, refused.printed, refused.stdout.count("Successfully")) == (1, ["failure"], 0), refused
    assert f"× {text}" in refused.stderr or f"ERROR: userctl-failure: {text}" in refused.stderr, refused
    assert "on-error = refuse stops pip install" in refused.stderr, refused
    for result in (warned, refused):
        (failure,) = result.records[0]["failures"]
        assert f"{failure['part']} {failure['name']} raised {failure['error']}".startswith(text), result


@pytest.mark.parametrize("body", FAILURES)
def test_where_a_rule_fails_on_error_decides(newest: PipEnvironment, body: str) -> None:
    assert_failed(change(newest, body), FAILURES[body])


@pytest.mark.parametrize("module", BROKEN)
def test_where_a_plugin_cannot_be_loaded_on_error_decides(newest: PipEnvironment, module: str) -> None:
    assert_failed(change(newest, "", module=module), BROKEN[module])


def test_each_pip_survives_a_rule_that_raises_a_plugin_that_is_missing_and_can_be_repaired(
    isolated: PipEnvironment,
) -> None:
    isolated.account.config.write_text("[userctl]\nplugins = acme\n")
    missing = isolated.pip(*AGAIN)
    text = (
        "userctl-failure: plugin acme raised LookupError: no installed distribution has this entry point; pip goes on"
    )
    assert (missing.returncode, missing.lines("userctl-failure")) == (0, [text]), missing
    change(isolated, "raise LookupError('no server')")
    assert_failed(isolated, "rule acme raised LookupError: no server")
    repair = isolated.pip("install", "pip", "pluggy", **REFUSE)
    assert (repair.returncode, repair.printed) == (0, ["failure"]), repair


def test_what_others_say_stands_beside_a_failure_and_pip_goes_on_only_where_it_does(base: PipEnvironment) -> None:
    change(base, "raise LookupError('first')")
    change(base, "return Verdict('other-freeze', 'warn', 'other')", "other")
    change(base, "raise LookupError('second')", "third")
    result = base.pip(*AGAIN, **CONFIGURED, **ALLOW_ROOT)
    assert (result.returncode, result.printed) == (0, ["other-freeze", "failure"]), result
    assert re.search(
        r"rule (acme|third) raised LookupError: (first|second) \(and 1 more\); pip goes on\n", result.stderr
    ), result
    change(base, "return Verdict('other-freeze', 'refuse', 'other')", "other")
    for variables in ({}, REFUSE):
        refused = base.pip(*AGAIN, **ALLOW_ROOT, **variables)
        assert (refused.returncode, sorted(refused.printed)) == (1, ["failure", "other-freeze"]), refused
        assert "pip goes on" not in refused.output, refused
        assert refused.lines("error: userctl-other-freeze") or refused.lines("userctl-other-freeze"), refused


def test_it_is_too_late_to_drop_a_setting_once_pip_has_resolved(stage: Stage, each_pip: str) -> None:
    environment = stage.set("system-site-configured", each_pip)
    module = f"{HOOK}userctl_evaluate_distributions(): return Verdict('acme-late', 'ignore')"
    change(environment, "", module=module)
    allowed = {**ALLOW_ROOT, **CONFIGURED, "PIP_USERCTL_SYSTEM_SITE_CONFIGURED": "allow"}
    result = environment.pip(*AGAIN, **allowed)
    assert "rule acme raised ValueError: acme-late: only a configured setting can be ignored" in result.stderr, result
    assert (result.returncode, environment.where("demo")) == (0, "user"), result
    stopped = environment.pip(*AGAIN, **allowed, **REFUSE)
    assert (stopped.returncode, stopped.printed) == (1, ["failure"]), stopped


# observers

OBSERVER = """
from pip_userctl import hookimpl

@hookimpl
def userctl_decided(decision):
    print("decided", decision.verdict, flush=True)
    {}

@hookimpl
def userctl_finished(outcome):
    print("finished", outcome.result, [each.name for each in outcome.distributions], flush=True)
    {}
"""


def events(result: PipResult) -> list[str]:
    """What the observer printed."""
    return [line for line in result.stdout.splitlines() if line.startswith(("decided ", "finished "))]


def test_an_observer_is_told_of_each_decision_and_of_the_end(isolated: PipEnvironment) -> None:
    change(isolated, "pass", module=OBSERVER)
    assert events(isolated.pip(*AGAIN)) == ["decided allow", "finished installed ['demo']"]
    assert events(isolated.pip("install", "demo")) == ["decided allow", "finished unchanged []"]
    assert events(isolated.pip("install", "--user", "demo", **ALLOW_ROOT)) == ["decided refuse", "finished refused []"]
    assert events(isolated.pip("install", "no-such-thing")) == ["decided allow", "finished failed []"]
    module = f"{HOOK}userctl_evaluate_distributions(): return Verdict('other-late', 'warn', 'late')"
    change(isolated, "", "other", module=module)
    assert events(isolated.pip(*AGAIN)) == ["decided allow", "decided warn", "finished installed ['demo']"]


@pytest.mark.parametrize("failure", ["raise LookupError('no server')", "import sys; sys.exit(7)", "import gzip"])
def test_an_observer_that_fails_costs_one_warning_whatever_on_error_says(
    isolated: PipEnvironment, failure: str
) -> None:
    change(isolated, failure, module=OBSERVER)
    result = isolated.pip(*AGAIN, **REFUSE)
    assert (result.returncode, isolated.where("demo")) == (0, "site"), result
    lines = result.lines("userctl-failure: observer acme raised ")
    if "gzip" in failure:  # pip 26.3 blocks every import at the end, unless it was imported before
        assert lines == [], result
        return
    assert (len(lines), events(result)) == (1, ["decided allow"]), result
    assert lines[0].endswith(("LookupError: no server; pip goes on", "SystemExit: 7; pip goes on")), result
