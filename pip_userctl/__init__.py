"""A policy for ``pip install --user``.

Plugin authors import from here; nothing is loaded until a name is asked for, because every ``pip install`` imports this.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_userctl.hooks import Decision as Decision, Outcome as Outcome, hookimpl as hookimpl
    from pip_userctl.keys import PolicyKey as PolicyKey
    from pip_userctl.models import (
        Distribution as Distribution,
        Environment as Environment,
        Request as Request,
        Source as Source,
        Verdict as Verdict,
    )
    from pip_userctl.policy import Policy as Policy

__version__ = "0.1.0"

_EXPORTS = {
    "hookimpl": "hooks",
    "Decision": "hooks",
    "Distribution": "models",
    "Environment": "models",
    "Outcome": "hooks",
    "Policy": "policy",
    "PolicyKey": "keys",
    "Request": "models",
    "Source": "models",
    "Verdict": "models",
}
__all__ = [*_EXPORTS, "__version__"]


def __getattr__(name: str) -> object:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_EXPORTS[name]}"), name)
