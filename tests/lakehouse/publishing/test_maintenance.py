"""Tending merges small files and frees the disk; rows stay as they were, and so do the versions that somebody needs."""

from datetime import timedelta

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from lakehouse.errors import LakeError
from lakehouse.publishing.built_days import newest_day
from lakehouse.publishing.maintenance import size_of, tend
from tests.lakehouse.corner_shop import LAST_DAY, CornerShop, line

DAYS = ("2011-03-25", "2011-03-26", "2011-03-27")


@pytest.fixture
def table(corner):
    """A lake's orders, published twice over."""
    for day in DAYS:
        corner.deliver(day, [line(n, day) for n in range(20)])
    for _ in range(2):
        corner.build(f"{DAYS[0]}..{DAYS[-1]}")
    return "silver.orders"


def aged(monkeypatch, days):
    """As if the clock of this process stood so many days later."""
    import deltalake

    real = deltalake.DeltaTable.vacuum

    def vacuum(self, *, retention_hours, **more):
        return real(self, retention_hours=max(0, retention_hours - 24 * days), **more)

    monkeypatch.setattr(deltalake.DeltaTable, "vacuum", vacuum)


def test_versions_of_the_last_days_and_pinned_ones_stay_and_others_go(corner, table, monkeypatch):
    rows = sorted(map(str, corner.rows(table)))
    versions = range(1, corner.lake.version(table) + 1)
    corner.publish(table, f"{DAYS[0]}..{DAYS[-1]}")  # so that none of them is the newest, whether or not there are files to merge
    assert tend(corner.lake, table, (), 30).removed_files == 0, "nothing is that old"
    aged(monkeypatch, 40)
    rehearsed = tend(corner.lake, table, [versions[0]], 30, is_rehearsal=True)
    assert rehearsed.removed_files > 0
    assert tend(corner.lake, table, [versions[0]], 30).removed_files == rehearsed.removed_files
    assert sorted(map(str, corner.rows(table))) == rows
    assert corner.lake.arrow(table, versions[0]).num_rows == len(rows), "the pinned version can be read"
    with pytest.raises(OSError, match=r"not found|No such file"):
        corner.lake.arrow(table, versions[1])
    assert newest_day(corner.lake, table) == LAST_DAY - timedelta(days=9), "the table's own tending is no publish"
    corner.build(DAYS[-1])
    assert sorted(map(str, corner.rows(table))) == rows


def test_small_files_are_merged(corner, table):
    spark, path = corner.lake.spark, corner.lake.path(table)
    rows = sorted(map(str, corner.rows(table)))
    spark.read.format("delta").load(path).repartition(4).write.format("delta").mode("overwrite").save(path)
    before = size_of(corner.lake, table)
    tended = tend(corner.lake, table, (), 30)
    after = size_of(corner.lake, table)
    assert (before.files, after.files) == (4 * len(DAYS), len(DAYS))
    assert tended.merged_files == before.files
    assert after.versions == before.versions + 1
    assert sorted(map(str, corner.rows(table))) == rows


def test_thirty_days_of_versions_are_kept_where_nothing_else_is_said(settings, tmp_path, monkeypatch):
    lake = CornerShop(settings, None, tmp_path).lake
    for number in range(2):
        write_deltalake(lake.path("silver.orders"), pa.table({"n": [number]}), mode="overwrite")
    with monkeypatch.context() as younger:
        aged(younger, 29)
        assert tend(lake, "silver.orders", ()).removed_files == 0
    aged(monkeypatch, 30)
    assert tend(lake, "silver.orders", (), is_rehearsal=True).removed_bytes > 0
    assert tend(lake, "silver.orders", ()).removed_files == 1


def test_a_day_of_versions_is_always_kept(corner):
    with pytest.raises(LakeError, match="at least 1 day"):
        tend(corner.lake, "silver.orders", (), 0)
