"""The plugin manager: each plugin is asked alone, and none can bring down pip or the others."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Callable, Iterable, Iterator, Sequence

import pytest

from pip_userctl import hookimpl, hookspecs
from pip_userctl.models import Environment, Request, Verdict
from pip_userctl.plugins import BUILT_IN, OWN_NAME, Plugin, Plugins
from pip_userctl.policy import PolicyKey
from tests.toolkit.values import NOBODY, facts, policy, request

ARGUMENTS = {"request": request(NOBODY), "environment": facts(), "policy": policy()}
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
    return values, [tuple(each) for each in plugins.failures]


@pytest.mark.parametrize(
    ("answer", "verdicts"),
    [
        (lambda: None, []),
        (lambda: FREEZE, [FREEZE]),
        (lambda: [], []),
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


class Misfit:
    """A plugin with a good hook and one whose arguments do not exist."""

    @hookimpl
    def userctl_evaluate(self, request: Request) -> Verdict:
        """Answer, although the plugin was turned away."""
        raise AssertionError(request)

    @hookimpl
    def userctl_policy_keys(self, nonsense: object) -> None:
        """Not as specified."""


def test_a_plugin_that_does_not_fit_is_turned_away_as_a_whole() -> None:
    plugins = Plugins()
    with pytest.raises(Exception, match="nonsense"):
        plugins.register(Plugin("misfit", Misfit(), "acme", "1.0"))
    plugins.register(Plugin("acme", Says(lambda: FREEZE), "acme", "1.0"))
    assert [each.plugin for each in plugins.ask("userctl_evaluate", **ARGUMENTS)] == ["acme"]
    assert plugins.failures == []


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


MODULE = """
from pip_userctl import PolicyKey, Verdict, hookimpl

@hookimpl
def userctl_policy_keys():
    return [PolicyKey("acme-freeze")]

@hookimpl
def userctl_evaluate(request, environment, policy):
    return Verdict("acme-freeze", policy.text("acme-freeze"), "it freezes")
