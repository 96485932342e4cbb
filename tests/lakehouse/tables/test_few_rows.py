"""Few rows are read, held and written without the engine's scan, cache and commit: no reader can tell the two apart afterwards."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import deltalake
import pytest
from pyarrow.fs import LocalFileSystem
from pyspark.errors import PySparkException

from assets.open_lake import open_lake
from expectations.audit import audit
from lakehouse.days import DayRange
from lakehouse.engine import few_row_plans
from lakehouse.errors import PublishError
from lakehouse.publishing.publish import publish
from lakehouse.settings import REPOSITORY
from lakehouse.shop.source import load_shop
from lakehouse.tables import few_rows
from lakehouse.tables.few_rows import fetched, in_engine, read_here
from lakehouse.tables.run import RunInfo
from lakehouse.tables.standing import quarantine_version
from tests.lakehouse.corner_shop import give_key, line
from tests.trials.month import MONTH, deliver, files, lay_out

D25, D26 = "2011-03-25", "2011-03-26"
# A table of each way of writing, and the second night of each that has another.
AGAIN = ("bronze.lines", "silver.orders", "bronze.people", "silver.customers", "kpis.daily_sales")
TABLES = (
    "bronze.lines",
    "bronze.people",
    "bronze.goods",
    "silver.orders",
    "silver.customers",
    "silver.customer_identity",
    "kpis.daily_sales",
    "kpis.customer_cohorts_monthly",
)
NIGHTS = {"2011-03-15..2011-03-17": TABLES, "2011-03-18": AGAIN}
TYPES = """
CREATE TABLE delta.`{path}` (day date, s string, b boolean, i int, l bigint, d double, f float, n decimal(18,4), t timestamp, a array<string>,
  m map<string,int>, o struct<x: int, y: array<string>>, y binary) USING DELTA PARTITIONED BY (day)
"""
ODD = """
SELECT date'2011-03-25' day, 'é\n"' s, true b, -1 i, 9007199254740993L l, double('NaN') d, float('-0.0') f, 0.0001BD n,
  timestamp'0001-01-01 00:00:00.000001Z' t, array('a', null) a, map('k', null) m, named_struct('x', null, 'y', array('')) o, x'00ff' y
UNION ALL SELECT null, null, null, null, null, null, null, null, null, null, null, null, null
"""


@pytest.fixture
def lakes(settings, spark, tmp_path):
    """A shop of a month, by the name of a setting of `few_rows`; people have the same pseudonyms in each."""

    def make(few: int):
        source = lay_out(tmp_path / str(few))
        home = give_key(tmp_path / str(few) / "home")
        own = {"home": home, "lake": str(source.parent / "lake"), "few_rows": few}
        lake = open_lake(settings.model_copy(update=own), load_shop(source), lambda _: spark)
        for day in MONTH:
            deliver(source.parent, day, files(1))
        return lake

    return make


def told(lake, table, version=None):
    """All that a reader sees of a version: rows, columns, and what the log says of files and of the publish."""
    delta = lake.delta(table, version)
    rows = sorted(repr({name: row[name] for name in row if name != "landed_at"}) for row in lake.arrow(table, version).to_pylist())
    limits = {name for name in lake.files(table, version).column_names if name.startswith(("min.", "max."))}
    own = {"publish_id": "", "inputs": {}, "landed": (), "quarantine_version": None}
    said = [replace(published.record, **own) for published in lake.publishes(table)]
    return rows, str(delta.schema()), delta.metadata().partition_columns, limits, said


def planned(lake, table: str, days: str, auditor=audit) -> list[str]:
    """Publish a table, and say how the engine's plans were made each time its rows were judged: for "few" or for "many"."""
    seen = []

    def looking(*judged):
        seen.append(setting(lake.spark))
        return auditor(*judged)

    publish(lake, table, DayRange.parse(days), looking, RunInfo("a run", "a test", "test"))
    return seen


def setting(spark) -> str:
    return "few" if few_row_plans.SETTINGS.items() <= spark.conf.getAll.items() else "many"


