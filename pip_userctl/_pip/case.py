"""One ``pip install`` under judgement: from the seams' calls to the decision."""

from __future__ import annotations

from collections.abc import Sequence
from optparse import Values
from types import ModuleType
from typing import TYPE_CHECKING, Any, Callable

from pip_userctl import engine
from pip_userctl._pip import beginning, request as requests
from pip_userctl.decision import Decision, Outcome
from pip_userctl.distributions import canonical
from pip_userctl.models import Distribution, Request, Verdict

if TYPE_CHECKING:
    #: pip's own choice of the scheme, given the wish: calls ``decide_user_install`` as it was.
    Decide = Callable[[bool | None], bool]


class Ending:
    """What is known of the end so far.

    warnings: lines to be said once more; resolved: what pip was about to install; installed: canonical names of what it
    did install; refused: by us; error: one line.
    """

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.resolved: tuple[Distribution, ...] = ()
        self.installed: frozenset[str] = frozenset()
        self.refused = False
        self.error: str | None = None


class Case:
    """The state of one run. It is made by seam 1, told of pip's choice by seam 2, and judged by seam 3."""

    def __init__(self, module: ModuleType, options: Values, arguments: Sequence[str], args: Sequence[str]) -> None:
        began = beginning.begin(isolated=bool(options.isolated_mode))
        self._module = module
        self.options = options
        self.args = args
        self._decide: Decide | None = None
        self.request = requests.from_options(options, arguments, began.files, args)
        self.session = began.session
        self.settled: tuple[Verdict, ...] = ()
        self.decision: Decision | None = None
        self.ending = Ending()

    @property
    def is_ours(self) -> bool:
        """Whether this install is judged at all."""
        return (
            self.session.policy.enabled
            and requests.has_something_to_install(self.options, self.args)
            and not requests.is_nested(self.request, self.session.environment)
            and not requests.is_ensurepip(self.request, self.options)
        )

    def settle(self) -> None:
        """Drop a configured wish that the policy ignores, before pip sees it."""
        self.request, self.settled = engine.settle(self.request, self.session)
        if self.request.dropped:
            self.options.use_user_site = None

    def pip_will_refuse_location(self) -> bool:
        """Whether pip is about to stop because of ``--target`` and a configured wish that was not dropped."""
        return self.request.origin.kind == "configured" and self.request.target is not None

    def pip_chose(self, user: bool, decide: Decide) -> None:
        """Seam 2: pip has chosen the scheme."""
        self._decide = decide
        self.request = self._with_scheme(self.request, user=user)

    def is_pips_business(self) -> bool:
        """Whether pip refuses this wish for a reason that is no situation of ours."""
        return self.request.origin.kind == "typed" and bool(self.request.prefix or self.request.target)

    def pip_read(self, found: Sequence[Any]) -> bool:
        """Seam 3: pip has read what was asked for. False where nothing of it is to be installed."""
        self.request = requests.with_requirements(self.request, found, self.args, self.options)
        return requests.applies(found)

    def judge(self) -> Decision:
        """What all rules say, about what is known of the request by now."""
        decision = engine.evaluate(self.request, self.settled, self.session, self._reconsider)
        self.request = decision.request
        self.decision = decision
        return decision

    def pip_resolved(self, resolved: Any) -> Decision | None:
        """Seam 4: pip knows what it will install. The new decision, or None where the first one stands."""
        facts = self.session.environment
        self.ending.resolved = requests.distributions(resolved, self.request, facts)
        if self.decision is None or not self.ending.resolved:
            return None
        second = engine.evaluate_distributions(self.decision, self.ending.resolved, self.session)
        self.decision = second or self.decision
        return second

    def outcome(self, status: int | None) -> Outcome | None:
        """Seam 6: how it ended; None where nothing was decided. status: pip's exit status, None after an exception."""
        if self.decision is None:
            return None
        ending, failed = self.ending, status != 0
        if ending.refused:
            result = "refused"
        elif failed:
            result = "failed"
        else:
            result = "dry-run" if self.request.dry_run else "installed"
        installed = tuple(each for each in ending.resolved if canonical(each.name) in ending.installed)
        removed = tuple((each.name, each.replaces) for each in installed if each.replaces is not None)
        error = ending.error or f"pip ended with exit status {status}" if failed else None
        return Outcome(self.decision, result, error, installed, removed)

    def _reconsider(self, request: Request) -> Request:
        """A rule dropped the wish after pip's choice: ask pip again."""
        self.options.use_user_site = None
        if self._decide is None:
            return self._with_scheme(request, user=False)
        user = self._decide(None)
        self.options.use_user_site = user
        return self._with_scheme(request, user=user)

    def _with_scheme(self, request: Request, *, user: bool) -> Request:
        return requests.with_scheme(request, self.options, self._module, self.session.environment, user=user)
