"""A training set that knows more than the day before is found and named; an honest one is not, in any time zone."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from models.feature_list import FEATURE_TABLES, Feature, FeatureList
from models.known_before import failing
from models.pair_features import with_features
from models.purchase import FEATURES
from tests.models.frames import DAY, made_up_shop

# Of two days that follow each other, and of a week on; the figures of each are its own.
DAYS = {DAY - timedelta(days=1): 3, DAY: 5, DAY + timedelta(days=6): 7, DAY + timedelta(days=7): 11}
CHANGES = date(2011, 3, 27)  # in Berlin a day of 23 hours
CUSTOMERS = Feature("customer", "orders_30d")
TWO = FeatureList((CUSTOMERS, Feature("pair", "orders_90d", absent=0.0)))
# One of each table, what is made of two, and what decides about that.
EACH = ("customer_orders_30d", "product_mean_price_30d", "product_group", "pair_orders_90d", "pair_group_orders_90d")
FEW = FeatureList(tuple(feature for feature in FEATURES if feature.name in EACH))


@pytest.fixture
def tables(spark: SparkSession) -> dict[str, DataFrame]:
    """Each feature table of those days, by grain."""
    return tables_of(spark, DAYS)


def tables_of(spark: SparkSession, seeds: dict[date, int]) -> dict[str, DataFrame]:
    found: dict[str, list[pa.Table]] = {"customer": [], "product": [], "pair": []}
    for day, seed in seeds.items():
        for grain, rows in made_up_shop(seed).items():
            at = rows.column_names.index("day")
            found[grain].append(rows.set_column(at, "day", pa.array([day] * len(rows), pa.date32())))
    return {grain: spark.createDataFrame(pa.concat_tables(rows)) for grain, rows in found.items()}


def run_of(tables: dict[str, DataFrame], days: tuple[date, ...] = (DAY + timedelta(days=1),), zone: str = "Europe/London") -> Any:
    by_name = {FEATURE_TABLES[grain]: rows for grain, rows in tables.items()}  # type: ignore[index]
    lake = SimpleNamespace(shop=SimpleNamespace(time_zone=zone))
    return SimpleNamespace(lake=lake, written=days, read=lambda name, days: by_name[name].where(F.col("day").isin(list(days))))


def examples(
    tables: dict[str, DataFrame], seen: date = DAY, asked: date = DAY + timedelta(days=1), features: FeatureList = FEATURES
) -> DataFrame:
    """Every pair, asked about on a day, with the features of another."""
    customers, products = (tables[grain].where(F.col("day") == seen) for grain in ("customer", "product"))
    pairs = customers.select("customer_key").crossJoin(products.select("product_id")).withColumn("feature_day", F.lit(seen))
    joined = with_features(pairs, tables["customer"], tables["product"], tables["pair"], features)
    return joined.withColumn("day", F.lit(asked)).drop("feature_day")


def test_examples_with_the_features_of_the_day_before_pass(tables: dict[str, DataFrame]) -> None:
    assert failing(run_of(tables), examples(tables)).rows == 0


def test_of_a_range_written_only_the_days_that_have_examples_are_read(tables: dict[str, DataFrame]) -> None:
    """A year's training has examples on Mondays alone; the rows of all its days took more memory than an engine of 4 GB has."""
    run, asked = run_of(tables, tuple(DAY + timedelta(days=n) for n in range(-30, 30))), []
    given = run.read
    run.read = lambda name, days: asked.append(days) or given(name, days)
    one = FeatureList((CUSTOMERS,))
    assert failing(run, examples(tables, features=one), one).rows == 0
    assert set(asked) == {(DAY, DAY + timedelta(days=7))}, "the day before, and the one a week on"


@pytest.mark.parametrize("seen", [CHANGES - timedelta(days=1), CHANGES])
def test_where_clocks_change_the_day_before_is_still_the_day_before(spark: SparkSession, seen: date) -> None:
    tables, asked, one = tables_of(spark, {seen - timedelta(days=1): 3, seen: 5}), seen + timedelta(days=1), FeatureList((CUSTOMERS,))
    found = examples(tables, seen, asked, one)
    assert failing(run_of(tables, (asked,), "Europe/Berlin"), found, one).rows == 0
    without = {grain: rows.where(F.col("day") != seen) for grain, rows in tables.items()}
    older = examples(tables, seen - timedelta(days=1), asked, one)
    assert failing(run_of(without, (seen, asked), "Europe/Berlin"), older, one).rows > 0, "an older day is not taken for it"


def test_the_features_of_a_week_later_are_found_and_told_as_the_future(tables: dict[str, DataFrame]) -> None:
    found = failing(run_of(tables), examples(tables, DAY + timedelta(days=7), features=TWO), TWO)
    told = {line.partition(" ")[0]: line for line in found.examples}
    assert set(told) == set(TWO.names)
    assert found.rows == 12 * 9, "the worst of them counts"
    assert told["customer_orders_30d"].endswith("in 108 of 108 examples, of which 108 hold the value of a week later")


def test_the_features_of_a_day_too_early_are_wrong_and_not_told_as_the_future(tables: dict[str, DataFrame]) -> None:
    found = failing(run_of(tables), examples(tables, DAY - timedelta(days=1), features=TWO), TWO)
    (told,) = [line for line in found.examples if line.startswith("customer_orders_30d ")]
    assert told == "customer_orders_30d is not that of the day before in 108 of 108 examples"


@pytest.mark.parametrize("name", ["pair_group_orders_90d", "product_group", "product_mean_price_30d"])
def test_one_column_that_knows_too_much_is_named_alone(tables: dict[str, DataFrame], name: str) -> None:
    value = F.concat(F.col(name), F.lit("!")) if name == "product_group" else F.coalesce(F.col(name), F.lit(0)) + 1
    found = failing(run_of(tables), examples(tables, features=FEW).withColumn(name, value), FEW)
    assert [line.partition(" ")[0] for line in found.examples] == [name]


def test_a_list_without_pairs_or_groups_is_judged_by_what_it_has(tables: dict[str, DataFrame]) -> None:
    one = FeatureList((CUSTOMERS,))
    honest = examples(tables, features=one)
    assert failing(run_of(tables), honest, one).rows == 0
    assert failing(run_of(tables), honest.withColumn("customer_orders_30d", F.lit(-1)), one).rows == 108