def test_no_reader_can_tell_who_wrote(lakes):
    few, many = lakes(10_000), lakes(0)
    for lake in (few, many):
        for days, tables in NIGHTS.items():
            for table in tables:
                publish(lake, table, DayRange.parse(days), audit, RunInfo("a run", "a test", "test"))
    versions = dict.fromkeys(TABLES) | {"quarantine.orders": quarantine_version(few, "silver.orders")}
    for table, version in versions.items():
        assert told(few, table, version) == told(many, table, version), table
    checks = [
        {
            (row["table_name"], row["check_name"], row["passed"], row["failing_rows"], row["rows"])
            for row in lake.arrow("monitoring.check_results").to_pylist()
        }
        for lake in (few, many)
    ]
    assert checks[0] == checks[1] and len(checks[0]) > 50
    assert "WRITE" in {commit.operation for commit in few.commits("kpis.daily_sales")}
    assert few.commits("kpis.daily_sales", 1)[0].writer.startswith("delta-rs"), "it was written here"
    assert not many.commits("kpis.daily_sales", 1)[0].writer.startswith("delta-rs"), "it was written by the engine"


def test_arrows_threads_never_call_back_into_python(corner):
    """A process that ends while one of them does is aborted, and its exit code with it."""
    corner.deliver(D25, [line(1, D25)])
    corner.publish("bronze.lines", D25)
    assert isinstance(corner.lake.dataset("bronze.lines").filesystem.base_fs, LocalFileSystem)
    elsewhere = [str(path) for path in REPOSITORY.rglob("*.py") if ".venv" not in path.parts and "to_pyarrow_" in path.read_text()]
    assert [path for path in elsewhere if "/tests/" not in path] == [few_rows.__file__], "read it by Lake.dataset"


def test_values_of_every_type_are_read_and_fetched_as_the_engine_reads_them(spark, corner):
    path = corner.lake.path("kpis.daily_sales")
    spark.sql(TYPES.format(path=path)).collect()
    spark.sql(f"INSERT INTO delta.`{path}` {ODD}").collect()
    scanned = corner.lake.scan("kpis.daily_sales")
    assert read_here(corner.lake.delta("kpis.daily_sales"), "day", None, 2).num_rows == 2
    for here in (corner.lake.read("kpis.daily_sales"), in_engine(spark, fetched(scanned, 2))):
        assert here.dtypes == scanned.dtypes
        assert sorted(map(repr, here.collect())) == sorted(map(repr, scanned.collect()))


def test_more_rows_than_few_are_left_to_the_engine(spark, corner):
    assert fetched(spark.range(4), 3) is None
    assert fetched(spark.range(3), 3).num_rows == 3
    corner.deliver(D25, [line(n, D25) for n in range(5)])
    corner.deliver(D26, [line(9, D26)])
    corner.build(f"{D25}..{D26}")
    lake = corner.lake
    corner.configure(few_rows=4)
    days = [DayRange.parse(D25), [date(2011, 3, 26)], None]
    found = [read_here(lake.delta("silver.orders"), "day", wanted, 4) for wanted in days]
    assert [rows and rows.num_rows for rows in found] == [None, 1, None]
    assert [lake.count("silver.orders", days=wanted) for wanted in days] == [5, 1, 6]
    assert lake.read("silver.orders").count() == 6
    plans = [lake.read("silver.orders", days=wanted)._explain_string() for wanted in days]
    assert ["FileScan" in plan for plan in plans] == [True, False, True], "many rows are the engine's to read"


def test_a_publish_of_more_rows_than_expected_goes_on_in_the_engine(corner):
    corner.deliver(D25, [line(n, D25, customer=f"c{n}") for n in range(9)])
    corner.build(D25)
    corner.configure(few_rows=9)
    corner.publish("partials.customer_product_day", D25)
    corner.configure(few_rows=5)
    corner.deliver(D26, [line(n, D26, customer=f"c{n}") for n in range(10, 22)])
    corner.build(D26)
    done = corner.publish("partials.customer_product_day", D26)
    assert done.rows == 12 and len(corner.rows("partials.customer_product_day")) == 21


@pytest.mark.parametrize("few, operation, planned_for", [(10_000, "WRITE", "few"), (3, "MERGE", "many")])
def test_a_merge_is_made_here_where_the_table_is_small_too(lakes, few, operation, planned_for):
    lake, seen = lakes(10_000), []
    for days in NIGHTS:
        if days == "2011-03-18":
            lake.settings = lake.settings.model_copy(update={"few_rows": few})
            before = lake.arrow("silver.customer_identity").to_pylist()
        for table in ("bronze.people", "silver.customer_identity"):
            seen = planned(lake, table, days)
    assert seen[-1] == planned_for
    assert next(commit for commit in lake.commits("silver.customer_identity") if commit.record).operation == operation
    now = {row["customer_key"]: row for row in lake.arrow("silver.customer_identity").to_pylist()}
    assert len(now) == len(before) == 5
    untouched = [row for row in before if now[row["customer_key"]] == row]
    assert 0 < len(untouched) < 5, "who was not delivered again stands as before"


