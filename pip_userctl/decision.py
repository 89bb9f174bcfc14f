"""How verdicts become one decision. Pure: no I/O, no pip.

Precedence, first match first:

1. ``cell`` names the one situation of the table "where x how" that applies; a configured wish that cannot be fulfilled
   (``location-configured``, ``hidden-user-site-configured``) comes before the grid.
2. Where the wish is configured and its key says ``ignore``, it is dropped, and the request is judged again as if nobody
   had asked (``drop``).
3. All remaining verdicts: allow < log < warn < refuse, the strictest wins (``combine``). A refusal is lifted to a warning
   under ``--dry-run --report``, because pip does not stop those either.
"""

from __future__ import annotations

from typing import Iterable

from pip_userctl.models import (
    ACTIONS,
    IGNORE,
    Decision,
    Environment,
    Failure,
    Lifted,
    Origin,
    Request,
    Verdict,
)

NOBODY = Origin("none")
_LOUDNESS = ("allow", "log", IGNORE, "warn", "refuse")


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
) -> Decision:
    """All verdicts as one decision, one entry a situation and plugin, the strictest action on top."""
    kept: list[Verdict] = []
    lifted: list[Lifted] = []
    for verdict in dict.fromkeys(verdicts):
        if verdict.action == "refuse" and request.dry_run and request.report:
            lifted.append(Lifted(verdict.name, "dry-run-report"))
            verdict = verdict._replace(action="warn")
        kept.append(verdict)
    levels = [ACTIONS.index(verdict.action) for verdict in kept if verdict.action in ACTIONS]
    strictest = ACTIONS[max(levels, default=0)]
    return Decision(strictest, tuple(kept), tuple(lifted), tuple(failures), request, environment)


def one_a_situation(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """What is shown of the verdicts: of several on one situation the strictest, and the first of those."""
    shown: dict[str, Verdict] = {}
    for verdict in verdicts:
        known = shown.setdefault(verdict.name, verdict)
        if _LOUDNESS.index(verdict.action) > _LOUDNESS.index(known.action):
            shown[verdict.name] = verdict
    return tuple(shown.values())
