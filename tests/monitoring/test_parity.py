"""Scored features and those of bronze are the same; one value changed is found, named, and refused.

The whole line on a tiny plantly shows this every time; what a season of a shop written for it adds is a trial.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from pyspark.sql import SparkSession

from lakehouse.days import DayRange
from lakehouse.errors import AuditFailed
from models.feature_list import Feature, FeatureList
from models.purchase import FEATURE_NAMES
from monitoring.parity import SAMPLED_A_DAY, compared, parity, sample
from monitoring.past_events import events_of, units_sold
from monitoring.recomputed_features import RECOMPUTED, recomputed
from tests.lakehouse.corner_shop import CornerShop, line
from tests.monitoring.season import DAYS, FEATURES, TABLES, SeasonShop

DAY = DAYS.last
SCORED = DayRange(date(2011, 4, 9), DAY)


@pytest.fixture(scope="module")
def season(settings, started, tmp_path_factory) -> SeasonShop:
    shop = SeasonShop(settings, started, tmp_path_factory.mktemp("season"))
    for table in TABLES:
        shop.publish(table, str(SCORED if table in FEATURES else DAYS))
    shop.recommend(SCORED)
    return shop


@pytest.fixture
def changed(season) -> Iterator[SeasonShop]:
    """The shop with one customer told, of the last day, to have ordered 1,000 times more often in 30 days."""
    path, who = season.lake.path("features.customer_daily"), season.rows("features.customer_daily")[0]["customer_key"]
    change = f"orders_30d = orders_30d + 1000 WHERE day = date'{DAY}' AND customer_key = '{who}'"
    season.lake.spark.sql(f"UPDATE delta.`{path}` SET {change}").collect()
    version = season.lake.version("features.customer_daily")
    yield season
    season.lake.spark.sql(f"RESTORE delta.`{path}` TO VERSION AS OF {version - 1}").collect()


@pytest.mark.trial
def test_features_of_bronze_are_those_scored(season: SeasonShop) -> None:
    done = season.publish("monitoring.parity", str(SCORED))
    assert done.rows_by_day == {str(day): len(FEATURE_NAMES) for day in SCORED}
    rows = season.rows("monitoring.parity")
    assert {(row["compared_rows"], row["differing_rows"]) for row in rows} == {(12, 0)}
    assert {row["feature"] for row in rows} == set(FEATURE_NAMES)
    assert {"bronze.lines", "bronze.showings", "quarantine.orders"} <= set(done.input_versions)
    assert not {"silver.orders", "silver.impressions"} & set(done.input_versions)


@pytest.mark.trial
def test_the_season_holds_what_could_go_wrong(season: SeasonShop) -> None:
    orders, shown = season.rows("silver.orders"), season.rows("silver.impressions")
    assert {row["outcome"] for row in season.rows("quarantine.orders")} == {"quarantined", "duplicate"}
    assert any(row["is_return"] for row in orders)
    assert any(row["known_day"] > row["day"] for row in orders)
    assert any(row["known_day"] > row["day"] for row in shown)
    products = [row for row in season.rows("features.product_daily") if row["day"] == DAY]
    assert any(row["conversion_30d"] for row in products)


@pytest.mark.trial
def test_another_value_is_refused_and_named(changed: SeasonShop) -> None:
    with pytest.raises(AuditFailed, match=f"monitoring.parity: .*recomputed_features_are_the_same failed on {DAY}") as refused:
        changed.publish("monitoring.parity", str(DAY))
    (check,) = refused.value.report.failed_errors
    (example,) = check.examples
    found = json.loads(example)
    assert found["feature"] == "customer_orders_30d"
    assert found["differing_rows"] == 4, "a customer is recommended four products"
    assert int(found["published_value"]) == int(found["recomputed_value"]) + 1000


@pytest.mark.trial
def test_a_day_without_predictions_has_no_rows(season: SeasonShop) -> None:
    assert season.publish("monitoring.parity", "2011-04-01").rows == 0


@pytest.mark.trial
def test_a_shop_without_impressions(settings, spark, tmp_path) -> None:
    shop = CornerShop(settings, spark, tmp_path)
    for number, day in enumerate(DayRange.parse("2011-03-25..2011-04-05")):
        sold = [line(number, str(day), product="ivy"), line(100 + number, str(day), quantity=number % 3 or -1, customer="bob")]
        shop.deliver(str(day), sold)
    shop.build("2011-03-25..2011-04-05", "silver.customers", "silver.products", "silver.impressions", *FEATURES)
    SeasonShop.recommend(shop, DayRange.parse("2011-04-05"))
    shop.publish("monitoring.parity", "2011-04-05")
    assert {(row["compared_rows"], row["differing_rows"]) for row in shop.rows("monitoring.parity")} == {(8, 0)}


def test_the_same_predictions_are_sampled_whatever_their_order(spark: SparkSession) -> None:
    rows = [(DAY, f"c{n}", "p", f"{n * 7919 % 1009:04}", "purchase", 3) for n in range(200)]
    schema = "day date, customer_key string, product_id string, prediction_id string, model_name string, model_version int"
    one, other = (sample(spark.createDataFrame(some, schema)).collect() for some in (rows, rows[::-1]))
    assert len(one) == SAMPLED_A_DAY
    assert set(one) == set(other)
    assert {row.customer_key for row in one} == {who for _, who, *_ in sorted(rows, key=lambda row: row[3])[:SAMPLED_A_DAY]}


def test_a_missing_value_equals_a_missing_one_alone() -> None:
    same = dict.fromkeys(FEATURE_NAMES, 1)
    published = {(DAY, "c", "p"): {**same, "product_group": None, "pair_units_90d": None}}
    again = {(DAY, "c", "p"): {**same, "product_group": None, "pair_units_90d": 0}}
    differing = [row for row in compared(published, again, {DAY: FEATURE_NAMES}) if row["differing_rows"]]
    assert [(row["feature"], row["published_value"], row["recomputed_value"]) for row in differing] == [("pair_units_90d", "None", "0")]
    turned = [row for row in compared(again, published, {DAY: FEATURE_NAMES}) if row["differing_rows"]]
    assert [(row["feature"], row["published_value"], row["recomputed_value"]) for row in turned] == [("pair_units_90d", "0", "None")]


def test_each_day_is_compared_by_the_features_of_the_version_that_scored_it() -> None:
    days = {DAY: ["customer_orders_7d"], date(2011, 4, 9): ["product_group", "customer_orders_7d"]}
    rows = {(day, "c", "p"): {"customer_orders_7d": 1, "product_group": "a"} for day in days}
    found = [(row["day"], row["feature"]) for row in compared(rows, rows, days)]
    assert found == [(date(2011, 4, 9), "product_group"), (date(2011, 4, 9), "customer_orders_7d"), (DAY, "customer_orders_7d")]


def test_every_feature_of_todays_model_has_its_words() -> None:
    assert set(FEATURE_NAMES) <= RECOMPUTED


EVENTS = (
    "event_day date, known_day date, event_at timestamp, customer_key string, product_id string, product_group string, order_id string, "
    "quantity decimal(18,4), amount decimal(18,4), is_bought boolean, is_returned boolean, is_shown boolean, is_clicked boolean"
)


def test_each_window_ends_with_the_day_that_its_name_says(spark: SparkSession) -> None:
    rows = []
    for age in (6, 7, 29, 30, 89, 90):
        day = DAY - timedelta(days=age)
        of_day = (day, day, datetime(day.year, day.month, day.day, 12, tzinfo=UTC), "c", "p", "plants")
        rows.append((*of_day, f"order {age}", Decimal(1), Decimal(2), True, False, False, False))
        rows.append((*of_day, None, None, None, False, False, True, True))
    events = spark.createDataFrame(rows, EVENTS)
    counted = {"7d": 1, "30d": 3, "90d": 5}
    measures = {"orders": 1, "units": 1, "buyers": None, "spend": 2, "revenue": 2, "impressions": 1, "clicks": 1}
    wanted = {
        f"{of}_{measure}_{window}": n * worth if worth else 1
        for of in ("customer", "product", "pair") for measure, worth in measures.items() for window, n in counted.items()
    }  # fmt: skip
    names = sorted(RECOMPUTED & wanted.keys())
    pairs = spark.createDataFrame([(DAY, "c", "p")], "day date, customer_key string, product_id string")
    found = recomputed(pairs, events, units_sold(events), names).collect()[0].asDict()
    assert {name: found[name] for name in names} == {name: wanted[name] for name in names}


def test_an_amount_that_was_told_counts_and_one_that_was_not_is_price_times_quantity(spark: SparkSession) -> None:
    kinds = "day date, known_day date, event_at timestamp, customer_key string, product_id string, product_group string, order_id string, quantity decimal(18,4), "
    kinds += "unit_price decimal(18,6), amount decimal(18,4), is_goods boolean, is_return boolean"
    at = datetime.combine(DAY, time(9))
    lines = [
        (DAY, DAY, at, "c", "p", None, order, Decimal(3), Decimal("0.4"), told, True, None)
        for order, told in (("1", None), ("2", Decimal(1)))
    ]
    shown = spark.createDataFrame(
        [], "day date, known_day date, event_at timestamp, customer_key string, product_id string, product_group string, is_clicked boolean"
    )
    found = {row.order_id: row.amount for row in events_of(spark.createDataFrame(lines, kinds), shown).collect()}
    assert found == {"1": Decimal("1.2000"), "2": Decimal("1.0000")}


SCORED_DAY = date(2011, 4, 10)
LINES = (
    "day date, known_day date, event_at timestamp, customer_key string, product_id string, product_group string, order_id string, "
    "quantity decimal(18,4), unit_price decimal(18,6), amount decimal(18,4), is_goods boolean, is_return boolean"
)
SHOWN = "day date, known_day date, event_at timestamp, customer_key string, product_id string, product_group string, is_clicked boolean"


def test_the_features_compared_are_those_that_the_scoring_version_brings(settings, spark, tmp_path):
    lake, notes = CornerShop(settings, spark, tmp_path).lake, []
    brought = {("purchase", 1): FeatureList((Feature("customer", "orders_7d"),))}
    frame = spark.createDataFrame
    found = parity(
        frame(
            [(SCORED_DAY, "c", "p", "1", "purchase", 1)],
            "day date, customer_key string, product_id string, prediction_id string, model_name string, model_version int",
        ),
        frame([(SCORED_DAY, "c", 5)], "day date, customer_key string, orders_7d bigint"),
        frame([(SCORED_DAY, "p")], "day date, product_id string"),
        frame([], "day date, customer_key string, product_id string, product_group string, orders_90d bigint"),
        frame([], LINES),
        frame([], SHOWN),
        brought,
        SimpleNamespace(spark=spark, lake=lake, note=notes.append),
    ).collect()
    assert [(row.feature, row.compared_rows, row.differing_rows, row.published_value) for row in found] == [
        ("customer_orders_7d", 1, 1, "5")
    ]