@pytest.mark.parametrize("spoilt", ["lost", "changed"])
def test_rows_lost_or_changed_on_the_way_into_the_table_are_taken_back(corner, monkeypatch, spoilt):
    corner.deliver(D25, [line(1, D25)])
    corner.build(D25)
    before, stood = corner.lake.version("silver.orders"), corner.rows("silver.orders")
    corner.deliver(D26, [line(2, D26), line(3, D26)])
    corner.publish("bronze.lines", D26)
    write = deltalake.write_deltalake

    def spoiling(table, rows, **how):
        place, orders = rows.schema.get_field_index("order_id"), rows["order_id"].to_pylist()
        write(table, rows.slice(1) if spoilt == "lost" else rows.set_column(place, "order_id", [["9", *orders[1:]]]), **how)

    monkeypatch.setattr(deltalake, "write_deltalake", spoiling)
    with pytest.raises(PublishError, match=f"silver.orders: the rows written were not the rows audited; version {before} was restored"):
        corner.publish("silver.orders", D26)
    assert corner.rows("silver.orders") == stood
    assert next(corner.lake.publishes("silver.orders")).version == before


@pytest.mark.parametrize("few", [10_000, 0])
def test_what_was_not_known_of_a_key_is_merged_once_it_is(lakes, few):
    """Also where nothing else of the row is new: the SELECT was mended, and the same day is published again."""
    lake, info = lakes(few), RunInfo("a run", "a test", "test")
    source = lake.shop.path.read_text()
    for mail in ("cast(null AS string)", "mail"):
        lake.shop.path.write_text(source.replace("mail AS email", f"{mail} AS email"))
        lake.shop = load_shop(lake.shop.path)
        for table in ("bronze.people", "silver.customer_identity"):
            publish(lake, table, DayRange.parse("2011-03-15"), audit, info)
    known = [row["email"] for row in lake.arrow("silver.customer_identity").to_pylist()]
    assert known and None not in known


def test_the_log_is_summed_up_in_checkpoints(spark, corner):
    corner.deliver(D25, [line(1, D25)])
    corner.build(D25)
    path = corner.lake.path("silver.orders")
    assert corner.lake.delta("silver.orders").metadata().configuration["delta.checkpointInterval"] == "20"
    spark.sql(f"ALTER TABLE delta.`{path}` SET TBLPROPERTIES ('delta.checkpointInterval'='3')").collect()
    for _ in range(3):
        corner.publish("silver.orders", D25)
    assert len(list(Path(path, "_delta_log").glob("*.checkpoint.parquet"))) == 1
    assert corner.lake.scan("silver.orders").count() == 1


def test_few_rows_of_many_bytes_are_left_to_the_engine(corner, monkeypatch):
    corner.deliver(D25, [line(1, D25)])
    corner.publish("bronze.lines", D25)
    delta = corner.lake.delta("bronze.lines")
    assert read_here(delta, "file_day", None, 1).num_rows == 1
    monkeypatch.setattr(few_rows, "MOST_BYTES", 10)
    assert read_here(delta, "file_day", None, 1) is None


def test_rows_that_nobody_counted_are_left_to_the_engine(spark, tmp_path):
    spark.conf.set("spark.databricks.delta.stats.collect", "false")
    try:
        spark.range(3).write.format("delta").save(str(tmp_path / "uncounted"))
    finally:
        spark.conf.unset("spark.databricks.delta.stats.collect")
    delta = deltalake.DeltaTable(str(tmp_path / "uncounted"))
    assert few_rows.size(delta, None, None).is_untold
    assert read_here(delta, None, None, 10) is None


def test_what_arrow_cannot_hold_or_the_engine_stops_at_is_left_to_the_engine(spark):
    assert fetched(spark.sql(ODD), 2) is None, "a null where the plan's own schema says there is none"
    assert fetched(spark.sql("SELECT raise_error('no')"), 2) is None


