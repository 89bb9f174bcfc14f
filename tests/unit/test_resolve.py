"""The policy: which place wins, where each value comes from, and what is said about mistakes."""

from __future__ import annotations

import pytest

from pip_userctl.errors import Problem
from pip_userctl.models import Source
from pip_userctl.policy import KEYS, PROFILES, SITUATIONS, ConfigFile, Policy, PolicyKey, Setting, resolve
from tests.toolkit.values import config, variables

KEY = "base-fallback"
#: Weakest first; the variables come after all files.
RANKS = ("global", "user", "site", "env")


def problems(*files: ConfigFile, **values: str) -> list[str]:
    """What is said about these files and variables."""
    return [str(each) for each in resolve(files, variables(**values)).problems]


def test_nothing_set_is_the_default_profile_with_nothing_to_say() -> None:
    policy = resolve([], {})
    assert policy.profile == "default"
    assert policy.enabled
    assert (policy.problems, policy.files, policy.locked, policy.loosening) == ((), (), False, ())
    assert {policy.source(name) for name in KEYS} == {Source("default")}
    assert {name: policy.value(name) for name in KEYS} == {name: key.default("default") for name, key in KEYS.items()}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_sets_every_default_and_says_where_it_was_chosen(profile: str) -> None:
    policy = resolve([config("global", profile=profile)], {})
    assert {name: policy.value(name) for name in KEYS} == {name: key.default(profile) for name, key in KEYS.items()}
    assert policy.source(KEY) == Source("profile", "/global/pip.conf", 2)
    assert policy.source("profile") == Source("global", "/global/pip.conf", 2)


def test_a_profile_is_not_named_for_what_no_profile_changes() -> None:
    policy = resolve([config("global", profile="strict")], {})
    by_profile = {name for name in KEYS if policy.source(name).kind == "profile"}
    assert by_profile == {key.name for key in SITUATIONS}
    assert policy.source("enabled") == Source("default")


@pytest.mark.parametrize("profile", PROFILES)
def test_a_key_that_is_set_beats_the_profile_from_whatever_place(profile: str) -> None:
    policy = resolve([config("global", base_fallback="warn"), config("site", profile=profile)], {})
    assert policy.value(KEY) == "warn"
    assert policy.source(KEY) == Source("global", "/global/pip.conf", 2)


@pytest.mark.parametrize("rank", range(len(RANKS)))
def test_the_stronger_file_wins(rank: int) -> None:
    values = ("allow", "log", "warn", "refuse")
    files = [config(kind, base_fallback=value) for kind, value in zip(RANKS[: rank + 1], values)]
    policy = resolve(files, {})
    assert policy.value(KEY) == values[rank]
    assert policy.source(KEY) == Source(RANKS[rank], f"/{RANKS[rank]}/pip.conf", 2)
    assert policy.files == tuple(f"/{kind}/pip.conf" for kind in RANKS[: rank + 1])


def test_a_variable_beats_every_file() -> None:
    policy = resolve([config("env", base_fallback="refuse")], variables(base_fallback="allow"))
    assert policy.value(KEY) == "allow"
    assert policy.source(KEY) == Source("env-var", None, None, "PIP_USERCTL_BASE_FALLBACK")


def test_an_empty_value_takes_back_what_weaker_files_say() -> None:
    policy = resolve([config("global", base_fallback="refuse"), config("user", base_fallback="")], {})
    assert policy.value(KEY) == "log"
    assert policy.problems == ()


def test_an_empty_variable_does_nothing() -> None:
    policy = resolve([config("user", base_fallback="refuse")], variables(base_fallback=""))
    assert policy.value(KEY) == "refuse"
    assert policy.problems == ()


def test_a_file_without_the_section_is_not_a_policy_file() -> None:
    other = ConfigFile("user", "/user/pip.conf", {"global": {"user": Setting("1", "user", "/user/pip.conf", 2)}})
    assert resolve([other], {}).files == ()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "base_typed",
            "refused",
            "base-typed = refused is not valid (did you mean refuse?); valid: allow, log, warn, refuse",
        ),
        ("base_typed", "ignore", "base-typed = ignore is not valid; valid: allow, log, warn, refuse"),
        (
            "isolated_configured",
            "Ignored",
            "isolated-configured = Ignored is not valid (did you mean ignore?);"
            " valid: allow, log, warn, ignore, refuse",
        ),
        ("profile", "strikt", "profile = strikt is not valid (did you mean strict?); valid: audit, default, strict"),
        ("enabled", "perhaps", "enabled = perhaps is not valid; valid: yes or no"),
        ("plugin_timeout", "0", "plugin-timeout = 0 is not valid; valid: a number of seconds above 0, such as 2"),
    ],
)
def test_an_invalid_value_is_named_with_the_nearest_and_all_valid_ones(name: str, value: str, said: str) -> None:
    assert problems(config(**{name: value})) == [f"/user/pip.conf:2: {said}"]
    assert problems(**{name: value}) == [f"PIP_USERCTL_{name.upper()}: {said}"]


