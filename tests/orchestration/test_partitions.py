"""Which partitions of an upstream Dagster takes a partition to read."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

from lakehouse.ingestion.silver.from_bronze import from_bronze
from lakehouse.ingestion.silver.look_ups import LookedUp
from lakehouse.tables.reads import all_history, days, months, weeks
from lakehouse.tables.registry import Table
from orchestration.factory import _widest
from orchestration.partitions import ALL_DAYS, mapping_of, shop_days


def test_what_is_looked_up_is_read_back_as_far_as_it_is_seen():
    assert mapping_of(LookedUp("visits", 7, 0)).start_offset == -6
    assert mapping_of(LookedUp("articles", None, 3)).start_offset == -ALL_DAYS


def test_a_table_reads_back_as_far_as_its_windows_and_a_month_as_far_as_a_month_is_long():
    reads = {
        days("a.b"): 0,
        days("a.b", 89): -89,
        months("a.b"): -31,
        weeks("a.b"): -7,
        from_bronze("orders", 89): -89,
        all_history("a.b"): -ALL_DAYS,
    }
    assert {read: mapping_of(read).start_offset for read in reads} == reads
    assert mapping_of(days("a.b", 89)).end_offset == 0, "and never ahead"


def test_partitions_are_the_shops_days_in_its_own_zone_the_last_among_them():
    shop = SimpleNamespace(first_day=date(2011, 3, 25), last_day=date(2011, 3, 29), time_zone="Asia/Tokyo")
    found = shop_days(shop)
    assert found.get_partition_keys() == [f"2011-03-{day}" for day in range(25, 30)]
    assert str(found.timezone) == "Asia/Tokyo"
    begins = found.time_window_for_partition_key("2011-03-25").start
    assert begins.astimezone(UTC) == datetime(2011, 3, 24, 15, tzinfo=UTC)


def test_of_two_reads_of_a_table_the_one_that_looks_back_farthest_counts():
    table = Table("a.c", lambda now, then: None, {"now": days("a.b"), "then": days("a.b", 6), "other": days("a.d", 9)})
    assert _widest(table, SimpleNamespace(shop=None), "a.b").start_offset == -6
