"""partials.customer_day on frames small enough to read, and that what stands never changes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from pyspark.sql import SparkSession

from features.partials.customer_day import customer_day
from tests.features.brute_force import Line, Listing, Showing
from tests.features.frames import impressions_frame, orders_frame, products_frame

DAY = date(2011, 3, 31)
NEXT = DAY + timedelta(days=1)
NOTHING = {"orders": 0, "lines": 0, "units": 0, "spend": 0, "returned_units": 0, "discount": 0, "impressions": 0, "clicks": 0}


def test_what_became_known_later_stands_in_a_row_of_its_own(spark: SparkSession) -> None:
    lines = [
        Line(DAY, DAY, "1", "ann", "fern", 2, 150, True, 9),
        Line(DAY, NEXT, "1", "ann", "ivy", 1, 100, True, 9),
        Line(DAY, NEXT, "2", "ann", "ivy", 1, 100, True, 10),
        Line(DAY, DAY, "3", "ann", "fern", -1, 150, True, 12),
        Line(DAY, DAY, "4", None, "fern", 1, 150, True, 12),
        Line(DAY, DAY, "1", "ann", "POST", 1, 1800, False, 9),
    ]
    seen = [Showing(DAY, NEXT, "ann", "fern", True, 9), Showing(DAY, NEXT, "ann", "ivy", False, 9), Showing(DAY, DAY, None, "ivy", True, 9)]
    listed = products_frame(spark, [Listing("fern", DAY - timedelta(days=9), 200)])
    found = customer_day(orders_frame(spark, lines), impressions_frame(spark, seen), listed)
    first = {"orders": 1, "lines": 2, "units": 2, "spend": 3, "returned_units": 1, "discount": 1}
    later = {"orders": 1, "lines": 2, "units": 2, "spend": 2, "impressions": 2, "clicks": 1}
    whose = {"day": DAY, "customer_key": "ann"}
    expected = [whose | NOTHING | first | {"known_day": DAY}, whose | NOTHING | later | {"known_day": NEXT}]
    assert [row.asDict() for row in found.orderBy("known_day").collect()] == expected


def test_an_order_counts_once_on_each_of_its_days(spark: SparkSession) -> None:
    lines = [Line(day, day, "1", "ann", name, 1, 100, True, 9) for day in (DAY, NEXT) for name in ("fern", "ivy")]
    found = customer_day(orders_frame(spark, lines), impressions_frame(spark, []), products_frame(spark)).orderBy("day").collect()
    assert [(row.day, row.orders, row.units, row.spend) for row in found] == [(DAY, 1, 2, Decimal(2)), (NEXT, 1, 2, Decimal(2))]
