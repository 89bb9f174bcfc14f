"""The policy: what the ``[userctl]`` sections and the ``PIP_USERCTL_…`` variables add up to."""

from __future__ import annotations

from pip_userctl.policy import administrator
from pip_userctl.policy.files import ConfigFile, Setting, normalise, read, read_to_the_end
from pip_userctl.policy.keys import BOOLEANS, KEYS, PROFILES, SITUATIONS, PolicyKey
from pip_userctl.policy.resolve import NOT_HEARD, SECTION, Policy, Value, has_unknown_keys, only_its_claim, resolve

__all__ = [
    "BOOLEANS",
    "KEYS",
    "NOT_HEARD",
    "PROFILES",
    "SECTION",
    "SITUATIONS",
    "ConfigFile",
    "Policy",
    "PolicyKey",
    "Setting",
    "Value",
    "administrator",
    "has_unknown_keys",
    "normalise",
    "only_its_claim",
    "read",
    "read_to_the_end",
    "resolve",
]
