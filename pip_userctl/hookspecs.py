"""The hooks of pip-userctl: the pluggy project and entry-point group ``pip_userctl``.

Every function may take fewer arguments than its specification has, in any order, as pluggy allows.
"""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from pip_userctl.decision import Decision, Outcome
    from pip_userctl.models import Distribution, Environment, Request, Verdict
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


@hookspec
def userctl_evaluate_distributions(
    request: Request, environment: Environment, policy: Policy, distributions: tuple[Distribution, ...]
) -> Verdict | Iterable[Verdict] | None:
    """Say what to do about what pip has resolved the request to.

    When: pip has fetched metadata or files and perhaps run build backends, and has written nothing outside its caches and
    temporary folders. Not called where nothing is to be installed.
    None: no opinion. Everything else as for ``userctl_evaluate``, except
    that it is too late for ``ignore``, which counts as a failure.

    Example::

        @hookimpl
        def userctl_evaluate_distributions(request, distributions):
            if request.scheme == "user" and len(distributions) > 20:
                return Verdict("acme-many", "warn", f"{len(distributions)} distributions for one home")
    """


@hookspec
def userctl_decided(decision: Decision) -> None:
    """Look at a decision.

    When: before pip goes on, or is stopped; a second time where the resolved set changed the decision.
    None: always; any other result is ignored. If it raises or takes longer than ``plugin-timeout``, that costs one warning.

    Example::

        @hookimpl
        def userctl_decided(decision):
            statistics.count(decision.verdict)
    """


@hookspec
def userctl_finished(outcome: Outcome) -> None:
    """Look at how it ended.

    When: pip is done, also after a refusal, a failure or Ctrl-C. pip 26.3 blocks every import by then: import at module
    level.
    None: always; any other result is ignored. If it raises or takes longer than ``plugin-timeout``, that costs one warning.

    Example::

        @hookimpl
        def userctl_finished(outcome):
            statistics.count(outcome.result)
    """
