"""The hook layer: what may be registered, how each plugin is called by itself, which entry points are loaded."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pluggy
import pytest

from pip_userctl import Environment, Policy, PolicyKey, Request, Verdict, config, hookimpl, testing
from pip_userctl.hooks import Hooks, Plugin, describe, describe_failures, find_entry_points
from pip_userctl.judge import BUILT_IN, load_hooks
from pip_userctl.models import Failure
from pip_userctl.plugins import Specifications, add, entry_points, hooks_of, load
from tests.unit.values import Keys, administrator, policy

FREEZE = Verdict("acme-freeze", "refuse", "it freezes")
ARGUMENTS = {"request": testing.request(), "environment": testing.environment(), "policy": testing.policy()}
HOOKS = {name: each for name, each in vars(Specifications).items() if name.startswith("userctl_")}


class Returns:
    """A plugin whose rule returns what the function returns."""

    def __init__(self, function: Callable[[], object]) -> None:
        self.function = function

    @hookimpl
    def userctl_evaluate(self) -> object:
        return self.function()


class Keyed(Keys):
    """A plugin with keys and a rule."""

    @hookimpl
    def userctl_evaluate(self) -> Verdict:
        return FREEZE


def made(*plugins: object, name: str = "acme") -> Hooks:
    """A manager of these plugins: acme0, acme1 …; one is called as it is said."""
    hooks = Hooks()
    for number, each in enumerate(plugins):
        add(hooks, Plugin(name if len(plugins) == 1 else f"{name}{number}", each))
    return hooks


def results(hooks: Hooks) -> list[tuple[str, object]]:
    """What the plugins say about a request."""
    return list(hooks.call("userctl_evaluate", **ARGUMENTS))


def two() -> Iterator[Verdict]:
    yield FREEZE
    yield FREEZE._replace(action="warn")


def broken() -> Iterator[Verdict]:
    yield FREEZE
    raise LookupError("lost")


def raises(error: BaseException) -> Callable[[], object]:
    def function() -> object:
        raise error

    return function


# The call


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda: None, []),
        (lambda: FREEZE, [FREEZE]),
        (list, []),
        (lambda: (FREEZE, FREEZE), [FREEZE, FREEZE]),
        (two, list(two())),
    ],
)
def test_a_plugin_returns_a_verdict_or_several_or_none(function: Callable[[], object], expected: list[object]) -> None:
    hooks = made(Returns(function))
    assert [result for _, result in results(hooks)] == expected
    assert hooks.failures == []


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (raises(ValueError("no")), "ValueError: no"),
        (raises(ValueError("two\n lines")), "ValueError: two lines"),
        (raises(KeyError()), "KeyError"),
        (raises(SystemExit(3)), "SystemExit: 3"),
        (raises(RecursionError("deep")), "RecursionError: deep"),
        (broken, "LookupError: lost"),
        (lambda: 5, "TypeError: 'int' object is not iterable"),
        (lambda: "refuse", "TypeError: returned 'refuse'"),
    ],
)
def test_a_plugin_that_raises_is_a_failure_and_the_others_are_asked(function: Callable[[], object], error: str) -> None:
    hooks = made(Returns(lambda: FREEZE), Returns(function), Returns(lambda: FREEZE))
    assert sorted(name for name, _ in results(hooks)) == ["acme0", "acme2"]
    assert hooks.failures == [Failure("rule", "acme1", error)]


def test_control_c_is_never_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt):
        results(made(Returns(raises(KeyboardInterrupt()))))


def test_a_hook_takes_the_arguments_that_it_names_in_any_order() -> None:
    class Curious:
        @hookimpl
        def userctl_evaluate(self, policy: Policy, request: Request) -> Verdict:
            return Verdict("acme-a", "log", f"{policy.profile} {request.scheme}")

        @hookimpl(specname="userctl_evaluate_distributions")
        def later(self, environment: Environment) -> Verdict:
            return Verdict("acme-b", "log", environment.kind)

    hooks = made(Curious())
    assert [result.reason for _, result in results(hooks) if isinstance(result, Verdict)] == ["default site"]
    later = hooks.call("userctl_evaluate_distributions", **ARGUMENTS, distributions=())
    assert [result.reason for _, result in later] == ["base"]
    assert hooks_of(hooks, hooks.plugins[0]) == ["userctl_evaluate", "userctl_evaluate_distributions"]


def test_the_built_in_rules_are_plugins_like_any_other_and_are_called_first() -> None:
    hooks = load_hooks(testing.policy(plugins="none"), [])
    add(hooks, Plugin("acme", Keyed(), "acme", "1.0"))
    assert [each.plugin for each in hooks.plugins[:-1]] == list(BUILT_IN)
    assert {each.name.partition(".")[0] for each in hooks.plugins[:-1]} == {"pip_userctl"}
    arguments: dict[str, Any] = {**ARGUMENTS, "request": testing.request(origin="typed")}
    assert [name for name, _ in hooks.call("userctl_evaluate", **arguments)] == ["pip_userctl.user_installs", "acme"]


# Registration


def refused(plugin: object, name: str = "acme") -> str:
    """What is raised for a plugin; it is then not there at all, and others still work."""
    hooks = made(Keyed())
    with pytest.raises(Exception, match=r"^") as raised:
        add(hooks, Plugin(name, plugin))
    assert not hooks.is_registered(plugin)
    assert ([each.name for each in hooks.plugins], hooks.keys) == (["acme"], [])
    assert results(hooks) == [("acme", FREEZE)]
    return describe(raised.value)


def test_a_plugin_that_does_not_fit_is_turned_away_as_a_whole() -> None:
    class Weather(Returns):
        @hookimpl
        def userctl_evaluate_distributions(self, weather: object) -> None: ...

    assert "weather" in refused(Weather(lambda: FREEZE), "weather")


#: The two styles of pluggy; the second came with 1.2.
WRAPPERS = [name for name in ("hookwrapper", "wrapper") if name in inspect.signature(hookimpl).parameters]


@pytest.mark.parametrize("style", WRAPPERS)
def test_a_wrapper_could_take_verdicts_of_others_away_and_is_refused(style: str) -> None:
    options: dict[str, Any] = {style: True}

    class Wrapper:
        def userctl_evaluate(self) -> Iterator[None]:
            yield

    hookimpl(**options)(Wrapper.userctl_evaluate)
    assert "userctl_evaluate is a wrapper, which could take verdicts" in refused(Wrapper(), "wrapper")


def test_a_plugin_cannot_pose_as_a_built_in_one_nor_have_the_name_of_another() -> None:
    assert "is that of a built-in plugin" in refused(Returns(lambda: FREEZE), "pip_userctl.accounts")
    assert "acme" in refused(Keyed())


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        (("acme-freeze",), "TypeError: userctl_policy_keys returned 'acme-freeze', which is not a PolicyKey"),
        ((PolicyKey("freeze"),), "ValueError: the key freeze does not start with other-"),
        ((PolicyKey("Other-freeze"),), "ValueError: the key Other-freeze does not start with other-"),
        ((PolicyKey("other-Freeze"),), "ValueError: the key other-Freeze does not start with other-"),
        ((PolicyKey("other-a_b"),), "ValueError: the key other-a_b does not start with other-"),
        ((PolicyKey("other-é"),), "ValueError: the key other-é does not start with other-"),
        ((PolicyKey("other-a"), PolicyKey("other-a")), "ValueError: the key other-a exists already"),
        ((PolicyKey("other-a", "path", defaults=("", "", "")),), "TypeError: a default of the key other-a is no tuple"),
        ((PolicyKey("other-a", "colour"),), "ValueError: the key other-a has an unknown kind"),
        ((PolicyKey("other-a", defaults=("log",)),), "ValueError: the key other-a has an unknown kind, or not one def"),  # type: ignore[arg-type]
        ((PolicyKey("other-a", defaults=("no",) * 3),), "ValueError: a default of the key other-a is none of its val"),
    ],
)
def test_a_key_that_could_not_be_set_is_refused_with_its_plugin(keys: tuple[object, ...], error: str) -> None:
    assert refused(Keyed(*keys), "other").startswith(error)


def test_no_plugin_takes_the_key_of_another_or_of_a_rule() -> None:
    hooks = made(Keyed(PolicyKey("acme-a-b")))
    with pytest.raises(ValueError, match="exists already"):
        add(hooks, Plugin("acme-a", Keyed(PolicyKey("acme-a-b"))))
    assert hooks.owners == {"acme-a-b": "acme"}
    assert "the key base-typed exists already" in refused(Keyed(PolicyKey("base-typed")), "base")


def test_a_plugin_whose_name_has_underscores_adds_keys_with_dashes() -> None:
    assert [each.name for each in made(Keyed(PolicyKey("acme-tools-a")), name="Acme_Tools").keys] == ["acme-tools-a"]


def test_a_marker_of_any_pluggy_works_and_one_for_another_project_marks_nothing() -> None:
    class Other:
        @pluggy.HookimplMarker("tox")
        def userctl_evaluate(self) -> Verdict:
            return FREEZE

    assert results(made(Other())) == []
    #: What HookimplMarker sets on a function in pluggy 1.0; 1.6 adds one.
    marks = {"hookwrapper": False, "optionalhook": False, "tryfirst": False, "trylast": False, "specname": None}
    for each in (marks, {"wrapper": False, **marks}):
        vars(Other)["userctl_evaluate"].pip_userctl_impl = each
        assert results(made(Other())) == [("acme", FREEZE)]


# Entry points

MODULE = """
from pip_userctl import PolicyKey, Verdict, hookimpl

