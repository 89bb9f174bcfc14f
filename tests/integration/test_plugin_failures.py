"""Plugins that fail, on real pip: ``on-error`` decides, and what the others say stands."""

from __future__ import annotations

from typing import Callable

import pytest

from tests.toolkit.environments import Environment
from tests.toolkit.expect import NO_ROOT_ROW
from tests.toolkit.plugins import DROP, add_plugin

Make = Callable[..., Environment]
ON_ERROR = {"PIP_USERCTL_ON_ERROR": "refuse"}


FAILURES = {
    "raises": ("raise LookupError('no server')", "the rule acme failed (LookupError: no server)"),
    "ends the process": ("sys.exit('done')", "the rule acme failed (SystemExit: done)"),
    "takes too long": (
        "import threading; threading.Event().wait()",
        "the rule acme failed (TimeoutError: took longer than plugin-timeout = 0.2 seconds)",
    ),
    "answers with a number": ("return 42", "the rule acme failed (TypeError"),
    "answers with text": ("return 'refuse'", "the rule acme failed (TypeError"),
    "answers with other objects": ("return [object()]", "the rule acme failed (TypeError"),
    "answers with text for verdicts": ("return ['refuse']", "the rule acme failed (TypeError"),
    "answers with an action that there is not": (
        "return Verdict('acme-freeze', 'deny')",
        "'deny' is no action; valid: allow, log, warn, refuse, ignore",
    ),
    "raises in the middle": (
        "yield Verdict('acme-one', 'log')\n    raise LookupError('no server')",
        "the rule acme failed (LookupError: no server)",
    ),
    "ignores what nobody asked for": ("return Verdict('acme-drop', 'ignore')", "only a configured wish can be ignored"),
}
BROKEN = {
    "no module": ("import no_such_module", "the plugin acme failed (ModuleNotFoundError: No module named"),
    "no Python": ("def (", "the plugin acme failed (SyntaxError"),
    "ends the process": ("raise SystemExit(3)", "the plugin acme failed (SystemExit: 3)"),
    "an old specification": (
        "from pip_userctl import hookimpl\n@hookimpl\ndef userctl_evaluate(request, weather): pass\n",
        "the plugin acme failed (PluginValidationError",
    ),
    "keys raise": (
        "from pip_userctl import hookimpl\n@hookimpl\ndef userctl_policy_keys(): return 1 / 0\n",
        "the plugin acme failed (ZeroDivisionError",
    ),
    "a key of another name": (
        "from pip_userctl import PolicyKey, hookimpl\n"
        "@hookimpl\ndef userctl_policy_keys(): return [PolicyKey('base-typed')]\n",
        "the key base-typed does not start with acme-",
    ),
    "no key": (
        "from pip_userctl import hookimpl\n@hookimpl\ndef userctl_policy_keys(): return ['acme-freeze']\n",
        "the plugin acme failed (TypeError",
    ),
}


def assert_on_error_decides(environment: Environment, text: str, wish: list[str] | None = None) -> None:
    """One warning and pip's own decision, or with ``on-error = refuse`` no install."""
    install = ["install", *(wish or []), "--force-reinstall", "demo"]
    quick = {"PIP_USERCTL_PLUGIN_TIMEOUT": "0.2", **NO_ROOT_ROW}
    warned = environment.pip(*install, **quick)
    assert warned.returncode == 0, warned
    assert len(warned.lines("userctl-failure: ")) == 1, warned
    assert text in warned.lines("userctl-failure: ")[0], warned
    assert "pip's own decision stands" in warned.output, warned
    assert environment.where("demo") == ("user" if wish else "site"), warned

    refused = environment.pip(*install, **quick, **ON_ERROR)
    assert refused.returncode == 1, refused
    assert refused.situations[-1] == "failure", refused
    assert refused.lines("error: userctl-failure"), refused
    assert text in refused.output, refused


@pytest.mark.parametrize(("body", "text"), FAILURES.values(), ids=FAILURES)
def test_where_a_rule_fails_on_error_decides(make: Make, body: str, text: str) -> None:
    assert_on_error_decides(add_plugin(make("isolated"), body), text)


@pytest.mark.parametrize(("module", "text"), BROKEN.values(), ids=BROKEN)
def test_where_a_plugin_cannot_be_loaded_on_error_decides(make: Make, module: str, text: str) -> None:
    assert_on_error_decides(add_plugin(make("isolated"), "", module=module), text)


def test_each_pip_survives_a_rule_that_raises_and_can_be_repaired(make: Make, each_pip: str) -> None:
    environment = add_plugin(make("isolated", pip=each_pip), "raise LookupError('no server')")
    assert_on_error_decides(environment, "no server")
    repair = environment.pip("install", "pip", "pluggy", **ON_ERROR)
    assert repair.returncode == 0, repair
    assert len(repair.lines("userctl-failure: ")) == 1, repair


def test_a_typed_wish_that_a_plugin_ignores_stands_and_the_rule_counts_as_failed(make: Make, each_pip: str) -> None:
    environment = add_plugin(make("base", pip=each_pip), "return Verdict('acme-drop', 'ignore')")
    assert_on_error_decides(environment, "only a configured wish can be ignored, this one is typed", ["--user"])


def test_what_the_other_rules_say_stands_beside_a_failure(make: Make, each_pip: str) -> None:
    environment = add_plugin(make("isolated", pip=each_pip), "raise LookupError('no server')")
    add_plugin(environment, "return Verdict('other-freeze', 'warn', 'other')", "other")
    result = environment.pip("install", "demo")
    assert result.returncode == 0, result
    assert sorted(result.situations) == ["failure", "other-freeze", "other-freeze"], result


def test_several_failures_are_one_warning_and_each_counts_once(make: Make, each_pip: str) -> None:
    environment = add_plugin(make("base", pip=each_pip), DROP)
    add_plugin(environment, "raise LookupError('first')", "other")
    add_plugin(environment, "raise LookupError('second')", "third")
    result = environment.pip("install", "demo", PIP_USER="1", **NO_ROOT_ROW)
    assert result.situations == ["acme-drop", "failure"], result
    assert "(and 1 more)" in result.output, result


def test_a_plugin_that_is_named_and_missing_is_a_failure(make: Make, each_pip: str) -> None:
    environment = make("isolated", pip=each_pip)
    environment.account.user_config.write_text("[userctl]\nplugins = acme\n")
    assert_on_error_decides(environment, "the plugin acme failed (no installed distribution has this entry point)")
