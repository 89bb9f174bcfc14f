"""The hooks of pip-userctl: the pluggy project and entry-point group ``pip_userctl``.

Every function may take fewer arguments than its specification has, in any order, as pluggy allows.
"""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable

import pluggy

if TYPE_CHECKING:
    from pip_userctl.models import Environment, Request, Verdict
    from pip_userctl.policy import Policy, PolicyKey

PROJECT = "pip_userctl"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def userctl_policy_keys() -> Iterable[PolicyKey]:
    """The keys that this plugin adds to the ``[userctl]`` section.

    When: once, before the policy is read. Each key's name starts with the plugin's name (its entry point) and a dash;
    another name, or one that exists already, is a failure of the plugin and the key is not added.
    None: no keys. If it raises, the plugin's keys do not exist and ``on-error`` decides.

    Example::

        @hookimpl
        def userctl_policy_keys():
            return [PolicyKey("acme-freeze", summary="no user installs during a freeze")]
    """


@hookspec
def userctl_evaluate(request: Request, environment: Environment, policy: Policy) -> Verdict | Iterable[Verdict] | None:
    """Say what to do about one ``pip install``.

    When: the wish is settled and pip has read the arguments and requirement files; nothing asked for has been
    downloaded, built or written.
    None: no opinion. Several verdicts may be returned in a list. All plugins are asked, the strictest verdict wins, so
    a plugin can add strictness and cannot take any away. ``ignore`` drops a configured wish, unless another rule
    refuses; for any other wish it counts as a failure.
    If it raises, or takes longer than ``plugin-timeout``, ``on-error`` decides.

    Example::

        @hookimpl
        def userctl_evaluate(request, environment, policy):
            if request.scheme == "user" and environment.kind == "conda":
                return Verdict("acme-conda", "refuse", "user installs break our conda", hint="conda install …")
    """
