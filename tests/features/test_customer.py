"""features.customer_daily on frames small enough to read."""

from __future__ import annotations

from datetime import date, timedelta

from pyspark.sql import SparkSession

from tests.features.brute_force import Line, Showing
from tests.features.frames import customers_frame, impressions_frame, orders_frame, products_frame, rows_of, run_of
from tests.features.from_silver import customers_of

DAY = date(2011, 3, 31)


def test_counts_goods_of_identified_customers_only(spark: SparkSession) -> None:
    lines = [
        Line(DAY, DAY, "1", "ann", "fern", 2, 150, True, 9),
        Line(DAY, DAY, "1", "ann", "ivy", 1, 100, True, 9),
        Line(DAY, DAY, "1", "ann", "POST", 1, 1800, False, 9),
        Line(DAY, DAY, "2", None, "fern", 7, 100, True, 9),
        Line(DAY, DAY, "1", "ann", "fern", -1, 150, True, 12),
    ]
    found = rows_of(
        customers_of(orders_frame(spark, lines), impressions_frame(spark, []), customers_frame(spark), products_frame(spark), run_of(DAY)),
        "customer_key",
    )
    row = found.pop((DAY, "ann"))
    assert not found
    assert (row["orders_7d"], row["units_7d"], row["spend_7d"], row["returned_units_7d"]) == (1, 3, 4.0, 1)
    assert (row["distinct_products_90d"], row["days_since_last_order"], row["impressions_90d"], row["clicks_90d"]) == (2, 0, 0, 0)


def test_a_customer_who_only_looked_has_no_last_order(spark: SparkSession) -> None:
    seen = [Showing(DAY - timedelta(days=8), DAY - timedelta(days=8), "ann", "fern", True, 9)]
    found = rows_of(
        customers_of(orders_frame(spark, []), impressions_frame(spark, seen), customers_frame(spark), products_frame(spark), run_of(DAY)),
        "customer_key",
    )
    row = found[(DAY, "ann")]
    assert (row["impressions_7d"], row["impressions_30d"], row["clicks_90d"], row["orders_90d"]) == (0, 1, 1, 0)
    assert row["days_since_last_order"] is None


def test_a_customer_leaves_after_ninety_days(spark: SparkSession) -> None:
    orders = orders_frame(spark, [Line(DAY, DAY, "1", "ann", "fern", 1, 100, True, 9)])
    run = run_of(DAY - timedelta(days=3), DAY + timedelta(days=120))
    found = rows_of(customers_of(orders, impressions_frame(spark, []), customers_frame(spark), products_frame(spark), run), "customer_key")
    assert sorted(key[0] for key in found) == [DAY + timedelta(days=n) for n in range(90)]
