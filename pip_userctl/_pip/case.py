"""One ``pip install`` under judgement: from the seams' calls to lines, or to the exception that stops pip."""

from __future__ import annotations

import logging
from optparse import Values
from types import ModuleType
from typing import Any, Callable, Sequence

from pip_userctl import engine, environment, wording
from pip_userctl._pip import diagnostics, request as requests, settings
from pip_userctl._pip.diagnostics import VERBOSE, logger
from pip_userctl.errors import Report
from pip_userctl.models import Decision, Request, Verdict
from pip_userctl.on_error import failure_report, failure_warning, is_repair, policy_report, policy_warning

#: pip's own choice of the scheme, given the wish: calls ``decide_user_install`` as it was.
Decide = Callable[["bool | None"], bool]


class Case:
    """The state of one run. It is made by seam 1, told of pip's choice by seam 2, and judged by seam 3."""

    def __init__(self, module: ModuleType, options: Values, arguments: Sequence[str], args: Sequence[str]) -> None:
        isolated = bool(options.isolated_mode)
        files = settings.files(isolated=isolated)
        self._module = module
        self.options = options
        self.args = args
        self._decide: Decide | None = None
        self.warnings: list[str] = []
        self.request = requests.from_options(options, arguments, files, args)
        self.session = engine.start(
            environment.collect(), files, settings.variables(isolated=isolated), environment.search_path()
        )
        self.settled: tuple[Verdict, ...] = ()
        self.decision: Decision | None = None

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
        self.request = requests.with_scheme(self.request, self.options, self._module, user=user)

    def pip_refused(self) -> None:
        """Seams 1 and 2: pip refuses the wish by itself. What has a situation of ours gets our words."""
        if self.request.origin.kind == "typed" and (self.request.prefix or self.request.target):
            return
        self._conclude()

    def pip_read(self, found: Sequence[Any]) -> None:
        """Seam 3: pip has read what was asked for."""
        if not requests.applies(found):
            return
        self.request = requests.with_requirements(self.request, found, self.args, self.options)
        self._conclude()

    def _reconsider(self, request: Request) -> Request:
        """A rule dropped the wish after pip's choice: ask pip again."""
        self.options.use_user_site = None
        if self._decide is None:
            return requests.with_scheme(request, self.options, self._module, user=False)
        user = self._decide(None)
        self.options.use_user_site = user
        return requests.with_scheme(request, self.options, self._module, user=user)

    def _conclude(self) -> None:
        """Judge, print, and raise pip's exception where pip has to stop."""
        decision = engine.evaluate(self.request, self.settled, self.session, self._reconsider)
        self.decision = decision
        self.request = decision.request
        self._announce(decision)
        self._announce_failures(decision)
        refused = [verdict for verdict in decision.verdicts if verdict.action == "refuse"]
        if refused:
            self.warnings.clear()
            raise diagnostics.refusal(wording.combined([self._report(verdict) for verdict in refused]))

    def _report(self, verdict: Verdict) -> Report:
        return wording.report(verdict, self.session.policy)

    def _announce(self, decision: Decision) -> None:
        quiet = VERBOSE if self.session.policy.profile == "audit" else logging.INFO
        for verdict in decision.verdicts:
            if verdict.action in ("log", "ignore"):
                logger.log(quiet, "%s", wording.line(self._report(verdict), verdict.action))
            elif verdict.action == "warn":
                self.warnings.append(wording.line(self._report(verdict), verdict.action))
                logger.warning("%s", self.warnings[-1])

    def _announce_failures(self, decision: Decision) -> None:
        policy = self.session.policy
        stops = policy.text("on-error") == "refuse" and not is_repair(decision.request)
        if stops and any(problem.fatal for problem in policy.problems):
            raise diagnostics.refusal(policy_report(policy.problems))
        if stops and decision.failures:
            raise diagnostics.refusal(failure_report(decision.failures))
        if policy.problems:
            logger.warning("%s", policy_warning(policy.problems))
        if decision.failures:
            logger.warning("%s", failure_warning(decision.failures))
