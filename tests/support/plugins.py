"""Plugins made by hand, installed as distributions with an entry point."""

from __future__ import annotations

from pip_userctl.testing import PipEnvironment, make_wheel
from tests.support.cache import unpack

#: A module with one rule; ``{}`` stands for what the rule does.
RULE = """
import sys
from pip_userctl import PolicyKey, Verdict, hookimpl

@hookimpl
def userctl_evaluate(request, environment, policy):
    {}
"""
#: One more key, behind RULE.
KEY = (
    "@hookimpl\ndef userctl_policy_keys():\n    return [PolicyKey('acme-freeze', summary='no installs in a freeze')]\n"
)
#: What a rule does that drops each configured setting.
DROP = "return Verdict('acme-drop', 'ignore', 'not here') if request.origin.kind == 'configured' else None"


def add_plugin(environment: PipEnvironment, body: str, name: str = "acme", module: str = RULE) -> PipEnvironment:
    """Install a distribution with one plugin. body: what its rule does; module: the whole text, if it is not RULE."""
    package = f"{name}_policy"
    files = {f"{package}.py": module.replace("{}", body)}
    points = f"[pip_userctl]\n{name} = {package}\n"
    folder = environment.account.home
    unpack(environment.site_packages, make_wheel(folder, f"{name}-policy", files=files, entry_points=points))
    return environment
