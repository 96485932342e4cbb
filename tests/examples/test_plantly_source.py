"""source.yaml fits the files that the simulator writes, and its SELECTs make canonical rows of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from examples.plantly.faults import MOST_DAYS_LATE
from examples.plantly.landing import simulate
from examples.plantly.lines import COLUMNS, ID
from examples.plantly.scenario import Scenario, parse_injection
from lakehouse.shop.source import Shop, load_shop

SOURCE = Path(__file__).parents[2] / "examples" / "plantly" / "source.yaml"
FIRST, LAST = date(2025, 3, 29), date(2025, 4, 3)  # over the night that summer time begins
Read = Callable[[Path, str], pd.DataFrame]
BAD = "bad_rows=2025-03-31,size=0.5"


@pytest.fixture(scope="module")
def shop() -> Shop:
    return load_shop(SOURCE)


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    folder = tmp_path_factory.mktemp("landed")
    truth = simulate(folder, Scenario(customers=400, injections=(parse_injection(BAD),)), FIRST, LAST)
    return folder / "landing", truth


def _selected(spark: SparkSession, shop: Shop, landing: Path, table: str) -> DataFrame:
    for name in shop.inputs_of(table):
        df = spark.read.option("header", True).csv(str(landing / table))
        lineage = F.struct(F.lit("f").alias("file"), F.lit(1).cast("bigint").alias("row"), F.lit(LAST).alias("file_day"))
        df.withColumn("lineage", lineage).createOrReplaceTempView(name)
    return spark.sql(shop.tables[table].select.replace(":time_zone", f"'{shop.time_zone}'"))


def test_the_source_declares_the_columns_that_are_written(shop: Shop) -> None:
    declared = {name: entry.column_names for name, entry in shop.inputs.items()}
    assert declared == {f"{name}_raw": columns for name, columns in COLUMNS.items()}
    assert {name: entry.duplicates.key for name, entry in shop.inputs.items() if entry.duplicates} == {
        f"{name}_raw": (ID[name],) for name in ("impressions", "orders")
    }
    assert shop.lateness_days == MOST_DAYS_LATE and shop.time_zone == "Europe/London"


def test_each_line_becomes_one_canonical_row(spark: SparkSession, shop: Shop, landed: tuple[Path, dict]) -> None:
    for table, lines in landed[1]["lines"].items():
        assert _selected(spark, shop, landed[0], table).count() == lines


def test_bad_values_become_null_or_stay_to_be_judged(spark: SparkSession, shop: Shop, landed: tuple[Path, dict]) -> None:
    wrong = {what: len(ids) for what, ids in landed[1]["injections"][0]["ids"]["orders"].items()}
    orders = _selected(spark, shop, landed[0], "orders")
    found = orders.select(
        F.count_if(F.col("event_at").isNull()).alias("unparseable_date"),
        F.count_if(F.col("quantity").isNull()).alias("unparseable_quantity"),
        F.count_if(F.col("unit_price") < 0).alias("negative_price"),
        F.count_if(F.col("product_id") == "P9999").alias("unknown_product"),
    ).first()
    assert found is not None and found.asDict() == {**dict.fromkeys(found.asDict(), 0), **wrong}
    assert orders.where("is_return <> (quantity < 0)").count() == 0


def test_times_are_utc_over_the_change_to_summer_time(spark: SparkSession, shop: Shop, landed: tuple[Path, dict], read_input: Read) -> None:
    lines = read_input(landed[0].parent, "orders").query("file_day != '2025-03-31' and kind == 'sale'")
    local = dict(zip(lines["order_id"], pd.to_datetime(lines["ordered_at"]), strict=True))
    rows = _selected(spark, shop, landed[0], "orders").where("NOT is_return").select("order_id", F.expr("string(event_at)")).collect()
    hours = {(str(local[order].date()), (local[order] - pd.Timestamp(utc)).seconds // 3600) for order, utc in rows if order in local}
    assert hours == {(f"2025-{day}", int(day != "03-29")) for day in ("03-29", "03-30", "04-01", "04-02", "04-03")}


def test_products_and_customers_are_typed(spark: SparkSession, shop: Shop, landed: tuple[Path, dict]) -> None:
    products = _selected(spark, shop, landed[0], "products")
    expected = {"price": "decimal(18,4)", "is_pet_safe": "boolean", "hardiness_zone_min": "int", "stock_units": "int"}
    assert expected.items() <= dict(products.dtypes).items()
    assert products.where("price IS NULL OR is_pet_safe IS NULL OR stock_units IS NULL").count() == 0
    assert products.where("product_group = 'Monstera' AND hardiness_zone_min IS NOT NULL").count() == 0
    customers = _selected(spark, shop, landed[0], "customers")
    assert customers.where("has_pets IS NULL OR has_children IS NULL OR consents_to_training IS NULL").count() == 0
