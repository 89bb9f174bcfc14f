"""``check_plugin`` finds what would keep pip-userctl from loading a plugin, or from ever calling one of its hooks."""

from __future__ import annotations

import pytest

from pip_userctl import Environment, HealthCheck, PolicyKey, Verdict, hookimpl, testing


class Acme:
    """A plugin that fits."""

    @hookimpl
    def userctl_policy_keys(self) -> list[PolicyKey]:
        return [PolicyKey("acme-freeze")]

    @hookimpl
    def userctl_evaluate(self, environment: Environment) -> Verdict:
        return Verdict("acme-freeze", "log", environment.kind)

    @hookimpl
    def userctl_health_checks(self) -> list[HealthCheck]:
        return [HealthCheck("acme-home", "is there a home", lambda machine: ())]


class Broken:
    """Its health checks raise."""

    @hookimpl
    def userctl_health_checks(self) -> None:
        raise LookupError("lost")


class Misspelt:
    """One hook that there is not, one that is not marked."""

    @hookimpl
    def userctl_evalute(self) -> None:
        """Never called."""

    def userctl_decided(self) -> None:
        """Never called either."""


class Optional:
    """A hook of a newer pip-userctl beside one of this."""

    @hookimpl(optionalhook=True)
    def userctl_tomorrow(self) -> None:
        """Not yet."""

    @hookimpl(specname="userctl_evaluate")
    def judge(self, environment: Environment) -> None:
        """By another name."""


class Keys(Acme):
    """Keys as they are given."""

    def __init__(self, *keys: PolicyKey) -> None:
        self.keys = keys

    @hookimpl
    def userctl_policy_keys(self) -> list[PolicyKey]:
        return list(self.keys)


class Words:
    """A health check that is none, and a hook with an argument that is none."""

    @hookimpl
    def userctl_health_checks(self) -> list[str]:
        return ["home"]


class Weather:
    """A hook with an argument that there is not."""

    @hookimpl
    def userctl_evaluate(self, weather: object) -> None:
        """Never called."""


@pytest.mark.parametrize("plugin", [Acme(), Optional()], ids=["all hooks", "optional"])
def test_a_plugin_that_fits_is_accepted(plugin: object) -> None:
    testing.check_plugin(plugin)


@pytest.mark.parametrize(
    ("plugin", "words"),
    [
        (
            Misspelt(),
            ["userctl_evalute is no hook of pip_userctl; did you mean userctl_evaluate?", "userctl_decided is not"],
        ),
        (object(), ["it implements no hook; the hooks are userctl_policy_keys, "]),
        (
            Keys(PolicyKey("freeze")),
            ["the key freeze does not start with keys-", "keys was taken for its name: name=…"],
        ),
        (Keys(PolicyKey("keys-a"), PolicyKey("keys-a")), ["the key keys-a exists already"]),
        (Keys(PolicyKey("keys-a", kind="colour")), ["the key keys-a has an unknown kind"]),
        (Words(), ["userctl_health_checks returned 'home', which is no HealthCheck"]),
        (Broken(), ["userctl_health_checks failed: LookupError: lost"]),
        (Weather(), ["cannot be loaded", "weather"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_would_not_be_loaded_or_called_is_said(plugin: object, words: list[str]) -> None:
    with pytest.raises(AssertionError) as raised:
        testing.check_plugin(plugin)
    for word in words:
        assert word in str(raised.value)


def test_a_name_that_is_said_is_the_plugins() -> None:
    testing.check_plugin(Keys(PolicyKey("other-a")), name="other")
    with pytest.raises(AssertionError, match="the key other-a does not start with third-") as raised:
        testing.check_plugin(Keys(PolicyKey("other-a")), name="third")
    assert "was taken" not in str(raised.value)
