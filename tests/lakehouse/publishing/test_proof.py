"""The proof of a commit: rows that are not those audited are taken back; rows of other days, and lines that got lost, are refused.

What is attacked is a table function that is not deterministic, on an engine that loses the rows it holds between the audit and the write.
"""

from dataclasses import replace

import pytest

from expectations.audit import audit
from lakehouse.contracts.model import Column, Contract, Rule
from lakehouse.days import DayRange
from lakehouse.errors import LandingError, PublishError
from lakehouse.publishing.publish import publish
from lakehouse.tables.registry import Table
from lakehouse.tables.run import RunInfo
from tests.lakehouse.corner_shop import CornerShop, line

NAME, DAYS = "kpis.made_up", DayRange.parse("2011-03-25..2011-03-26")
COLUMNS = (Column("day", "date", required=True), Column("at", "string", primary_key=True), Column("said", "string", merge="newest"))
WRITES = ["replace_days", "merge"]


@pytest.fixture
def corner(settings, spark, tmp_path):
    """A corner shop whose rows the engine holds, however few."""
    return CornerShop(settings.model_copy(update={"few_rows": 0}), spark, tmp_path)


def gained(corner, function, write):
    """The corner shop with one more table, made by that function."""
    rule = Rule("at_is_present", "present", "at", ("at",))
    contract = Contract(NAME, "kpis", "made_up", "A table of this test.", "1", "test", COLUMNS, ("at",), "day", write, (rule,))
    corner.lake.contracts[NAME] = contract if write == "replace_days" else replace(contract, partition=None)
    corner.lake.tables[NAME] = Table(NAME, function, {})
    return corner


def published(corner, auditor=audit):
    return publish(corner.lake, NAME, DAYS, auditor, RunInfo("a test run", "a test", "test"))


def forgetful(df, contract, owed):
    """The audit, after which the engine holds the rows no longer."""
    report = audit(df, contract, owed)
    df.sparkSession.catalog.clearCache()
    return report


def rows_of(said, day="2011-03-25"):
    """A table function of one row."""
    return lambda run: run.spark.sql(f"SELECT date'{day}' AS day, 'noon' AS at, {said} AS said")


# Another value for each reading; where rows of a key are merged it is the newest.
NOW = "concat('said at ', cast(unix_micros(current_timestamp()) AS string))"


@pytest.mark.parametrize("write", WRITES)
def test_rows_written_that_are_not_those_audited_are_taken_back(corner, write):
    published(gained(corner, rows_of("'right'"), write))
    before, stood = corner.lake.version(NAME), corner.rows(NAME)
    gained(corner, rows_of(NOW), write)
    with pytest.raises(PublishError, match=f"not the rows audited .*; version {before} was restored.*deterministic"):
        published(corner, forgetful)
    assert corner.rows(NAME) == stood
    newest = corner.lake.commits(NAME, 1)[0]
    assert (newest.operation, newest.version) == ("RESTORE", before + 2)
    recorded = [row["table_version"] for row in corner.rows("monitoring.check_results") if row["table_name"] == NAME]
    assert recorded == [before], "no check result names a version that was taken back"


def test_rows_that_the_engine_holds_are_written_as_they_were_audited(corner):
    published(gained(corner, rows_of(NOW), "replace_days"))
    assert len(corner.rows(NAME)) == 1


def test_rows_of_other_days_are_refused_and_nothing_is_published(corner):
    published(gained(corner, rows_of("'right'"), "replace_days"))
    before = corner.lake.version(NAME)
    gained(corner, rows_of("'wrong'", "2011-03-27"), "replace_days")
    with pytest.raises(
        PublishError, match=r"kpis\.made_up: rows for 2011-03-27 lie outside the days being written \(2011-03-25\.\.2011-03-26\)"
    ):
        published(corner)
    assert corner.lake.version(NAME) == before
    corner.lake.contracts[NAME] = replace(corner.lake.contracts[NAME], write="merge")
    with pytest.raises(PublishError, match="lie outside the days being written"):
        published(corner)
    assert [row["said"] for row in corner.rows(NAME)] == ["right"]


def test_lines_lost_between_counting_and_reading_are_refused(corner):
    path = corner.deliver("2011-03-25", [line(n, "2011-03-25") for n in range(3)])

    def audited_late(df, contract, owed):
        path.write_text("\n".join(path.read_text().splitlines()[:3]) + "\n")  # the source cuts its file while it is being landed
        return audit(df, contract, owed)

    with pytest.raises(LandingError, match=r"2011-03-25\.csv: 3 rows were counted and 2 read"):
        publish(corner.lake, "bronze.lines", DayRange.parse("2011-03-25"), audited_late, RunInfo("a test run", "a test", "test"))
    assert corner.rows("bronze.lines") == []
