"""A backtest's own folder, what it reads of the live lake, and how its recommendations did."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from assets.backtest import LakeAsOf, _recall, lake_as_of, result
from lakehouse.days import DayRange
from lakehouse.errors import LakeError
from lakehouse.publishing.built_days import BuiltDays
from lakehouse.settings import Settings
from lakehouse.tables.lake import Lake
from lakehouse.tables.run import Run, RunInfo
from tests.lakehouse.built import build, land
from tests.lakehouse.corner_shop import CornerShop

AS_OF = date(2011, 3, 25)


def test_what_it_makes_stands_apart_and_what_landed_is_the_live_ledgers(settings: Settings, tmp_path: Path) -> None:
    live = CornerShop(settings, None, tmp_path).lake
    lake = LakeAsOf(**{field.name: getattr(live, field.name) for field in fields(Lake)}, folder=tmp_path / "back", as_of=AS_OF)
    own = (
        "training.purchase_examples",
        "models.model_versions",
        "predictions.recommendations",
        "monitoring.check_results",
        "monitoring.drift",
    )
    shared = (
        "silver.orders",
        "features.customer_daily",
        "bronze.lines",
        "quarantine.orders",
        "monitoring.landed_files",
        "monitoring.settled_files",
    )
    assert [lake.path(table) for table in own] == [str(tmp_path / "back" / table.replace(".", "/")) for table in own]
    assert [lake.path(table) for table in shared] == [live.path(table) for table in shared]


def test_every_date_of_when_something_was_known_or_is_of_limits_what_is_seen(settings: Settings, tmp_path: Path) -> None:
    live = CornerShop(settings, None, tmp_path).lake
    lake = LakeAsOf(**{field.name: getattr(live, field.name) for field in fields(Lake)}, as_of=AS_OF)
    dated = {table: lake._dated_by(table) for table in ("silver.orders", "bronze.lines", "quarantine.orders", "features.customer_daily")}
    assert dated == {
        "silver.orders": ["known_day", "day"], "bronze.lines": ["file_day"], "quarantine.orders": ["file_day", "day"],
        "features.customer_daily": ["day"],
    }  # fmt: skip


@pytest.mark.parametrize("few", [10_000, 0])
def test_what_a_table_function_reads_is_what_was_known_then(settings: Settings, spark: object, tmp_path: Path, few: int) -> None:
    live = CornerShop(settings.model_copy(update={"few_rows": few}), spark, tmp_path).lake
    rows = [{"day": AS_OF + timedelta(days=n), "known_day": AS_OF + timedelta(days=known), "order_id": f"{n} {known}"} for n, known in ((-1, -1), (0, 0), (0, 1), (1, 1))]  # fmt: skip
    write_deltalake(live.path("silver.orders"), pa.Table.from_pylist(rows), partition_by="day")
    lake = LakeAsOf(**{field.name: getattr(live, field.name) for field in fields(Lake)}, as_of=AS_OF)
    run = Run(lake, lake.tables["kpis.daily_sales"], DayRange(AS_OF, AS_OF), RunInfo("a run", "a test", "test"), "a publish")
    for df in (
        run.read("silver.orders"),
        run.read("silver.orders", DayRange(AS_OF, AS_OF + timedelta(days=1))),
        lake.read("silver.orders"),
    ):
        assert {row["order_id"] for row in df.collect()} - {"-1 -1"} == {"0 0"}


def test_a_day_that_was_never_built_is_no_day_to_go_back_to(settings: Settings, tmp_path: Path) -> None:
    live = CornerShop(settings, None, tmp_path).lake
    live.partition_days = lambda table, version=None: {date(2011, 3, 26)}  # type: ignore[method-assign]
    with pytest.raises(LakeError, match="holds no rows of 2011-03-25; choose a day that was built"):
        lake_as_of(live, AS_OF)
    found = lake_as_of(live, date(2011, 3, 26))
    assert (found.as_of, found.folder.parent) == (date(2011, 3, 26), live.settings.home / "backtests")
    assert found.settings.mlflow_tracking_uri == f"sqlite:///{found.folder}/mlflow.db"


def test_what_was_bought_from_the_day_after_on_is_what_its_recommendations_are_held_against(settings: Settings, tmp_path: Path) -> None:
    live = CornerShop(settings, None, tmp_path).lake
    lake = LakeAsOf(**{field.name: getattr(live, field.name) for field in fields(Lake)}, folder=tmp_path / "back", as_of=AS_OF)
    recommended = [{"day": AS_OF, "customer_key": who, "product_id": what} for who in ("ann", "bob") for what in ("fern", "moss")]
    write_deltalake(lake.path("predictions.recommendations"), pa.Table.from_pylist(recommended))
    write_deltalake(lake.path("models.model_versions"), pa.table({"model_name": ["purchase"]}))
    sold = [("ivy", 0), ("oak", 0), ("fern", 1), ("palm", 7), ("moss", 8)]  # the eighth day after is no matter of the week
    rows = [{"day": AS_OF + timedelta(days=after), "known_day": AS_OF, "customer_key": "ann", "product_id": what, "quantity": 1, "is_goods": True} for what, after in sold]  # fmt: skip
    write_deltalake(live.path("silver.orders"), pa.Table.from_pylist(rows))
    found = result(live, lake)
    assert (found.recommended_customers, found.recall_at_10, found.models) == (2, 0.5, ({"model_name": "purchase"},))


def test_recall_is_the_mean_over_those_who_bought_something() -> None:
    recommended = {"ann": {"fern", "moss"}, "bob": {"fern"}, "cy": {"fern"}}
    assert _recall(recommended, {"ann": {"fern", "ivy", "palm", "moss"}, "bob": {"ivy"}, "dora": {"fern"}}) == 0.25
    assert _recall(recommended, {}) is None


def test_days_that_retention_has_passed_since_are_no_hole_of_that_day(settings: Settings, tmp_path: Path) -> None:
    """150 days are kept of a pair's features, counted back from today's newest day, not from the day gone back to."""
    live = CornerShop(settings, None, tmp_path, last_day=date(2011, 12, 31)).lake
    first, back_to, newest = AS_OF, AS_OF + timedelta(days=150), AS_OF + timedelta(days=180)
    days = [first + timedelta(days=n) for n in range(181)]
    land(live, "lines", days)
    for table in ("silver.orders", "partials.customer_product_day"):
        build(live, table, days)
    kept = [day for day in days if day > newest - timedelta(days=150)]
    build(live, "features.customer_product_daily", kept)
    build(live, "features.customer_daily", kept)
    live.partition_days = lambda table, version=None: set(kept)  # type: ignore[method-assign]
    lake = lake_as_of(live, back_to)
    gone = [day for day in days if first + timedelta(days=1) <= day < kept[0]]
    assert gone and not BuiltDays(lake).unbuilt("features.customer_product_daily", gone)
    assert BuiltDays(lake).is_kept("features.customer_product_daily", kept[0])