@pytest.mark.parametrize("value", ["refused", "maybe"])
def test_an_invalid_value_counts_as_absent(value: str) -> None:
    policy = resolve([config("global", base_fallback="refuse"), config("user", base_fallback=value)], {})
    assert policy.value(KEY) == "refuse"
    assert [each.fatal for each in policy.problems] == [True]


def test_an_unknown_key_is_named_with_the_nearest_and_stops_nothing() -> None:
    policy = resolve([config(base_falback="refuse")], {})
    assert [str(each) for each in policy.problems] == [
        "/user/pip.conf:2: unknown key base-falback (did you mean base-fallback?)"
    ]
    assert [each.fatal for each in policy.problems] == [False]


def test_an_unknown_key_far_from_all_others_gets_no_suggestion() -> None:
    assert problems(config(qqq="1")) == ["/user/pip.conf:2: unknown key qqq"]


@pytest.mark.parametrize("name", ["userctrl", "user-ctl", "user_ctl", "usrctl", "UserCtl", " userctl", "pip-userctl"])
def test_a_section_that_is_nearly_ours_is_a_mistake_and_stops_nothing(name: str) -> None:
    file = ConfigFile("user", "/user/pip.conf", {name: {}, "global": {}}, headers={"global": 1, name: 3})
    (problem,) = resolve([file], {}).problems
    assert str(problem) == f"/user/pip.conf:3: unknown section [{name}] (did you mean [userctl]?)"
    assert not problem.fatal


@pytest.mark.parametrize("name", ["global", "install", "uninstall", "user", "users", "cluster", "list", "hash"])
def test_any_other_section_is_none_of_our_business(name: str) -> None:
    assert resolve([ConfigFile("user", "/user/pip.conf", {name: {}})], {}).problems == ()


def test_an_unknown_key_may_belong_to_a_plugin_until_all_are_loaded() -> None:
    assert resolve([config(acme_freeze="refuse")], {}, plugins_loaded=False).problems == ()


def test_the_key_of_a_plugin_is_like_any_other() -> None:
    key = PolicyKey("acme-freeze")
    files = [config("global", acme_freeze="log"), config("user", acme_freeze="frozen")]
    policy = resolve(files, variables(), [key])
    assert policy.value("acme-freeze") == "log"
    assert [str(each) for each in policy.problems] == [
        "/user/pip.conf:2: acme-freeze = frozen is not valid; valid: allow, log, warn, refuse"
    ]
    assert resolve([], {}, [key]).value("acme-freeze") == "warn"
    assert resolve([config(profile="strict")], {}, [key]).value("acme-freeze") == "refuse"


def test_what_default_hands_down_to_the_section_is_no_unknown_key() -> None:
    inherited = Setting("1", "user", "/user/pip.conf", 2, inherited=True)
    assert problems(ConfigFile("user", "/user/pip.conf", {"userctl": {"timeout": inherited}})) == []


def test_every_problem_is_found_at_once_and_a_file_that_cannot_be_read_is_one() -> None:
    broken = ConfigFile("global", "/etc/pip.conf", {}, Problem("/etc/pip.conf", 4, "is broken"))
    said = problems(broken, config("user", base_typed="no", nonsense="1"), config("site", enabled="2"), profile="x")
    assert [each.split(": ")[0] for each in said] == [
        "/etc/pip.conf:4",
        "/user/pip.conf:2",
        "/user/pip.conf:3",
        "/site/pip.conf:2",
        "PIP_USERCTL_PROFILE",
    ]


def test_a_policy_knows_only_keys_that_exist() -> None:
    policy: Policy = resolve([], {})
    with pytest.raises(KeyError):
        policy.value("acme-freeze")
