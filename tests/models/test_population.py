"""Sampling that can be repeated and weighed back; only customers who consent."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from models.population import Tables, population, sampled
from models.purchase import FEATURES
from tests.models.frames import DAY, table_of

KEYS = "day date, customer_key string, product_id string"
EXAMPLE_DAY = DAY + timedelta(days=1)


def shop(has_impressions: bool = False, consent_basis: str | None = "contract", has_customers: bool = True) -> SimpleNamespace:
    has = {"orders": True, "impressions": has_impressions, "customers": has_customers}
    return SimpleNamespace(has=has.__getitem__, consent_basis=consent_basis)


def pairs_of(spark: SparkSession, customers: int, products: int) -> DataFrame:
    rows = [(day, f"c{c}", f"p{p}") for day in (DAY, EXAMPLE_DAY) for c in range(customers) for p in range(products)]
    return spark.createDataFrame(rows, KEYS)


def test_weights_sum_to_the_candidates_of_each_day_and_all_bought_are_kept(spark: SparkSession) -> None:
    everyone = pairs_of(spark, 20, 50)
    bought = everyone.where("product_id in ('p1', 'p2') and customer_key < 'c15'")
    counts = everyone.groupBy("day").agg(F.lit(20).alias("customers"), F.count("*").alias("candidates"))
    found = sampled(everyone, bought, counts, per_customer=5, seed=1)
    first, again = sorted(found.collect()), sorted(found.repartition(7).collect())
    assert first == again
    by_day = Counter()
    for row in first:
        by_day[row.day] += row.weight
    assert by_day == pytest.approx({DAY: 1000, EXAMPLE_DAY: 1000})
    assert sum(row.bought for row in first) == bought.count()
    others = [row for row in first if not row.bought]
    assert 120 < len(others) < 280
    assert len({(row.day, row.customer_key, row.product_id) for row in first}) == len(first)
    taken = [{(row.customer_key, row.product_id) for row in others if row.day == day} for day in (DAY, EXAMPLE_DAY)]
    assert len(taken[0] & taken[1]) < len(taken[0]) / 2, "each day draws anew"


def _tables(spark: SparkSession) -> Tables:
    consents = spark.createDataFrame([("yes", True), ("no", False)], "customer_key string, consents_to_training boolean")
    customers = table_of("customer", [{"customer_key": key, "orders_90d": 4} for key in ("yes", "no", "unknown")])
    products = table_of("product", [{"product_id": f"p{n}", "popularity_rank_30d": n, "product_group": "fern"} for n in (1, 2, 3)])
    purchases = table_of("pair", [{"customer_key": "yes", "product_id": "p3", "product_group": "fern", "orders_90d": 2}])
    shown = [(EXAMPLE_DAY, key, "p1") for key in ("yes", "yes", "no", "new", None)] + [(DAY, "yes", "p2")]
    frames = (spark.createDataFrame(table) for table in (customers, products, purchases))
    return Tables(spark.createDataFrame(shown, KEYS), consents, *frames)


def _bought(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([(EXAMPLE_DAY, "yes", "p3"), (EXAMPLE_DAY, "no", "p1"), (DAY, "yes", "p1")], KEYS)


def test_candidates_of_the_eve_for_those_who_consent(spark: SparkSession) -> None:
    rows = population(shop(), [EXAMPLE_DAY], _tables(spark), _bought(spark), FEATURES).collect()
    assert {(row.day, row.customer_key, row.product_id, row.bought, row.weight) for row in rows} == {
        (EXAMPLE_DAY, "yes", "p1", 0, 1.0), (EXAMPLE_DAY, "yes", "p2", 0, 1.0), (EXAMPLE_DAY, "yes", "p3", 1, 1.0),
    }  # fmt: skip
    assert {row.product_id: row.pair_orders_90d for row in rows} == {"p1": 0, "p2": 0, "p3": 2}


def test_shown_pairs_once_for_those_who_consent(spark: SparkSession) -> None:
    rows = population(shop(has_impressions=True), [EXAMPLE_DAY], _tables(spark), _bought(spark), FEATURES).collect()
    assert [(row.day, row.customer_key, row.product_id, row.bought, row.weight) for row in rows] == [(EXAMPLE_DAY, "yes", "p1", 0, 1.0)]


@pytest.mark.parametrize("has_impressions", [False, True])
def test_where_a_shop_selects_no_customers_its_consent_basis_speaks_for_all(spark: SparkSession, has_impressions: bool) -> None:
    tables = _tables(spark)
    nobody = replace(tables, consents=tables.consents.limit(0))
    alone = population(shop(has_impressions, has_customers=False), [EXAMPLE_DAY], nobody, _bought(spark), FEATURES)
    expected = {"yes", "no", "new"} if has_impressions else {"yes", "no", "unknown"}
    assert {row.customer_key for row in alone.select("customer_key").collect()} == expected
    assert population(shop(has_impressions), [EXAMPLE_DAY], nobody, _bought(spark), FEATURES).count() == 0
    unstated = shop(has_impressions, consent_basis=None, has_customers=False)
    assert population(unstated, [EXAMPLE_DAY], nobody, _bought(spark), FEATURES).count() == 0


@pytest.mark.parametrize("has_impressions", [False, True])
def test_without_labels_the_same_pairs(spark: SparkSession, has_impressions: bool) -> None:
    tables = _tables(spark)
    labelled = population(shop(has_impressions), [EXAMPLE_DAY], tables, _bought(spark), FEATURES).collect()
    unlabelled = population(shop(has_impressions), [EXAMPLE_DAY], tables, None, FEATURES).collect()
    assert {row.product_id for row in unlabelled} == {row.product_id for row in labelled}
    assert not any(row.bought for row in unlabelled)
    assert sum(row.weight for row in unlabelled) == sum(row.weight for row in labelled)


def test_no_consent_basis_or_no_days_means_no_rows(spark: SparkSession) -> None:
    assert population(shop(consent_basis=None), [EXAMPLE_DAY], _tables(spark), None, FEATURES).count() == 0
    assert population(shop(), [], _tables(spark), None, FEATURES).count() == 0
    assert population(shop(), [date(2011, 1, 1)], _tables(spark), None, FEATURES).count() == 0
