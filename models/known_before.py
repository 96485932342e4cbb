"""Checks a training set for leakage: is each feature as it was known at the end of the day before, by another join than made it?

Examples are made by equal days (`pair_features`); here every value is looked for again by the point-in-time join, as of the moment the
example's day begins, and as of a week later. The check belongs to the table; what a leak is stands in `features.leakage`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from features.leakage import Leak, leaks
from features.point_in_time import FeatureRows, daily, point_in_time
from lakehouse.days import starts_at
from lakehouse.tables.own_check import Failing, OwnCheck
from models.feature_list import FEATURE_TABLES, GROUP_ORDERS, FeatureList, Grain
from models.pair_features import ITS_GROUP, group_orders
from models.purchase import FEATURES, LABEL_DAYS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.tables.run import Run

KEYS: dict[Grain, tuple[str, ...]] = {"customer": ("customer_key",), "product": ("product_id",), "pair": ("customer_key", "product_id")}
LATER = timedelta(days=LABEL_DAYS)
# The row of the day before is true since the very moment asked for; the one before that, a day of 23 hours earlier at the latest, is none.
MAX_AGE = timedelta(hours=12)


def failing(run: Run, examples: DataFrame, features: FeatureList = FEATURES) -> Failing:
    """The examples whose features are not those of the day before, told by feature, worst first.

    `examples`: day, customer_key, product_id and the features, in any number of rows.
    """
    # Of the days that have examples: of a week's other days the features are as many rows again, six times, in which nothing is looked up.
    days = _feature_days(tuple(row["day"] for row in examples.select("day").distinct().collect()))
    zone = run.lake.shop.time_zone
    rows = {grain: run.read(table, days) for grain, table in FEATURE_TABLES.items()}
    asked = examples.withColumn("as_of", starts_at(examples["day"], zone))
    found = leaks(asked, _tables_of(rows, features, zone), later=LATER)
    if features.takes_group_orders:
        found += leaks(_with_group(asked, rows["product"], zone), [_groups_of(rows, features, zone)], later=LATER)
    found.sort(key=lambda leak: (-leak.differing, leak.column))
    return Failing(max((leak.differing for leak in found), default=0), tuple(map(_format_leak, found)))


def _tables_of(rows: dict[Grain, DataFrame], features: FeatureList, zone: str) -> list[FeatureRows]:
    """What is known of customers, products and pairs, under the names that examples have it."""
    from pyspark.sql import functions as F

    absent, tables = _absent(features), []
    for grain, frame in rows.items():
        columns = {feature.name: F.col(feature.column) for feature in features.columns(grain)}
        if columns:
            tables.append(_of_the_day_before(frame.withColumns(columns), KEYS[grain], tuple(columns), zone, absent))
    return tables


def _groups_of(rows: dict[Grain, DataFrame], features: FeatureList, zone: str) -> FeatureRows:
    """What is known of a customer's groups of products."""
    groups = group_orders(rows["pair"]).withColumnsRenamed({"feature_day": "day", "product_group": ITS_GROUP})
    return _of_the_day_before(groups, ("customer_key", ITS_GROUP), (f"pair_{GROUP_ORDERS}",), zone, _absent(features))


def _absent(features: FeatureList) -> dict[str, float]:
    return {feature.name: float(feature.absent) for feature in features.computed if feature.absent is not None}


def _of_the_day_before(
    frame: DataFrame, keys: tuple[str, ...], columns: tuple[str, ...], zone: str, absent: dict[str, float]
) -> FeatureRows:
    own = {name: value for name, value in absent.items() if name in columns}
    return replace(daily(frame, keys, columns, zone), max_age=MAX_AGE, absent=own)


def _with_group(examples: DataFrame, products: DataFrame, zone: str) -> DataFrame:
    named = products.withColumnRenamed("product_group", ITS_GROUP)
    return point_in_time(examples, [_of_the_day_before(named, ("product_id",), (ITS_GROUP,), zone, {})])


def _feature_days(days: tuple[date, ...]) -> tuple[date, ...]:
    """The days before those, and as many again a week on."""
    before = {day - timedelta(days=1) for day in days}
    return tuple(sorted(before | {day + LATER for day in before}))


def _format_leak(leak: Leak) -> str:
    future = f", of which {leak.as_known_later:,} hold the value of a week later" if leak.as_known_later else ""
    return f"{leak.column} is not that of the day before in {leak.differing:,} of {leak.examples:,} examples{future}"


KNOWN_BEFORE = OwnCheck(
    "no_feature_knows_more_than_the_day_before",
    "Every feature of every example is as it was known when the example's day began, found anew by the point-in-time join.",
    failing,
)
