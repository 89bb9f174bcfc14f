"""One ``pip install`` under the policy: its steps, once. The patched functions call them, and so does ``explain``.

Nothing here may be the reason why pip fails: whatever goes wrong on our side ends in ``failed``, and ``on-error`` decides.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from optparse import Values
from types import ModuleType
from typing import Any

import pip
from pip._internal.exceptions import PipError

from pip_userctl import environment as process
from pip_userctl._pip import request as requests
from pip_userctl.config import Configuration, load as load_configuration
from pip_userctl.hooks import Decision, Outcome, describe, describe_failures
from pip_userctl.judge import (
    Session,
    add_recorder,
    drop_ignored_setting,
    evaluate,
    evaluate_distributions,
    load_session,
    observe,
)
from pip_userctl.models import Distribution, Failure, Request, Source, Verdict, canonical, redact

logger = logging.getLogger("pip_userctl")
#: pip's own choice of the scheme, given what was asked for.
Decide = Callable[["bool | None"], bool]


class Enough(BaseException):
    """A preview has its decision; pip must not go on."""


def load_pip_session(*, isolated: bool) -> tuple[Session, Configuration]:
    """Read everything that an install begins with. isolated: pip runs with ``--isolated``."""
    search_path, version = process.plugin_path(), str(pip.__version__)
    release = [int(part) if part.isdigit() else 0 for part in version.split(".")[:2]]
    # Before pip 25.3 a user install succeeds although this run's -s or -I hides it; plain Python would import it.
    facts = process.detect(version, flags_hide=release >= [25, 3])
    configuration = load_configuration(requests.configuration_files(), isolated=isolated)
    return load_session(facts, configuration, search_path, os.urandom(16).hex()), configuration


class InstallRun:
    """The state of one ``pip install`` and its steps, in the order in which pip comes to them.

    Attributes:
        request: without arguments until pip has parsed its own.
        arguments: the command line behind ``install``.
        preview: whether pip is to be stopped, by ``Enough``, as soon as there is a decision.
        judged: whether this install is judged at all; exempt: why not, in words.
        unread: the requirement files that a preview did not fetch.
        refused: whether the policy stopped it; error: why it ended early, in one line.
    """

    request = Request(Source("none"))

    def __init__(self, arguments: Sequence[str], *, preview: bool = False) -> None:
        self.arguments = tuple(arguments)
        self.preview = preview
        self.judged = False
        self.exempt = ""
        self.unread: list[str] = []
        self.session: Session | None = None
        self.decision: Decision | None = None
        self.refused = False
        self.error: str | None = None
        self._options: Any = None
        self._args: Sequence[str] = ()
        self._module: Any = None
        self._decide: Decide | None = None
        self._pip_refuses = False
        self._dropped: tuple[Verdict, ...] = ()
        self._resolved: tuple[Distribution, ...] = ()
        self._installed: frozenset[str] = frozenset()

    def step(self, step: Callable[..., None], *arguments: Any) -> None:
        """Take a step; it never raises anything but pip's exceptions, which are our refusals."""
        try:
            step(*arguments)
        except (PipError, KeyboardInterrupt, Enough):
            raise
        except BaseException as error:  # SystemExit and RecursionError, too
            self.failed(error)

    def start(self, module: ModuleType, options: Values, args: Sequence[str]) -> None:
        """Read the policy, load the plugins, and settle the configured setting before pip looks at it."""
        self._module, self._options, self._args = module, options, args
        self.session, configuration = load_pip_session(isolated=bool(options.isolated_mode))
        self.request = requests.from_options(options, self.arguments, configuration, args, module)
        policy, facts = self.session.policy, self.session.environment
        self.exempt = requests.exemption(self.request, options, args, module, policy, facts)
        if self.exempt:
            return
        self.judged = True
        if not self.preview:
            add_recorder(self.session)
        self.request, self._dropped = drop_ignored_setting(self.request, self.session)
        if self.request.dropped:
            options.use_user_site = None
        if self.request.user_install == "configured" and self.request.target:
            self._pip_refuses = True  # the combination
            self.decide()

    def choose(self, decide: Decide, wanted: bool | None) -> bool:
        """Let pip choose between the user site and the environment's."""
        try:
            user = decide(wanted)
        except PipError:
            self.step(self.refused_by_pip)
            raise
        self.step(self.chosen, user, decide)
        return user

    def refused_by_pip(self) -> None:
        """Judge a user install that pip is about to refuse, unless it was typed with ``--target`` or ``--prefix``."""
        elsewhere = self.request.prefix or self.request.target
        if self.judged and not (elsewhere and self.request.user_install == "typed"):
            self._pip_refuses = True
            self.decide()

    def chosen(self, user: bool, decide: Decide) -> None:
        """Take note of pip's choice."""
        if self.judged:
            self._decide = decide
            self.request = self._with_scheme(self.request, user=user)

    def read(self, found: Sequence[Any]) -> None:
        """Judge by what pip has read; nothing of it is downloaded."""
        if self.judged:
            self.request = requests.with_requirements(self.request, found, self._args, self._options)
            if requests.applies(found) or self.unread:
                self.decide()
            else:
                self.judged, self.exempt = False, "no requirement, or none whose marker holds here"
        if self.preview:
            raise Enough

    def resolved(self, requirement_set: Any) -> None:
        """Judge once more by the resolved set; nothing is written yet. Dry runs come here, too."""
        if self.decision is None or self.session is None:
            return
        self._resolved = requests.distributions(requirement_set, self.request, self.session.environment)
        if self._resolved:
            second = evaluate_distributions(self.decision, self._resolved, self.session)
            if second is not None:
                self._report(second)

    def installed(self, requirements: Sequence[Any]) -> None:
        """Take note of what pip installed. pip 26.3 blocks every import by now."""
        self._installed = frozenset(canonical(each.name) for each in requirements)

    def stopped(self, error: BaseException) -> None:
        """Take note of the exception by which pip's ``run`` ended."""
        message = getattr(error, "userctl_message", None)
        self.refused = message is not None
        self.error = message.reference if message else describe(error)

    def finish(self, status: int | None) -> None:
        """Tell the observers how it ended, and say where a user install went. status: None after an exception."""
        decision = self.decision
        if decision is None or self.session is None or self.preview:
            return
        try:
            if status != 0:
                result = "refused" if self.refused else "failed"
            elif self.request.dry_run:
                result = "dry-run"
            else:
                result = "installed" if self._resolved else "unchanged"
            error = None if status == 0 else self.error or f"pip ended with exit status {status}"
            done = tuple(each for each in self._resolved if canonical(each.name) in self._installed)
            removed = tuple((each.name, each.replaces) for each in done if each.replaces is not None)
            outcome = Outcome(decision, result, error, done, removed)
            failures = observe("userctl_finished", self.session, outcome=outcome)
            if result == "installed" and done and any(each.effect == "warn" for each in decision.verdicts):
                from pip_userctl._pip import report  # imported when it warned

                report.say_where(outcome)
        except Exception as error:  # pip is done; there is nothing left to decide
            failures = [Failure("pip-userctl", "pip-userctl", describe(error))]
        if failures:  # pip blocks imports by now
            logger.warning("userctl-failure: %s; pip goes on", describe_failures(failures))

    def decide(self) -> None:
        """Judge by what is known of the request, and act on it."""
        assert self.session is not None
        # Where pip is about to refuse, it has not come to either.
        where = self.request.destination or requests.destination(self.request, self._options, self.session.environment)
        named = self.request.requested or requests.names(self._args, self._options)
        self.request = self.request._replace(destination=where, requested=named)
        decision = evaluate(self.request, self._dropped, self.session, self._reconsider)
        self.request = decision.request
        self._report(decision)

    def _report(self, decision: Decision) -> None:
        """The observers first, so that the record is written before pip goes on; then the screen, or pip's exception."""
        assert self.session is not None
        previous, self.decision = self.decision, decision
        if self.preview:
            if self._pip_refuses and decision.verdict != "refuse":
                return  # pip's own words follow
            raise Enough
        failures = observe("userctl_decided", self.session, decision=decision)
        about_policy = decision.failures or decision.policy.mistakes or decision.policy.ignored
        if failures or about_policy or any(each.action != "allow" for each in decision.verdicts):
            from pip_userctl._pip import report  # most installs are allowed

            report.tell(decision, previous, failures)

    def _reconsider(self, request: Request) -> Request:
        """A rule dropped the setting after pip's choice: ask pip again."""
        self._options.use_user_site = None
        if self._decide is None:
            return self._with_scheme(request, user=False)
        user = self._decide(None)
        self._options.use_user_site = user
        return self._with_scheme(request, user=user)

    def _with_scheme(self, request: Request, *, user: bool) -> Request:
        assert self.session is not None
        return requests.with_scheme(request, self._options, self._module, self.session.environment, user=user)

    def failed(self, error: BaseException) -> None:
        """Something of pip-userctl itself raised: record it, then warn, or stop pip under ``on-error = refuse``."""
        self.judged = False
        if self.preview:
            raise error
        from pip_userctl._pip import report

        request = self.request
        if not request.arguments:  # it failed before there was a request
            request = request._replace(arguments=("install", *map(redact, self.arguments)))
        if not request.requested and self._options is not None:
            try:
                request = request._replace(requested=requests.names(self._args, self._options))
            except Exception:  # what failed may be this very thing
                request = request._replace(requested=(None,))
        report.tell_failure(Failure("pip-userctl", "pip-userctl", describe(error)), request, self.session)


#: The run in progress; None outside of ``pip install``.
current: ContextVar[InstallRun | None] = ContextVar("pip_userctl_run", default=None)
