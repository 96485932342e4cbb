"""How a table differs from what was last pulled of it, and where a pull goes on; no server is asked."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from lakehouse.ingestion.connectors import kafka, spool
from lakehouse.ingestion.connectors.changed_rows import differences, last_pulled
from lakehouse.shop.inputs import Input, KafkaTopic

KEY = [{"name": name, "description": "K."} for name in ("shop", "line")]
ENTRY = Input.model_validate(
    {
        "postgres": {"connection": "origin", "table": "lines", "key": ["shop", "line"]},
        "columns": [*KEY, {"name": "price", "description": "P."}],
    }
)
OWN = "shop string, line string, price string"


def test_rows_of_a_key_of_two_columns_are_new_changed_or_gone_each_by_both(spark):
    standing = [
        ("a", "1", "5", "upsert"),
        ("a", "2", None, "upsert"),
        ("b", "1", "7", "upsert"),
        ("b", "2", "8", "delete"),
        ("b", "3", None, "upsert"),
    ]
    table = [("a", "1", "5"), ("a", "2", "6"), ("b", "2", "8"), ("b", "3", None), ("c", "1", "9")]
    now, then = spark.createDataFrame(table, OWN), spark.createDataFrame(standing, f"{OWN}, row_change string")
    changed = {("a", "2", "6", "upsert"), ("b", "2", "8", "upsert"), ("c", "1", "9", "upsert")}
    assert {tuple(row) for row in differences(now, then, ENTRY, is_whole=False).collect()} == changed
    assert {tuple(row) for row in differences(now, then, ENTRY, is_whole=True).collect()} == {*changed, ("b", "1", None, "delete")}


def test_the_last_version_by_its_number_stands_wherever_it_lies_and_as_far_back_as_asked(corner):
    lake = corner.lake

    def lies(table, *rows):
        names = ("shop", "line", "price", "row_version", "row_change", "file_day")
        write_deltalake(lake.path(table), pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows]))

    old, new = date(2011, 3, 25), date(2011, 3, 28)
    lies("bronze.lines", ("a", "1", "5", "10", "upsert", old), ("a", "2", "6", "3", "upsert", new), ("a", "3", "0", "1", "upsert", old))
    lies(spool.table("lines"), ("a", "1", "9", "9", "upsert", new), ("a", "2", "7", "11", "delete", new))
    found = {tuple(row) for row in last_pulled(lake, "lines", ENTRY).collect()}
    assert found == {("a", "1", "5", "upsert"), ("a", "2", "7", "delete"), ("a", "3", "0", "upsert")}
    assert {tuple(row)[:3] for row in last_pulled(lake, "lines", ENTRY, new).collect()} == {("a", "1", "9"), ("a", "2", "7")}


def test_the_log_of_a_spool_keeps_no_smallest_and_largest_value_of_people(corner):
    spool.ensure(corner.lake, "lines", ENTRY)
    rows = {name: pa.array(["anna"]) for name in spool.columns(ENTRY) if name != "place_row"} | {"place_row": pa.array([1], pa.int64())}
    write_deltalake(corner.lake.path(spool.table("lines")), pa.table({**rows, "file_day": [date(2011, 3, 25)]}), mode="append")
    assert [name for name in corner.lake.files(spool.table("lines")).column_names if name.startswith(("min.", "max."))] == []


@pytest.mark.parametrize(("topic", "begins"), [("clicks", {"0": 8, "1": 3}), ("new", {})])
def test_a_stream_without_a_checkpoint_goes_on_after_the_records_of_its_own_topic(corner, topic, begins):
    places = [("clicks/0", 7), ("clicks/0", 5), ("clicks/1", 2), ("old clicks/0", 99)]
    rows = pa.table(
        {"file_name": [name for name, _ in places], "file_row": [row for _, row in places], "file_day": [date(2011, 3, 25)] * 4}
    )
    assert kafka._after_landed(corner.lake, "lines", KafkaTopic(connection="origin", topic=topic)) == {}
    write_deltalake(corner.lake.path("bronze.lines"), rows)
    assert kafka._after_landed(corner.lake, "lines", KafkaTopic(connection="origin", topic=topic)) == begins
