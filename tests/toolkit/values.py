"""Facts, requests and policies for tests that need no process: plausible, and different only where a test says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pip_userctl.decision import Run
from pip_userctl.environment import Process
from pip_userctl.models import Environment, Origin, Request
from pip_userctl.policy import ConfigFile, Policy, PolicyKey, Setting, resolve

TYPED = Origin("typed", "--user")
CONFIGURED = Origin("configured", "user", "/home/ada/.config/pip/pip.conf", 2)
FALLBACK = Origin("fallback")
NOBODY = Origin("none")
ORIGINS = (TYPED, CONFIGURED, FALLBACK, NOBODY)
KINDS = ("isolated", "system-site", "conda", "base")

RUN = Run("0123456789abcdef", "26.3", Process("host", 1, "sh", "/home/ada", None))


def facts(kind: str = "base", **changes: object) -> Environment:
    """An ordinary account on Linux; a virtual environment has its own prefix."""
    prefix = "/opt/python" if kind in ("base", "conda") else "/home/ada/project/.venv"
    environment = Environment(
        kind=kind,
        prefix=prefix,
        base_prefix="/opt/python",
        executable=f"{prefix}/bin/python",
        base_executable="/opt/python/bin/python3.13",
        python="3.13.0",
        python_flags=(),
        user_base="/home/ada/.local",
        user_site="/home/ada/.local/lib/python3.13/site-packages",
        user_site_enabled=kind != "isolated",
        user_site_reason="",
        default_user_base="/home/ada/.local",
        user_base_owner=1000,
        externally_managed=False,
        uid=1000,
        euid=1000,
        account="ada",
    )
    return environment._replace(**changes)


def request(origin: Origin = TYPED, *words: str, **changes: object) -> Request:
    """``pip install`` of these words, or of demo; the scheme follows from the origin."""
    words = words or ("demo",)
    made = Request(
        origin,
        arguments=("install", *words),
        requirements=tuple(word for word in words if not word.startswith("-")),
        scheme="site" if origin.kind == "none" else "user",
    )
    return made._replace(**changes)


def config(kind: str = "user", path: str = "", **values: str) -> ConfigFile:
    """A file with a ``[userctl]`` section; an underscore stands for a dash, and the lines count from 2."""
    path = path or f"/{kind}/pip.conf"
    settings = {
        name.replace("_", "-"): Setting(value, kind, path, line)
        for line, (name, value) in enumerate(values.items(), start=2)
    }
    return ConfigFile(kind, path, {"userctl": settings})


def variables(**values: str) -> dict[str, Setting]:
    """The same as ``PIP_USERCTL_…`` variables."""
    return {
        name.replace("_", "-"): Setting(value, "env-var", name=f"PIP_USERCTL_{name.upper()}")
        for name, value in values.items()
    }


def policy(values: Mapping[str, str] | None = None, plugin_keys: Iterable[PolicyKey] = (), **more: str) -> Policy:
    """The policy in which a user's file says these values."""
    return resolve([config(**{**(values or {}), **more})], {}, plugin_keys)
