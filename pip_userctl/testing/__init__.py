"""What the tests of a plugin need: ready-made values, the real engine, and a real pip.

Factories (``request``, ``environment``, ``policy``, ``distribution``, ``decision``, ``outcome``, ``machine``) make the frozen
values that hooks get, plausible, and different only where a test says so. ``check_plugin`` looks at a plugin as pip-userctl
does when it loads one. ``evaluate``, ``observe`` and ``diagnose`` call its hooks through the engine, in this process, without a
time limit. ``PipEnvironment`` is a temporary virtual environment in which ``pip install`` runs; its pytest fixtures are in
``pip_userctl.testing.fixtures``, the only module here that needs pytest.

Nothing of this is imported by ``pip install`` or the command ``pip-userctl``.
"""

from __future__ import annotations

from pip_userctl.testing.factories import decision, distribution, environment, machine, outcome, policy, request
from pip_userctl.testing.judging import check_plugin, diagnose, evaluate, observe
from pip_userctl.testing.pip_environment import PipEnvironment, PipResult, make_wheel

__all__ = [
    "PipEnvironment",
    "PipResult",
    "check_plugin",
    "decision",
    "diagnose",
    "distribution",
    "environment",
    "evaluate",
    "machine",
    "make_wheel",
    "observe",
    "outcome",
    "policy",
    "request",
]
