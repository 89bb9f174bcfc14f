"""``locked``: the merged administrator files are a floor, others may only be stricter, and what they lose is told."""

from __future__ import annotations

from itertools import product
from typing import Mapping, NamedTuple, Sequence

import pytest

from pip_userctl.models import Source
from pip_userctl.policy import KEYS, PROFILES, SITUATIONS, ConfigFile, Policy, PolicyKey, only_its_claim, resolve
from tests.toolkit.values import config, variables

NOTHING: Mapping[str, str] = {}
ORDER = ("allow", "log", "warn", "refuse")
ORDER_OF_CONFIGURED = ("allow", "log", "warn", "ignore", "refuse")


def admin(kind: str = "global", path: str = "/etc/pip.conf", **values: str) -> ConfigFile:
    """An eligible administrator file."""
    return config(kind, path, **values)._replace(administrator=True)


def locked(*others: ConfigFile, floor: Mapping[str, str] = NOTHING, said: Mapping[str, str] = NOTHING) -> Policy:
    """The policy under a lock that says floor, with other files, and with variables that say this."""
    return resolve([admin(locked="yes", **floor), *others], variables(**said))


@pytest.mark.parametrize(("floor", "asked"), list(product(ORDER, ORDER)))
def test_of_two_actions_the_stricter_stands_and_a_milder_one_is_told(floor: str, asked: str) -> None:
    policy = locked(floor={"base_typed": floor}, said={"base_typed": asked})
    milder = ORDER.index(asked) < ORDER.index(floor)
    assert policy.locked
    assert policy.value("base-typed") == (floor if milder else asked)
    assert policy.loosening == (("base-typed (PIP_USERCTL_BASE_TYPED)",) if milder else ())


@pytest.mark.parametrize(("floor", "asked"), list(product(ORDER_OF_CONFIGURED, ORDER_OF_CONFIGURED)))
def test_for_a_configured_wish_ignore_stands_between_warn_and_refuse(floor: str, asked: str) -> None:
    policy = locked(floor={"base_configured": floor}, said={"base_configured": asked})
    stricter = max(floor, asked, key=ORDER_OF_CONFIGURED.index)
    assert policy.value("base-configured") == stricter
    assert bool(policy.loosening) is (stricter != asked)


@pytest.mark.parametrize(("floor", "asked"), list(product(PROFILES, PROFILES)))
def test_a_profile_can_make_every_situation_stricter_and_none_milder(floor: str, asked: str) -> None:
    policy = locked(floor={"profile": floor}, said={"profile": asked})
    for key in SITUATIONS:
        order = ORDER_OF_CONFIGURED
        expected = max(key.default(floor), key.default(asked), key=lambda action: order.index(str(action)))
        assert policy.value(key.name) == expected, key.name
    milder = PROFILES.index(asked) < PROFILES.index(floor)
    assert policy.profile == (floor if milder else asked)
    assert policy.loosening == (("profile (PIP_USERCTL_PROFILE)",) if milder else ())


def test_the_default_of_the_profile_is_part_of_the_floor() -> None:
    policy = locked(said={"isolated_typed": "allow", "base_typed": "warn", "profile": "audit"})
    assert policy.value("isolated-typed") == "refuse"
    assert policy.source("isolated-typed") == Source("default")
    assert policy.value("base-typed") == "warn"
    assert set(policy.loosening) == {"isolated-typed (PIP_USERCTL_ISOLATED_TYPED)", "profile (PIP_USERCTL_PROFILE)"}


class Others(NamedTuple):
    """What one of the others says: the key, the value in the locked file (None: not set), theirs, what stands, told."""

    key: str
    floor: str | None
    asked: str
    stands: object
    told: bool


