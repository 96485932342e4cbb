"""Every kind of rule, kept and broken."""

from datetime import date
from typing import Any

import pytest

from expectations.audit import audit
from lakehouse.contracts.model import Rule

DAY = date(2011, 1, 1)
ROWS = [(DAY, "a", 1, 1.0, "red"), (DAY, "b", -2, float("nan"), "blue"), (DAY, "b", None, 3.0, None)]


def gx(name: str, kind: str, *columns: str, **kwargs: Any) -> Rule:
    return Rule(name, "gx", None, columns, {"expectation_type": kind, "kwargs": kwargs})


RULES = [
    (Rule("present", "present", "order_id", ("order_id",)), 0),
    (Rule("not_present", "present", "quantity", ("quantity",)), 1),
    (Rule("unique", "unique", None, ("quantity",)), 0),
    (Rule("not_unique", "unique", None, ("order_id",)), 2),
    (Rule("unique_together", "unique", None, ("order_id", "kind")), 0),
    (Rule("not_unique_together", "unique", None, ("day", "order_id")), 2),
    (Rule("between", "between", "quantity", ("quantity",), {"minimum": -2.0, "maximum": 1.0}), 0),
    (Rule("not_between", "between", "quantity", ("quantity",), {"minimum": 0.0, "maximum": None}), 1),
    (Rule("nan_is_not_at_least_0", "between", "price", ("price",), {"minimum": 0.0, "maximum": None}), 1),
    (Rule("known", "in_set", "kind", ("kind",), {"values": ["red", "blue", None]}), 0),
    (Rule("not_known", "in_set", "kind", ("kind",), {"values": ["red", None]}), 1),
    (Rule("matches", "matches", "order_id", ("order_id",), {"pattern": "^[a-z]$"}), 0),
    (Rule("not_matches", "matches", "order_id", ("order_id",), {"pattern": "^a"}), 2),
    (Rule("sql", "sql", None, ("quantity",), {"query": "quantity is null or quantity > -3"}), 0),
    (Rule("sql_unknown_is_broken", "sql", None, ("quantity",), {"query": "quantity > -3"}), 1),
    (gx("pair", "expect_column_pair_values_a_to_be_greater_than_b", column_A="price", column_B="quantity", or_equal=True), 0),
    (gx("not_pair", "expect_column_pair_values_a_to_be_greater_than_b", column_A="quantity", column_B="price"), 2),
    (gx("mostly", "expect_column_values_to_be_in_set", column="order_id", value_set=["b"], mostly=0.6), 1),
    (
        gx(
            "where",
            "expect_column_values_to_be_in_set",
            column="order_id",
            value_set=["a"],
            row_condition="quantity = 1",
            condition_parser="spark",
        ),
        0,
    ),
    (gx("length", "expect_column_value_lengths_to_equal", column="kind", value=3), 1),
    (gx("increasing", "expect_column_values_to_be_increasing", column="quantity"), 1),
    (gx("z_score", "expect_column_value_z_scores_to_be_less_than", column="quantity", threshold=3, double_sided=True), 0),
]
FIGURES = [
    (Rule("enough_rows", "row_count", arguments={"minimum": 3, "maximum": None}), True),
    (Rule("too_few_rows", "row_count", arguments={"minimum": 4, "maximum": 9}), False),
    (gx("mean", "expect_column_mean_to_be_between", column="quantity", min_value=-0.5, max_value=-0.5), True),
    (gx("not_mean", "expect_column_mean_to_be_between", column="quantity", min_value=0), False),
    (gx("distinct", "expect_column_unique_value_count_to_be_between", column="order_id", min_value=2, max_value=2), True),
    (gx("median", "expect_column_median_to_be_between", column="quantity", min_value=-1, max_value=0), True),
    (gx("not_all_values", "expect_column_distinct_values_to_be_in_set", column="order_id", value_set=["a"]), False),
    (gx("column_is_there", "expect_column_to_exist", column="kind"), True),
    (gx("type", "expect_column_values_to_be_of_type", column="kind", type_="StringType"), True),
    (gx("not_type", "expect_column_values_to_be_of_type", column="kind", type_="LongType"), False),
]
FAILING = {"mostly": True} | {rule.name: failing == 0 for rule, failing in RULES if rule.name != "mostly"}


@pytest.fixture(scope="module")
def report(request):  # one audit serves all cases: Spark is slow
    return {}


@pytest.fixture
def checks(report, frame, contract):
    if not report:
        rules = [rule for rule, _ in [*RULES, *FIGURES]]
        report |= {check.name: check for check in audit(frame(*ROWS), contract(*rules)).checks}
    return report


@pytest.mark.parametrize(("rule", "failing"), RULES, ids=lambda value: getattr(value, "name", ""))
def test_a_rule_on_rows_counts_those_that_break_it(checks, rule, failing):
    check = checks[rule.name]
    assert (check.failing_rows, check.passed) == (failing, FAILING[rule.name]), check
    assert check.failing_days == (() if check.passed else ("2011-01-01",))


@pytest.mark.parametrize(("rule", "passes"), FIGURES, ids=lambda value: getattr(value, "name", ""))
def test_a_rule_on_figures(checks, rule, passes):
    check = checks[rule.name]
    assert check.passed is passes, check
    assert check.failing_days == (() if passes else ("2011-01-01",))
    assert check.failing_rows == 0 or rule.name == "not_type"


def test_examples_show_key_and_column_of_failing_rows(checks):
    assert checks["not_between"].examples == ('{"order_id":"b","quantity":-2}',)
    assert checks["not_unique"].examples == ('{"order_id":"b"}',)
    assert checks["between"].examples == ()
