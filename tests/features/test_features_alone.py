"""A feature computed alone, as a backfill of it does, is what it is among the others: what a table leaves out then is not missed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pyspark.sql import DataFrame, SparkSession

from tests.features.brute_force import Line, Listing, Person, Showing
from tests.features.differences import differences
from tests.features.frames import customers_frame, impressions_frame, orders_frame, products_frame, rows_of, run_of
from tests.features.from_silver import customers_of, products_of

DAY = date(2011, 5, 1)
LAST = DAY + timedelta(days=8)


def line(number: int, back: int, product: str, group: str, quantity: int = 2, customer: str = "ann") -> Line:
    day = DAY - timedelta(days=back)
    return Line(day, day, str(number), customer, product, quantity, 250, True, 9, group)


LINES = [
    line(1, 60, "fern", "a"), line(2, 20, "ivy", "b", 3), line(3, 5, "fern", "a"), line(4, 3, "fern", "a", -1), line(5, 2, "moss", "a", 4),
    line(6, 1, "fern", "a", 1, "bob"), line(7, -3, "ivy", "b", 5, "bob"),
]  # fmt: skip
SHOWN = [Showing(DAY - timedelta(days=n), DAY - timedelta(days=n), "ann", "fern", n % 2 == 0, 9, "a") for n in (40, 6, 5)]
LISTED = [
    Listing(name, DAY - timedelta(days=days), pence, days, "low", True)
    for name, days, pence in (("fern", 80, 300), ("fern", 10, 400), ("ivy", 50, 500))
]
PEOPLE = [Person("ann", DAY - timedelta(days=70), "Kent")]


def customers(spark: SparkSession, only: tuple[str, ...]) -> DataFrame:
    return customers_of(*_silver(spark), customers_frame(spark, PEOPLE), products_frame(spark, LISTED), run_of(DAY, LAST, only))


def products(spark: SparkSession, only: tuple[str, ...]) -> DataFrame:
    return products_of(*_silver(spark), products_frame(spark, LISTED), run_of(DAY, LAST, only))


def _silver(spark: SparkSession) -> tuple[DataFrame, DataFrame]:
    return orders_frame(spark, LINES), impressions_frame(spark, SHOWN)


@pytest.mark.parametrize(("table", "key"), [(customers, "customer_key"), (products, "product_id")])
def test_each_feature_alone_is_what_it_is_among_the_others(spark, table, key):
    among = rows_of(table(spark, ()), key)
    features = next(iter(among.values())).keys()
    for name in features:
        alone = table(spark, (name,)).select("day", key, name)
        assert differences(rows_of(alone, key), {at: {name: row[name]} for at, row in among.items()}) == [], name
    assert [name for name in features if not any(row[name] for row in among.values())] == [], "the rows hardly try these"
