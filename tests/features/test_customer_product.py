"""features.customer_product_daily on frames small enough to read."""

from __future__ import annotations

from datetime import date, timedelta

from pyspark.sql import SparkSession

from tests.features.brute_force import Line
from tests.features.frames import orders_frame, rows_of, run_of
from tests.features.from_silver import pairs_of

DAY = date(2011, 3, 31)


def test_one_order_of_several_lines_counts_once_and_returns_alone_make_no_pair(spark: SparkSession) -> None:
    earlier = DAY - timedelta(days=29)
    lines = [
        Line(DAY, DAY, "1", "ann", "fern", 2, 100, True, 9, "house"),
        Line(DAY, DAY, "1", "ann", "fern", 1, 90, True, 9, "house"),
        Line(earlier, earlier, "0", "ann", "fern", 1, 100, True, 9, "house"),
        Line(DAY, DAY, "2", "bob", "fern", -1, 100, True, 9, "house"),
    ]
    found = rows_of(pairs_of(orders_frame(spark, lines), run_of(DAY)), "customer_key", "product_id")
    expected = {
        "product_group": "house", "orders_7d": 1, "orders_30d": 2, "orders_90d": 2, "units_90d": 4,
        "spend_90d": 3.9, "returned_units_90d": 0, "days_since_last_order": 0,
    }  # fmt: skip
    assert found == {(DAY, "ann", "fern"): expected}
