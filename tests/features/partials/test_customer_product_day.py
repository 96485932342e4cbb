"""partials.customer_product_day on frames small enough to read."""

from __future__ import annotations

from datetime import date, timedelta

from pyspark.sql import SparkSession

from features.partials.customer_product_day import customer_product_day
from tests.features.brute_force import Line
from tests.features.frames import orders_frame

DAY = date(2011, 3, 31)
NEXT = DAY + timedelta(days=1)


def test_an_order_counts_for_each_of_its_products_in_the_row_where_it_became_known(spark: SparkSession) -> None:
    lines = [
        Line(DAY, DAY, "1", "ann", "fern", 2, 150, True, 9, "a"),
        Line(DAY, NEXT, "1", "ann", "fern", 1, 100, True, 9, "b"),
        Line(DAY, DAY, "1", "ann", "ivy", 1, 100, True, 9),
        Line(DAY, DAY, "2", "bob", "ivy", -1, 100, True, 9),
        Line(DAY, DAY, "3", None, "ivy", 1, 100, True, 9),
    ]
    found = customer_product_day(orders_frame(spark, lines)).collect()
    columns = ("customer_key", "product_id", "known_day", "orders", "units", "spend", "returned_units", "product_group")
    assert sorted(tuple(row[name] for name in columns) for row in found) == [
        ("ann", "fern", DAY, 1, 2, 3, 0, "a"),
        ("ann", "fern", NEXT, 0, 1, 1, 0, "b"),
        ("ann", "ivy", DAY, 1, 1, 1, 0, None),
        ("bob", "ivy", DAY, 0, 0, 0, 1, None),
    ]
