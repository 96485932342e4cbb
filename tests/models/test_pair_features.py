"""Joining features to pairs, and its dense twin."""

from __future__ import annotations

from datetime import date

import numpy as np
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from models.dense_features import Day, grid
from models.feature_list import Feature, FeatureList
from models.matrix import matrix
from models.pair_features import with_features
from models.purchase import CATEGORIES, FEATURE_NAMES, FEATURES
from tests.models.frames import DAY, made_up_shop, table_of


def test_the_grid_equals_the_join(spark: SparkSession) -> None:
    shop = made_up_shop()
    frames = [spark.createDataFrame(shop[grain]) for grain in ("customer", "product", "pair")]
    pairs = frames[0].select("customer_key").crossJoin(frames[1].select("product_id")).withColumn("feature_day", F.lit(DAY))
    joined = with_features(pairs, *frames, features=FEATURES).orderBy("customer_key", "product_id").toArrow()
    customers, products = shop["customer"].sort_by("customer_key"), shop["product"].sort_by("product_id")
    cubes = [cube for _, cube in grid(Day(customers, products, shop["pair"]), FEATURES)]
    np.testing.assert_array_equal(np.concatenate(cubes).reshape(-1, len(FEATURE_NAMES)), matrix(joined, FEATURE_NAMES, CATEGORIES))


def test_only_the_feature_day_counts_and_absent_pairs_are_zero(spark: SparkSession) -> None:
    later = date(2011, 6, 6)
    customers = table_of("customer", [{"customer_key": "c", "orders_30d": 1}, {"customer_key": "c", "orders_30d": 99, "day": later}])
    products = table_of("product", [{"product_id": "p", "product_group": "fern", "units_30d": 5}, {"product_id": "p", "day": later}])
    bought = [
        {"customer_key": "c", "product_id": "q", "product_group": "fern", "orders_90d": 2},
        {"customer_key": "c", "product_id": "r", "product_group": "fern", "orders_90d": 1},
        {"customer_key": "c", "product_id": "p", "product_group": "fern", "orders_90d": 7, "day": later},
    ]
    pairs = spark.createDataFrame([(DAY, "c", "p"), (DAY, "nobody", "p")], "feature_day date, customer_key string, product_id string")
    frames = (spark.createDataFrame(table) for table in (customers, products, table_of("pair", bought)))
    found = {row.customer_key: row for row in with_features(pairs, *frames, features=FEATURES).collect()}
    assert len(found) == 2
    assert (found["c"].customer_orders_30d, found["c"].product_units_30d) == (1, 5)
    assert (found["c"].pair_orders_90d, found["c"].pair_group_orders_90d, found["c"].pair_days_since_last_order) == (0, 3, None)
    assert (found["nobody"].customer_orders_30d, found["nobody"].pair_group_orders_90d) == (None, 0)


def test_features_of_which_none_is_ever_absent_are_joined_too(spark: SparkSession) -> None:
    customers = table_of("customer", [{"customer_key": "c", "orders_30d": 1}])
    frames = map(spark.createDataFrame, (customers, table_of("product", [{"product_id": "p"}]), table_of("pair", [{"customer_key": "c"}])))
    pairs = spark.createDataFrame([(DAY, "c", "p")], "feature_day date, customer_key string, product_id string")
    (row,) = with_features(pairs, *frames, features=FeatureList((Feature("customer", "orders_30d"),))).collect()
    assert row.customer_orders_30d == 1
