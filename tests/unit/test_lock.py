"""What only adds strictness: a locked policy and its floor, and the profile of coding agents."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from pip_userctl import PolicyKey
from pip_userctl.config import ConfigFile
from pip_userctl.keys import KEYS, PROFILES, RULES
from pip_userctl.mistakes import Mistake
from pip_userctl.models import STRICTNESS, Source
from pip_userctl.policy import resolve
from tests.unit.values import administrator, configuration, file, policy, written

# A locked policy


def stricter_of(*profiles: str) -> dict[str, object]:
    """The strictest action of each rule in these profiles."""
    return {
        name: max((KEYS[name].default(each) for each in profiles), key=lambda each: STRICTNESS.index(str(each)))
        for name in RULES
    }


@pytest.mark.parametrize("rule", ["base-typed", "base-configured"])
@pytest.mark.parametrize(("floor", "asked"), list(product(STRICTNESS, STRICTNESS)))
def test_under_a_lock_the_stricter_of_two_actions_stands_and_a_milder_one_is_reported(
    rule: str, floor: str, asked: str
) -> None:
    if "ignore" in (floor, asked) and rule == "base-typed":
        return  # no value of this key
    key = rule.replace("-", "_")
    made = policy(administrator(locked="yes", **{key: floor}), **{key: asked})
    milder = STRICTNESS.index(asked) < STRICTNESS.index(floor)
    assert (made.locked, made.locked_by) == (True, "/etc/pip.conf")
    assert made.value(rule) == (floor if milder else asked)
    assert made.ignored == ((f"{rule} (PIP_USERCTL_{key.upper()})",) if milder else ())


@pytest.mark.parametrize(("floor", "asked"), list(product(PROFILES, PROFILES)))
def test_under_a_lock_a_profile_makes_every_rule_stricter_and_none_milder(floor: str, asked: str) -> None:
    made = policy(administrator(locked="yes", profile=floor), profile=asked)
    assert {name: made.value(name) for name in RULES} == stricter_of(floor, asked)
    milder = PROFILES.index(asked) < PROFILES.index(floor)
    assert made.profile == (floor if milder else asked)
    assert made.ignored == (("profile (PIP_USERCTL_PROFILE)",) if milder else ())


def test_what_the_locked_file_leaves_to_its_profile_is_part_of_the_floor() -> None:
    made = policy(administrator(locked="yes"), isolated_typed="allow", base_typed="warn", profile="audit")
    assert (made.value("isolated-typed"), made.source("isolated-typed")) == ("refuse", Source("default"))
    assert made.value("base-typed") == "warn"
    assert set(made.ignored) == {"isolated-typed (PIP_USERCTL_ISOLATED_TYPED)", "profile (PIP_USERCTL_PROFILE)"}


#: Key, what the locked file says of it (None: nothing), what others say, what counts, whether theirs is reported.
CASES = [
    ("enabled", None, "no", True, True),
    ("enabled", "no", "yes", False, True),
    ("enabled", None, "yes", True, False),
    ("on-error", None, "warn", "refuse", True),
    ("on-error", "warn", "refuse", "refuse", False),
    ("on-error", "refuse", "warn", "refuse", True),
    ("message", None, "mine", "", True),
    ("message", "ours", "mine", "ours", True),
    ("message", "ours", "ours", "ours", False),
    ("help-url", None, "https://mine.example", "", True),
    ("plugins", "acme", "none", ("acme",), True),
    ("allow-packages", None, "demo", (), True),
    ("protect-packages", "numpy", "demo", ("numpy", "demo"), False),
    ("allow-user-base", None, "/scratch", (), True),
    ("override", None, "allow", "deny", True),
    ("override", "allow", "deny", "allow", True),
    ("audit-log", None, "/mine", ("/mine",), False),
    ("audit-log", "/ours", "/mine", ("/ours", "/mine"), False),
    ("syslog", "local", "/mine", "local", True),
    ("agent-profile", "strict", "audit", "strict", True),
    ("profile", "strict", "audit", "strict", True),
    ("locked", "yes", "no", True, True),
]


@pytest.mark.parametrize(("name", "ours", "asked", "stands", "reported"), CASES)
@pytest.mark.parametrize("way", ["base", "user", "site", "env", "variable"])
def test_under_a_lock_others_can_only_add_strictness_and_the_rest_of_theirs_is_reported(
    name: str, ours: str | None, asked: str, stands: object, reported: bool, way: str
) -> None:
    key = name.replace("-", "_")
    floor = administrator(**{"locked": "yes", **({} if ours is None else {key: ours})})
    if way == "variable":
        made, place = policy(floor, **{key: asked}), f"PIP_USERCTL_{key.upper()}"
        if name == "locked":
            assert [(each.path, each.fatal) for each in made.mistakes] == [(place, False)]
            return
    else:
        made, place = policy(floor, file(way, **{key: asked})), f"/{way}/pip.conf"
    assert made.value(name) == stands
    assert [each.replace(":None)", ")") for each in made.ignored] == [f"{name} ({place})"] * reported


def test_the_cases_have_every_key_that_is_no_rule() -> None:
    assert {name for name, *_ in CASES} == KEYS.keys() - RULES.keys()


def test_what_others_say_is_reported_with_its_line(tmp_path: Path) -> None:
    said = written(tmp_path, "base-typed = warn", "message = mine")
    assert policy(administrator(locked="yes"), said).ignored == (f"message ({said.path}:3)",)


def test_in_a_locked_file_an_invalid_action_counts_as_refuse_and_in_another_as_absent() -> None:
    made = policy(administrator(locked="yes", base_typed="refus", conda_typed="log"), file(conda_typed="refus"))
    assert (made.value("base-typed"), made.value("conda-typed")) == ("refuse", "log")
    assert [each.path for each in made.mistakes] == ["/etc/pip.conf", "/user/pip.conf"]
    assert policy(administrator(base_typed="refus")).value("base-typed") == "allow"


def test_under_a_lock_an_invalid_action_of_a_variable_counts_as_absent() -> None:
    assert policy(administrator(locked="yes"), base_typed="refusee").value("base-typed") == "allow"


def test_under_a_lock_an_empty_value_of_others_takes_nothing_back() -> None:
    floor = administrator(locked="yes", base_typed="warn", message="ours")
    made = policy(floor, file(base_typed="", enabled="", message=""))
    assert (made.value("base-typed"), made.enabled, made.text("message")) == ("warn", True, "ours")


def test_the_key_of_a_plugin_has_a_floor_as_well() -> None:
    keys = [PolicyKey("acme-freeze"), PolicyKey("acme-text", "text", (), ("", "", ""))]
    floor = administrator(locked="yes", acme_freeze="warn", acme_text="ours")
    for asked, stands in (("log", "warn"), ("refuse", "refuse")):
        made = resolve(configuration(floor, acme_freeze=asked, acme_text="mine"), keys)
        assert (made.value("acme-freeze"), made.value("acme-text")) == (stands, "ours")


@pytest.mark.parametrize("claims", [(True, False), (False, True), (True, True)])
def test_the_strictest_of_what_all_administrators_say_is_the_floor(claims: tuple[bool, bool]) -> None:
    etc = administrator(base_typed="warn", conda_typed="allow", message="etc", **{"locked": "yes"} if claims[0] else {})
    said = {"base_typed": "log", "conda_typed": "refuse", "message": "base"}
    base = administrator("/opt/pip.conf", "base", **said, **{"locked": "yes"} if claims[1] else {})
    made = policy(etc, base, base_typed="allow", conda_typed="log")
    assert [made.value(key) for key in ("base-typed", "conda-typed", "message")] == ["warn", "refuse", "base"]
    assert made.ignored == ("conda-typed (PIP_USERCTL_CONDA_TYPED)", "base-typed (PIP_USERCTL_BASE_TYPED)")
    assert policy(etc, base).ignored == ()


def test_of_two_profiles_in_administrator_files_the_stricter_counts_for_each_rule() -> None:
    made = policy(
        administrator(locked="yes", profile="strict"), administrator("/opt/pip.conf", "base", profile="audit")
    )
    assert (made.profile, made.value("base-typed")) == ("strict", "refuse")


@pytest.mark.parametrize("profile", PROFILES)
def test_a_lock_stops_at_failures_as_well_unless_it_is_an_audit_which_refuses_nothing(profile: str) -> None:
    made = policy(administrator(locked="yes", profile=profile))
    assert made.value("on-error") == ("warn" if profile == "audit" else "refuse")
    assert ({made.value(name) for name in RULES} == {"log"}) == (profile == "audit")


def test_an_administrators_file_that_cannot_be_parsed_counts_as_a_mistake_that_stops_pip() -> None:
    problem = Mistake("/etc/pip.conf", 2, "is broken")
    broken = ConfigFile("global", "/etc/pip.conf", {}, problem=problem, administrator=True)
    made = policy(broken, on_error="warn")
    assert (made.mistakes, made.value("on-error"), made.locked) == ((problem,), "refuse", False)
    assert policy(administrator("/a", locked="yes", on_error="warn"), broken).value("on-error") == "refuse"
    assert policy(ConfigFile("user", "/user/pip.conf", {}, problem=problem)).value("on-error") == "warn"


@pytest.mark.parametrize("value", ["no", "0", "perhaps", ""])
def test_without_a_claim_an_administrators_file_is_one_of_many(value: str) -> None:
    made = policy(administrator(locked=value, base_typed="refuse"), base_typed="allow")
    assert (made.locked, made.ignored, made.value("base-typed")) == (False, (), "allow")


@pytest.mark.parametrize("kind", ["global", "base", "user", "site", "env"])
def test_a_claim_of_any_other_file_locks_nothing_and_is_reported(kind: str) -> None:
    made = policy(file(kind, locked="yes", base_typed="refuse"), base_typed="allow")
    assert (made.locked, made.value("base-typed")) == (False, "allow")
    (mistake,) = made.mistakes
    assert (mistake.path, mistake.fatal) == (f"/{kind}/pip.conf", False)
    assert mistake.text == "locked does not count here: it is not an administrator file"


def test_the_mistakes_of_a_file_are_in_the_order_of_its_lines(tmp_path: Path) -> None:
    made = policy(written(tmp_path, "base-typed = never", "locked = yes", "unknown = 1"))
    assert [each.line for each in made.mistakes] == [2, 3, 4]


def test_a_claim_of_a_file_that_could_be_the_administrators_is_reported_with_what_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(written(tmp_path, "locked = yes").path)
    path.chmod(0o666)
    monkeypatch.setattr("pip_userctl.environment.administrator_places", lambda: [("global", str(path))])
    monkeypatch.setattr("pip_userctl.environment.uids", lambda: (0, path.stat().st_uid))
    (mistake,) = policy(file("global", str(path), locked="yes")).mistakes
    expected = f"{path}:2: locked does not count here: {path} can be changed by others than its owner (mode -rw-rw-rw-)"
    assert str(mistake) == f"{expected}; mend it with: sudo chmod go-w {path}"


def test_on_windows_a_lock_is_not_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pip_userctl.environment.EUID", None)
    monkeypatch.setattr("pip_userctl.environment.WINDOWS", True)
    made = policy(administrator("C:/pip.ini", locked="yes", base_typed="warn"), base_typed="allow")
    assert (made.locked, made.value("base-typed")) == (False, "allow")
    assert not made.mistakes[0].fatal


# Coding agents


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("agents", PROFILES)
def test_an_agent_gets_the_stricter_of_its_profile_and_the_policys(profile: str, agents: str) -> None:
    made = policy(file(profile=profile, agent_profile=agents), agent="acme")
    assert {name: made.value(name) for name in RULES} == stricter_of(profile, agents)
    assert policy(file(profile=profile, agent_profile=agents)).value("base-typed") == KEYS["base-typed"].default(
        profile
    )


@pytest.mark.parametrize(
    ("files", "variables", "action"),
    [
        ([file("global", agent_profile="strict")], {}, "refuse"),
        ([file("global", agent_profile="strict", base_typed="warn")], {}, "warn"),
        ([file("global", agent_profile="strict"), file(base_typed="warn")], {}, "warn"),
        ([file("global", base_typed="warn"), file(agent_profile="strict")], {}, "refuse"),
        ([file("global", agent_profile="strict"), file(profile="audit")], {}, "refuse"),
        ([file("global", agent_profile="strict")], {"base_typed": "log"}, "log"),
        ([file("global", base_typed="log")], {"agent_profile": "strict"}, "refuse"),
        ([file("global", base_typed="refuse"), file(agent_profile="audit")], {}, "refuse"),
    ],
)
def test_a_key_in_the_same_or_a_stronger_file_beats_the_profile_of_agents(
    files: list[ConfigFile], variables: dict[str, str], action: str
) -> None:
    assert policy(*files, agent="acme", **variables).value("base-typed") == action


@pytest.mark.parametrize("others", [[], [administrator("/etc/xdg/pip/pip.conf", message="x")]])
def test_under_a_lock_the_profile_of_agents_makes_the_floor_stricter(others: list[ConfigFile]) -> None:
    locked = administrator(locked="yes", agent_profile="strict", conda_typed="warn")
    made = policy(*others, locked, agent="acme", system_site_typed="warn")
    assert made.value("base-typed") == "refuse"
    assert made.value("conda-typed") == "warn"
    assert made.value("isolated-configured") == "ignore"
    assert policy(locked, agent="acme", base_typed="warn").value("base-typed") == "refuse"
    both = administrator(locked="yes", profile="audit", agent_profile="strict")
    assert policy(both, agent="acme").value("base-typed") == "refuse"


def test_an_agents_action_names_the_line_of_the_profile_that_gives_it(tmp_path: Path) -> None:
    said = written(tmp_path, "", "agent-profile = strict")
    made = policy(said, agent="acme")
    assert made.source("base-typed") == Source("profile", said.path, 3)
    assert made.source("isolated-typed") == Source("default")  # no stricter than without it
    by_variable = policy(agent_profile="strict", agent="acme").source("base-typed")
    assert (by_variable.kind, by_variable.name) == ("profile", "PIP_USERCTL_AGENT_PROFILE")


def test_what_others_ask_for_as_well_is_the_administrators() -> None:
    floor = administrator(locked="yes", base_fallback="warn")
    made = policy(floor, file(base_fallback="warn"))
    assert (made.value("base-fallback"), made.source("base-fallback").path) == ("warn", floor.path)
    # A stricter profile of others does not reach a rule that they make milder themselves.
    assert (
        policy(administrator(locked="yes"), file(profile="strict", base_fallback="allow")).value("base-fallback")
        == "log"
    )