OTHERS = (
    Others("enabled", None, "no", True, True),
    Others("enabled", "yes", "no", True, True),
    Others("enabled", "no", "yes", False, True),
    Others("enabled", None, "yes", True, False),
    Others("on-error", None, "refuse", "refuse", False),
    Others("on-error", "refuse", "warn", "refuse", True),
    Others("message", None, "mine", "", True),
    Others("message", "ours", "mine", "ours", True),
    Others("message", "ours", "ours", "ours", False),
    Others("help-url", None, "https://mine.example", "", True),
    Others("plugins", None, "none", ("auto",), True),
    Others("plugins", "acme", "none", ("acme",), True),
    Others("plugin-timeout", "3", "9", 3.0, True),
    Others("allow-packages", None, "demo", (), True),
    Others("allow-packages", "numpy", "demo", ("numpy",), True),
    Others("protect-packages", None, "demo", ("demo",), False),
    Others("protect-packages", "numpy", "demo", ("numpy", "demo"), False),
    Others("allow-user-base", None, "/scratch", (), True),
    Others("override", None, "allow", "deny", True),
    Others("override", None, "deny", "deny", False),
    Others("override", "allow", "deny", "allow", True),
    Others("override", "allow", "allow", "allow", False),
    Others("audit-log", None, "/mine", ("/mine",), False),
    Others("audit-log", "/ours", "/mine", ("/ours", "/mine"), False),
    Others("syslog", None, "local", "", True),
    Others("syslog", "local", "/mine", "local", True),
    Others("locked", "yes", "no", True, True),
)


@pytest.mark.parametrize("case", OTHERS, ids=lambda case: f"{case.key} {case.floor}, {case.asked}")
@pytest.mark.parametrize("way", ["user", "site", "env", "env-var", "base"])
def test_of_the_other_keys_only_what_adds_strictness_is_heard(case: Others, way: str) -> None:
    name = case.key.replace("-", "_")
    floor = {} if case.floor is None or case.key == "locked" else {name: case.floor}
    if way == "env-var":
        policy, place = locked(floor=floor, said={name: case.asked}), f"PIP_USERCTL_{name.upper()}"
    else:
        policy, place = locked(config(way, **{name: case.asked}), floor=floor), f"/{way}/pip.conf:2"
    assert policy.value(case.key) == case.stands
    assert policy.loosening == ((f"{case.key} ({place})",) if case.told else ())


def test_the_table_has_every_key_that_is_no_situation() -> None:
    names = {key.name for key in SITUATIONS}
    assert {case.key for case in OTHERS} | {"profile"} == set(KEYS) - names


def test_an_invalid_action_in_a_locked_file_counts_as_refuse() -> None:
    policy = locked(
        floor={"base_typed": "refus", "message": "ours", "plugin_timeout": "long"}, said={"base_typed": "log"}
    )
    assert policy.value("base-typed") == "refuse"
    assert policy.source("base-typed") == Source("global", "/etc/pip.conf", 3)
    assert policy.value("plugin-timeout") == 2.0
    assert [each.line for each in policy.problems] == [3, 5]


def test_an_invalid_action_of_others_counts_as_absent() -> None:
    policy = locked(config("user", base_typed="refus"), floor={"base_typed": "log"})
    assert policy.value("base-typed") == "log"
    assert policy.loosening == ()
    assert [each.path for each in policy.problems] == ["/user/pip.conf"]


def test_an_empty_value_of_others_takes_nothing_back() -> None:
    policy = locked(
        config("user", base_typed="", enabled="", message=""), floor={"base_typed": "warn", "message": "ours"}
    )
    assert (policy.value("base-typed"), policy.enabled, policy.text("message")) == ("warn", True, "ours")


def test_the_key_of_a_plugin_has_a_floor_as_well() -> None:
    keys = [PolicyKey("acme-freeze"), PolicyKey("acme-text", "text", (), ("", "", ""))]
    files = [admin(locked="yes", acme_freeze="warn", acme_text="ours")]
    for asked, stands in (("log", "warn"), ("refuse", "refuse")):
        policy = resolve(files, variables(acme_freeze=asked, acme_text="mine"), keys)
        assert (policy.value("acme-freeze"), policy.value("acme-text")) == (stands, "ours")


