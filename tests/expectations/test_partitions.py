"""Every partition value passes on its own."""

from datetime import date

import pytest

from expectations.audit import audit
from lakehouse.contracts.model import Rule

POSITIVE = Rule("quantity_is_positive", "between", "quantity", ("quantity",), {"minimum": 1.0, "maximum": None})
UNIQUE = Rule("order_id_is_unique", "unique", None, ("order_id",))


def day(number: int) -> date:
    return date(2011, 1, number)


def test_a_bad_day_does_not_hide_in_good_ones(frame, contract):
    rule = Rule("quantity_is_mostly_positive", "sql", None, ("quantity",), {"query": "quantity > 0"}, allowed_share=0.1)
    good = [(day(1), f"{n}", -1 if n == 7 else 1) for n in range(98)]
    report = audit(frame(*good, *((day(2), f"x{n}", -1 if n else 1) for n in range(8))), contract(rule))
    (check,) = report.checks
    assert (check.passed, check.failing_days, check.failing_rows, check.observed) == (False, ("2011-01-02",), 8, 8 / 106)
    assert report.rows_by_day == {"2011-01-01": 98, "2011-01-02": 8}
    assert len(check.examples) == 5
    assert all('"order_id":"x' in example for example in check.examples), "the one of the day that passes is no example"
    assert check.description == "quantity is mostly positive: 8 of 106 rows break it, too many on 1 partitions"
    (allowed,) = audit(frame(*good), contract(rule)).checks
    assert (allowed.passed, allowed.description) == (True, "quantity is mostly positive: 1 of 98 rows break it, which is allowed")


def test_the_allowed_share_is_exact(frame, contract):
    rows = [(day(1), f"{n}", -1 if n < 29 else 1) for n in range(100)]
    shares = [Rule(f"share_{share}", "sql", None, ("quantity",), {"query": "quantity > 0"}, allowed_share=share) for share in (0.28, 0.29)]
    assert [check.passed for check in audit(frame(*rows), contract(*shares)).checks] == [False, True]


def test_uniqueness_spans_the_days(frame, contract):
    rows = [(day(1), "a"), (day(2), "a"), (day(2), "b"), (day(3), "c"), (day(4), None), (day(4), None)]
    (check,) = audit(frame(*rows), contract(UNIQUE)).checks
    assert (check.failing_rows, check.failing_days) == (2, ("2011-01-01", "2011-01-02"))


def test_an_empty_frame_keeps_row_rules_and_breaks_only_row_counts_that_say_so(frame, contract):
    counts = [Rule(f"at_least_{n}_rows", "row_count", arguments={"minimum": n, "maximum": 9}) for n in (0, 1)]
    mean = Rule(
        "mean",
        "gx",
        None,
        ("quantity",),
        {"expectation_type": "expect_column_mean_to_be_between", "kwargs": {"column": "quantity", "min_value": 0}},
    )
    for partition in ("day", None):
        report = audit(frame(), contract(POSITIVE, UNIQUE, *counts, mean, partition=partition))
        assert [check.passed for check in report.checks] == [True, True, True, False, False]
        assert (report.rows, report.rows_by_day, report.content_hash) == (0, {}, f"0-{0:016x}-0")


@pytest.mark.parametrize(
    "rule",
    [
        Rule("a_day_has_rows", "row_count", arguments={"minimum": 1, "maximum": None}),
        Rule("a_day_has_rows", "gx", arguments={"expectation_type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}}),
    ],
    ids=["library", "native"],
)
def test_a_day_without_rows_breaks_a_row_count(frame, contract, rule):
    rows, expected = frame((day(1), "a"), (day(3), "b")), [str(day(n)) for n in (1, 2, 3)]
    (check,) = audit(rows, contract(rule), expected).checks
    assert (check.passed, check.failing_days, check.observed) == (False, ("2011-01-02",), 2)
    (check,) = audit(frame(), contract(rule), expected[:2]).checks
    assert (check.passed, check.failing_days, check.observed) == (False, ("2011-01-01", "2011-01-02"), 0)
    assert audit(rows, contract(rule), expected[:1]).passed, "a day that owes no rows may have some"


def test_a_day_without_rows_breaks_no_rule_that_judges_rows(frame, contract):
    """A mean, a median or a share of no rows is no figure: the other days' stands."""
    kwargs = {"column": "quantity", "min_value": 0}
    figures = [
        Rule(name, "gx", None, ("quantity",), {"expectation_type": f"expect_column_{name}_to_be_between", "kwargs": kwargs})
        for name in ("mean", "median")
    ]
    expected = Rule("e", "expected", "quantity", ("quantity",), {"figure": "mean", "low": 0, "high": 1, "among": None}, "warning")
    at_most = Rule("at_most", "row_count", arguments={"minimum": 0, "maximum": 1})
    report = audit(frame((day(1), "a", 1), (day(3), "b", 1)), contract(POSITIVE, UNIQUE, *figures, expected, at_most), [str(day(2))])
    assert [check.passed for check in report.checks] == [True] * 6


def test_monthly_partitions(frame, contract):
    schema = "month date, order_id string, quantity int"
    rows = [(date(2011, 1, 1), "a", 1), (date(2011, 2, 1), "b", -1)]
    report = audit(frame(*rows, schema=schema), contract(POSITIVE, partition="month", schema=schema))
    assert report.checks[0].failing_days == ("2011-02-01",)
    assert report.rows_by_day == {"2011-01-01": 1, "2011-02-01": 1}


def test_a_table_without_partitions_is_judged_as_one(frame, contract):
    report = audit(frame((day(1), "a", 1), (day(2), "a", -1)), contract(POSITIVE, UNIQUE, partition=None))
    assert [(check.passed, check.failing_rows, check.failing_days) for check in report.checks] == [(False, 1, ()), (False, 2, ())]
    assert report.rows_by_day == {}


def test_rows_without_a_partition_value_are_judged_too(frame, contract):
    report = audit(frame((day(1), "a", 1), (None, "b", -1)), contract(POSITIVE))
    assert report.checks[0].failing_days == ("null",)
    assert report.rows_by_day == {"2011-01-01": 1, "null": 1}


def test_a_failed_warning_does_not_block(frame, contract):
    report = audit(frame((day(1), "a", -1)), contract(Rule("w", "between", "quantity", ("quantity",), POSITIVE.arguments, "warning")))
    assert not report.checks[0].passed
    assert report.passed and report.failed_errors == ()


def test_figures_that_do_not_add_up_are_taken_by_day_and_in_total(frame, contract):
    kwargs = {"column": "quantity", "min_value": 2, "max_value": 4}
    mean = Rule("mean", "gx", None, ("quantity",), {"expectation_type": "expect_column_mean_to_be_between", "kwargs": kwargs})
    median = Rule("median", "gx", None, ("quantity",), {"expectation_type": "expect_column_median_to_be_between", "kwargs": kwargs})
    rows = [(day(1), "a", 3), (day(1), "b", 3), (day(1), "c", 3), (day(2), "d", 7)]
    for check in audit(frame(*rows), contract(mean, median)).checks:
        assert (check.passed, check.failing_days) == (False, ("2011-01-02",)), check
        assert check.observed == (4.0 if check.name == "mean" else 3.0)
