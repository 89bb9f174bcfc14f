"""The plugin manager: each plugin is asked alone, and none can bring down pip or the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Event
from typing import Callable

import pytest

from pip_userctl import hookimpl, hookspecs
from pip_userctl.models import Environment, Verdict
from pip_userctl.plugins import BUILT_IN, OWN_NAME, Plugin, Plugins
from pip_userctl.testing.factories import policy, request
from tests.toolkit import probes, pythons
from tests.toolkit.environments import Account
from tests.toolkit.pythons import Python
from tests.toolkit.values import facts

PYTHONS = list(pythons.discover().values())
ARGUMENTS = {"request": request(), "environment": facts(), "policy": policy()}
FREEZE = Verdict("acme-freeze", "refuse", "it freezes")


class Says:
    """A plugin that answers with what it was made of."""

    def __init__(self, answer: Callable[[], object]) -> None:
        self.answer = answer

    @hookimpl
    def userctl_evaluate(self) -> object:
        """Answer."""
        return self.answer()


def generator() -> Iterator[Verdict]:
    """Two verdicts, one after the other."""
    yield FREEZE
    yield FREEZE._replace(action="warn")


def broken_generator() -> Iterator[Verdict]:
    """One verdict and then a mistake."""
    yield FREEZE
    raise LookupError("lost")


def raising(error: BaseException) -> Callable[[], object]:
    """A function that raises this."""

    def answer() -> object:
        raise error

    return answer


def ask(
    *answers: Callable[[], object], timeout: float = 60
) -> tuple[list[tuple[str, object]], list[tuple[str, str, str]]]:
    """What plugins with these answers say, and what failed."""
    plugins = Plugins()
    plugins.timeout = timeout
    for number, answer in enumerate(answers):
        plugins.register(Plugin(f"plugin{number}", Says(answer), "acme", "1.0"))
    values = [(each.plugin, each.value) for each in plugins.ask("userctl_evaluate", **ARGUMENTS)]
    return values, [(each.part, each.name, each.error) for each in plugins.failures]


@pytest.mark.parametrize(
    ("answer", "verdicts"),
    [
        (lambda: None, []),
        (lambda: FREEZE, [FREEZE]),
        (list, []),
        (lambda: [FREEZE, FREEZE], [FREEZE, FREEZE]),
        (lambda: (FREEZE,), [FREEZE]),
        (generator, [FREEZE, FREEZE._replace(action="warn")]),
    ],
)
def test_a_plugin_answers_with_a_verdict_or_several_or_none(
    answer: Callable[[], object], verdicts: Sequence[Verdict]
) -> None:
    values, failures = ask(answer)
    assert values == [("plugin0", verdict) for verdict in verdicts]
    assert failures == []


def test_all_plugins_are_asked_never_the_first_alone() -> None:
    values, _ = ask(lambda: FREEZE, lambda: None, lambda: FREEZE._replace(action="allow"))
    assert [plugin for plugin, _ in values] == ["plugin0", "plugin2"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (raising(ValueError("no")), "ValueError: no"),
        (raising(ValueError("two\n lines")), "ValueError: two lines"),
        (raising(KeyError()), "KeyError"),
        (raising(SystemExit(3)), "SystemExit: 3"),
        (broken_generator, "LookupError: lost"),
        (lambda: 5, "TypeError: 'int' object is not iterable"),
        (lambda: "refuse", "TypeError: returned 'refuse'"),
    ],
)
def test_a_plugin_that_raises_is_a_failure_and_the_others_are_heard(answer: Callable[[], object], error: str) -> None:
    values, failures = ask(lambda: FREEZE, answer, lambda: FREEZE)
    assert [plugin for plugin, _ in values] == ["plugin0", "plugin2"]
    assert failures == [("rule", "plugin1", error)]


def test_a_plugin_that_takes_too_long_is_a_failure_and_the_others_are_heard() -> None:
    released = Event()

    def wait() -> None:
        released.wait(60)

    values, failures = ask(wait, lambda: FREEZE, timeout=0.2)
    released.set()
    assert [plugin for plugin, _ in values] == ["plugin1"]
    assert failures == [("rule", "plugin0", "TimeoutError: took longer than plugin-timeout = 0.2 seconds")]


def test_control_c_is_never_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt):
        ask(raising(KeyboardInterrupt()))


@pytest.mark.parametrize("python", PYTHONS, ids=lambda python: python.tag)
def test_a_plugin_that_does_not_fit_is_turned_away_as_a_whole(account: Account, python: Python) -> None:
    question = {"path": probes.search_path(python, probes.pip_for(python))}  # pluggy differs between Pythons
    answer = probes.ask("misfit", account, [python.path, "-s"], question)
    assert answer == {"error": "PluginValidationError", "answers": ["acme"]}


def test_the_built_in_rules_are_plugins_like_any_other() -> None:
    plugins = Plugins()
    assert [each.plugin for each in plugins.plugins] == list(BUILT_IN)
    assert all(each.name.startswith(f"{OWN_NAME}.") and each.distribution is None for each in plugins.plugins)


def test_every_hook_says_when_it_is_called_what_none_means_and_what_happens_if_it_raises() -> None:
    hooks = [each for name, each in vars(hookspecs).items() if name.startswith("userctl_")]
    assert hooks
    for hook in hooks:
        words = hook.__doc__ or ""
        assert all(word in words for word in ("When:", "None:", "Example::")), hook
        assert "If it raises" in words or "as for ``userctl_evaluate``" in words, hook


def test_a_hook_may_take_fewer_arguments_than_its_specification() -> None:
    class Curious:
        @hookimpl
        def userctl_evaluate(self, environment: Environment) -> Verdict:
            return Verdict("acme-kind", "log", environment.kind)

    plugins = Plugins()
    plugins.register(Plugin("acme", Curious(), "acme", "1.0"))
    assert [each.value.reason for each in plugins.ask("userctl_evaluate", **ARGUMENTS)] == ["base"]
