"""How verdicts become one decision. Pure: no I/O, no pip.

Precedence, first match first:

1. ``cell`` names the one situation of the table "where x how" that applies; a configured wish that cannot be fulfilled
   (``location-configured``, ``hidden-user-site-configured``) comes before the grid.
2. Where the wish is configured and its key says ``ignore``, it is dropped, and the request is judged again as if nobody
   had asked (``drop``).
3. All remaining verdicts: allow < log < warn < refuse, the strictest wins (``combine``).
4. Before that, a refusal may become milder (``Leniency``): to ``log`` by the lists of the policy, to ``warn`` by the
   override of one run, and to ``warn`` under ``--dry-run --report``, because pip does not stop those either.
"""

from __future__ import annotations

from collections.abc import Iterable

from pip_userctl.environment import Process
from pip_userctl.frozen import Frozen
from pip_userctl.models import (
    ACTIONS,
    IGNORE,
    Distribution,
    Environment,
    Failure,
    Lifted,
    Origin,
    Request,
    Verdict,
)
from pip_userctl.policy import Policy

NOBODY = Origin("none")
_LOUDNESS = ("allow", "log", IGNORE, "warn", "refuse")
#: What cannot have been meant is never lifted, because its result could not be imported.
NEVER_OVERRIDDEN = frozenset({"isolated-typed", "hidden-user-site"})
NEVER_ALLOWED = NEVER_OVERRIDDEN | {"protected-package"}


class Run(Frozen):
    """One run of pip. id: shared by all its records; pip: its version."""

    id: str
    pip: str
    process: Process


class Decision(Frozen):
    """What all verdicts add up to.

    verdict: the strictest action; ``ignore`` never wins, a dropped wish is in ``request.dropped``.
    phase: 1 by the request alone, 2 once pip has resolved; distributions: what it resolved to, empty in phase 1.
    override: the reason that PIP_USERCTL_REASON gave, where it was heard.
    """

    verdict: str
    verdicts: tuple[Verdict, ...]
    lifted: tuple[Lifted, ...]
    failures: tuple[Failure, ...]
    request: Request
    environment: Environment
    policy: Policy
    run: Run
    phase: int = 1
    distributions: tuple[Distribution, ...] = ()
    override: str | None = None


class Outcome(Frozen):
    """How it ended.

    result: ``installed``, ``failed``, ``refused`` or ``dry-run``; error: why it failed, in one line.
    removed: (name, version) of what pip took away for what it installed.
    """

    decision: Decision
    result: str
    error: str | None
    distributions: tuple[Distribution, ...]
    removed: tuple[tuple[str, str], ...]


class Leniency(Frozen):
    """What makes refusals milder in this run.

    allowed_by: the key (``allow-packages``, ``allow-user-base``) that everything asked for matches, or None.
    override: the reason given for one run, or None.
    """

    allowed_by: str | None = None
    override: str | None = None

    def of(self, verdict: Verdict, request: Request) -> tuple[str, str] | None:
        """(the milder action, what lifts it), or None where the refusal stands."""
        if self.allowed_by and verdict.name not in NEVER_ALLOWED:
            return "log", self.allowed_by
        if self.override and verdict.name not in NEVER_OVERRIDDEN:
            return "warn", "override"
        if request.dry_run and request.report:
            return "warn", "dry-run-report"
        return None


def cell(request: Request, environment: Environment) -> str | None:
    """The situation of the table that applies; None where no user install is meant."""
    kind = request.origin.kind
    if kind == "none":
        return None
    if kind == "configured":
        if request.target or request.prefix:
            return "location-configured"
        if environment.kind != "isolated" and not environment.user_site_enabled:
            return "hidden-user-site-configured"
    return f"{environment.kind}-{kind}"


def drop(request: Request) -> Request:
    """The request without its configured wish."""
    return request._replace(origin=NOBODY, wish=request.origin, dropped=True)


def combine(
    verdicts: Iterable[Verdict],
    failures: Iterable[Failure],
    request: Request,
    environment: Environment,
    policy: Policy,
    run: Run,
    leniency: Leniency = Leniency(),  # noqa: B008 - frozen
) -> Decision:
    """All verdicts as one decision, the strictest action on top."""
    kept: list[Verdict] = []
    lifted: list[Lifted] = []
    for verdict in dict.fromkeys(verdicts):
        milder = leniency.of(verdict, request) if verdict.action == "refuse" else None
        if milder is not None:
            verdict = verdict._replace(action=milder[0], lifted_by=milder[1])
            lifted.append(Lifted(verdict.name, milder[1]))
        kept.append(verdict)
    levels = [ACTIONS.index(verdict.action) for verdict in kept if verdict.action in ACTIONS]
    strictest = ACTIONS[max(levels, default=0)]
    used = leniency.override if any(each.by == "override" for each in lifted) else None
    return Decision(
        strictest, tuple(kept), tuple(lifted), tuple(failures), request, environment, policy, run, override=used
    )


def one_a_situation(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """What is shown of the verdicts: of several on one situation the strictest, and the first of those."""
    shown: dict[str, Verdict] = {}
    for verdict in verdicts:
        known = shown.setdefault(verdict.name, verdict)
        if _LOUDNESS.index(verdict.action) > _LOUDNESS.index(known.action):
            shown[verdict.name] = verdict
    return tuple(shown.values())