"""


@pytest.fixture
def distribute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Make a distribution with entry points, and its module, in a folder on the path; gives the folder."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def distribute(module: str, source: str = MODULE, points: str = "", name: str = "acme") -> str:
        (tmp_path / f"{module}.py").write_text(source)
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(points or f"[pip_userctl]\n{name} = {module}\n")
        return str(tmp_path)

    return distribute


def load(folder: str, wanted: Iterable[str] = ("auto",)) -> tuple[list[tuple[str, str | None]], list[str], Plugins]:
    """The plugins loaded from a folder, what failed, and the manager."""
    plugins = Plugins()
    plugins.load(tuple(wanted), [folder])
    found = [(each.name, each.distribution) for each in plugins.plugins[len(BUILT_IN) :]]
    return found, [f"{each.part} {each.name}: {each.error}" for each in plugins.failures], plugins


def test_an_entry_point_is_loaded_with_its_keys(distribute: Callable[..., str]) -> None:
    found, failures, plugins = load(distribute("unit_good"))
    assert (found, failures) == ([("acme", "unit_good")], [])
    assert [key.name for key in plugins.keys] == ["acme-freeze"]
    keyed = policy(acme_freeze="log", plugin_keys=plugins.keys)
    answers = list(plugins.ask("userctl_evaluate", **{**ARGUMENTS, "policy": keyed}))
    assert [(each.plugin, each.value.action) for each in answers] == [("acme", "log")]


def test_plugins_none_loads_none_and_names_load_those_alone(distribute: Callable[..., str]) -> None:
    folder = distribute("unit_one", points="[pip_userctl]\none = unit_one\nother = unit_missing\n")
    assert load(folder, ["none"])[:2] == ([], [])
    found, failures, _ = load(folder, ["one", "absent"])
    assert [name for name, _ in found] == ["one"]
    assert failures == [
        "plugin one: ValueError: the key acme-freeze does not start with one-, or has other characters than a-z, 0-9, -",
        "plugin absent: no installed distribution has this entry point",
    ]


def test_other_groups_are_none_of_ours(distribute: Callable[..., str]) -> None:
    folder = distribute("unit_other", points="[console_scripts]\nacme = unit_missing:main\n[pip_userctl]\n")
    assert load(folder)[:2] == ([], [])


@pytest.mark.parametrize(
    ("module", "source", "failure"),
    [
        ("unit_import", "import unit_missing", "ModuleNotFoundError: No module named 'unit_missing'"),
        ("unit_syntax", "def", "SyntaxError: "),
        ("unit_exit", "raise SystemExit(3)", "SystemExit: 3"),
        ("unit_misfit", MODULE.replace("request,", "nonsense,"), "PluginValidationError: "),
        ("unit_keys", MODULE.replace("PolicyKey(", "no_such_thing("), "NameError: "),
    ],
)
def test_a_plugin_that_cannot_be_loaded_is_a_failure(
    distribute: Callable[..., str], module: str, source: str, failure: str
) -> None:
    _, failures, plugins = load(distribute(module, source))
    assert len(failures) == 1
    assert failures[0].startswith(f"plugin acme: {failure}")
    assert plugins.keys == []


def test_a_broken_list_of_entry_points_is_a_failure_and_others_are_loaded(distribute: Callable[..., str]) -> None:
    distribute("unit_fine")
    found, failures, _ = load(distribute("unit_broken", points="[pip_userctl]\nother\n"))
    assert found == [("acme", "unit_fine")]
    assert len(failures) == 1
    assert failures[0].startswith("plugin unit_broken-1.0.dist-info: ")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("'acme-freeze'", "TypeError: userctl_policy_keys returned 'acme-freeze', which is no PolicyKey"),
        ("PolicyKey('freeze')", "ValueError: the key freeze does not start with acme-"),
        ("PolicyKey('Acme-freeze')", "ValueError: the key Acme-freeze does not start with acme-"),
        ("PolicyKey('acme-Freeze')", "ValueError: the key acme-Freeze does not start with acme-"),
        ("PolicyKey('acme-a'), PolicyKey('acme-a')", "ValueError: the key acme-a exists already"),
        ("PolicyKey('acme-a', 'colour')", "ValueError: the key acme-a has an unknown kind"),
        (
            "PolicyKey('acme-a', defaults=('log',))",
            "ValueError: the key acme-a has an unknown kind, or not one default",
        ),
        ("PolicyKey('acme-a', defaults=('no',) * 3)", "ValueError: a default of the key acme-a is none of its values"),
    ],
)
def test_a_key_that_could_not_be_set_is_a_failure(distribute: Callable[..., str], key: str, said: str) -> None:
    module = f"unit_key_{abs(hash(key))}"
    _, failures, plugins = load(distribute(module, MODULE.replace('PolicyKey("acme-freeze")', key)))
    assert len(failures) == 1
    assert failures[0].startswith(f"plugin acme: {said}")
    assert [each.name for each in plugins.keys] == ["acme-a"] * ("exists already" in said)


def test_a_plugin_whose_name_has_underscores_has_keys_with_dashes(distribute: Callable[..., str]) -> None:
    source = MODULE.replace("acme-freeze", "acme-tools-freeze")
    found, failures, plugins = load(distribute("unit_tools", source, name="acme_tools"))
    assert (found, failures) == ([("acme_tools", "unit_tools")], [])
    assert policy({"acme_tools_freeze": "log"}, plugins.keys).value("acme-tools-freeze") == "log"


def test_the_first_of_two_plugins_with_one_name_is_loaded(tmp_path: Path, distribute: Callable[..., str]) -> None:
    first = distribute("unit_first")
    other = tmp_path / "other"
    (other / "unit_second-1.0.dist-info").mkdir(parents=True)
    (other / "unit_second-1.0.dist-info" / "METADATA").write_text("Name: unit_second\nVersion: 1.0\n")
    (other / "unit_second-1.0.dist-info" / "entry_points.txt").write_text("[pip_userctl]\nacme = unit_missing\n")
    plugins = Plugins()
    plugins.load(("auto",), [first, first, str(other)])
    assert [each.distribution for each in plugins.plugins[len(BUILT_IN) :]] == ["unit_first"]
    assert plugins.failures == []


def test_a_path_entry_that_is_no_folder_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "archive.zip").write_bytes(b"")
    assert load(str(tmp_path / "archive.zip"))[:2] == ([], [])
    assert load(str(tmp_path / "missing"))[:2] == ([], [])


def test_a_hook_may_take_fewer_arguments_than_its_specification() -> None:
    class Curious:
        @hookimpl
        def userctl_evaluate(self, environment: Environment) -> Verdict:
            return Verdict("acme-kind", "log", environment.kind)

    plugins = Plugins()
    plugins.register(Plugin("acme", Curious(), "acme", "1.0"))
    assert [each.value.reason for each in plugins.ask("userctl_evaluate", **ARGUMENTS)] == ["base"]
