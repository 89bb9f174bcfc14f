"""The policy: its keys, which place wins, what is locked, what an agent gets, what is a mistake, what is allowed."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest

from pip_userctl import PolicyKey, testing
from pip_userctl.config import BOOLEANS, ConfigFile, Mistake, read_file
from pip_userctl.keys import KEYS, PROFILES, RULES
from pip_userctl.models import STRICTNESS, Source
from pip_userctl.policy import has_unknown_keys, matching, resolve
from tests.unit.values import administrator, configuration, file, policy

# The keys

#: The tables of the contract, section 3: rule, then audit / default / strict.
CONTRACT = """
isolated-typed               log / refuse / refuse
isolated-configured          log / ignore / ignore
system-site-typed            log / warn / refuse
system-site-configured       log / warn / refuse
system-site-fallback         log / warn / refuse
conda-typed                  log / warn / refuse
conda-configured             log / log / refuse
conda-fallback               log / warn / refuse
base-typed                   log / allow / refuse
base-configured              log / allow / refuse
base-fallback                log / log / refuse
location-configured          log / ignore / ignore
hidden-user-site-configured  log / ignore / refuse
hidden-user-site             log / refuse / refuse
root-user                    log / warn / refuse
foreign-user-base            log / refuse / refuse
container-home               log / warn / refuse
user-site-by-path            log / warn / refuse
base-site                    log / allow / refuse
break-system-packages        log / allow / refuse
conda-frozen                 log / warn / refuse
shadowing                    log / warn / warn
protected-package            log / refuse / refuse
"""
OTHERS: dict[str, object] = {
    "profile": "default",
    "agent-profile": "",
    "enabled": True,
    "locked": False,
    "message": "",
    "help-url": "",
    "allow-packages": (),
    "protect-packages": (),
    "allow-user-base": (),
    "override": "allow",
    "audit-log": (),
    "syslog": "",
    "plugins": ("auto",),
    "on-error": "warn",
}


def test_the_rules_have_the_actions_of_the_contract_in_its_order() -> None:
    table = [line.split(None, 1) for line in CONTRACT.strip().splitlines()]
    assert [(name, " / ".join(actions)) for name, actions in RULES.items()] == [tuple(row) for row in table]


def test_the_other_keys_have_the_defaults_of_the_contract() -> None:
    assert {name: key.default("default") for name, key in KEYS.items() if name not in RULES} == OTHERS
    assert [name for name in OTHERS if len(set(KEYS[name].defaults)) > 1] == ["profile"]


@pytest.mark.parametrize("name", RULES)
def test_only_a_configured_setting_can_be_ignored(name: str) -> None:
    assert set(KEYS[name].values) == {"allow", "log", "warn", "refuse", *(["ignore"] * name.endswith("-configured"))}


VALID: list[tuple[str, str, object]] = [
    ("action", "refuse", "refuse"),
    ("action", "Warn", "warn"),
    ("boolean", "Yes", True),
    ("boolean", "0", False),
    ("text", "any [text] at all, %s\nin lines", "any [text] at all, %s\nin lines"),
    ("list", "one, two three\nfour", ("one", "two", "three", "four")),
    ("lines", "~/one, $HOME/two, /three, *", ("~/one", "$HOME/two", "/three", "*")),
    ("lines", "\n\n", ()),
    ("requirements", "numpy, Demo_One>=1,<2\nother ~= 1.0", ("numpy", "Demo_One>=1,<2", "other ~= 1.0")),
    ("path", "/var/log/a b, c", ("/var/log/a b, c",)),
    ("address", "local", "local"),
    ("address", "udp://log.example.org:514", "udp://log.example.org:514"),
    ("address", "udp://[::1]:65535", "udp://[::1]:65535"),
    ("address", "/dev/log", "/dev/log"),
    ("address", "~/socket", "~/socket"),
]
INVALID = [
    ("action", "ignore"),
    ("action", "refuse please"),
    ("boolean", "maybe"),
    ("boolean", "2"),
    ("requirements", "demo[extra]"),
    ("requirements", "demo @ https://host/demo.whl"),
    ("requirements", "demo; python_version > '3'"),
    ("requirements", "./demo"),
    ("requirements", "numpy<2.x"),
    ("address", "udp://host"),
    ("address", "udp://host:65536"),
    ("address", "tcp://host:514"),
    ("address", "udp://a b:514"),
    ("address", "dev/log"),
]


@pytest.mark.parametrize(("kind", "text", "value"), VALID)
def test_a_kind_of_key_accepts_what_it_should(kind: str, text: str, value: object) -> None:
    assert PolicyKey("a-key", kind).parse(text) == value


@pytest.mark.filterwarnings("ignore:Creating a LegacyVersion:DeprecationWarning")  # of pip before 23.1
@pytest.mark.parametrize(("kind", "text"), INVALID)
def test_a_kind_of_key_accepts_nothing_else(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        PolicyKey("a-key", kind).parse(text)


def test_booleans_are_pips_own_words() -> None:
    assert {word for word, value in BOOLEANS.items() if value} == {"y", "yes", "t", "true", "on", "1"}
    assert {word for word, value in BOOLEANS.items() if not value} == {"n", "no", "f", "false", "off", "0"}


# Which place wins


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_gives_every_rule_its_action_and_is_named_as_its_source(tmp_path: Path, profile: str) -> None:
    path = tmp_path / "pip.conf"
    path.write_text(f"[userctl]\nprofile = {profile}\n")
    read = read_file(str(path), "user")
    assert read is not None
    made = policy(read)
    assert {name: made.value(name) for name in KEYS} == {name: key.default(profile) for name, key in KEYS.items()} | {
        "profile": profile
    }
    assert {made.source(name) for name in RULES} == {Source("profile", str(path), 2)}
    assert made.source("profile") == Source("user", str(path), 2)
    assert made.source("enabled") == Source("default")


def test_where_nothing_is_said_every_value_is_a_default() -> None:
    made = policy()
    assert (made.profile, made.enabled, made.locked) == ("default", True, False)
    assert (made.mistakes, made.files, made.ignored) == ((), (), ())
    assert {made.source(name) for name in KEYS} == {Source("default")}


KINDS = ("global", "base", "user", "site", "env")


@pytest.mark.parametrize("rank", range(len(KINDS)))
def test_the_stronger_file_wins(rank: int) -> None:
    files = [
        file(kind, base_fallback=action)
        for kind, action in zip(KINDS[: rank + 1], ("refuse", "allow", "warn", "log", "refuse"))
    ]
    made = policy(*files)
    assert made.value("base-fallback") == files[-1].settings["base-fallback"]
    assert made.source("base-fallback").path == files[-1].path
    assert made.files == tuple(each.path for each in files)


def test_a_variable_beats_every_file_and_is_named() -> None:
    made = policy(file("env", base_fallback="refuse"), base_fallback="allow")
    assert made.value("base-fallback") == "allow"
    assert made.source("base-fallback") == Source("env-var", name="PIP_USERCTL_BASE_FALLBACK")


def test_a_key_beats_the_profile_of_any_place() -> None:
    assert policy(file("global", base_typed="warn"), file("site", profile="strict")).value("base-typed") == "warn"


def test_an_empty_value_takes_back_what_weaker_files_say_and_an_empty_variable_does_nothing() -> None:
    weak = file("global", base_typed="refuse", profile="strict")
    taken_back = policy(weak, file(base_typed="", profile=""))
    assert (taken_back.value("base-typed"), taken_back.profile, taken_back.mistakes) == ("allow", "default", ())
    assert policy(weak, base_typed="").value("base-typed") == "refuse"


def test_the_reason_of_an_override_is_no_key() -> None:
    assert policy(reason="because").mistakes == ()


def test_the_key_of_a_plugin_is_like_any_other() -> None:
    key = PolicyKey("acme-freeze")
    said = configuration(file("global", acme_freeze="log"), file(acme_freeze="frozen"))
    made = resolve(said, [key])
    assert made.value("acme-freeze") == "log"
    assert [each.text for each in made.mistakes] == [
        "acme-freeze = frozen is not valid; valid: allow, log, warn, refuse"
    ]
    assert resolve(configuration(profile="strict"), [key]).value("acme-freeze") == "refuse"
    assert has_unknown_keys(said)
    assert not has_unknown_keys(configuration(file(base_typed="log"), profile="strict"))
    with pytest.raises(KeyError):
        policy().value("acme-freeze")


# Mistakes


def mistakes(*files: ConfigFile, **variables: str) -> list[str]:
    """What is said about these."""
    return [str(each) for each in policy(*files, **variables).mistakes]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("base_typed", "refused", " (did you mean refuse?); valid: allow, log, warn, refuse"),
        ("base_typed", "ignore", "; valid: allow, log, warn, refuse"),
        ("base_configured", "Ignored", " (did you mean ignore?); valid: allow, log, warn, ignore, refuse"),
        ("profile", "strikt", " (did you mean strict?); valid: audit, default, strict"),
        ("enabled", "perhaps", "; valid: yes or no"),
        ("syslog", "http://host", "; valid: local, udp://host:port or the path of a datagram socket"),
        ("allow_packages", "a,\n1b?", "; valid: requirement specifiers such as numpy or numpy<2, one a line or separ"),
    ],
)
def test_an_invalid_value_is_named_with_the_nearest_and_the_valid_ones(key: str, value: str, said: str) -> None:
    text = f"{key.replace('_', '-')} = {' '.join(value.split())} is not valid{said}"
    (in_file,) = policy(file(**{key: value})).mistakes
    (in_variable,) = policy(**{key: value}).mistakes
    assert str(in_file).startswith(f"/user/pip.conf: {text}")
    assert str(in_variable).startswith(f"PIP_USERCTL_{key.upper()}: {text}")
    assert in_file.fatal
    assert in_variable.fatal


def test_an_invalid_value_counts_as_absent() -> None:
    assert policy(file("global", base_typed="refuse"), file(base_typed="refused")).value("base-typed") == "refuse"


def test_an_unknown_key_is_named_with_the_nearest_and_stops_nothing() -> None:
    (near,) = policy(file(base_falback="refuse")).mistakes
    assert str(near) == "/user/pip.conf: unknown key base-falback (did you mean base-fallback?)"
    assert not near.fatal
    assert mistakes(file(qqq="1")) == ["/user/pip.conf: unknown key qqq"]
    assert resolve(configuration(file(acme_freeze="refuse")), plugins_loaded=False).mistakes == ()


@pytest.mark.parametrize(
    "name", ["userctrl", "user-ctl", "usrctl", "UserCtl", " userctl", "pip-userctl", "usercontrol"]
)
def test_a_section_that_is_spelled_nearly_like_ours_is_named_and_stops_nothing(name: str) -> None:
    (mistake,) = policy(ConfigFile("user", "/pip.conf", {name: {}, "global": {}})).mistakes
    assert mistake == Mistake("/pip.conf", None, f"unknown section [{name}] (did you mean [userctl]?)", fatal=False)


@pytest.mark.parametrize("name", ["global", "install", "uninstall", "user", "users", "cluster", "list", "hash"])
def test_any_other_section_is_pips_business(name: str) -> None:
    assert mistakes(ConfigFile("user", "/pip.conf", {name: {}})) == []


def test_what_default_hands_down_to_the_section_is_no_unknown_key() -> None:
    assert mistakes(ConfigFile("user", "/pip.conf", {"userctl": {"timeout": "1"}}, frozenset({"timeout"}))) == []


def test_every_mistake_is_found_at_once_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "pip.conf"
    path.write_text("[userctl]\nbase-typed = no\nnonsense = 1\n[usrctl]\n")
    read = read_file(str(path), "user")
    assert read is not None
    broken = ConfigFile("global", "/etc/pip.conf", {}, problem=Mistake("/etc/pip.conf", 4, "is broken"))
    said = mistakes(broken, read, profile="x")
    places = ["/etc/pip.conf:4", f"{path}:2", f"{path}:3", f"{path}:4", "PIP_USERCTL_PROFILE"]
    assert [each.split(": ")[0] for each in said] == places


# A locked policy


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
    for name in RULES:
        stricter = max(
            KEYS[name].default(floor), KEYS[name].default(asked), key=lambda each: STRICTNESS.index(str(each))
        )
        assert made.value(name) == stricter, name
    milder = PROFILES.index(asked) < PROFILES.index(floor)
    assert made.profile == (floor if milder else asked)
    assert made.ignored == (("profile (PIP_USERCTL_PROFILE)",) if milder else ())


def test_what_the_locked_file_leaves_to_its_profile_is_part_of_the_floor() -> None:
    made = policy(administrator(locked="yes"), isolated_typed="allow", base_typed="warn", profile="audit")
    assert (made.value("isolated-typed"), made.source("isolated-typed")) == ("refuse", Source("default"))
    assert made.value("base-typed") == "warn"
    assert set(made.ignored) == {"isolated-typed (PIP_USERCTL_ISOLATED_TYPED)", "profile (PIP_USERCTL_PROFILE)"}


class Case(NamedTuple):
    """What others say of a key. floor: what the locked file says, None: nothing; stands: the value that counts."""

    key: str
    floor: str | None
    asked: str
    stands: object
    reported: bool


LOCKED = (
    Case("enabled", None, "no", True, True),
    Case("enabled", "no", "yes", False, True),
    Case("enabled", None, "yes", True, False),
    Case("on-error", None, "warn", "refuse", True),
    Case("on-error", None, "refuse", "refuse", False),
    Case("on-error", "warn", "refuse", "refuse", False),
    Case("on-error", "refuse", "warn", "refuse", True),
    Case("message", None, "mine", "", True),
    Case("message", "ours", "mine", "ours", True),
    Case("message", "ours", "ours", "ours", False),
    Case("help-url", None, "https://mine.example", "", True),
    Case("plugins", None, "none", ("auto",), True),
    Case("plugins", "acme", "none", ("acme",), True),
    Case("allow-packages", None, "demo", (), True),
    Case("allow-packages", "numpy", "demo", ("numpy",), True),
    Case("protect-packages", None, "demo", ("demo",), False),
    Case("protect-packages", "numpy", "demo", ("numpy", "demo"), False),
    Case("allow-user-base", None, "/scratch", (), True),
    Case("override", None, "allow", "deny", True),
    Case("override", None, "deny", "deny", False),
    Case("override", "allow", "deny", "allow", True),
    Case("audit-log", None, "/mine", ("/mine",), False),
    Case("audit-log", "/ours", "/mine", ("/ours", "/mine"), False),
    Case("syslog", None, "local", "", True),
    Case("syslog", "local", "/mine", "local", True),
    Case("agent-profile", None, "strict", "", True),
    Case("agent-profile", "strict", "audit", "strict", True),
    Case("profile", "strict", "audit", "strict", True),
    Case("locked", "yes", "no", True, True),
)


@pytest.mark.parametrize("case", LOCKED, ids=lambda case: f"{case.key} {case.floor} {case.asked}")
@pytest.mark.parametrize("way", ["base", "user", "site", "env", "variable"])
def test_under_a_lock_others_can_only_add_strictness_and_the_rest_of_theirs_is_reported(case: Case, way: str) -> None:
    key = case.key.replace("-", "_")
    floor = administrator(**{"locked": "yes", **({} if case.floor is None else {key: case.floor})})
    if way == "variable":
        made, place = policy(floor, **{key: case.asked}), f"PIP_USERCTL_{key.upper()}"
        if case.key == "locked":
            assert [(each.path, each.fatal) for each in made.mistakes] == [(place, False)]
            return
    else:
        made, place = policy(floor, file(way, **{key: case.asked})), f"/{way}/pip.conf"
    assert made.value(case.key) == case.stands
    assert [each.rpartition(":None")[0] or each[:-1] for each in made.ignored] == (
        [f"{case.key} ({place}"] if case.reported else []
    )


def test_the_cases_have_every_key_that_is_no_rule() -> None:
    assert {case.key for case in LOCKED} == KEYS.keys() - RULES.keys()


def test_what_others_say_is_reported_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "pip.conf"
    path.write_text("[userctl]\nbase-typed = warn\nmessage = mine\n")
    read = read_file(str(path), "user")
    assert read is not None
    assert policy(administrator(locked="yes"), read).ignored == (f"message ({path}:3)",)


def test_in_a_locked_file_an_invalid_action_counts_as_refuse_and_in_another_as_absent() -> None:
    made = policy(administrator(locked="yes", base_typed="refus", conda_typed="log"), file(conda_typed="refus"))
    assert (made.value("base-typed"), made.value("conda-typed")) == ("refuse", "log")
    assert [each.path for each in made.mistakes] == ["/etc/pip.conf", "/user/pip.conf"]
    assert policy(administrator(base_typed="refus")).value("base-typed") == "allow"


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
    base = administrator(
        "/opt/pip.conf",
        "base",
        base_typed="log",
        conda_typed="refuse",
        message="base",
        **{"locked": "yes"} if claims[1] else {},
    )
    made = policy(etc, base, base_typed="allow", conda_typed="log")
    assert [made.value(key) for key in ("base-typed", "conda-typed", "message")] == ["warn", "refuse", "base"]
    assert made.ignored == ("conda-typed (PIP_USERCTL_CONDA_TYPED)", "base-typed (PIP_USERCTL_BASE_TYPED)")


def test_of_two_profiles_in_administrator_files_the_stricter_counts_for_each_rule() -> None:
    made = policy(
        administrator(locked="yes", profile="strict"), administrator("/opt/pip.conf", "base", profile="audit")
    )
    assert (made.profile, made.value("base-typed")) == ("strict", "refuse")


def test_an_audit_under_a_lock_refuses_nothing() -> None:
    made = policy(administrator(locked="yes", profile="audit"))
    assert {made.value(name) for name in RULES} == {"log"}
    assert made.value("on-error") == "warn"


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


def test_a_claim_of_a_file_that_could_be_the_administrators_is_reported_with_what_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "pip.conf"
    path.write_text("[userctl]\nlocked = yes\n")
    path.chmod(0o666)
    monkeypatch.setattr("pip_userctl.environment.administrator_places", lambda: [("global", str(path))])
    monkeypatch.setattr("pip_userctl.environment.effective_uid", lambda: 0)
    monkeypatch.setattr("pip_userctl.environment.base_owner", lambda: path.stat().st_uid)
    (mistake,) = policy(file("global", str(path), locked="yes")).mistakes
    expected = f"{path}:2: locked does not count here: {path} can be changed by others than its owner (mode -rw-rw-rw-)"
    assert str(mistake) == f"{expected}; mend it with: sudo chmod go-w {path}"


def test_on_windows_a_lock_is_not_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pip_userctl.environment.effective_uid", lambda: None)
    monkeypatch.setattr("pip_userctl.environment.WINDOWS", True)
    made = policy(administrator("C:/pip.ini", locked="yes", base_typed="warn"), base_typed="allow")
    assert (made.locked, made.value("base-typed")) == (False, "allow")
    assert not made.mistakes[0].fatal


# Coding agents


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("agents", PROFILES)
def test_an_agent_gets_the_stricter_of_its_profile_and_the_policys(profile: str, agents: str) -> None:
    made = policy(file(profile=profile, agent_profile=agents), agent="acme")
    for name in RULES:
        stricter = max(
            KEYS[name].default(profile), KEYS[name].default(agents), key=lambda each: STRICTNESS.index(str(each))
        )
        assert made.value(name) == stricter, name
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


def test_an_agents_action_names_the_line_of_the_profile_that_gives_it(tmp_path: Path) -> None:
    path = tmp_path / "pip.conf"
    path.write_text("[userctl]\n\nagent-profile = strict\n")
    read = read_file(str(path), "user")
    assert read is not None
    made = policy(read, agent="acme")
    assert made.source("base-typed") == Source("profile", str(path), 3)
    assert made.source("isolated-typed") == Source("default")  # no stricter than without it


# What is allowed and what is protected


@pytest.mark.parametrize(
    ("entries", "requested", "allowed"),
    [
        ("demo", ["demo"], True),
        ("demo", ["Demo"], True),
        ("De_mo.One", ["de-mo-one==1"], True),
        ("demo", ["demo", "other"], False),
        ("demo, other", ["demo", "other==1"], True),
        ("demo<2", ["demo==1.5"], True),
        ("demo<2", ["demo===1.5"], True),
        ("demo<2", ["demo==1.0rc1"], True),
        ("demo<2", ["demo==2.0"], False),
        ("demo<2", ["demo"], False),
        ("demo<2", ["demo<1"], False),
        ("demo<2", ["demo==1.*"], False),
        ("demo", ["demo[extra]"], True),
        ("demo", ["demo @ https://host/demo.whl"], False),
        ("demo", ["./demo"], False),
        ("demo", [], False),
    ],
)
def test_a_request_is_allowed_where_everything_asked_for_matches(
    entries: str, requested: list[str], allowed: bool
) -> None:
    made = testing.policy(allow_packages=entries)
    asked = testing.request(*requested) if requested else testing.request(requested=())
    assert made.allows(asked, testing.environment()) == ("allow-packages" if allowed else None)


@pytest.mark.parametrize(
    ("pattern", "base", "allowed"),
    [
        ("/scratch/*", "/scratch/ada", True),
        ("/scratch/*/base", "/scratch/ada/base", True),
        ("/scratch/*", "/scratch/ada/base", False),
        ("/scratch/*", "/scratch", False),
        ("/scratch/ada/../ada", "/scratch/ada", True),
        ("~/base", "/home/ada/base", True),
        ("$SCRATCH/b*", "/scratch/base", True),
        ("/home/ada/.local, *", "/home/ada/.local", False),  # the default one is never allowed
    ],
)
def test_a_user_base_is_allowed_by_its_path_component_by_component(
    monkeypatch: pytest.MonkeyPatch, pattern: str, base: str, allowed: bool
) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("SCRATCH", "/scratch")
    facts = testing.environment(user_base=base)
    made = testing.policy(allow_user_base=pattern).allows(testing.request(), facts)
    assert made == ("allow-user-base" if allowed else None)


def test_a_linked_user_base_is_allowed_by_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    facts = testing.environment(user_base=str(tmp_path / "link"))
    assert testing.policy(allow_user_base=f"{tmp_path}/rea?").allows(testing.request(), facts) == "allow-user-base"


def test_a_package_is_protected_by_name_and_version() -> None:
    made = testing.policy(protect_packages="numpy, Demo_One>=2")
    assert made.protects("NumPy", None)
    assert made.protects("demo.one", "2.1")
    assert not made.protects("demo-one", "1.0")
    assert not made.protects("demo-one", None)
    assert matching("demo-one", "3.0rc1", made.items("protect-packages")) == "Demo_One>=2"
