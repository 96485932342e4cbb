"""Which version of a pulled row stands: the last of an event, the last of each day of a customer, none of what was deleted; history ends with a delete."""

from datetime import date

import pytest
from pyspark.sql import functions as F

from lakehouse.ingestion.silver.change_capture import first_known_day, standing

ROWS = [
    ("ann", 1, False, date(2011, 3, 25)),
    ("ann", 2, False, date(2011, 3, 25)),
    ("ann", 3, False, date(2011, 3, 27)),
    ("bob", 1, False, date(2011, 3, 25)),
    ("bob", 2, True, date(2011, 3, 26)),
    ("bob", 3, False, date(2011, 3, 27)),
    ("bob", 4, False, date(2011, 3, 28)),
    ("bob", 5, True, date(2011, 3, 28)),
    ("bob", 6, False, date(2011, 3, 29)),
    (None, None, False, date(2011, 3, 25)),
]
COLUMNS = "entity_key string, row_version bigint, is_deleted boolean, file_day date, delivery_state string"


@pytest.mark.parametrize(
    ("canonical", "kept"),
    [("orders", {("ann", 3), ("bob", 6), (None, None)}), ("customers", {("ann", 2), ("ann", 3), ("bob", 6), (None, None)})],
)
def test_the_versions_that_stand(spark, canonical, kept):
    found = standing(_rows(spark), canonical, is_history=False).collect()
    assert {(row.entity_key, row.row_version) for row in found if row.delivery_state == "landed"} == kept
    assert {row.row_version for row in found if row.delivery_state == "deleted"} == {2, 5}


def test_history_keeps_the_last_version_of_each_day_until_the_key_was_taken_away(spark):
    found = standing(_rows(spark), "customers", is_history=True).collect()
    stands = {(row.entity_key, row.row_version): row.gone_day for row in found if row.delivery_state == "landed"}
    assert stands == {
        ("ann", 2): None, ("ann", 3): None, (None, None): None,
        ("bob", 1): date(2011, 3, 26), ("bob", 3): date(2011, 3, 28), ("bob", 6): None,
    }  # fmt: skip
    assert {row.row_version for row in found if row.delivery_state == "superseded"} == {1, 4}
    assert {row.row_version for row in found if row.delivery_state == "deleted"} == {2, 5}


def test_a_row_that_moves_to_another_day_is_known_there_since_it_moved(spark):
    """Of a sale that is dated anew, the version of the new day is known from then on: it is not late, and not known before it happened."""
    versions = [("ann", 25, 25), ("ann", 25, 26), ("ann", 28, 28), ("ann", 28, 29), ("bob", 28, 27), (None, 25, 25), (None, 25, 29)]
    df = spark.createDataFrame(
        [(key, date(2011, 3, day), date(2011, 3, file)) for key, day, file in versions], "entity_key string, day date, file_day date"
    )
    found = df.withColumn("known", first_known_day(F.col("day"))).collect()
    assert sorted((row.entity_key or "", row.day.day, row.file_day.day, row.known.day) for row in found) == [
        ("", 25, 25, 25), ("", 25, 29, 29), ("ann", 25, 25, 25), ("ann", 25, 26, 25), ("ann", 28, 28, 28), ("ann", 28, 29, 28), ("bob", 28, 27, 27),
    ]  # fmt: skip


def _rows(spark):
    return spark.createDataFrame([(*row, "landed") for row in ROWS], COLUMNS)