def test_what_will_not_be_few_is_not_computed_twice(corner, monkeypatch):
    corner.deliver(D25, [line(n, D25, customer=f"c{n}") for n in range(6)])
    corner.build(D25, "partials.customer_product_day")
    corner.configure(few_rows=5)
    monkeypatch.setattr(few_rows, "fetched", lambda df, most: pytest.fail("it was computed to be counted"))
    corner.deliver(D26, [line(n, D26, customer=f"c{n}") for n in range(10, 16)])
    for table in ("bronze.lines", "silver.orders", "partials.customer_product_day", "kpis.daily_sales"):
        corner.publish(table, D26)


def test_what_reads_and_writes_few_rows_is_interpreted_in_one_task(corner, spark):
    corner.deliver(D25, [line(n, D25) for n in range(3)] + [line(2, D25)])
    spark.conf.set("spark.sql.shuffle.partitions", "3")
    assert planned(corner.lake, "bronze.lines", D25) == ["few"]
    assert planned(corner.lake, "silver.orders", D25) == ["few", "few"], "the rows and those in quarantine"
    corner.configure(few_rows=2)
    assert planned(corner.lake, "kpis.daily_sales", D25) == ["many"], "of three rows one is made"
    corner.configure(few_rows=3)
    assert planned(corner.lake, "kpis.daily_sales", D25) == ["few"]
    assert setting(spark) == "many" and spark.conf.get("spark.sql.shuffle.partitions") == "3"
    assert "spark.sql.leafNodeDefaultParallelism" not in spark.conf.getAll


def test_what_turns_out_to_be_more_is_compiled(corner):
    corner.deliver(D25, [line(1, D25)])
    corner.deliver(D26, [line(n, D26, customer=f"c{n}") for n in range(2, 9)])
    corner.build(f"{D25}..{D26}", "partials.customer_product_day")
    corner.configure(few_rows=7)
    assert corner.publish("partials.customer_product_day", D25).rows == 1
    corner.configure(few_rows=6)
    assert planned(corner.lake, "partials.customer_product_day", D26) == ["many"], "a day holds four on average, this one seven"


@pytest.mark.parametrize(("error", "left"), [(PublishError("no"), "many"), (PySparkException("gone"), "few")])
def test_a_publish_that_breaks_off_slows_no_other(corner, spark, error, left):
    """After a refusal the session is as before; an engine that stopped may be gone, so it is not asked again for that publish."""

    def refuse(*judged):
        raise error

    corner.deliver(D25, [line(n, D25) for n in range(6)])
    corner.build(D25)
    with pytest.raises(PublishError):
        planned(corner.lake, "kpis.daily_sales", D25, refuse)
    assert setting(spark) == left
    corner.configure(few_rows=5)
    assert planned(corner.lake, "kpis.daily_sales", D25) == ["many"]
    assert setting(spark) == "many"


def test_the_log_tells_the_rows_of_days_both_ends_included_and_of_months(tmp_path):
    import pyarrow as pa

    for name, days in (("day", [date(2011, 3, 30), date(2011, 3, 31), date(2011, 4, 1)]), ("month", [date(2011, 3, 1), date(2011, 4, 1)])):
        listed = [day for n, day in enumerate(days, 1) for _ in range(10**n)]
        rows = pa.table({name: listed, "n": list(range(len(listed)))})
        deltalake.write_deltalake(str(tmp_path / name), rows, partition_by=name)
    by_day, by_month = (deltalake.DeltaTable(str(tmp_path / name)) for name in ("day", "month"))
    both, last = DayRange.parse("2011-03-30..2011-03-31"), DayRange.parse("2011-04-01")
    assert [few_rows.size(by_day, "day", days).rows for days in (both, last, tuple(both), None, ())] == [110, 1000, 110, 1110, 0]
    assert [few_rows.size(by_month, "month", days).rows for days in (both, last, DayRange.parse("2011-03-31..2011-04-01"))] == [
        10,
        100,
        110,
    ]
    weekly = pa.table({"week": [date(2011, 3, 28), date(2011, 4, 4)], "n": [1, 2]})
    deltalake.write_deltalake(str(tmp_path / "week"), weekly, partition_by="week")
    assert few_rows.size(deltalake.DeltaTable(str(tmp_path / "week")), "week", both).rows == 1, "in the middle of a week"
    assert read_here(by_day, "day", both, 110).num_rows == 110
    assert read_here(by_day, "day", both, 109) is None
    assert few_rows.size(by_day, None, both).rows == 1110, "a table without partitions is read whole"
