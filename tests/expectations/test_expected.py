"""What a column is expected to look like, judged by day: a healthy day is left alone, an altered one is warned of, a small one is not judged."""

from datetime import date
from typing import Any

import pytest

from expectations.audit import audit
from lakehouse.contracts.expected_figures import FEWEST_ROWS, rules_expected
from lakehouse.contracts.model import Column, Contract, Expected, Rule

SCHEMA = "day date, orders bigint, seen bigint, rate double"
EXPECTED = {
    "orders": Expected((("mean", 0.4, 2), ("zero_share", 0, 0.9))),
    "seen": Expected((("zero_share", 0.1, 0.5),), "orders > 0"),
    "rate": Expected((("mean", 0.1, 0.9), ("missing_share", 0, 0.6), ("zero_share", 0, 0.99))),
}
HEALTHY = (1, 2, 0.5), (0, 0, None), (1, 0, 0.0), (2, 1, 0.25)
WELL, ODD = date(2011, 1, 1), date(2011, 1, 2)


@pytest.fixture
def table() -> Contract:
    columns = tuple(
        Column(name, kind, required=name in ("orders", "seen"), expected=EXPECTED.get(name))
        for name, kind in (pair.split(" ") for pair in SCHEMA.split(", "))
    )
    among = {"seen": ("orders",)}
    rules = tuple(rule for column in columns for rule in rules_expected(column, 1, among.get(column.name, ())))
    return Contract("t.rows", "t", "rows", "", "1", "us", columns, (), "day", rules=rules)


@pytest.fixture
def warned(table, frame):
    """`warned((orders, seen, rate)…, times=…)`: the warnings for a day of these rows, which follows a healthy one."""

    def of(*rows: tuple[Any, ...], times: int = FEWEST_ROWS) -> list[str]:
        well = [(WELL, *row) for row in HEALTHY * FEWEST_ROWS]
        report = audit(frame(*well, *((ODD, *row) for row in rows * times), schema=SCHEMA), table)
        assert report.passed, "a warning refuses no day"
        assert {day for check in report.checks for day in check.failing_days} <= {str(ODD)}
        return [check.name for check in report.checks if not check.passed]

    return of


def test_a_healthy_day_is_left_alone(warned):
    assert warned(*HEALTHY) == []


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (((0, 2, 0.5), (0, 0, None)), ["orders_mean_is_as_expected", "orders_zero_share_is_as_expected"]),
        (((9, 2, 0.5), (9, 0, 0.5), (0, 0, 0.5)), ["orders_mean_is_as_expected"]),
        (((1, 0, 0.5), (0, 9, 0.5)), ["seen_zero_share_is_as_expected"]),
        (((1, 9, 0.5),), ["seen_zero_share_is_as_expected"]),
        (((1, 1, None), (1, 0, None)), ["rate_missing_share_is_as_expected"]),
        (((1, 1, 0.0), (1, 0, 0.0)), ["rate_mean_is_as_expected", "rate_zero_share_is_as_expected"]),
        (((1, 1, float("nan")), (1, 0, 0.5)), ["rate_mean_is_as_expected"]),
    ],
    ids=["all zero", "counted twice over", "rare among some", "never zero", "all missing", "zero for a number", "not a number"],
)
def test_an_altered_day_is_warned_of(warned, rows, told):
    assert warned(*rows) == told


def test_a_day_with_few_rows_is_not_judged(warned):
    assert warned((0, 2, None), times=FEWEST_ROWS - 1) == []
    assert len(warned((0, 2, None), times=FEWEST_ROWS)) == 3


def test_few_rows_among_many_are_not_judged(warned):
    few = [(1, 0, 0.5)] * (FEWEST_ROWS - 1) + [(0, 0, 0.5)] * FEWEST_ROWS
    assert "seen_zero_share_is_as_expected" not in warned(*few, times=1)


def test_no_rows_at_all_are_no_reason_to_warn(table, frame):
    assert all(check.passed for check in audit(frame(schema=SCHEMA), table).checks)


def test_all_figures_come_out_of_the_one_job(table, frame, monkeypatch):
    df, jobs = frame(*((WELL, *row) for row in HEALTHY * FEWEST_ROWS), schema=SCHEMA), []
    collect = type(df).collect
    monkeypatch.setattr(type(df), "collect", lambda self: jobs.append(1) or collect(self))
    found = {check.name: check.observed for check in audit(df, table).checks}
    assert found["orders_mean_is_as_expected"] == 1.0
    assert found["seen_zero_share_is_as_expected"] == pytest.approx(1 / 3)
    assert found["rate_missing_share_is_as_expected"] == 0.25
    assert len(jobs) == 1


def test_a_condition_that_cannot_be_evaluated_has_failed_and_says_so(table, frame):
    column = Column("rate", "double", expected=Expected((("mean", 0, 1),), "no_such(rate)"))
    rules = tuple(rules_expected(column, 1, ()))
    (check,) = audit(
        frame((WELL, 1, 1, 0.5), schema=SCHEMA), Contract("t.rows", "t", "rows", "", "1", "us", (column,), (), "day", rules=rules)
    ).checks
    assert not check.passed
    assert "UNRESOLVED_ROUTINE" in str(check.observed)
    assert isinstance(rules[0], Rule)


@pytest.mark.parametrize(
    ("rows", "mean", "success"), [(199, 9, True), (200, 9, False), (200, 0.1, False), (200, 0.4, True), (200, 2, True)]
)
def test_two_hundred_rows_are_enough_to_judge_by_both_ends_included(table, rows, mean, success):
    from expectations.mean_over_rows import COUNT_METRIC, SUM_METRIC
    from expectations.suite import build_suite

    (check,) = (check for check in build_suite(table) if check.rule.name == "orders_mean_is_as_expected")
    told = check.expectation._validate({SUM_METRIC: mean * rows, COUNT_METRIC: rows})
    assert (told["success"], told["result"]["observed_value"]) == (success, pytest.approx(mean))
