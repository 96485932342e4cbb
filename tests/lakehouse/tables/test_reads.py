"""Kinds of reads: which days of an upstream a publish reads, which it is made of, and which days of the reader a change upstream reaches."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pyarrow as pa
from deltalake import write_deltalake

from lakehouse.days import DayRange
from lakehouse.ingestion.silver.canonical import files_read, selected
from lakehouse.ingestion.silver.look_ups import _days_seen
from lakehouse.tables.reads import all_history, back, current, days, months, valid, weeks
from tests.lakehouse.corner_shop import CornerShop

FIRST, D1, D5 = date(2011, 3, 25), date(2011, 4, 1), date(2011, 4, 5)
SHOP = SimpleNamespace(first_day=FIRST, lateness_days=3)


def read_by(read, *written):
    """What a run that writes those days asks of the lake."""
    run = SimpleNamespace(written=written, days=DayRange(min(written), max(written)), read=lambda table, of=None: of)
    return read.resolve(run, "upstream")


def texts(found):
    return sorted(map(str, found))


def test_days_are_read_as_written_and_windows_as_one_range_back():
    assert read_by(days("a.b"), D1, D5) == (D1, D5), "not those between"
    assert str(read_by(days("a.b", 6), D1, D5)) == "2011-03-26..2011-04-05"
    assert days("a.b", 2).looks_at([D1]) == back([D1], 2) == {date(2011, 3, 30), date(2011, 3, 31), D1}
    assert texts(days("a.b", 2).reach({D1}, SHOP)) == ["2011-04-01", "2011-04-02", "2011-04-03"], "the days that look back on it"
    assert days("a.b").reach({D1}, SHOP) == days("a.b").looks_at([D1]) == {D1}


def test_a_month_is_read_whole_changes_as_a_whole_and_is_made_of_its_days_so_far():
    asked = read_by(months("a.b"), D5, date(2011, 2, 3))
    assert (len(asked), asked[0], asked[27], asked[28], asked[-1]) == (58, date(2011, 2, 1), date(2011, 2, 28), D1, date(2011, 4, 30))
    assert months("a.b").looks_at([D5]) == set(DayRange(D1, D5))
    assert months("a.b").reach({D5}, SHOP) == set(DayRange(D1, date(2011, 4, 30)))


def test_a_week_is_read_from_its_monday():
    assert read_by(weeks("a.b"), D5) == tuple(DayRange.parse("2011-04-04..2011-04-10"))
    assert weeks("a.b").looks_at([D5]) == set(DayRange.parse("2011-04-04..2011-04-05"))
    assert weeks("a.b").reach({D5}, SHOP) == set(DayRange.parse("2011-04-04..2011-04-10"))


def test_the_files_that_may_hold_lines_of_the_days_written_are_theirs_and_as_many_after_as_lines_may_be_late(settings, tmp_path):
    run = SimpleNamespace(lake=CornerShop(settings, None, tmp_path, lateness=2).lake, written=(D1, D5))
    assert [day.day for day in files_read(run, "orders")] == [1, 2, 3, 5, 6, 7]
    assert files_read(run, "customers") == (D1, D5), "what holds as of a day comes with that day's file"


def test_what_is_looked_up_is_looked_for_as_far_back_as_it_is_seen():
    last, week = SimpleNamespace(last_days=None), SimpleNamespace(last_days=7)
    assert _days_seen(last, (D5, D1)) == DayRange(date.min, D5)
    assert _days_seen(week, (D5, D1)) == _days_seen(week, DayRange(D1, D5)) == DayRange(date(2011, 3, 26), D5)


def test_what_is_read_whole_is_made_of_no_day_and_reaches_all():
    today = datetime.now(UTC).date()
    for read in (all_history("a.b"), current("a.b")):
        assert read.looks_at([D1]) == set()
        assert {FIRST, today} <= read.reach({D1}, SHOP)
        assert FIRST - timedelta(days=1) not in read.reach({D1}, SHOP)
    assert read_by(all_history("a.b"), D1) is None


def test_versions_valid_on_days_reach_every_day_on_which_they_may_still_hold():
    assert valid("a.b", 2).looks_at([D1]) == back([D1], 2)
    reached = valid("a.b").reach({D5, D1}, SHOP)
    assert (min(reached), datetime.now(UTC).date() in reached) == (D1, True)
    assert valid("a.b").reach(set(), SHOP) == set()


def test_a_changed_file_of_events_reaches_as_far_back_as_lines_may_be_late_and_not_before_the_first_day():
    assert texts(selected("orders").reach({D5}, SHOP)) == ["2011-04-02", "2011-04-03", "2011-04-04", "2011-04-05"]
    assert texts(selected("orders").reach({date(2011, 3, 26)}, SHOP)) == ["2011-03-25", "2011-03-26"]
    assert selected("customers").reach({D5}, SHOP) == selected("orders").looks_at([D5]) == {D5}


def test_rows_known_on_a_day_restate_the_earlier_days_they_belong_to_and_no_others(settings, tmp_path):
    """By the day and by the week or month alike; as late as allowed, not from before the shop's first day, and where a table says when rows were known."""
    lake = CornerShop(settings, None, tmp_path, lateness=2).lake
    first, known = lake.shop.first_day, date(2011, 3, 28)  # a Friday, and the Monday after
    rows = [
        (known, known),
        (date(2011, 3, 27), date(2011, 3, 27)),
        (date(2011, 3, 26), known),
        (date(2011, 3, 25), known),
    ]
    days_of, known_of = zip(*rows, strict=True)
    write_deltalake(lake.path("silver.orders"), pa.table({"day": days_of, "known_day": known_of}), partition_by="day")
    run = SimpleNamespace(lake=lake, version_of=lambda table: 0)
    for read in (days("silver.orders"), weeks("silver.orders"), months("silver.orders")):
        assert read.restated(run, DayRange(known, known)) == {date(2011, 3, 26)}, read
        assert read.restated(run, DayRange(date(2011, 3, 27), known)) == {date(2011, 3, 25), date(2011, 3, 26)}, read
        assert read.restated(run, DayRange(first, first)) == set()
    assert (
        days("kpis.daily_sales").restated(run, DayRange(known, known))
        == current("silver.orders").restated(run, DayRange(known, known))
        == set()
    )
