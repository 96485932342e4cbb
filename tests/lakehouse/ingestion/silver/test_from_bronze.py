"""What bronze has without quarantine is what silver holds, line for line."""

from datetime import date

import pytest

from lakehouse.days import DayRange
from lakehouse.errors import LakeError
from lakehouse.ingestion.silver.from_bronze import from_bronze
from lakehouse.tables.run import Run, RunInfo
from tests.lakehouse.corner_shop import line

DAYS = "2011-03-25..2011-03-27"


def lines_of(corner, days):
    """The lines from bronze for those days and the one before, and the versions read."""
    run = Run(
        corner.lake, corner.lake.tables["monitoring.parity"], DayRange.parse(days), RunInfo("a test run", "a test", "test"), "a publish"
    )
    rows = from_bronze("orders", 1).resolve(run, "orders").select("source_file", "source_row", "day").collect()
    return {tuple(row) for row in rows}, run.input_versions


def test_bronze_without_quarantine_is_silver(late_corner):
    corner = late_corner
    corner.deliver("2011-03-25", [*[line(n, "2011-03-25") for n in range(30)], line(99, "2011-03-24")])
    corner.deliver("2011-03-26", [line(n, "2011-03-26", quantity="some" if n == 40 else 1) for n in range(40, 70)])
    late, again = line(90, "2011-03-25"), line(41, "2011-03-26")
    corner.deliver("2011-03-27", [late, again, *(line(n, "2011-03-27") for n in range(91, 95))])
    corner.build(DAYS)
    silver = {(row["source_file"], row["source_row"], row["day"]) for row in corner.rows("silver.orders")}
    assert sorted(
        row["source_row"] for row in corner.rows("quarantine.orders") if "event_is_not_before_the_first_day" in row["broken_rules"]
    ) == [31]
    found, versions = lines_of(corner, "2011-03-26..2011-03-27")
    assert found == silver
    assert len(found) == 30 + 29 + 5
    assert set(versions) >= {"bronze.lines", "quarantine.orders"}
    until = {row for row in silver if row[2] <= date(2011, 3, 26)}
    assert lines_of(corner, "2011-03-26")[0] == until, "the file of a day after holds late lines, and those of its own day"


@pytest.mark.trial
def test_an_overwritten_file_is_left_out(corner):
    corner.deliver("2011-03-25", [line(1, "2011-03-25")])
    corner.build("2011-03-25")
    corner.deliver("2011-03-25", [line(1, "2011-03-25"), line(2, "2011-03-25")])
    corner.build("2011-03-25")
    assert lines_of(corner, "2011-03-25")[0] == set()


def test_without_silver_there_is_nothing_to_check(corner):
    corner.deliver("2011-03-25", [line(1, "2011-03-25")])
    corner.publish("bronze.lines", "2011-03-25")
    with pytest.raises(LakeError, match=r"silver\.orders was never published; \./greenhouse run builds"):
        lines_of(corner, "2011-03-25")


def test_a_change_of_a_day_reaches_as_many_days_as_look_back(corner):
    assert from_bronze("orders", 2).reach({date(2011, 3, 25)}, corner.lake.shop) == set(DayRange.parse(DAYS))
    assert from_bronze("impressions").upstreams(corner.lake.shop) == ()