#: Which files claim a lock, weakest first: kind and claim; and the files that make the floor.
MERGED: Sequence[tuple[Sequence[tuple[str, bool]], Sequence[str]]] = (
    ([("global", False), ("global", False), ("base", False)], []),
    ([("global", True), ("global", False), ("base", False)], ["0", "1"]),
    ([("global", False), ("global", True), ("base", False)], ["0", "1"]),
    ([("global", False), ("global", True), ("base", True)], ["0", "1"]),
    ([("global", False), ("global", False), ("base", True)], ["0", "1", "2"]),
    ([("base", True)], ["0"]),
    ([("site", True)], ["0"]),
    ([("global", False), ("site", True)], ["0", "1"]),
    ([("global", True), ("site", True)], ["0"]),
)


@pytest.mark.parametrize(("files", "floor"), MERGED)
def test_the_floor_is_etc_alone_where_that_is_locked(files: Sequence[tuple[str, bool]], floor: Sequence[str]) -> None:
    read = [
        admin(kind, f"/{number}/pip.conf", message=str(number), **({"locked": "yes"} if claims else {}))
        for number, (kind, claims) in enumerate(files)
    ]
    policy = resolve(read, variables(message="mine"))
    assert policy.locked is bool(floor)
    assert policy.text("message") == (floor[-1] if floor else "mine")


def test_what_is_no_administrator_file_locks_nothing_and_is_told() -> None:
    for kind in ("global", "base", "user", "site", "env"):
        policy = resolve([config(kind, locked="yes", base_typed="refuse")], variables(base_typed="allow"))
        assert (policy.locked, policy.value("locked"), policy.value("base-typed")) == (False, False, "allow")
        assert [(each.path, each.line, each.fatal) for each in policy.problems] == [(f"/{kind}/pip.conf", 2, False)]
    for value in ("yes", "on", "TRUE", "1"):
        policy = resolve([], variables(locked=value))
        assert (policy.locked, policy.value("locked")) == (False, False)
        assert [(each.path, each.fatal) for each in policy.problems] == [("PIP_USERCTL_LOCKED", False)]


def test_locked_no_and_an_invalid_claim_lock_nothing() -> None:
    for value in ("no", "0", "perhaps", ""):
        policy = resolve([admin(locked=value, base_typed="refuse")], variables(base_typed="allow"))
        assert (policy.locked, policy.loosening, policy.value("base-typed")) == (False, (), "allow")


def test_what_a_weaker_administrator_makes_stricter_is_part_of_the_floor() -> None:
    etc = admin(path="/etc/pip.conf", locked="yes", base_typed="warn", message="etc")
    for claim in ({}, {"locked": "yes"}):
        base = admin("base", "/base/pip.conf", base_typed="refuse", conda_typed="allow", message="base", **claim)
        policy = resolve([etc, base], variables(base_typed="allow", conda_typed="log"))
        assert [policy.value(key) for key in ("base-typed", "conda-typed", "message")] == ["refuse", "warn", "etc"]
        told = {each.partition(" (")[0] for each in policy.loosening}
        assert told == {"base-typed", "conda-typed", "message"}
        assert len(policy.loosening) == len(set(policy.loosening))


def test_of_two_files_in_etc_the_stronger_says_whether_they_are_locked() -> None:
    for first, second, locks in (("yes", "no", False), ("no", "yes", True), ("yes", "perhaps", True)):
        files = [admin(path="/etc/xdg/pip/pip.conf", locked=first, base_typed="refuse"), admin(locked=second)]
        policy = resolve(files, variables(base_typed="allow"))
        assert (policy.locked, policy.value("base-typed")) == (locks, "refuse" if locks else "allow")


def test_of_a_file_that_is_not_heard_its_claim_alone_is_reported() -> None:
    claims = config("base", "/base/pip.conf", locked="yes", base_typed="refuse")._replace(heard_by_pip=False)
    alone = only_its_claim(claims)
    assert alone is not None
    policy = resolve([alone], {})
    assert (policy.value("base-typed"), policy.locked, policy.files) == ("allow", False, ())
    assert [(each.path, each.line) for each in policy.problems] == [("/base/pip.conf", 2)]
    assert only_its_claim(config(base_typed="refuse")) is None
    assert only_its_claim(config(locked="no")) is None
