"""partials.product_day on frames small enough to read."""

from __future__ import annotations

from datetime import date, timedelta

from pyspark.sql import SparkSession

from features.partials.product_day import product_day
from tests.features.brute_force import Line, Showing
from tests.features.frames import impressions_frame, orders_frame

DAY = date(2011, 3, 31)
NEXT = DAY + timedelta(days=1)


def test_a_conversion_counts_when_both_sides_are_known(spark: SparkSession) -> None:
    seen = [
        Showing(DAY, DAY, "ann", "fern", True, 9, "a"),
        Showing(DAY, DAY, None, "fern", False, 9, "b"),
        Showing(DAY, DAY, "bob", "fern", False, 12),
    ]
    lines = [
        Line(DAY, NEXT, "1", "ann", "fern", 2, 150, True, 10),
        Line(DAY, DAY, "2", "bob", "fern", 1, 150, True, 11),
        Line(DAY, DAY, "3", None, "fern", -4, 150, True, 11),
    ]
    found = product_day(orders_frame(spark, lines), impressions_frame(spark, seen)).orderBy("known_day").collect()
    first = (DAY, "fern", "b", 1, 1.5, 4, 3, 1, 0)
    later = (NEXT, "fern", None, 2, 3.0, 0, 0, 0, 1)
    columns = ("known_day", "product_id", "product_group", "units", "revenue", "returned_units", "impressions", "clicks", "conversions")
    assert [tuple(row[name] for name in columns) for row in found] == [first, later]


def test_a_conversion_is_known_with_the_first_of_its_lines(spark: SparkSession) -> None:
    seen = [Showing(DAY, DAY, "ann", "fern", True, 9)]
    lines = [Line(DAY, known, "1", "ann", "fern", 1, 150, True, 10) for known in (NEXT, DAY)]
    found = product_day(orders_frame(spark, lines), impressions_frame(spark, seen)).collect()
    assert {row["known_day"]: row["conversions"] for row in found} == {DAY: 1, NEXT: 0}
