"""Nights of a shop with every fault there is, on the engine as users have it: what is set aside and why, what is known when, what the log gives away.

One shop is built once; each test attacks one line that defends it.
"""

from collections import Counter
from dataclasses import fields
from datetime import date
from decimal import Decimal

import pytest

from assets.backtest import LakeAsOf
from cli.sql import query_lake
from lakehouse.days import DayRange
from lakehouse.ingestion.reconcile import reconcile
from lakehouse.ingestion.silver.canonical import selected
from lakehouse.ingestion.silver.from_bronze import from_bronze
from lakehouse.tables.lake import Lake
from lakehouse.tables.run import Run, RunInfo
from tests.conftest import FOR_A_FEW_ROWS
from tests.lakehouse.corner_shop import CornerShop, line

FIRST, SECOND, THIRD = "2011-03-25", "2011-03-26", "2011-03-27"
# The allowance is one day: known a day after it happened is in time, two days after is not.
IN_TIME, TOO_LATE, MALFORMED, AGAIN = line(150, FIRST, quantity=10), line(250, FIRST), line(251, THIRD) + ",one too many", line(200, THIRD)


@pytest.fixture(scope="module")
def corner(settings, spark_as_users_have_it, tmp_path_factory):
    """Two nights: the first day, then the two others, of which the second tells late of the first."""
    shop = CornerShop(settings, spark_as_users_have_it, tmp_path_factory.mktemp("corner"), lateness=1)
    shop.deliver(FIRST, [line(n, FIRST) for n in range(40)])
    shop.deliver(SECOND, [*(line(n, SECOND) for n in range(100, 140)), IN_TIME])
    shop.deliver(THIRD, [*(line(n, THIRD) for n in range(200, 245)), TOO_LATE, MALFORMED, AGAIN])
    shop.build(FIRST, "kpis.daily_sales")
    shop.publish("bronze.lines", f"{SECOND}..{THIRD}")
    shop.silver = shop.publish("silver.orders", f"{SECOND}..{THIRD}")
    shop.sales = shop.publish("kpis.daily_sales", f"{SECOND}..{THIRD}")
    return shop


@pytest.fixture
def a_later_quarantine(corner):
    """What a silver publish that was cut off leaves behind: a newer version of the quarantine than silver names."""
    path = corner.lake.path("quarantine.orders")
    before = corner.lake.version("quarantine.orders")
    corner.lake.spark.sql(f"DELETE FROM delta.`{path}`").collect()
    yield corner
    corner.lake.spark.sql(f"RESTORE delta.`{path}` TO VERSION AS OF {before}").collect()


def test_the_engine_is_as_users_have_it(corner):
    found = {name: corner.lake.spark.conf.get(name) for name in FOR_A_FEW_ROWS}
    assert found == {
        "spark.sql.codegen.wholeStage": "true",
        "spark.sql.codegen.factoryMode": "FALLBACK",
        "spark.sql.adaptive.enabled": "true",
        "spark.sql.shuffle.partitions": "4",
    }


def test_lines_are_set_aside_for_their_own_reason_alone(corner):
    found = {row["source_row"]: (row["outcome"], row["broken_rules"]) for row in corner.rows("quarantine.orders")}
    assert found == {
        46: ("quarantined", ["event_is_within_the_lateness_allowance"]),
        47: ("quarantined", ["line_is_well_formed"]),
        1: ("duplicate", []),
    }
    assert Counter(str(row["day"]) for row in corner.rows("silver.orders")) == {FIRST: 41, SECOND: 40, THIRD: 45}
    assert [(account.landed, account.published, account.quarantined, account.duplicates, account.unaccounted) for account in reconcile(corner.lake)] == [
        (129, 126, 2, 1, 0)
    ]  # fmt: skip


def test_a_line_as_late_as_allowed_restates_its_day_in_silver_and_in_what_is_made_of_it(corner):
    days = [date.fromisoformat(day) for day in (FIRST, SECOND, THIRD)]
    assert list(corner.silver.days) == list(corner.sales.days) == days
    sold = {str(row["day"]): row["sold_amount"] for row in corner.rows("kpis.daily_sales")}
    assert sold == {FIRST: Decimal("125.00"), SECOND: Decimal("100.00"), THIRD: Decimal("112.50")}
    assert selected("orders").reach({days[1]}, corner.lake.shop) == {days[0], days[1]}


def test_a_day_built_again_alone_finds_the_lines_that_came_late_for_it(corner):
    before = sorted(map(str, corner.rows("silver.orders")))
    corner.publish("silver.orders", FIRST)
    assert sorted(map(str, corner.rows("silver.orders"))) == before


def test_the_log_tells_least_and_greatest_products_but_no_customer(corner):
    logs = {path: path.read_text() for path in corner.folder.glob("lake/*/*/_delta_log/*.json")}
    of_bronze = "\n".join(text for path, text in logs.items() if "/bronze/lines/" in str(path))
    assert '\\"fern\\"' in of_bronze, "or there are no minima at all, and this proves nothing"
    assert [str(path) for path, text in logs.items() if "anna" in text] == []


def test_the_quarantine_is_read_as_silver_names_it_not_at_its_newest(a_later_quarantine):
    lake = a_later_quarantine.lake
    assert a_later_quarantine.rows("quarantine.orders") == [], "a newer version stands"
    (account,) = reconcile(lake)
    assert (account.quarantined, account.duplicates, account.unaccounted) == (2, 1, 0)
    assert query_lake(lake, "SELECT count(*) FROM quarantine.orders")[1] == [(3,)]
    run = Run(lake, lake.tables["monitoring.parity"], DayRange.parse(f"{FIRST}..{THIRD}"), RunInfo("a run", "a test", "test"), "a publish")
    assert from_bronze("orders").resolve(run, "orders").count() == 126


def test_a_lake_as_of_a_day_shows_nothing_that_became_known_later(corner, tmp_path):
    own = {field.name: getattr(corner.lake, field.name) for field in fields(Lake)}
    lake = LakeAsOf(**own, folder=tmp_path, as_of=date.fromisoformat(FIRST))
    assert lake.read("silver.orders").count() == len(lake.arrow("silver.orders")) == 40, "the late line was not known yet"
    assert lake.read("bronze.lines").count() == len(lake.arrow("bronze.lines")) == 40
    assert lake.partition_days("silver.orders") == {date.fromisoformat(FIRST)}
    assert {str(row["day"]) for row in lake.arrow("kpis.daily_sales").to_pylist()} == {FIRST}
