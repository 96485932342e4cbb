"""features.product_daily on frames small enough to read."""

from __future__ import annotations

from datetime import date, timedelta

from pyspark.sql import SparkSession

from tests.features.brute_force import Line, Showing
from tests.features.frames import impressions_frame, orders_frame, products_frame, rows_of, run_of
from tests.features.from_silver import products_of

DAY = date(2011, 3, 31)


def test_equals_share_a_rank_and_the_unsold_have_none(spark: SparkSession) -> None:
    lines = [Line(DAY, DAY, str(n), "ann", name, units, 100, True, 9) for n, (name, units) in enumerate([("a", 5), ("b", 5), ("c", 1)])]
    old = DAY - timedelta(days=30)
    lines.append(Line(old, old, "9", "ann", "d", 9, 100, True, 9))
    found = rows_of(products_of(orders_frame(spark, lines), impressions_frame(spark, []), products_frame(spark), run_of(DAY)), "product_id")
    assert {key[1]: row["popularity_rank_30d"] for key, row in found.items()} == {"a": 1, "b": 1, "c": 3, "d": None}
    assert {key[1]: row["mean_price_30d"] for key, row in found.items()} == {"a": 1.0, "b": 1.0, "c": 1.0, "d": None}
    assert {row["conversion_30d"] for row in found.values()} == {None}


def test_an_impression_converts_when_its_customer_buys_after_seeing(spark: SparkSession) -> None:
    seen = [
        Showing(DAY, DAY, "ann", "fern", True, 10),
        Showing(DAY, DAY, "bob", "fern", True, 12),
        Showing(DAY, DAY, None, "fern", False, 9),
        Showing(DAY - timedelta(days=1), DAY - timedelta(days=1), "ann", "fern", False, 10),
    ]
    lines = [Line(DAY, DAY, "1", "ann", "fern", 1, 100, True, 10), Line(DAY, DAY, "2", "bob", "fern", 1, 100, True, 11)]
    found = rows_of(
        products_of(orders_frame(spark, lines), impressions_frame(spark, seen), products_frame(spark), run_of(DAY)), "product_id"
    )
    assert (found[(DAY, "fern")]["conversion_30d"], found[(DAY, "fern")]["buyers_7d"]) == (0.25, 2)


def test_the_group_is_the_one_named_last(spark: SparkSession) -> None:
    before = DAY - timedelta(days=40)
    lines = [
        Line(DAY, DAY, "1", None, "fern", 1, 100, True, 9, None),
        Line(before, before, "2", None, "fern", 1, 100, True, 9, "house"),
        Line(before - timedelta(days=1), DAY, "3", None, "fern", 1, 100, True, 9, "garden"),
    ]
    run = run_of(DAY, DAY + timedelta(days=60))
    found = rows_of(products_of(orders_frame(spark, lines), impressions_frame(spark, []), products_frame(spark), run), "product_id")
    groups = [found[(day, "fern")]["product_group"] for day in run.days]
    assert groups == ["house"] * 50 + [None] * 11
