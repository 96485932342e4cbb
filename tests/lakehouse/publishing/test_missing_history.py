"""A column that came after rows which are looked back on is told; days that were never built are refused (`test_built_days`)."""

from dataclasses import replace
from datetime import date
from functools import wraps

from pyspark.sql import functions as F

from expectations.audit import audit
from features.partials.customer_product_day import customer_product_day
from lakehouse.contracts.model import Column
from lakehouse.days import DayRange
from lakehouse.publishing.missing_history import _left, _way_out
from lakehouse.publishing.publish import publish
from lakehouse.tables.run import RunInfo
from tests.lakehouse.corner_shop import line


def test_a_column_is_missing_where_rows_stood_before_it_came(corner):
    for day in ("2011-03-25", "2011-03-26"):
        corner.deliver(day, [line(1, day)])
    corner.build("2011-03-25..2011-03-26")
    corner.publish(SUMS, "2011-03-25")
    gain_a_column(corner)
    corner.publish(SUMS, "2011-03-26")
    told = corner.publish("features.customer_product_daily", "2011-03-25..2011-03-26").notes
    assert told == (f"{SUMS}.gifts was never computed for 2011-03-25: ./greenhouse backfill {SUMS} --feature gifts does it",)
    publish(corner.lake, SUMS, DayRange.parse("2011-03-25"), audit, RunInfo("a test run", "a test", "test", only_columns=("gifts",)))
    assert corner.publish("features.customer_product_daily", "2011-03-26").notes == ()


def test_publishes_are_read_only_as_far_back_as_they_leave_days():
    told = iter([["2011-03-26"], ["2011-03-24..2011-03-25"], ["read on"]])
    assert _left({date(2011, 3, 25), date(2011, 3, 26)}, told) == set()
    assert list(told) == [["read on"]]


def test_a_refusal_names_what_is_missing_where_and_the_command_that_fills_all_of_it():
    missing = {"bronze.lines": {date(2011, 3, 27)}, "silver.orders": {date(2011, 3, day) for day in (20, 22, 23, 25, 27, 29)}}
    assert _way_out(missing) == (
        "bronze.lines has no file of 2011-03-27 and silver.orders was not built for 2011-03-20, 2011-03-22..2011-03-23, 2011-03-25 and 2 "
        "more spans, which it is made of; ./greenhouse run --from 2011-03-20 --to 2011-03-29 fills what is delivered"
    )


SUMS = "partials.customer_product_day"


def gain_a_column(shop):
    """A measure that its contract names and its function counts from now on; of these rows it is null."""

    @wraps(customer_product_day)
    def with_gifts(orders):
        return customer_product_day(orders).withColumn("gifts", F.lit(None).cast("bigint"))

    contract = shop.lake.contracts[SUMS]
    shop.lake.contracts[SUMS] = replace(contract, columns=(*contract.columns, Column("gifts", "bigint", "Units that were gifts.")))
    shop.lake.tables[SUMS] = replace(shop.lake.tables[SUMS], function=with_gifts)
