"""``pip_userctl.testing`` without a process: plausible values, the real judgement of a request, wheels."""

from __future__ import annotations

from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Any, Callable
from zipfile import ZipFile

import pytest

from pip_userctl import Decision, Distribution, Outcome, Policy, PolicyKey, Request, Source, Verdict, hookimpl, testing
from pip_userctl.models import RequestedName
from tests.unit.values import Keys, actions

# values


@pytest.mark.parametrize("kind", ["isolated", "system-site", "conda", "base"])
def test_an_environment_has_a_kind_and_the_fields_that_are_given(kind: str) -> None:
    made = testing.environment(kind, euid=0)
    assert (made.kind, made.euid) == (kind, 0)
    assert made.user_site_enabled is (made.user_site in made.search_path) is (kind != "isolated")


@pytest.mark.parametrize(
    ("options", "scheme", "arguments", "user_install"),
    [
        ({}, "site", ("install", "demo"), "none"),
        ({"target": "/srv"}, "target", ("install", "demo"), "none"),
        ({"prefix": "/srv"}, "prefix", ("install", "demo"), "none"),
        ({"target": "/srv", "scheme": "site"}, "site", ("install", "demo"), "none"),
        ({"origin": "typed"}, "user", ("install", "--user", "demo"), "typed"),
        ({"origin": "configured"}, "user", ("install", "demo"), "configured"),
        ({"origin": "fallback"}, "user", ("install", "demo"), "fallback"),
        ({"origin": Source("typed", name="--user")}, "user", ("install", "--user", "demo"), "typed"),
    ],
)
def test_the_rest_of_a_request_follows_from_what_is_given(
    options: dict[str, Any], scheme: str, arguments: tuple[str, ...], user_install: str
) -> None:
    made = testing.request(**options)
    assert (made.scheme, made.arguments, made.user_install) == (scheme, arguments, user_install)
    assert made.requirements == ("demo",)


@pytest.mark.parametrize(
    ("requirement", "requested"),
    [
        ("Demo_One>=1,<2", RequestedName("demo-one")),
        ("demo[extra] == 1.0 ; python_version > '3'", RequestedName("demo", "1.0", extras=True)),
        ("demo===1.0", RequestedName("demo", "1.0")),
        ("demo==1.*", RequestedName("demo")),
        ("demo @ https://host/demo.zip", RequestedName("demo", is_direct_reference=True)),
        ("./demo", None),
    ],
)
def test_a_request_knows_what_is_requested_by_name(requirement: str, requested: RequestedName | None) -> None:
    assert testing.request(requirement).requested == (requested,)


VENV = testing.environment("isolated")
WRONG: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "a field": (lambda: testing.request(schem="user"), TypeError, "schem"),
    "a field of a decision": (lambda: testing.decision(phases=2), TypeError, "phases"),
    "a kind": (lambda: testing.environment("venv"), ValueError, "kind = 'venv' is not valid; valid: isolated, sys"),
    "an origin": (lambda: testing.request(origin="user"), ValueError, "origin = 'user' is not valid; valid: none, ty"),
    "a result": (lambda: testing.outcome("done"), ValueError, "result = 'done' is not valid; valid: installed, unch"),
    "an action": (lambda: testing.decision(Verdict("a", "deny")), ValueError, "action = 'deny' is not valid"),
    "a key": (lambda: testing.policy(base_typd="warn"), ValueError, r"unknown key base-typd \(did you mean base-typed"),
    "a value": (lambda: testing.policy(base_typed="no"), ValueError, "base-typed = no is not valid; valid: allow, log"),
    "a fallback": (
        lambda: testing.evaluate(Acme(), request=testing.request(origin="fallback"), environment=VENV),
        ValueError,
        "never falls back",
    ),
    "switched off": (lambda: testing.evaluate(Acme(), policy=testing.policy(enabled="no")), ValueError, "nothing"),
}


