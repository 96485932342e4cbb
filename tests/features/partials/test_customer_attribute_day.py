"""partials.customer_attribute_day on frames small enough to read."""

from __future__ import annotations

from datetime import date, timedelta

from pyspark.sql import SparkSession

from features.partials.customer_attribute_day import customer_attribute_day
from tests.features.brute_force import Line, Listing
from tests.features.frames import orders_frame, products_frame

DAY = date(2011, 3, 31)
BEFORE = DAY - timedelta(days=1)


def test_the_group_is_the_lines_and_the_rest_the_products_of_that_day(spark: SparkSession) -> None:
    lines = [
        Line(BEFORE, DAY, "1", "ann", "fern", 2, 100, True, 9, "house"),
        Line(DAY, DAY, "2", "ann", "fern", 1, 100, True, 9, "garden"),
        Line(DAY, DAY, "3", "ann", "ivy", 5, 100, True, 9),
        Line(DAY, DAY, "4", "ann", "fern", -1, 100, True, 9, "house"),
        Line(DAY, DAY, "5", None, "fern", 1, 100, True, 9, "house"),
    ]
    listed = [Listing("fern", BEFORE, 100, None, "low", True), Listing("fern", DAY, 100, None, "bright", True)]
    found = customer_attribute_day(orders_frame(spark, lines), products_frame(spark, listed)).collect()
    columns = ("day", "known_day", "customer_key", "attribute", "value", "units")
    assert sorted(tuple(row[name] for name in columns) for row in found) == [
        (BEFORE, DAY, "ann", "is_pet_safe", "true", 2),
        (BEFORE, DAY, "ann", "light_need", "low", 2),
        (BEFORE, DAY, "ann", "product_group", "house", 2),
        (DAY, DAY, "ann", "is_pet_safe", "true", 1),
        (DAY, DAY, "ann", "light_need", "bright", 1),
        (DAY, DAY, "ann", "product_group", "garden", 1),
    ]
