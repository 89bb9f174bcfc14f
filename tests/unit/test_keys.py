"""The keys of the policy: the contract's table, and what each kind of key accepts."""

from __future__ import annotations

import pytest

from pip_userctl.policy import BOOLEANS, KEYS, PROFILES, SITUATIONS, PolicyKey

#: The tables of the contract, section 3, in their order: situation, then audit / default / strict.
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
break-system-packages        log / allow / refuse
shadowing                    log / warn / warn
shadowing-other              log / allow / log
protected-package            log / refuse / refuse
other-interpreter            log / warn / refuse
"""
TABLE = {
    name: tuple(cell.split(" / ")) for name, cell in (line.split(None, 1) for line in CONTRACT.split("\n") if line)
}
#: The other keys: their default, which is the same in every profile.
OTHER = {
    "profile": PROFILES,
    "enabled": (True,) * 3,
    "locked": (False,) * 3,
    "message": ("",) * 3,
    "help-url": ("",) * 3,
    "allow-packages": ((),) * 3,
    "protect-packages": ((),) * 3,
    "allow-user-base": ((),) * 3,
    "override": ("allow",) * 3,
    "audit-log": ((),) * 3,
    "syslog": ("",) * 3,
    "plugins": (("auto",),) * 3,
    "plugin-timeout": (2,) * 3,
    "on-error": ("warn",) * 3,
}


@pytest.mark.parametrize("key", SITUATIONS, ids=lambda key: key.name)
def test_a_situation_has_the_defaults_of_the_contract(key: PolicyKey) -> None:
    assert key.defaults == TABLE[key.name]


def test_situations_are_listed_in_the_order_of_the_contract() -> None:
    names = [key.name for key in SITUATIONS]
    assert names == [name for name in TABLE if name in names]


@pytest.mark.parametrize("name", [name for name in KEYS if name not in TABLE])
def test_any_other_key_has_the_default_of_the_contract(name: str) -> None:
    assert KEYS[name].defaults == OTHER[name]


@pytest.mark.parametrize("key", SITUATIONS, ids=lambda key: key.name)
def test_ignore_is_an_answer_to_a_configured_wish_only(key: PolicyKey) -> None:
    assert ("ignore" in key.values) == key.name.endswith("-configured")
    assert set(key.values) - {"ignore"} == {"allow", "log", "warn", "refuse"}


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.name)
def test_a_key_is_documented_and_its_defaults_are_valid(key: PolicyKey) -> None:
    assert key.name == key.name.lower().strip("-")
    assert key.summary
    assert key.expects()
    for profile in PROFILES:
        default = key.default(profile)
        if isinstance(default, str) and default:
            assert key.parse(default) == default


VALID = [
    ("action", "refuse", "refuse"),
    ("action", "Warn", "warn"),
    ("boolean", "Yes", True),
    ("boolean", "0", False),
    ("seconds", "2", 2.0),
    ("seconds", ".5", 0.5),
    ("text", "any text: [at] all, %s", "any text: [at] all, %s"),
    ("text", "two\nlines", "two\nlines"),
    ("list", "auto", ("auto",)),
    ("list", "one, two three\nfour", ("one", "two", "three", "four")),
    ("lines", "pkg>=1,<2\nother[extra]==1", ("pkg>=1,<2", "other[extra]==1")),
    ("lines", "a, b ,c", ("a", "b", "c")),
    ("lines", "~/one, $HOME/two, /three, *", ("~/one", "$HOME/two", "/three", "*")),
    ("lines", "\n\n", ()),
    ("address", "local", "local"),
    ("address", "udp://log.example.org:514", "udp://log.example.org:514"),
    ("address", "tcp://[::1]:6514", "tcp://[::1]:6514"),
    ("address", "/dev/log", "/dev/log"),
    ("address", "udp://host:65535", "udp://host:65535"),
]
INVALID = [
    ("action", "ignore"),
    ("action", "deny"),
    ("action", "refuse please"),
    ("boolean", "maybe"),
    ("boolean", "2"),
    ("seconds", "0"),
    ("seconds", "-1"),
    ("seconds", "nan"),
    ("seconds", "inf"),
    ("seconds", "soon"),
    ("address", "udp://host"),
    ("address", "http://host:80"),
    ("address", "dev/log"),
    ("address", "udp://a b:514"),
    ("address", "udp://host:65536"),
    ("address", "tcp://host:0"),
]


@pytest.mark.parametrize(("kind", "text", "value"), VALID)
def test_a_kind_of_key_accepts(kind: str, text: str, value: object) -> None:
    assert PolicyKey("a-key", kind).parse(text) == value


@pytest.mark.parametrize(("kind", "text"), INVALID)
def test_a_kind_of_key_does_not_accept(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        PolicyKey("a-key", kind).parse(text)


def test_booleans_are_pips_own_words() -> None:
    assert {word for word, value in BOOLEANS.items() if value} == {"y", "yes", "t", "true", "on", "1"}
    assert {word for word, value in BOOLEANS.items() if not value} == {"n", "no", "f", "false", "off", "0"}


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.name)
def test_what_a_key_expects_names_every_choice(key: PolicyKey) -> None:
    if key.kind in ("action", "choice"):
        assert key.expects().split(", ") == list(key.values)
