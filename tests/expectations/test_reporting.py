"""What is said of a check: the rule, what broke it, and of a person's column counts and names alone. No engine is asked."""

from types import SimpleNamespace

import pytest
from pyspark.errors import PySparkException

from expectations.fused_job import WHOLE, Values
from expectations.reporting import report_of
from expectations.verdict import Outcome, allows
from lakehouse.contracts.model import Column, Contract, Rule

COLUMNS = (Column("day", "date"), Column("email", "string", classification="pii"), Column("kind", "string"))
DAYS = ("2011-03-25", "2011-03-26")


class CannotCast(PySparkException):
    """An error of the engine, whose message quotes the value."""

    def getCondition(self):  # noqa: N802 - the engine's own name
        return "CAST_INVALID_INPUT"


def said(outcome, column="kind", rows=9, **rule):
    contract = Contract("t.rows", "t", "rows", "", "1", "us", COLUMNS, ("day",), "day")
    check = SimpleNamespace(rule=Rule("kind_is_known", "in_set", None, (column,), {"values": ["red"]}, **rule))
    outcomes = {} if outcome is None else {"kind_is_known": outcome}
    report = report_of(contract, [check], outcomes, Values(rows, {WHOLE: rows, DAYS[1]: 4, DAYS[0]: 5}), "9-a-b")
    (found,) = report.checks
    return report, found


@pytest.mark.parametrize(
    ("outcome", "passed", "told"),
    [
        (Outcome(), True, "kind is known"), (Outcome(0, DAYS, 7), False, "kind is known: observed 7.0"),
        (Outcome(2, DAYS, 0.2), False, "kind is known: 2 of 9 rows break it, too many on 2 partitions"),
        (Outcome(2, (WHOLE,), 0.2), False, "kind is known: 2 of 9 rows break it, too many"),
        (Outcome(2, (), 0.2), True, "kind is known: 2 of 9 rows break it, which is allowed"),
        (None, False, "kind is known: could not be evaluated: it was not evaluated"),
        (Outcome(reason=ValueError("first\nsecond")), False, "kind is known: could not be evaluated: first"),
        (Outcome(reason=ValueError("x" * 999)), False, f"kind is known: could not be evaluated: {'x' * 300}"),
    ],
)  # fmt: skip
def test_a_check_is_one_sentence(outcome, passed, told):
    report, check = said(outcome)
    assert (check.passed, check.description, check.column) == (passed, told, "kind")
    assert check.failing_days == (outcome.failed if outcome and WHOLE not in outcome.failed else ())
    assert (report.rows, list(report.rows_by_day.items())) == (9, [(DAYS[0], 5), (DAYS[1], 4)])


def test_of_a_persons_column_no_value_is_said_whatever_was_found():
    _, check = said(Outcome(reason=ValueError("cannot read jane@x")), "email")
    assert check.observed == "ValueError (its message may quote a personal value)"
    _, check = said(Outcome(reason=CannotCast("cannot cast jane@x")), "email")
    assert check.observed == "CAST_INVALID_INPUT (its message may quote a personal value)"
    assert said(Outcome(0, DAYS, "jane@x"), "email")[1].observed is None
    assert said(Outcome(0, DAYS, "blue"))[1].observed == "blue"
    assert said(Outcome(0, DAYS, ["blue"]))[1].observed == '["blue"]'
    assert said(Outcome(2, DAYS, 0.25), "email")[1].observed == 0.25, "a share is nobody's"


@pytest.mark.parametrize(
    ("share", "failing", "rows", "allowed"), [(0.29, 29, 100, True), (0.29, 30, 100, False), (0.0, 0, 5, True), (0.0, 1, 5, False)]
)
def test_a_share_is_exact_and_the_rows_that_reach_it_are_allowed(share, failing, rows, allowed):
    assert allows(SimpleNamespace(rule=Rule("r", "sql", allowed_share=share)), failing, rows) is allowed
