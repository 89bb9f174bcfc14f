"""The page of costs says what was measured, and every goal was."""

from __future__ import annotations

import pytest

from benchmarks import figures, goals
from benchmarks.figures import INSTRUCTIONS, US, Figure, Results
from benchmarks.goals import GOALS
from benchmarks.page import page
from tests.toolkit.cache import PROJECT

RESULTS = figures.load(PROJECT / "benchmarks" / "results.json")


def test_the_page_of_costs_is_written_from_the_figures() -> None:
    assert (PROJECT / "docs" / "cost.md").read_text(encoding="utf-8") == page(RESULTS)


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.what)
def test_every_goal_was_measured_on_each_python_that_it_names(goal: goals.Goal) -> None:
    measured = {answer.python for answer in goals.answers(RESULTS) if answer.goal is goal}
    assert measured >= set(goal.limits) - {""}
    assert measured


def test_a_figure_above_its_limit_is_a_goal_missed() -> None:
    (limit,) = {goal.limits["3.11"] for goal in GOALS if goal.what.startswith("start of Python")}
    for added, holds in ((limit, True), (limit + 0.001, False)):
        figure = Figure("start", f"{US} 0.1.0", "3.11", INSTRUCTIONS, 35e6, 35e6 + added * 1e6, 5)
        answers = [*goals.answers(Results({}, (figure,)))]
        assert [answer.holds for answer in answers] == [holds]


def test_a_later_figure_replaces_an_earlier_one_and_the_facts_of_both_stay() -> None:
    first = Figure("start", f"{US} 0.1.0", "3.11", INSTRUCTIONS, 1, 2, 5)
    later, other = first._replace(subject=f"{US} 0.2.0", having=3), first._replace(python="3.13")
    merged = figures.merge([Results({"date": ("a",)}, (first, other)), Results({"date": ("b",)}, (later,))])
    assert merged == Results({"date": ("a", "b")}, (later, other))
