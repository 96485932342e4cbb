"""What is looked back on and was never computed is told: days never published, columns that came later; nothing where all was."""

from dataclasses import replace
from functools import wraps

from pyspark.sql import functions as F

from expectations.audit import audit
from features.partials.customer_product_day import customer_product_day
from lakehouse.contract import Column
from lakehouse.days import DayRange
from lakehouse.publish import publish
from lakehouse.run import RunInfo
from tests.lakehouse.shop import line

TOLD = "what looks back there sees less"


def test_days_never_published_are_told_by_what_looks_back_on_them(corner):
    for day in ("2011-03-25", "2011-03-27"):
        corner.deliver(day, [line(1, day)])
        corner.build(day)
    for table in ("silver.impressions", "partials.customer_product_day"):
        corner.publish(table, "2011-03-25")
    first = corner.publish("features.customer_product_daily", "2011-03-25")
    assert "notes" not in first.facts
    later = corner.publish("features.customer_product_daily", "2011-03-27..2011-03-28")
    assert later.facts["notes"] == [
        f"partials.customer_product_day was never published for 2011-03-26..2011-03-28: {TOLD}",
        f"silver.orders was never published for 2011-03-26, 2011-03-28: {TOLD}",
    ]
    assert "notes" not in corner.publish("partials.product_day", "2011-03-27").facts, "this shop has no impressions to miss"


def test_a_day_published_without_rows_is_no_gap(corner):
    for day in ("2011-03-25", "2011-03-26", "2011-03-27"):
        corner.deliver(day, [line(1, day)] if day == "2011-03-25" else [])
    for table in ("bronze.lines", "silver.orders", "partials.customer_product_day"):
        corner.publish(table, "2011-03-25..2011-03-27")
    assert "notes" not in corner.publish("features.customer_product_daily", "2011-03-27").facts


def test_a_column_is_missing_where_rows_stood_before_it_came(corner):
    for day in ("2011-03-25", "2011-03-26"):
        corner.deliver(day, [line(1, day)])
    corner.build("2011-03-25..2011-03-26")
    corner.publish(SUMS, "2011-03-25")
    gain_a_column(corner)
    corner.publish(SUMS, "2011-03-26")
    told = corner.publish("features.customer_product_daily", "2011-03-26").facts["notes"]
    assert told == [f"{SUMS}.gifts was never computed for 2011-03-25: ./greenhouse backfill {SUMS} --feature gifts does it"]
    publish(corner.lake, SUMS, DayRange.parse("2011-03-25"), audit, RunInfo("a test run", "a test", "test", only_columns=("gifts",)))
    assert "notes" not in corner.publish("features.customer_product_daily", "2011-03-26").facts


SUMS = "partials.customer_product_day"


def gain_a_column(shop):
    """A measure that its contract names and its function counts from now on; of these rows it is null."""

    @wraps(customer_product_day)
    def with_gifts(orders):
        return customer_product_day(orders).withColumn("gifts", F.lit(None).cast("bigint"))

    contract = shop.lake.contracts[SUMS]
    shop.lake.contracts[SUMS] = replace(contract, columns=(*contract.columns, Column("gifts", "bigint", "Units that were gifts.")))
    shop.lake.tables[SUMS] = replace(shop.lake.tables[SUMS], function=with_gifts)
