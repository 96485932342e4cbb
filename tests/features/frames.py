"""Silver frames from the rows of `brute_force`, as few columns as features read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from pyspark.sql import DataFrame, SparkSession

import features.customer  # noqa: F401 - registers the table
from lakehouse.days import DayRange
from lakehouse.tables.registry import TABLES
from lakehouse.tables.run import Run, RunInfo
from tests.features.brute_force import Line, Listing, Person, Rows, Showing

ORDERS = (
    "day date, known_day date, order_id string, customer_key string, product_id string, product_group string, quantity decimal(18,4), "
    "amount decimal(18,4), is_goods boolean, is_return boolean, event_at timestamp"
)
IMPRESSIONS = (
    "day date, known_day date, customer_key string, product_id string, product_group string, channel string, is_clicked boolean, "
    "event_at timestamp, source_file string, source_row bigint"
)

PRODUCTS = (
    "product_id string, price decimal(18,6), stock_units decimal(18,4), light_need string, is_pet_safe boolean, is_recommendable boolean, "
    "valid_from date, valid_to date"
)
CUSTOMERS = "customer_key string, region string, first_known_day date, valid_from date, valid_to date"


def orders_frame(spark: SparkSession, lines: list[Line]) -> DataFrame:
    rows = [
        (
            line.day, line.known_day, line.order_id, line.customer_key, line.product_id, line.product_group, Decimal(line.quantity),
            Decimal(line.quantity * line.pence) / 100, line.is_goods, line.is_return, _at(line.day, line.hour),
        )
        for line in lines
    ]  # fmt: skip
    return spark.createDataFrame(rows, ORDERS)


def impressions_frame(spark: SparkSession, showings: list[Showing]) -> DataFrame:
    rows = [
        (
            s.day, s.known_day, s.customer_key, s.product_id, s.product_group, "web", s.is_clicked,
            _at(s.day, s.hour), "impressions.csv", number,
        )
        for number, s in enumerate(showings)
    ]  # fmt: skip
    return spark.createDataFrame(rows, IMPRESSIONS)


def products_frame(spark: SparkSession, listings: Sequence[Listing] = ()) -> DataFrame:
    rows = [
        (
            each.product_id, None if each.pence is None else Decimal(each.pence) / 100, None if each.stock_units is None else Decimal(each.stock_units), each.light_need,
            each.is_pet_safe, each.is_recommendable, each.valid_from, _until(each, [other for other in listings if other.product_id == each.product_id]),
        )
        for each in listings
    ]  # fmt: skip
    return spark.createDataFrame(rows, PRODUCTS)


def customers_frame(spark: SparkSession, people: Sequence[Person] = ()) -> DataFrame:
    rows = []
    for each in people:
        versions = [other for other in people if other.customer_key == each.customer_key]
        since = min(other.valid_from for other in versions)
        rows.append((each.customer_key, each.region, since, each.valid_from, _until(each, versions)))
    return spark.createDataFrame(rows, CUSTOMERS)


def _until(version: Listing | Person, versions: Sequence[Listing | Person]) -> date | None:
    return min((other.valid_from for other in versions if other.valid_from > version.valid_from), default=None)


def run_of(first: date, last: date | None = None, only_columns: tuple[str, ...] = ()) -> Run:
    """A run that writes those days, or some columns of them, of a shop in the north."""
    lake: Any = SimpleNamespace(shop=SimpleNamespace(hemisphere="northern"))
    info = RunInfo("a test run", "a test", "test", only_columns=only_columns)
    return Run(lake, TABLES["features.customer_daily"], DayRange(first, last or first), info, "a publish")


def rows_of(df: DataFrame, *keys: str) -> Rows:
    """The rows by day and keys; a key that stands twice fails."""
    found: Rows = {}
    for row in df.collect():
        values = row.asDict()
        key = tuple(values.pop(name) for name in ("day", *keys))
        assert key not in found, f"{key} stands twice"
        found[key] = values
    return found


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour))
