"""No file, variable or coding agent makes a locked policy milder, whatever they say."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from pip_userctl.config import ConfigFile, Configuration
from pip_userctl.keys import KEYS, PROFILES
from pip_userctl.models import STRICTNESS
from pip_userctl.policy import Policy, resolve

_RULES = [name for name, key in KEYS.items() if key.kind == "action"]
_VALUES = {
    **{name: st.sampled_from([*KEYS[name].values, "refusee", ""]) for name in _RULES},
    "profile": st.sampled_from([*PROFILES, "lax", ""]),
    "agent-profile": st.sampled_from([*PROFILES, ""]),
    "on-error": st.sampled_from(["warn", "refuse", "ignore"]),
    "override": st.sampled_from(["allow", "deny"]),
    "enabled": st.sampled_from(["yes", "no"]),
    "locked": st.sampled_from(["yes", "no"]),
    "plugins": st.sampled_from(["auto", "none", "acme"]),
    "audit-log": st.sampled_from(["/var/log/a", "/tmp/b"]),
    "protect-packages": st.sampled_from(["numpy", "six, numpy<2", "not a name !"]),
    "allow-packages": st.sampled_from(["six", "numpy"]),
}
_SETTINGS = st.dictionaries(st.sampled_from([*_VALUES]), st.none(), max_size=8).flatmap(
    lambda keys: st.fixed_dictionaries({key: _VALUES[key] for key in keys})
)


def files(*sections: dict[str, str], administrator: bool) -> tuple[ConfigFile, ...]:
    kind = "global" if administrator else "user"
    return tuple(
        ConfigFile(kind, f"/{kind}/{number}", section, administrator=administrator)
        for number, section in enumerate(sections)
    )


def level(policy: Policy, rule: str) -> int:
    return STRICTNESS.index(policy.action(rule))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    floor=st.lists(_SETTINGS, min_size=1, max_size=3),
    others=st.lists(_SETTINGS, max_size=2),
    variables=_SETTINGS,
    agent=st.sampled_from([None, "claude-code"]),
)
def test_others_never_make_a_locked_policy_milder(
    floor: list[dict[str, str]], others: list[dict[str, str]], variables: dict[str, str], agent: str | None
) -> None:
    floor[-1] = {**floor[-1], "locked": "yes"}
    administrators = files(*floor, administrator=True)
    alone = resolve(Configuration(administrators), agent=agent)
    named = {f"userctl-{key}": (value, f"PIP_USERCTL_{key.upper()}") for key, value in variables.items()}
    policy = resolve(Configuration((*administrators, *files(*others, administrator=False)), named), agent=agent)
    assert policy.locked
    for rule in _RULES:
        assert level(policy, rule) >= level(alone, rule), rule
    for key in ("enabled", "override", "plugins", "allow-packages", "allow-user-base", "locked", "syslog"):
        assert policy.value(key) == alone.value(key), key
    for key in ("protect-packages", "audit-log"):
        assert set(policy.items(key)) >= set(alone.items(key)), key
    assert not (alone.value("on-error") == "refuse" and policy.value("on-error") == "warn")


@settings(max_examples=80, deadline=None, derandomize=True)
@given(floor=st.lists(_SETTINGS, min_size=2, max_size=3))
def test_the_floor_is_the_strictest_of_what_the_administrator_files_say(floor: list[dict[str, str]]) -> None:
    floor[0] = {**floor[0], "locked": "yes"}
    policy = resolve(Configuration(files(*floor, administrator=True)))
    for rule in _RULES:
        said = [section[rule] for section in floor if section.get(rule) in KEYS[rule].values]
        assert all(level(policy, rule) >= STRICTNESS.index(action) for action in said), rule


@settings(max_examples=80, deadline=None, derandomize=True)
@given(layers=st.lists(_SETTINGS, max_size=3))
def test_without_a_lock_the_last_valid_value_counts(layers: list[dict[str, str]]) -> None:
    plain = [{key: value for key, value in layer.items() if key != "locked"} for layer in layers]
    policy = resolve(Configuration(files(*plain, administrator=False)))
    for rule in _RULES:
        expected: str | None = None
        for layer in plain:
            if layer.get(rule) == "":
                expected = None
            elif layer.get(rule) in KEYS[rule].values:
                expected = layer[rule]
        assert expected is None or policy.action(rule) == expected
