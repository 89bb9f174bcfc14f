"""The policy: what the ``[userctl]`` sections and the ``PIP_USERCTL_…`` variables add up to."""

from __future__ import annotations

from pip_userctl.policy import administrator
from pip_userctl.policy.files import ConfigFile, Setting, normalise, read
from pip_userctl.policy.keys import BOOLEANS, KEYS, PROFILES, SITUATIONS, PolicyKey
from pip_userctl.policy.resolve import Policy, Value, resolve

__all__ = [
    "BOOLEANS",
    "KEYS",
    "PROFILES",
    "SITUATIONS",
    "ConfigFile",
    "Policy",
    "PolicyKey",
    "Setting",
    "Value",
    "administrator",
    "normalise",
    "read",
    "resolve",
]
