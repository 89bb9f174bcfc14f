"""Policies and judgements in one line; requests, environments and the rest come from ``pip_userctl.testing``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pip_userctl import Policy, Request, Verdict, hookimpl, testing
from pip_userctl.config import ConfigFile, Configuration, read_file
from pip_userctl.hooks import Decision
from pip_userctl.policy import resolve

KINDS = ("isolated", "system-site", "conda", "base")
ORIGINS = ("typed", "configured", "fallback")
PROFILES = ("audit", "default", "strict")


def file(kind: str = "user", path: str = "", **values: str) -> ConfigFile:
    """A file with a ``[userctl]`` section; an underscore stands for a dash. It is nowhere on the disk: it has no lines."""
    settings = {name.replace("_", "-"): value for name, value in values.items()}
    return ConfigFile(kind, path or f"/{kind}/pip.conf", settings)


def administrator(path: str = "/etc/pip.conf", kind: str = "global", **values: str) -> ConfigFile:
    """A file that the account cannot change."""
    return file(kind, path, **values)._replace(administrator=True)


def written(folder: Path, *lines: str) -> ConfigFile:
    """A user's file on the disk, with these lines behind ``[userctl]``."""
    path = folder / "pip.conf"
    path.write_text("\n".join(["[userctl]", *lines, ""]))
    made = read_file(str(path), "user")
    assert made is not None
    return made


def configuration(*files: ConfigFile, **variables: str) -> Configuration:
    """Files, weakest first, and ``PIP_USERCTL_…`` variables."""
    found = {
        f"userctl-{key.replace('_', '-')}": (value, f"PIP_USERCTL_{key.upper()}") for key, value in variables.items()
    }
    return Configuration(files, found)


def policy(*files: ConfigFile, agent: str | None = None, **variables: str) -> Policy:
    """What they add up to."""
    return resolve(configuration(*files, **variables), agent=agent)


class Nothing:
    """A plugin without opinions: what the built-in rules say alone."""


class Says:
    """A plugin that answers so to every request. It is called ``acme``."""

    def __init__(self, *verdicts: object) -> None:
        self.verdicts = verdicts

    @hookimpl
    def userctl_evaluate(self) -> tuple[object, ...]:
        return self.verdicts


class Keys:
    """A plugin that adds these keys."""

    def __init__(self, *keys: object) -> None:
        self.keys = keys

    @hookimpl
    def userctl_policy_keys(self) -> tuple[object, ...]:
        return self.keys


def judge(
    asked: Any = None, environment: Any = None, rules: Any = None, plugin: object = None, **more: Any
) -> Decision:
    """The decision of the built-in rules, and of one plugin called ``acme``."""
    return testing.evaluate(
        plugin or Nothing(), request=asked, environment=environment, policy=rules, name="acme", **more
    )


def actions(verdicts: Iterable[Verdict]) -> dict[str, str]:
    """Rule → action."""
    return {each.name: each.action for each in verdicts}


def asked(origin: str = "none", *requirements: str, **fields: Any) -> Request:
    """A request; shorter than the kit's."""
    return testing.request(*requirements, origin=origin, **fields)


def named(decision: Decision) -> set[str]:
    """The rules that apply."""
    return {each.name for each in decision.verdicts}
