"""Plugins made by hand, installed as distributions with an entry point."""

from __future__ import annotations

import zipfile

from pip_userctl.testing import make_wheel
from tests.toolkit.environments import Environment

#: A module with one rule; ``{}`` stands for what the rule does.
RULE = """
import sys
from pip_userctl import PolicyKey, Verdict, hookimpl

@hookimpl
def userctl_evaluate(request, environment, policy):
    {}
"""
#: What a rule does that drops each configured wish.
DROP = "return Verdict('acme-drop', 'ignore', 'not here') if request.origin.kind == 'configured' else None"


def add_plugin(environment: Environment, body: str, name: str = "acme", module: str = RULE) -> Environment:
    """Install a distribution with one plugin. body: what its rule does; module: the whole text, where it is no RULE."""
    package = f"{name}_policy"
    files = {f"{package}.py": module.replace("{}", body)}
    points = f"[pip_userctl]\n{name} = {package}\n"
    wheel = make_wheel(environment.account.home, f"{name}-policy", files=files, entry_points=points)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(environment.site_packages)
    return environment
