"""Maturity, whole windows, cadence, and what counts as bought."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from pyspark.sql import SparkSession

from lakehouse.days import DayRange
from models.labels import Following, bought, days_with_features, example_days, has_full_windows, is_mature, last_landed_day

MONDAY = date(2011, 6, 6)


def shop(has_impressions: bool, lateness_days: int = 0) -> SimpleNamespace:
    return SimpleNamespace(lateness_days=lateness_days, first_day=date(2010, 12, 1), has=lambda name: has_impressions)


@pytest.mark.parametrize(("lateness", "last", "mature"), [(0, 6, True), (0, 5, False), (2, 8, True), (2, 7, False)])
def test_an_example_is_mature_when_its_last_day_and_the_lateness_have_landed(lateness: int, last: int, mature: bool) -> None:
    assert is_mature(MONDAY, lateness, MONDAY + timedelta(days=last)) is mature


def test_the_day_before_must_look_back_over_ninety_days() -> None:
    first = date(2011, 1, 1)
    assert has_full_windows(first + timedelta(days=90), first)
    assert not has_full_windows(first + timedelta(days=89), first)


def test_mondays_without_impressions_every_day_with() -> None:
    days = [MONDAY + timedelta(days=n) for n in range(14)]
    late = date(2011, 12, 1)
    assert example_days(days, shop(False), late) == [MONDAY, MONDAY + timedelta(days=7)]
    assert example_days(days, shop(True), late) == days
    assert example_days(days, shop(True, lateness_days=3), MONDAY + timedelta(days=9)) == [MONDAY]


def test_bought_on_the_day_or_the_six_after(spark: SparkSession) -> None:
    rows = [
        ("c1", "p1", 1, True, MONDAY + timedelta(days=6)),
        ("c1", "p2", 1, True, MONDAY + timedelta(days=7)),
        ("c1", "p3", -1, True, MONDAY),
        ("c1", "p4", 1, False, MONDAY),
        (None, "p5", 1, True, MONDAY),
        ("c2", "p1", 2, True, MONDAY),
        ("c2", "p1", 1, True, MONDAY),
        ("c3", "p1", 1, True, MONDAY - timedelta(days=1)),
    ]
    orders = spark.createDataFrame(rows, "customer_key string, product_id string, quantity int, is_goods boolean, day date")
    found = bought(orders).where(f"day = date'{MONDAY}'").select("customer_key", "product_id").collect()
    assert sorted(map(tuple, found)) == [("c1", "p1"), ("c2", "p1")]


def test_a_label_looks_at_its_week_and_a_changed_day_reaches_the_six_before_it() -> None:
    read = Following("silver.orders")
    assert read.looks_at([MONDAY]) == {MONDAY + timedelta(days=n) for n in range(7)}
    assert read.reach({MONDAY}, shop(False)) == {MONDAY - timedelta(days=n) for n in range(7)}  # type: ignore[arg-type]


def test_what_is_landed_and_made_is_asked_of_the_versions_that_the_run_reads() -> None:
    made = {("silver.orders", 3): {MONDAY, MONDAY + timedelta(days=2)}, ("features.customer_product_daily", 3): {MONDAY}}
    lake = SimpleNamespace(shop=shop(False), partition_days=lambda table, version: made.get((table, version), set()))
    run = SimpleNamespace(lake=lake, version_of=lambda table: 3)
    assert last_landed_day(run) == MONDAY + timedelta(days=2)
    assert days_with_features(run, [MONDAY + timedelta(days=n) for n in range(3)]) == [MONDAY + timedelta(days=1)]
    lake.partition_days = lambda table, version: set()
    assert last_landed_day(run) == date(2010, 12, 1)


def test_a_label_reads_the_week_behind_the_last_day_written() -> None:
    run = SimpleNamespace(days=DayRange(MONDAY, MONDAY + timedelta(days=1)), read=lambda table, days: (table, str(days)))
    assert Following("silver.orders").resolve(run, "orders") == ("silver.orders", "2011-06-06..2011-06-13")  # type: ignore[arg-type]
