"""Retention, counted in days back from the newest landed one: the last day that is kept, and the first that is not."""

from datetime import date

from lakehouse.contracts.model import Column, Contract
from lakehouse.days import DayRange
from lakehouse.publishing.built_days import BuiltDays
from lakehouse.publishing.days_to_write import planned
from lakehouse.tables.registry import Table
from lakehouse.tables.run import Run, RunInfo
from tests.lakehouse.built import land
from tests.lakehouse.corner_shop import CornerShop

NEWEST = date(2011, 4, 5)


def written(settings, folder, days, retention):
    """The days that a publish of a table with that retention writes, of those asked for."""
    lake = CornerShop(settings, None, folder).lake
    land(lake, "lines", [NEWEST])
    columns = (Column("day", "date", required=True, primary_key=True),)
    lake.contracts["kpis.kept"] = Contract("kpis.kept", "kpis", "kept", "", "1", "test", columns, ("day",), "day", retention_days=retention)
    table = Table("kpis.kept", lambda: None, {})
    lake.tables["kpis.kept"] = table
    return planned(Run(lake, table, DayRange.parse(days), RunInfo("a run", "a test", "test"), "a publish"), BuiltDays(lake)).days


def test_the_newest_day_is_the_first_of_those_kept(settings, tmp_path):
    assert written(settings, tmp_path, "2011-03-25..2011-04-05", 3) == (date(2011, 4, 3), date(2011, 4, 4), NEWEST)


def test_a_day_past_retention_is_not_written_at_all(settings, tmp_path):
    assert written(settings, tmp_path, "2011-04-02", 3) == ()


def test_without_retention_every_day_is_kept(settings, tmp_path):
    assert len(written(settings, tmp_path, "2011-03-25..2011-04-05", None)) == 12
