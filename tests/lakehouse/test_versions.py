"""Which version of a pulled row stands: the last of an event, the last of each day of a customer, none of what was deleted."""

from datetime import date

import pytest

from lakehouse.versions import standing

ROWS = [
    ("ann", 1, False, date(2011, 3, 25)),
    ("ann", 2, False, date(2011, 3, 25)),
    ("ann", 3, False, date(2011, 3, 27)),
    ("bob", 1, False, date(2011, 3, 25)),
    ("bob", 2, True, date(2011, 3, 26)),
    ("bob", 3, False, date(2011, 3, 27)),
    (None, None, False, date(2011, 3, 25)),
]
COLUMNS = "entity_key string, row_version bigint, is_deleted boolean, file_day date, delivery_state string"


@pytest.mark.parametrize(
    ("canonical", "kept"),
    [("orders", {("ann", 3), ("bob", 3), (None, None)}), ("customers", {("ann", 2), ("ann", 3), ("bob", 3), (None, None)})],
)
def test_the_versions_that_stand(spark, canonical, kept):
    df = spark.createDataFrame([(*row, "landed") for row in ROWS], COLUMNS)
    found = standing(df, canonical).collect()
    assert {(row.entity_key, row.row_version) for row in found if row.delivery_state == "landed"} == kept
    assert {row.row_version for row in found if row.delivery_state == "deleted"} == {2}
