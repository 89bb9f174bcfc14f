"""The decision: which cell applies, what dropping a wish means, how verdicts add up; over their whole small space."""

from __future__ import annotations

from itertools import permutations, product

import pytest

from pip_userctl.decision import cell, combine, drop
from pip_userctl.models import Failure, Lifted, Origin, Verdict
from pip_userctl.testing.factories import KINDS, ORIGINS, RUN, policy, request
from tests.toolkit.values import CONFIGURED, FALLBACK, TYPED, facts

#: The grid of the contract: environment, then typed, configured, fallback.
GRID = {
    "isolated": ("isolated-typed", "isolated-configured"),  # pip never falls back there
    "system-site": ("system-site-typed", "system-site-configured", "system-site-fallback"),
    "conda": ("conda-typed", "conda-configured", "conda-fallback"),
    "base": ("base-typed", "base-configured", "base-fallback"),
}
CELLS = [(kind, *each) for kind, row in GRID.items() for each in zip((TYPED, CONFIGURED, FALLBACK), row)]
LOCATIONS: tuple[dict[str, str], ...] = ({}, {"target": "/t"}, {"prefix": "/p"}, {"root": "/r"})
FACTS, REQUEST, POLICY = facts(), request(origin=TYPED), policy()
LEVELS = ("allow", "log", "warn", "refuse")


@pytest.mark.parametrize(("kind", "origin", "expected"), CELLS)
def test_exactly_one_cell_of_the_grid_applies(kind: str, origin: Origin, expected: str) -> None:
    assert cell(request(origin=origin), facts(kind, user_site_enabled=True)) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_no_cell_applies_where_nobody_asked(kind: str) -> None:
    for location, enabled in product(LOCATIONS, (True, False)):
        asked = request(**location)
        assert cell(asked, facts(kind, user_site_enabled=enabled)) is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("enabled", [True, False])
def test_a_configured_wish_meets_a_location_before_anything_else(kind: str, enabled: bool) -> None:
    environment = facts(kind, user_site_enabled=enabled)
    assert cell(request(origin=CONFIGURED, target="/t"), environment) == "location-configured"
    assert cell(request(origin=CONFIGURED, prefix="/p"), environment) == "location-configured"
    assert cell(request(origin=CONFIGURED, root="/r"), environment) != "location-configured"


@pytest.mark.parametrize("kind", KINDS)
def test_a_configured_wish_that_could_not_be_imported_comes_before_the_grid(kind: str) -> None:
    expected = "isolated-configured" if kind == "isolated" else "hidden-user-site-configured"
    assert cell(request(origin=CONFIGURED), facts(kind, user_site_enabled=False)) == expected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("enabled", [True, False])
def test_a_typed_wish_stays_in_the_grid_whatever_it_meets(kind: str, enabled: bool) -> None:
    for location in LOCATIONS:
        assert cell(request(origin=TYPED, **location), facts(kind, user_site_enabled=enabled)) == f"{kind}-typed"


@pytest.mark.parametrize("origin", ORIGINS.values(), ids=lambda origin: origin.kind)
def test_a_dropped_wish_leaves_nobody_asking_and_is_remembered(origin: Origin) -> None:
    before = request(origin=origin)
    after = drop(before)
    assert (after.origin.kind, after.wish, after.dropped) == ("none", origin, True)
    assert after._replace(origin=before.origin, wish=before.wish, dropped=before.dropped) == before


@pytest.mark.parametrize("actions", [each for size in range(5) for each in permutations(LEVELS, size)])
def test_the_strictest_verdict_wins_whatever_the_order(actions: tuple[str, ...]) -> None:
    verdicts = [Verdict(f"situation-{action}", action) for action in actions]
    decision = combine(verdicts, [], REQUEST, FACTS, POLICY, RUN)
    assert decision.verdict == max(actions, key=LEVELS.index, default="allow")
    assert list(decision.verdicts) == verdicts


@pytest.mark.parametrize("action", LEVELS)
def test_ignore_never_wins(action: str) -> None:
    ignored = Verdict("base-configured", "ignore")
    for verdicts in ([ignored, Verdict("other", action)], [Verdict("other", action), ignored]):
        decision = combine(verdicts, [], REQUEST, FACTS, POLICY, RUN)
        assert decision.verdict == action
        assert ignored in decision.verdicts


def test_one_situation_of_one_plugin_counts_once() -> None:
    one = Verdict("base-typed", "warn", "because", plugin="pip_userctl")
    other = one._replace(plugin="acme")
    assert combine([one, one, other], [], REQUEST, FACTS, POLICY, RUN).verdicts == (one, other)


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("report", [True, False])
@pytest.mark.parametrize("action", LEVELS)
def test_only_a_dry_run_with_a_report_is_never_refused(action: str, dry_run: bool, report: bool) -> None:
    asked = request(origin=TYPED, dry_run=dry_run, report=report)
    decision = combine([Verdict("base-typed", action)], [], asked, FACTS, POLICY, RUN)
    lifted = action == "refuse" and dry_run and report
    assert decision.verdict == ("warn" if lifted else action)
    assert [verdict.action for verdict in decision.verdicts] == [decision.verdict]
    assert decision.lifted == ((Lifted("base-typed", "dry-run-report"),) if lifted else ())


def test_a_decision_carries_what_it_was_made_of() -> None:
    failure = Failure("rule", "acme", "ValueError")
    decision = combine([], [failure], REQUEST, FACTS, POLICY, RUN)
    assert decision.failures == (failure,)
    assert (decision.request, decision.environment, decision.policy, decision.run) == (REQUEST, FACTS, POLICY, RUN)