@hookimpl
def userctl_policy_keys():
    return [PolicyKey("acme-freeze")]

@hookimpl
def userctl_evaluate(request, environment, policy):
    return Verdict("acme-freeze", policy.text("acme-freeze"), "it freezes")
"""


class Site:
    """A folder of distributions with entry points; the modules that come from it are forgotten afterwards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def add(self, module: str, source: str = MODULE, points: str = "", name: str = "acme") -> None:
        (self.folder / f"{module}.py").write_text(source)
        info = self.folder / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(points or f"[pip_userctl]\n{name} = {module}\n")

    def load(self, rules: Policy | None = None, *others: str) -> Hooks:
        hooks = Hooks()
        rules = rules or testing.policy()
        if "none" not in rules.items("plugins"):
            load(hooks, rules, find_entry_points([str(self.folder), *others]))
        return hooks


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An empty folder on the path."""
    made = Site(tmp_path / "site")
    monkeypatch.syspath_prepend(str(made.folder))
    before = set(sys.modules)
    yield made
    for name in set(sys.modules) - before:
        if name.startswith("unit_"):
            del sys.modules[name]


def shown(hooks: Hooks) -> tuple[list[tuple[str, str | None]], list[str]]:
    """(plugin, distribution) of those that are loaded, and what failed."""
    loaded = [(each.name, each.distribution) for each in hooks.plugins]
    return loaded, [f"{each.part} {each.name}: {each.error}" for each in hooks.failures]


def test_an_entry_point_is_loaded_with_its_keys(site: Site) -> None:
    site.add("unit_good")
    hooks = site.load()
    assert shown(hooks) == ([("acme", "unit_good")], [])
    assert (hooks.plugins[0].version, hooks.owners) == ("1.0", {"acme-freeze": "acme"})
    rules = testing.policy()._replace(keys={key.name: key for key in hooks.keys})
    assert [result.action for _, result in hooks.call("userctl_evaluate", **{**ARGUMENTS, "policy": rules})] == ["warn"]
    assert list(entry_points([str(site.folder)])) == [("acme", "unit_good")]


def test_the_key_plugins_names_which_are_loaded(site: Site) -> None:
    site.add("unit_one")
    site.add("unit_two", source="", name="other")
    for wanted, expected in (
        ("auto", ["acme", "other"]),
        ("none", []),
        ("other", ["other"]),
        ("none, acme", []),
        ("auto, acme", ["acme", "other"]),
    ):
        loaded, failures = shown(site.load(testing.policy(plugins=wanted)))
        assert (sorted(name for name, _ in loaded), failures) == (expected, [])
    loaded, failures = shown(site.load(testing.policy(plugins="acme, absent")))
    assert [name for name, _ in loaded] == ["acme"]
    assert failures == ["plugin absent: LookupError: no installed distribution has this entry point"]


@pytest.mark.parametrize(
    ("source", "failure"),
    [
        ("import unit_missing", "ModuleNotFoundError: No module named 'unit_missing'"),
        ("def", "SyntaxError: "),
        ("raise SystemExit(3)", "SystemExit: 3"),
        (MODULE.replace("request,", "nonsense,"), "PluginValidationError: "),
        (MODULE.replace("PolicyKey(", "no_such_thing("), "NameError: "),
        (MODULE.replace("acme-freeze", "freeze"), "ValueError: the key freeze does not start with acme-"),
    ],
)
def test_a_plugin_that_cannot_be_loaded_is_a_failure_and_the_others_are_loaded(
    site: Site, source: str, failure: str
) -> None:
    site.add("unit_bad", source)
    site.add("unit_fine", "", name="fine")
    loaded, failures = shown(site.load())
    assert loaded == [("fine", "unit_fine")]
    assert [text[: len(failure) + 13] for text in failures] == [f"plugin acme: {failure}"]


def test_a_broken_list_of_entry_points_is_a_failure_and_other_groups_are_left_alone(site: Site) -> None:
    site.add("unit_other", points="[console_scripts]\nacme = unit_missing:main\n[pip_userctl]\n")
    site.add("unit_broken", points="[pip_userctl]\nother\n")
    site.add("unit_fine")
    loaded, failures = shown(site.load())
    assert (loaded, [text[:20] for text in failures]) == ([("acme", "unit_fine")], ["plugin unit_broken: "])


def test_of_two_plugins_with_one_name_the_first_on_the_path_is_loaded(site: Site, tmp_path: Path) -> None:
    site.add("unit_first")
    other = Site(tmp_path / "other")
    other.add("unit_second")
    folders = str(site.folder), str(other.folder), str(tmp_path / "missing"), str(tmp_path / "site" / "unit_first.py")
    assert shown(site.load(None, *folders)) == ([("acme", "unit_first")], [])


def test_a_folder_off_the_path_is_loaded_from_by_location(site: Site, tmp_path: Path) -> None:
    covering = Site(tmp_path / "covering")
    covering.add("unit_covering")
    assert shown(site.load(None, str(covering.folder))) == ([("acme", "unit_covering")], [])
    assert sys.modules["unit_covering"].__file__ == str(covering.folder / "unit_covering.py")


def test_under_a_lock_plugins_come_from_folders_that_the_account_cannot_change(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = Site(tmp_path / "system")
    site.add("unit_plugin", "raise SystemExit('a look-alike in front')")
    system.add("unit_plugin", "")
    folders = {str(site.folder): config.Obstacle(str(site.folder), "belongs to ada", "")}
    monkeypatch.setattr("pip_userctl.plugins.obstacle", lambda path, *_: folders.get(path))
    hooks = site.load(policy(administrator(locked="yes")), str(system.folder))
    assert shown(hooks) == ([("acme", "unit_plugin")], [])
    assert sys.modules["unit_plugin"].__file__ == str(system.folder / "unit_plugin.py")


# What is said


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_says_when_it_is_called_what_none_means_and_what_happens_if_it_raises(name: str) -> None:
    text = inspect.getdoc(HOOKS[name].__func__) or ""
    assert all(words in text for words in ("When: ", "None: ", "Example::"))
    assert "f it raises" in text or "Everything else as for ``userctl_" in text
    example = inspect.cleandoc(text.split("Example::")[1])
    assert f"def {name}(" in example
    compile(example, name, "exec")


def test_a_failure_of_ours_names_no_part() -> None:
    assert describe_failures([Failure("pip-userctl", "pip-userctl", "OSError")]) == "pip-userctl raised OSError"
