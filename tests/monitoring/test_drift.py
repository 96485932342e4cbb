"""Drift of a day against the serving version's training set."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from models.artifact import to_bytes
from models.binning import histograms
from models.errors import ModelError
from models.evaluate import Examples
from models.feature_list import Feature, FeatureList
from models.matrix import matrix
from models.population import Tables, population
from models.purchase import CATEGORIES, FEATURE_NAMES, FEATURES, POPULARITY
from models.reference_profile import SCORE, effective, profile, read
from models.serving import Serving
from monitoring.drift import _independent, _row, drift
from monitoring.histograms import UNSEEN_BIN, counted, sizes
from monitoring.profile import against
from tests.models.conftest import made_up
from tests.models.frames import DAY, table_of

EXAMPLE_DAY = DAY + timedelta(days=1)


@pytest.fixture(scope="module")
def serving() -> Serving:
    from models import estimators

    known: Examples = made_up(2000, seed=1)
    pipeline = estimators.fit(estimators.baseline(), known.features, known.labels, known.weights)
    scores = pipeline.predict_proba(known.features)[:, 1]
    sizes = {"customer": 500, "product": 200, "pair": effective(known.weights)}
    return Serving(
        "purchase_baseline", 1, True, to_bytes(pipeline), profile(known.features, FEATURES, scores, known.weights, sizes), FEATURES
    )


@pytest.fixture
def tables(spark: SparkSession) -> list[DataFrame]:
    customers = table_of("customer", [{"customer_key": f"c{n}", "orders_90d": 4} for n in range(4)])
    groups = ["fern", "cactus"]
    products = table_of(
        "product", [{"product_id": f"p{n}", "popularity_rank_30d": n + 1, "product_group": groups[n % 2]} for n in range(4)]
    )
    purchases = table_of("pair", [{"customer_key": "c0", "product_id": "p3", "product_group": "cactus", "orders_90d": 2}])
    return [spark.createDataFrame(table) for table in (customers, products, purchases)]


@pytest.fixture
def given(spark: SparkSession, tables: list[DataFrame]) -> Tables:
    impressions = spark.createDataFrame([], "day date, customer_key string, product_id string")
    consents = spark.createDataFrame([(f"c{n}", True) for n in range(4)], "customer_key string, consents_to_training boolean")
    return Tables(impressions, consents, *tables)


def run_of(spark: SparkSession, *days: date) -> SimpleNamespace:
    shop = SimpleNamespace(has=lambda name: name == "customers", consent_basis="contract", first_day=date(2011, 1, 1))
    made = {day - timedelta(days=1) for day in days}
    no_real_numbers = SimpleNamespace(columns=())
    lake = SimpleNamespace(shop=shop, partition_days=lambda table, version: made, contract=lambda table: no_real_numbers)
    notes: list[str] = []
    return SimpleNamespace(written=days, lake=lake, spark=spark, version_of=lambda table: 1, notes=notes, note=notes.append)


def test_workers_count_as_the_reference_was_counted(given: Tables, serving: Serving) -> None:
    pairs = population(run_of(None).lake.shop, [EXAMPLE_DAY], given, None, FEATURES)  # type: ignore[arg-type]
    reference = read(serving.reference_profile)
    found = {(r.feature, r.bin): r.weight for r in counted(pairs, serving.data, FEATURES, reference).collect()}
    rows = pairs.toArrow()
    features, weights = matrix(rows, FEATURE_NAMES, CATEGORIES), rows["weight"].to_numpy()
    entries = [reference["features"][name] for name in FEATURE_NAMES]
    for name, counts in zip(FEATURE_NAMES, histograms(features, weights, entries), strict=True):
        np.testing.assert_allclose([found.get((name, place), 0.0) for place in range(len(counts))], counts)
    assert sum(weight for (name, place), weight in found.items() if name == SCORE and place != UNSEEN_BIN) == pytest.approx(weights.sum())
    assert found["product_group", UNSEEN_BIN] == pytest.approx(weights.sum() / 2)  # half the products are cacti, which training never saw


def test_one_row_a_feature_and_day_and_only_days_with_whole_windows(spark: SparkSession, given: Tables, serving: Serving) -> None:
    run = run_of(spark, EXAMPLE_DAY, EXAMPLE_DAY + timedelta(days=1), date(2011, 1, 2))
    frame = drift(given.impressions, given.consents, given.customers, given.products, given.purchases, serving, run)  # type: ignore[arg-type]
    rows = frame.collect()
    assert sorted(row.feature for row in rows) == sorted([*FEATURE_NAMES, SCORE])
    assert {(row.day, row.rows, row.model_version) for row in rows} == {(EXAMPLE_DAY, 16, 1)}
    found = {row.feature: row for row in rows}
    assert found["product_group"].unseen_share == 0.5
    assert found["product_conversion_30d"].reference_missing_share == 1.0
    assert found["customer_orders_90d"].psi > 0.2
    # The smaller of the samples behind a figure makes the noise.
    assert found["customer_orders_90d"].psi_noise > 0


def test_a_version_is_watched_by_its_own_features_and_what_is_lost_has_no_rows(
    spark: SparkSession, given: Tables, serving: Serving
) -> None:
    own = replace(FEATURES.needing(POPULARITY), lost=frozenset({"customer_orders_7d"}))
    run = run_of(spark, EXAMPLE_DAY)
    bare = given.customers.drop("orders_7d").withColumn("mood", F.lit("good"))
    frame = drift(given.impressions, given.consents, bare, given.products, given.purchases, replace(serving, features=own), run)  # type: ignore[arg-type]
    assert sorted(row.feature for row in frame.collect()) == sorted({*FEATURE_NAMES, SCORE} - {"customer_orders_7d"})


def test_where_nothing_serves_it_is_said_and_there_are_no_rows(spark: SparkSession, given: Tables) -> None:
    run = run_of(spark, EXAMPLE_DAY)
    assert drift(given.impressions, given.consents, given.customers, given.products, given.purchases, None, run).count() == 0  # type: ignore[arg-type]
    assert run.notes == ["no model serves, so there is nothing to measure drift against"]


def test_no_pairs_no_rows(spark: SparkSession, given: Tables, serving: Serving) -> None:
    run = run_of(spark, date(2011, 1, 2))
    assert drift(given.impressions, given.consents, given.customers, given.products, given.purchases, serving, run).count() == 0  # type: ignore[arg-type]


def test_a_figure_that_is_infinite_on_the_eve_is_told_before_anything_is_counted() -> None:
    tables = {"features.product_daily": pa.table({"day": [DAY], "mean_price_30d": [float("inf")]})}
    run = run_of(None, EXAMPLE_DAY)  # type: ignore[arg-type]
    run.lake.contract = lambda table: SimpleNamespace(columns=(SimpleNamespace(name="mean_price_30d", spark_type="double"),))
    run.lake.arrow = lambda table, version, columns, wanted: ds.dataset(tables[table]).to_table(columns=columns, filter=wanted)
    serving = SimpleNamespace(features=FeatureList((Feature("product", "mean_price_30d"),)))
    with pytest.raises(ModelError, match=rf"product_mean_price_30d .* is infinite in 1 rows, first on {DAY}"):
        drift(None, None, None, None, None, serving, run)  # type: ignore[arg-type]


def test_sizes_count_customers_products_and_effective_pairs(spark: SparkSession) -> None:
    rows = [(DAY, "a", "p", 1.0), (DAY, "a", "q", 1.0), (DAY, "b", "q", 4.0)]
    found = sizes(spark.createDataFrame(rows, "day date, customer_key string, product_id string, weight double")).collect()[0]
    assert (found.rows, found.customer, found.product, found.pair) == (3, 2, 2, 2)  # (1+1+4)² / (1+1+16)
    assert effective(np.array([1.0, 1.0, 4.0])) == 2


def test_a_score_counts_as_often_as_the_fewest_of_what_it_is_made_of() -> None:
    sizes = {"customer": 5, "product": 3, "pair": 100}
    assert [_independent(sizes, name) for name in (SCORE, "customer_orders_7d", "product_orders_7d", "pair_units_90d")] == [3, 5, 3, 100]


def test_a_row_tells_the_shares_of_what_is_missing_and_of_what_was_never_seen() -> None:
    reference = {"features": {"customer_x": {"shares": [0.5, 0.25, 0.25]}}, "sizes": {"customer": 100, "product": 1, "pair": 1}}
    sizes = {"customer": 50, "product": 1, "pair": 1, "rows": 7}
    row = _row({0: 6.0, 2: 4.0, UNSEEN_BIN: 3.0}, reference, "customer_x", sizes)
    assert (row["missing_share"], row["reference_missing_share"], row["unseen_share"], row["rows"]) == (0.4, 0.25, 0.3, 7)
    distance, chance = against(np.array([0.5, 0.25, 0.25]), np.array([0.6, 0.0, 0.4]), 50, 100)
    assert (row["psi"], row["psi_noise"]) == (round(distance, 6), round(chance, 6))
    assert _row({0: 1.0}, reference, "customer_x", sizes)["unseen_share"] == 0
