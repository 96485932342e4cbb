"""Freshness of partitions: what is due by the shop's own clock, and that building an old day again makes nothing fresh."""

from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from lakehouse.days import DayRange
from orchestration.definitions import definitions_of
from orchestration.freshness import CHECK, _due, freshness, watched
from orchestration.runs import TableSelection, run_job
from tests.lakehouse.corner_shop import CornerShop

TABLE = "kpis.daily_sales"
SUNDAY, MONDAY, TUESDAY = date(2011, 3, 27), date(2011, 3, 28), date(2011, 3, 29)
# Six in the morning in London, which is an hour ahead of UTC by then: Tuesday's night has ended.
AT_SIX, BEFORE_SIX = datetime(2011, 3, 30, 5, 0, tzinfo=UTC), datetime(2011, 3, 30, 4, 59, tzinfo=UTC)


@pytest.fixture
def shop(settings, tmp_path):
    """A shop without an engine; its days begin on 25 March 2011."""
    return CornerShop(settings, None, tmp_path)


def published(lake, *days):
    """What a publish of those days leaves, as far as freshness looks: partitions."""
    for day in days:
        rows = pa.Table.from_pylist([{"day": day, "orders": 1}])
        write_deltalake(lake.path(TABLE), rows, mode="overwrite", partition_by="day", predicate=f"day = '{day}'")


def test_last_nights_day_is_due_once_the_night_has_ended(shop):
    assert freshness(shop.lake, TABLE, AT_SIX).due == TUESDAY
    assert freshness(shop.lake, TABLE, BEFORE_SIX).due == MONDAY


@pytest.mark.parametrize("begins", ["4:30", '"04:30"', "'04:30:00'"])
def test_the_night_begins_when_the_shop_says(shop, begins):
    shop.reload((shop.folder / "source.yaml").read_text() + f"night_begins: {begins}\n")
    crons = {each.name: each.cron_schedule for each in definitions_of(shop.lake).get_repository_def().schedule_defs}
    assert crons == {"nightly": "30 4 * * *", "weekly_tend": "30 7 * * 0", "daily_freshness": "30 8 * * *"}
    at = datetime(2011, 3, 30, 7, 30, tzinfo=UTC)
    assert [freshness(shop.lake, TABLE, now).due for now in (at - timedelta(minutes=1), at)] == [MONDAY, TUESDAY]


def test_every_schedule_runs_by_the_shops_own_clock(shop):
    shop.reload((shop.folder / "source.yaml").read_text().replace("Europe/London", "Asia/Tokyo"))
    schedules = definitions_of(shop.lake).get_repository_def().schedule_defs
    assert {each.name: (each.cron_schedule, each.execution_timezone) for each in schedules} == {
        "nightly": ("0 2 * * *", "Asia/Tokyo"), "daily_freshness": ("0 6 * * *", "Asia/Tokyo"), "weekly_tend": ("0 5 * * 0", "Asia/Tokyo"),
    }  # fmt: skip


def test_a_night_that_begins_in_the_evening_is_over_the_next_morning(shop):
    shop.reload((shop.folder / "source.yaml").read_text() + 'night_begins: "22:00"\n')
    crons = {each.name: each.cron_schedule for each in definitions_of(shop.lake).get_repository_def().schedule_defs}
    assert crons == {"nightly": "0 22 * * *", "weekly_tend": "0 1 * * 0", "daily_freshness": "0 2 * * *"}
    at = datetime(2011, 3, 30, 1, 0, tzinfo=UTC)  # two in London
    assert [freshness(shop.lake, TABLE, now).due for now in (at - timedelta(minutes=1), at)] == [SUNDAY, MONDAY]


def test_a_closed_day_is_not_due_and_nothing_is_after_the_last_day(shop):
    source = (shop.folder / "source.yaml").read_text()
    shop.reload(source + f"closed_days: [{TUESDAY}]\n")
    assert freshness(shop.lake, TABLE, AT_SIX).due == MONDAY
    shop.reload(source)
    assert freshness(shop.lake, TABLE, datetime(2026, 1, 1, tzinfo=UTC)).due == date(2011, 4, 5)
    assert freshness(shop.lake, TABLE, datetime(2011, 3, 25, 12, tzinfo=UTC)).is_fresh, "the shop has not begun"


def test_building_an_old_day_again_makes_nothing_fresh(shop):
    published(shop.lake, MONDAY)
    assert not freshness(shop.lake, TABLE, AT_SIX).is_fresh
    published(shop.lake, SUNDAY)
    found = freshness(shop.lake, TABLE, AT_SIX)
    assert not found.is_fresh
    assert str(found) == "the newest day published is 2011-03-28, 2011-03-29 is due: ./greenhouse run builds it"
    published(shop.lake, TUESDAY)
    assert freshness(shop.lake, TABLE, AT_SIX).is_fresh


def test_what_was_never_published_is_overdue(shop):
    found = freshness(shop.lake, TABLE, AT_SIX)
    assert str(found) == "nothing was published yet, 2011-03-29 is due: ./greenhouse run builds it"


def test_the_job_judges_every_watched_table_and_the_night_none(shop):
    definitions = definitions_of(shop.lake)
    with dg.DagsterInstance.ephemeral() as instance:
        done = definitions.resolve_job_def("watch_freshness").execute_in_process(instance=instance)
    told = {".".join(each.asset_key.path): each for each in done.get_asset_check_evaluations()}
    assert set(told) == set(watched(shop.lake))
    assert {"bronze.lines", "silver.orders", TABLE, "features.customer_daily", "monitoring.drift"} <= set(told)
    assert not any(each.passed or each.blocking for each in told.values())
    night = {node.name for node in definitions.resolve_job_def("nightly").nodes}
    assert "kpis__daily_sales" in night
    assert "freshness" not in night


def test_a_day_materialised_by_hand_is_judged_beside_it(corner_run):
    (told,) = corner_run
    assert (told.check_name, told.passed) == (CHECK, False)
    assert told.description.startswith("the newest day published is 2011-03-25, 2011-04-05 is due")


@pytest.fixture
def corner_run(settings, spark, tmp_path):
    """The evaluations of freshness in a run of one old day, as a click starts it."""
    shop = CornerShop(settings, spark, tmp_path)
    shop.deliver("2011-03-25", ["1,anna,fern,1,2.50,2011-03-25 12:00:00"])
    day = DayRange.parse("2011-03-25")
    with dg.DagsterInstance.ephemeral() as instance:
        done = run_job(
            definitions_of(shop.lake), "build_history", day, instance, shop.lake, asked_by="a test", only=TableSelection("bronze.lines")
        )
        assert done.succeeded, done.failures
        kept = instance.all_logs(done.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
        found = [entry.dagster_event.asset_check_evaluation_data for entry in kept]
    return [each for each in found if each.check_name == CHECK]


def test_a_table_that_comes_every_third_day_may_be_two_days_older(shop):
    assert [_due(shop.lake.shop, every, AT_SIX) for every in (1, 2, 3)] == [TUESDAY, MONDAY, SUNDAY]
    assert _due(shop.lake.shop, 9, AT_SIX) is None, "its first is still to come"
