"""Marks of days to be computed again: whose they are, when a publish may refresh them, and when a table that merges is made anew."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from lakehouse.contracts.model import Contract
from lakehouse.publishing import invalidation
from lakehouse.publishing.invalidation import LEDGER, Mark, _made_of, due, mark, mark_made_of_stale, mark_readers, open_marks, refreshed
from lakehouse.publishing.write_modes import mode_of
from lakehouse.tables import ledger
from lakehouse.tables.reads import days
from lakehouse.tables.registry import Table
from tests.lakehouse.corner_shop import CornerShop, line

DAYS = [date(2011, 3, 25), date(2011, 3, 26)]
AT = datetime(2011, 4, 1, tzinfo=UTC)


@pytest.fixture
def lake(settings, tmp_path):
    return CornerShop(settings, None, tmp_path).lake


def run(lake, table):
    return SimpleNamespace(lake=lake, table=lake.tables[table], run_id="a run")


def test_a_mark_is_of_a_table_until_a_publish_has_refreshed_it(lake):
    made = mark(lake, "silver.orders", DAYS, "a test", "ann", is_rebuild=True)
    assert [(each.table, each.days, each.is_rebuild, each.reason) for each in made] == [("silver.orders", tuple(DAYS), True, "a test")]
    assert open_marks(lake) == open_marks(lake, ["silver.orders"]) == made
    assert open_marks(lake, ["kpis.daily_sales"]) == []
    (row,) = ledger.rows(lake, LEDGER)
    assert (row["days"], row["state"], row["said_by"]) == (["2011-03-25..2011-03-26"], "stale", "ann")
    again = mark(lake, "silver.orders", DAYS[:1], "once more", "ann", is_rebuild=False)
    refreshed(run(lake, "silver.orders"), made)
    assert open_marks(lake) == again
    assert mark(lake, "silver.orders", [], "of no day", "ann", is_rebuild=True) == []


def test_nothing_made_of_days_not_built_is_marked_and_readers_alone_where_they_alone_are_asked_for(lake):
    assert mark_readers(lake, "silver.orders", DAYS, "a test", "ann") == []
    assert mark(lake, "bronze.lines", DAYS, "a test", "ann", is_rebuild=False) == [], "silver was never built, and bronze gets none"


def test_no_mark_is_due_while_what_the_table_reads_is_stale_itself(lake):
    row = {"state": "stale", "is_rebuild": False, "reason": "a test", "said_by": "ann", "days": ["2011-03-25"]}
    own, upstream = ({**row, "mark_id": name, "table_name": name, "said_at": AT} for name in ("kpis.daily_sales", "silver.orders"))
    other = {**row, "mark_id": "later", "table_name": "kpis.daily_sales", "said_at": AT - timedelta(hours=1)}
    ledger.append(lake, LEDGER, [own, upstream, other])
    assert due(run(lake, "kpis.daily_sales")) == []
    assert [each.mark_id for each in due(run(lake, "silver.orders"))] == ["silver.orders"]
    refreshed(run(lake, "silver.orders"), due(run(lake, "silver.orders")))
    assert [each.mark_id for each in due(run(lake, "kpis.daily_sales"))] == ["later", "kpis.daily_sales"], "the oldest first"
    assert invalidation.open_marks(lake, []) == []


@pytest.mark.parametrize(
    ("write", "first", "is_rebuild", "anew"),
    [
        ("replace_days", 25, True, False), ("merge", 25, False, False), ("merge", 25, True, True), ("history", 29, False, False),
        ("history", 28, False, True), ("history", 25, False, True), ("history", 29, True, True),
    ],
)  # fmt: skip
def test_a_table_that_merges_is_made_anew_where_rows_went_and_one_of_history_where_it_cannot_go_on(write, first, is_rebuild, anew):
    contract = Contract("silver.x", "silver", "x", "", "1", "us", (), write=write)
    table_run = SimpleNamespace(
        lake=SimpleNamespace(contract=lambda name: contract),
        table=SimpleNamespace(name="silver.x"),
        built={date(2011, 3, 25), date(2011, 3, 28)},
    )
    marks = [Mark("m", "silver.x", tuple(DAYS), is_rebuild, "a test")]
    assert mode_of(contract).is_rebuild(table_run, marks, {date(2011, 3, first), date(2011, 3, 30)}) is anew


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_made_of_several_upstreams_is_made_of_the_days_of_each(lake, order):
    reads = {"orders": days("silver.orders"), "sums": days("partials.customer_day", before=1)}
    table = Table("kpis.x", lambda orders, sums: None, dict(list(reads.items())[::order]))
    touched = {"silver.orders": {date(2011, 3, 25)}, "partials.customer_day": {date(2011, 3, 27)}}
    assert _made_of(table, touched, lake) == {date(2011, 3, day) for day in (25, 27, 28)}


def test_what_merges_is_made_anew_where_a_file_was_overwritten(corner):
    day = str(DAYS[0])
    corner.deliver(day, [line(1, day), line(2, day)])
    corner.build(day)
    corner.deliver(day, [line(1, day)])
    corner.publish("bronze.lines", day)
    marks = open_marks(corner.lake)
    assert "silver.orders" in {each.table for each in marks}
    assert {(each.is_rebuild, each.reason) for each in marks} == {(True, "a file was overwritten")}


def test_of_what_is_made_of_stale_days_the_days_written_alone_are_marked(lake):
    """A window of ninety days looks back on one that is stale, from days that nobody built yet: marked, these would be built before their time."""
    table = lake.tables["features.customer_product_daily"]
    row = {
        "mark_id": "m",
        "table_name": "partials.customer_product_day",
        "state": "stale",
        "is_rebuild": False,
        "reason": "a test",
        "said_by": "ann",
    }
    ledger.append(lake, LEDGER, [{**row, "days": ["2011-03-25"], "said_at": AT}])
    written = SimpleNamespace(lake=lake, table=table, run_id="a run", written=(DAYS[1], date(2011, 3, 24)))
    assert [(each.table, each.days) for each in mark_made_of_stale(written)] == [(table.name, (DAYS[1],))]
    before = SimpleNamespace(lake=lake, table=table, run_id="a run", written=(date(2011, 3, 24),))
    assert mark_made_of_stale(before) == [], "no day before it looks ahead"


def test_what_is_built_of_days_still_to_be_computed_again_is_computed_again_after_them(corner):
    """A mark reaches the days that are built when it is set; a day that is built before the mark is made good must not stay as it was."""
    first, second = map(str, DAYS)
    for day in (first, second):
        corner.deliver(day, [line(int(day[-2:]), day)])
        corner.build(day)
    mark(corner.lake, "silver.orders", DAYS[:1], "a test", "ann", is_rebuild=False)
    corner.publish("kpis.daily_sales", f"{first}..{second}")
    (found,) = open_marks(corner.lake, ["kpis.daily_sales"])
    assert (found.days, found.reason) == ((DAYS[0],), "kpis.daily_sales was built of days that were to be computed again")
    assert first not in map(str, corner.publish("kpis.daily_sales", second).days), "not while what it is made of is stale"
    mark(corner.lake, "silver.orders", DAYS[:1], "rows were withdrawn", "ann", is_rebuild=True)
    corner.publish("kpis.daily_sales", first)
    assert {each.is_rebuild for each in open_marks(corner.lake, ["kpis.daily_sales"]) if "was built of" in each.reason} == {False, True}
    corner.publish("silver.orders", second)
    assert corner.publish("kpis.daily_sales", second).days == tuple(DAYS)
    assert open_marks(corner.lake) == []
