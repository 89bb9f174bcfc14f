"""The policy: its keys, which place wins, what is a mistake, what is allowed and what is protected."""

from __future__ import annotations

from pathlib import Path

import pytest

from pip_userctl import PolicyKey, testing
from pip_userctl.config import ConfigFile, Configuration
from pip_userctl.keys import KEYS, PROFILES, RULES
from pip_userctl.mistakes import Mistake
from pip_userctl.models import BOOLEANS, Source
from pip_userctl.policy import resolve
from pip_userctl.specifiers import matching
from tests.unit.values import configuration, file, policy, written

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


def test_the_rules_have_the_actions_of_the_contract_in_its_order() -> None:
    table = [line.split(None, 1) for line in CONTRACT.strip().splitlines()]
    assert [(name, " / ".join(actions)) for name, actions in RULES.items()] == [tuple(row) for row in table]


def test_only_a_configured_setting_can_be_ignored() -> None:
    for name in RULES:
        assert ("ignore" in KEYS[name].values) == name.endswith("-configured"), name


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
    read = written(tmp_path, f"profile = {profile}")
    made = policy(read)
    assert {name: made.value(name) for name in KEYS} == {name: key.default(profile) for name, key in KEYS.items()} | {
        "profile": profile
    }
    assert {made.source(name) for name in RULES} == {Source("profile", read.path, 2)}
    assert made.source("profile") == Source("user", read.path, 2)
    assert made.source("enabled") == Source("default")


def test_where_nothing_is_said_every_value_is_a_default() -> None:
    made = policy()
    assert (made.profile, made.enabled, made.locked) == ("default", True, False)
    assert (made.mistakes, made.files, made.ignored) == ((), (), ())
    assert {made.source(name) for name in KEYS} == {Source("default")}


@pytest.mark.parametrize("rank", range(1, 6))
def test_the_stronger_file_wins(rank: int) -> None:
    actions = zip(("global", "base", "user", "site", "env"), ("refuse", "allow", "warn", "log", "refuse"))
    files = [file(kind, base_fallback=action) for kind, action in actions][:rank]
    made = policy(ConfigFile("global", "/without/us", {}, {"install": {}}), *files)
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
    assert policy(file(base_typed="refuse"), base_typed="").value("base-typed") == "refuse"


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


def test_an_unknown_key_is_named_with_the_nearest_and_stops_nothing() -> None:
    (near,) = policy(file(base_falback="refuse")).mistakes
    assert str(near) == "/user/pip.conf: unknown key base-falback (did you mean base-fallback?)"
    assert not near.fatal
    assert mistakes(file(qqq="1")) == ["/user/pip.conf: unknown key qqq"]


@pytest.mark.parametrize(
    "name", ["userctrl", "user-ctl", "usrctl", "UserCtl", " userctl", "pip-userctl", "usercontrol"]
)
def test_a_section_that_is_spelled_nearly_like_ours_is_named_and_stops_nothing(name: str) -> None:
    (mistake,) = policy(ConfigFile("user", "/pip.conf", {}, {name: {}, "global": {}})).mistakes
    assert mistake == Mistake("/pip.conf", None, f"unknown section [{name}] (did you mean [userctl]?)", fatal=False)


@pytest.mark.parametrize("name", ["global", "install", "uninstall", "user", "users", "cluster", "list", "hash"])
def test_any_other_section_is_pips_business(name: str) -> None:
    assert mistakes(ConfigFile("user", "/pip.conf", {}, {name: {}})) == []


def test_what_default_hands_down_to_the_section_is_no_unknown_key() -> None:
    assert mistakes(ConfigFile("user", "/pip.conf", {"timeout": "1"}, inherited=frozenset({"timeout"}))) == []


def test_every_mistake_is_found_at_once_with_its_line(tmp_path: Path) -> None:
    read = written(tmp_path, "base-typed = no", "nonsense = 1", "[usrctl]")
    broken = ConfigFile("global", "/etc/pip.conf", {}, problem=Mistake("/etc/pip.conf", 4, "is broken"))
    said = mistakes(broken, read, profile="x")
    places = ["/etc/pip.conf:4", f"{read.path}:2", f"{read.path}:3", f"{read.path}:4", "PIP_USERCTL_PROFILE"]
    assert [each.split(": ")[0] for each in said] == places


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


def test_a_value_is_not_read_as_what_it_is_not() -> None:
    made = policy()
    with pytest.raises(TypeError, match="the key protect-packages holds a list"):
        made.text("protect-packages")
    with pytest.raises(TypeError, match="the key message holds no list"):
        made.items("message")


def test_only_what_is_ours_is_read() -> None:
    silent, speaking = file("global"), file(base_typed="warn")
    made = resolve(Configuration((silent, speaking), {"index-url": ("https://example.org", "PIP_INDEX_URL")}))
    assert (made.mistakes, made.files) == ((), (speaking.path,))


def test_a_link_to_a_default_user_base_is_not_allowed(tmp_path: Path) -> None:
    (tmp_path / ".local").mkdir()
    link = tmp_path / "scratch"
    link.symlink_to(".local")
    made = testing.policy(allow_user_base=str(link))
    elsewhere = testing.environment(user_base=str(link))
    assert made.allows(testing.request(), elsewhere) == "allow-user-base"
    home = elsewhere._replace(user_bases=(str(link), "/none/.local", str(tmp_path / ".local")))
    assert made.allows(testing.request(), home) is None
