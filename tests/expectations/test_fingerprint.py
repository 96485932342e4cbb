"""The fingerprint says whether two frames hold the same rows, in any order."""

from datetime import date
from decimal import Decimal

import pytest
from pyspark.sql import Observation

from expectations.audit import audit
from lakehouse.contracts.model import Column
from lakehouse.tables.audit_report import content_columns, fingerprint

SCHEMA = "a string, b string, m map<string,int>, l array<string>, d decimal(18,4), day date"
COLUMNS = tuple(Column(*pair.split(" ", 1)) for pair in SCHEMA.split(", "))
ROW = ("x", None, {"k": 1, "j": None}, ["p", None], Decimal("1.5000"), date(2011, 1, 1))


@pytest.fixture
def told(spark):
    def of(*rows: tuple) -> str:
        return fingerprint(spark.createDataFrame(list(rows), SCHEMA).agg(*content_columns(COLUMNS)).collect()[0].asDict())

    return of


def change(**values: object) -> tuple:
    names = [column.name for column in COLUMNS]
    return tuple(values.get(name, value) for name, value in zip(names, ROW, strict=True))


def test_it_tells_contents_apart_but_not_orders(told):
    other = change(a="y")
    assert told(ROW, other) == told(other, ROW)
    changed = [
        change(a=None, b="x"),
        change(m={"k": None, "j": 1}),
        change(m=None),
        change(l=[None, "p"]),
        change(d=Decimal("1.5001")),
        change(day=None),
    ]
    told_apart = {told(row) for row in [ROW, *changed]}
    assert len(told_apart) == 1 + len(changed)
    assert told(ROW, ROW) not in (told(ROW), told(), told(other, other))
    assert told(change(m={"j": None, "k": 1})) == told(ROW)


def test_the_write_observes_what_the_audit_saw(frame, contract, tmp_path):
    df, rules = frame((date(2011, 1, 1), "a", 1), (date(2011, 1, 2), "b", None), (None, "b")), contract()
    observation = Observation("content")
    df.observe(observation, *content_columns(rules.columns)).write.format("noop").mode("overwrite").save()
    assert fingerprint(observation.get) == audit(df, rules).content_hash
