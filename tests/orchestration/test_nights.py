"""Nights through Dagster: the one after a failed night builds both days, whoever launches it, and the UI shows every day as built."""

import dataclasses
from datetime import date, timedelta

import pytest

from cli.pipeline import Pipeline, new_days
from cli.progress import Progress
from lakehouse.days import DayRange
from lakehouse.ingestion.reconcile import reconcile
from lakehouse.publishing.built_days import BuiltDays
from lakehouse.tables.registry import Table
from orchestration.definitions import definitions_of
from orchestration.instance import instance_of
from orchestration.keys import key_of
from tests.lakehouse.corner_shop import CornerShop, line
from tests.orchestration.launches import clicked, clicked_alone, commanded, run, scheduled, statuses

DAYS = ("2011-03-25", "2011-03-26", "2011-03-27")
FEW = ("bronze.lines", "silver.orders", "kpis.daily_sales", "partials.customer_product_day", "features.customer_product_daily")


@pytest.fixture
def shop(settings, spark, tmp_path):
    """The corner shop with a Dagster instance of its own and a few of its tables, from files to features."""
    corner = CornerShop(settings, spark, tmp_path)
    corner.lake = dataclasses.replace(corner.lake, tables={name: corner.lake.tables[name] for name in FEW})
    corner.instance = instance_of(corner.lake.settings.model_copy(update={"dagster_home": tmp_path / "dagster"}))
    corner.definitions = definitions_of(corner.lake)
    return corner


@pytest.mark.parametrize("night", [scheduled, clicked, commanded])
def test_the_night_after_a_failed_one_builds_both_days(shop, night):
    shop.deliver(DAYS[0], [line(1, DAYS[0])])
    assert night(shop, DAYS[0]).success
    assert not night(shop, DAYS[1]).success, "there is no file yet"
    for day in DAYS[1:]:
        shop.deliver(day, [line(int(day[-2:]), day)])
    assert night(shop, DAYS[2]).success
    assert {str(row["day"]) for row in shop.rows("kpis.daily_sales")} == set(DAYS)
    assert {row["orders_90d"] for row in shop.rows(FEW[-1]) if str(row["day"]) == DAYS[2]} == {3}
    assert (reconcile(shop.lake)[0].published, reconcile(shop.lake)[0].unaccounted) == (3, 0)
    for table in FEW:
        assert statuses(shop, table, DAYS) == dict.fromkeys(DAYS, "MATERIALIZED"), table


def test_a_day_whose_run_was_killed_before_dagster_heard_of_it_is_told_with_the_next(shop):
    for day in DAYS[:2]:
        shop.deliver(day, [line(int(day[-2:]), day)])
    for table in FEW:
        shop.publish(table, DAYS[0])
    assert commanded(shop, DAYS[1]).success
    for table in FEW:
        assert statuses(shop, table, DAYS[:2]) == dict.fromkeys(DAYS[:2], "MATERIALIZED"), table


def test_a_range_takes_only_its_own_files(shop):
    for day in DAYS:
        shop.deliver(day, [line(int(day[-2:]), day)])
    only, first, last = [key_of("bronze.lines")], "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
    assert run(shop, "nightly", {first: DAYS[1], last: DAYS[2]}, only).success
    assert {str(row["file_day"]) for row in shop.rows("bronze.lines")} == {*DAYS[1:]}


def test_a_first_night_takes_all_since_the_first_day(shop):
    for day in DAYS:
        shop.deliver(day, [line(int(day[-2:]), day)])
    assert run(shop, "nightly", {"dagster/partition": DAYS[2]}, [key_of("bronze.lines")]).success
    assert {str(row["file_day"]) for row in shop.rows("bronze.lines")} == {*DAYS}


def test_what_the_engine_quotes_of_its_plan_stays_out_of_dagster(shop):
    shop.lake.tables["kpis.daily_sales"] = Table(
        "kpis.daily_sales", lambda run: run.spark.sql("SELECT * FROM VALUES (1) t WHERE no = 'SECRET-7'"), {}
    )
    shop.definitions = definitions_of(shop.lake)
    (failed,) = clicked_alone(shop, DAYS[0], ["kpis.daily_sales"]).get_step_failure_events()
    assert "UNRESOLVED_COLUMN" in failed.step_failure_data.user_failure_data.description
    assert "SECRET-7" not in str(failed)


def test_a_click_on_one_table_that_leaves_a_hole_says_so_and_what_looks_over_it_is_refused(shop):
    for day in DAYS:
        shop.deliver(day, [line(int(day[-2:]), day)])
    assert clicked(shop, DAYS[0]).success
    alone = clicked_alone(shop, DAYS[2], FEW)
    told = {
        event.asset_key.path[1]: event.step_materialization_data.materialization.metadata.get("notes")
        for event in alone.get_asset_materialization_events()
    }
    assert "silver.orders is still not built for 2011-03-26: ./greenhouse run builds what is missing" in told["orders"].value
    assert not alone.success
    (failed,) = alone.get_step_failure_events()
    assert "partials.customer_product_day was not built for 2011-03-26" in failed.step_failure_data.user_failure_data.description
    line_of = Pipeline(shop.lake.settings, shop.lake, shop.instance, shop.definitions, Progress())
    last = date.fromisoformat(DAYS[2])
    assert (new_days(shop.lake, last), line_of.is_up_to_date(last)) == (None, False), "nothing is new, and a day is open"
    line_of.catch_up(last, "a test")
    assert line_of.is_up_to_date(last)
    assert new_days(shop.lake, last + timedelta(days=2)) == DayRange.parse("2011-03-28..2011-03-29")
    assert not any(BuiltDays(shop.lake).missing(table, date.fromisoformat(DAYS[2])) for table in FEW)