@pytest.mark.parametrize(("make", "error", "text"), WRONG.values(), ids=list(WRONG))
def test_what_cannot_be_is_an_error_that_names_what_can(
    make: Callable[[], object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        make()


def test_a_decision_is_what_its_verdicts_add_up_to() -> None:
    made = testing.decision(Verdict("acme-a", "log"), Verdict("acme-b", "refuse"), phase=2)
    assert (made.verdict, made.phase) == ("refuse", 2)
    assert testing.decision().verdict == "allow"
    assert testing.outcome("failed", error="no").decision.verdict == "allow"


# the judgement


class Acme:
    """A plugin with every hook."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    @hookimpl
    def userctl_policy_keys(self) -> list[PolicyKey]:
        return [PolicyKey("acme-freeze")]

    @hookimpl
    def userctl_evaluate(self, request: Request, policy: Policy) -> Verdict | None:
        return Verdict("acme-freeze", policy.text("acme-freeze")) if request.scheme == "user" else None

    @hookimpl
    def userctl_evaluate_distributions(self, distributions: tuple[Distribution, ...]) -> Verdict:
        return Verdict("acme-count", "log", str(len(distributions)))

    @hookimpl
    def userctl_decided(self, decision: Decision) -> None:
        self.seen.append(decision)

    @hookimpl
    def userctl_finished(self, outcome: Outcome) -> None:
        self.seen.append(outcome)


class Broken:
    """Each of its hooks raises."""

    @hookimpl
    def userctl_evaluate(self) -> None:
        raise LookupError("lost")

    @hookimpl
    def userctl_decided(self) -> None:
        raise LookupError("lost")


def test_a_plugin_is_asked_with_the_built_in_rules_or_alone_with_the_defaults_of_the_profile_for_its_keys() -> None:
    typed = testing.request(origin="typed")
    decision = testing.evaluate(Acme(), request=typed, environment=VENV)
    assert actions(decision.verdicts) == {"isolated-typed": "refuse", "acme-freeze": "warn"}
    alone = testing.evaluate(Acme(), request=typed, environment=VENV, built_in=False, distributions=[])
    assert actions(alone.verdicts) == {"acme-freeze": "warn", "acme-count": "log"}
    for profile, action in (("audit", "log"), ("strict", "refuse")):
        decision = testing.evaluate(Acme(), request=typed, policy=testing.policy(profile=profile), built_in=False)
        assert actions(decision.verdicts) == {"acme-freeze": action}


def test_a_policy_has_the_keys_of_plugins_and_values_as_they_are_written() -> None:
    made = testing.policy(Acme(), acme_freeze="refuse", enabled="no", plugins="a, b")
    assert (made.text("acme-freeze"), made.enabled, made.items("plugins")) == ("refuse", False, ("a", "b"))


def test_the_resolved_set_is_judged_where_the_request_is_not_refused() -> None:
    resolved = [testing.distribution(), testing.distribution("other", requested=False)]
    decision = testing.evaluate(Acme(), distributions=resolved, built_in=False)
    assert (decision.phase, decision.verdicts[0].reason) == (2, "2")
    policy, typed = testing.policy(Acme(), acme_freeze="refuse"), testing.request(origin="typed")
    assert testing.evaluate(Acme(), request=typed, policy=policy, distributions=resolved).phase == 1


def test_what_remains_of_an_ignored_setting_is_what_pip_would_do() -> None:
    configured = testing.request(origin="configured")
    decision = testing.evaluate(Acme(), request=configured, environment=VENV)
    assert actions(decision.verdicts) == {"isolated-configured": "ignore"}
    judged = decision.request
    assert (judged.dropped, judged.origin.kind, judged.user_install) == (True, "configured", "none")
    assert judged.destination is not None
    assert judged.destination.purelib == f"{VENV.prefix}/lib/python3.13/site-packages"

    unwritable = configured._replace(unwritable=testing.request(origin="fallback").unwritable)
    decision = testing.evaluate(Acme(), request=unwritable, policy=testing.policy(base_configured="ignore"))
    assert actions(decision.verdicts) == {"base-configured": "ignore", "base-fallback": "log", "acme-freeze": "warn"}


def test_observers_are_shown_what_is_given() -> None:
    plugin, decision, outcome = Acme(), testing.decision(), testing.outcome("failed")
    testing.observe(plugin, decision)
    testing.observe(plugin, outcome)
    assert plugin.seen == [decision, outcome]


@pytest.mark.parametrize("call", [testing.evaluate, lambda plugin: testing.observe(plugin, testing.decision())])
def test_what_a_plugin_raises_is_the_cause_of_the_assertion(call: Callable[[object], object]) -> None:
    with pytest.raises(AssertionError, match="broken failed: LookupError: lost") as raised:
        call(Broken())
    assert isinstance(raised.value.__cause__, LookupError)
    (failure,) = testing.evaluate(Broken(), failures=True).failures
    assert (failure.part, failure.name, failure.error) == ("rule", "broken", "LookupError: lost")


# check_plugin


class Misspelt:
    """A hook that does not exist, and one that is not marked."""

    @hookimpl
    def userctl_evalute(self) -> None:
        """Never called."""

    def userctl_decided(self) -> None:
        """Never called either."""


class Weather:
    """A hook with an argument that does not exist."""

    @hookimpl
    def userctl_evaluate(self, weather: object) -> None:
        """Never called."""


def test_a_plugin_that_fits_is_accepted() -> None:
    class Tomorrow:
        """A hook of a newer pip-userctl, and one under another name."""

        @hookimpl(optionalhook=True)
        def userctl_tomorrow(self) -> None: ...

        @hookimpl(specname="userctl_evaluate")
        def judge(self, request: Request) -> None: ...

    testing.check_plugin(Acme())
    testing.check_plugin(Tomorrow())
    testing.check_plugin(Keys(PolicyKey("other-a")), name="other")


@pytest.mark.parametrize(
    ("plugin", "texts"),
    [
        (Misspelt(), ["no hook userctl_evalute; did you mean userctl_evaluate?", "userctl_decided is not marked"]),
        (object(), ["it has no hook; the hooks are userctl_policy_keys, "]),
        (Keys(PolicyKey("freeze")), ["the key freeze does not start with keys-", "name=… says what it is called"]),
        (Keys(PolicyKey("keys-a"), PolicyKey("keys-a")), ["the key keys-a exists already"]),
        (Keys(PolicyKey("keys-a", kind="colour")), ["the key keys-a has an unknown kind"]),
        (Weather(), ["cannot be loaded", "weather"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_would_not_be_loaded_or_called_is_named(plugin: object, texts: list[str]) -> None:
    with pytest.raises(AssertionError) as raised:
        testing.check_plugin(plugin)
    assert [text for text in texts if text not in str(raised.value)] == [], raised.value


# wheels


def unpack(wheel: Path) -> tuple[set[str], PathDistribution]:
    """The files of a wheel beside its metadata, and what it says of itself; its RECORD names every file."""
    folder = wheel.with_suffix("")
    with ZipFile(wheel) as archive:
        archive.extractall(folder)
    (info,) = folder.glob("*.dist-info")
    found = PathDistribution(info)
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {str(each) for each in found.files or ()}
    return {each for each in files if not each.startswith(info.name)}, found


def test_a_wheel_has_one_module_of_its_name_and_its_requirements(tmp_path: Path) -> None:
    wheel = testing.make_wheel(tmp_path, "Demo.One", "2.0", ["other>=1"])
    assert wheel == tmp_path / "demo_one-2.0-py3-none-any.whl"
    files, found = unpack(wheel)
    assert files == {"demo_one.py"}
    assert (found.metadata["Name"], found.version, found.requires) == ("Demo.One", "2.0", ["other>=1"])
    assert (found.metadata.get_all("Provides-Extra"), found.read_text("entry_points.txt")) == (None, None)


def test_a_wheel_has_the_files_entry_points_and_extras_that_are_given(tmp_path: Path) -> None:
    wheel = testing.make_wheel(
        tmp_path,
        "demo",
        requires=["other; extra == 'more'"],
        files={"package/__init__.py": "", "package/data.txt": "für\n"},
        entry_points="[pip_userctl]\nacme = package\n",
        extras=["more"],
    )
    files, found = unpack(wheel)
    assert files == {"package/__init__.py", "package/data.txt"}
    assert [(each.group, each.name, each.value) for each in found.entry_points] == [("pip_userctl", "acme", "package")]
    assert found.metadata.get_all("Provides-Extra") == ["more"]
    assert unpack(testing.make_wheel(tmp_path, "empty", files={}))[0] == set()
