"""The record of what was decided and how it ended: its JSON form, and the places that it is written to."""

from __future__ import annotations

from pip_userctl.records.form import (
    SCHEMA,
    decision_record,
    environment_record,
    outcome_record,
    policy_record,
    problem_record,
    report_record,
    source_record,
)

__all__ = [
    "SCHEMA",
    "decision_record",
    "environment_record",
    "outcome_record",
    "policy_record",
    "problem_record",
    "report_record",
    "source_record",
]
