"""One column's history is written without touching its neighbours, and what it cannot look back on is said."""

from dataclasses import replace

import pytest

from assets.explain import made_of
from expectations.audit import audit
from lakehouse.contracts.model import Column, Contract, Rule
from lakehouse.days import DayRange
from lakehouse.errors import PublishError
from lakehouse.publishing.column_backfill import beside_standing, concerned, refuse_alone
from lakehouse.publishing.publish import publish
from lakehouse.tables.run import RunInfo
from tests.lakehouse.corner_shop import line

COLUMNS = tuple(Column(name, kind, primary_key=name == "who") for name, kind in (("who", "string"), ("a", "int"), ("b", "int")))
CONTRACT = Contract("features.some", "features", "some", "Some.", "1.0.0", "a test", COLUMNS, primary_key=("who",))
SCHEMA = "who string, a int, b int"


def test_the_others_stay_as_they_stand(spark):
    standing = spark.createDataFrame([("ann", 1, 2), ("bea", 3, None)], SCHEMA)
    computed = spark.createDataFrame([("bea", 30, 40), ("ann", None, 20)], SCHEMA)
    found = refuse_alone(beside_standing(computed, standing, CONTRACT, ["a"]), CONTRACT, ["a"]).collect()
    assert sorted(map(tuple, found), key=str) == [("ann", None, 2), ("bea", 30, None)]


def test_rows_that_came_or_went_are_no_matter_of_one_column(spark):
    standing = spark.createDataFrame([("ann", 1, 2), ("bea", 3, 4)], SCHEMA)
    computed = spark.createDataFrame([("ann", 1, 2), ("cid", 5, 6)], SCHEMA)
    with pytest.raises(PublishError, match=r"features\.some: 2 rows stand or were computed alone, so a cannot be written"):
        refuse_alone(beside_standing(computed, standing, CONTRACT, ["a"]), CONTRACT, ["a"])


@pytest.mark.parametrize(("contract", "column"), [(CONTRACT, "who"), (CONTRACT, "c"), (replace(CONTRACT, write="merge"), "a")])
def test_what_cannot_be_written_alone_is_said(spark, contract, column):
    frame = spark.createDataFrame([("ann", 1, 2)], SCHEMA)
    with pytest.raises(PublishError, match=r"is no column that can be written alone; these are: a, b|it is written by merge"):
        beside_standing(frame, frame, contract, [column])


def test_of_one_column_the_rules_that_read_it_are_judged_and_those_that_never_were():
    rules = (
        Rule("a_is_positive", "sql", "a"), Rule("b_is_positive", "sql", "b"), Rule("new", "sql", "b"), Rule("a_is_below_b", "sql", None, ("a", "b")),
    )  # fmt: skip
    found = concerned(replace(CONTRACT, rules=rules), ["a"], {"a_is_positive", "b_is_positive", "a_is_below_b"})
    assert [rule.name for rule in found.rules] == ["a_is_positive", "new", "a_is_below_b"]


def test_a_column_is_published_alone(corner):
    day = DayRange.parse("2011-03-25")
    corner.deliver("2011-03-25", [line(1, "2011-03-25")])
    corner.build("2011-03-25")
    (before,) = corner.rows("silver.orders")
    source = (corner.folder / "source.yaml").read_text()
    corner.reload(source.replace("product AS product_group", "'plants' AS product_group").replace("line AS order_id", "'new' AS order_id"))
    versioned = replace(corner.lake.tables["silver.orders"], versions=lambda *_: {"product_group": "a1", "order_id": "b2"})
    corner.lake.tables["silver.orders"] = versioned
    publish(corner.lake, "silver.orders", day, audit, RunInfo("a test run", "a test", "test", only_columns=("product_group",)))
    (after,) = corner.rows("silver.orders")
    assert after == before | {"product_group": "plants"}
    newest, first = (commit.record for commit in corner.lake.commits("silver.orders") if commit.record)
    assert newest.column_versions == {"product_group": "a1"}
    made = made_of(corner.lake, "silver.orders", corner.lake.version("silver.orders"))
    assert [publish.publish_id for publish in made] == [newest.publish_id, first.publish_id]
    assert not first.column_versions
