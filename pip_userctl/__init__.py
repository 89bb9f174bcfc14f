"""The policy for ``pip install --user``.

Plugin authors import from here; nothing is loaded until a name is asked for, because this module is also on the way of
every ``pip install``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_userctl.decision import Decision as Decision, Outcome as Outcome
    from pip_userctl.hookspecs import hookimpl as hookimpl
    from pip_userctl.models import (
        Distribution as Distribution,
        Environment as Environment,
        Origin as Origin,
        Request as Request,
        Source as Source,
        Verdict as Verdict,
    )
    from pip_userctl.policy import Policy as Policy, PolicyKey as PolicyKey

__version__ = "0.1.0"

_EXPORTS = {
    "hookimpl": "pip_userctl.hookspecs",
    "Decision": "pip_userctl.decision",
    "Outcome": "pip_userctl.decision",
    "Distribution": "pip_userctl.models",
    "Environment": "pip_userctl.models",
    "Origin": "pip_userctl.models",
    "Request": "pip_userctl.models",
    "Source": "pip_userctl.models",
    "Verdict": "pip_userctl.models",
    "Policy": "pip_userctl.policy",
    "PolicyKey": "pip_userctl.policy",
}
__all__ = [*_EXPORTS, "__version__"]


def __getattr__(name: str) -> object:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_EXPORTS[name]), name)
