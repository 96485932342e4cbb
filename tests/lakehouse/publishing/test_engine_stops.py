"""Where the engine stops at a row, one sentence says table, days, condition and place; nothing of the row, of the plan, of a key."""

from __future__ import annotations

import inspect
import logging
import logging.config
from dataclasses import replace

import pytest
from pyspark.sql import functions as F

from lakehouse.errors import GreenhouseError, PublishError, SourceError
from lakehouse.publishing.engine_stops import WAY_OUT, way_out
from lakehouse.tables.reads import days
from tests.lakehouse.corner_shop import SOURCE, line

DAY = "2011-03-25"
FERN = "fern"
LOGS = ("SQLQueryContextLogger", "DataFrameQueryContextLogger", "pyspark.sql.connect.logging")


@pytest.fixture
def landed(corner):
    """Two lines in bronze; the product of one is a number."""
    corner.deliver(DAY, [line(1, DAY, product="0"), line(2, DAY, product=FERN)])
    corner.publish("bronze.lines", DAY)
    return corner


def stops(corner, table, kind=GreenhouseError):
    with pytest.raises(kind) as caught:
        corner.publish(table, DAY)
    assert "\n" not in caught.value.message
    assert FERN not in caught.value.message
    return caught.value.message


@pytest.mark.parametrize("few_rows", [0, 10_000])
@pytest.mark.parametrize(
    ("was", "now", "condition"),
    [
        ("try_cast(quantity AS int)", "cast(product AS int)", "CAST_INVALID_INPUT"),
        ("try_cast(price AS decimal(18,4))", "cast(1 / length(replace(product, '0', '')) AS decimal(18,4))", "DIVIDE_BY_ZERO"),
    ],
)
def test_a_select_that_stops_is_told_with_file_line_and_part(landed, few_rows, was, now, condition):
    text = SOURCE.format(lateness=0, last_day="2011-04-05")
    assert was in text
    landed.configure(few_rows=few_rows)
    landed.reload(text.replace(was, now))
    said = stops(landed, "silver.orders", SourceError)
    at = next(number for number, each in enumerate(text.splitlines(), 1) if was in each)
    part = now.removesuffix(" AS decimal(18,4))").removeprefix("cast(") if condition == "DIVIDE_BY_ZERO" else now
    assert (
        f"source.yaml:{at}: tables.orders.select: the SELECT of silver.orders stops at a line of {DAY} with {condition}, in {part}; "
        in said
    )
    assert ("use try_divide" if condition == "DIVIDE_BY_ZERO" else "use try_cast") in said


def test_of_what_no_line_is_to_blame_for_the_select_is_to_be_mended():
    assert way_out("INVALID_TIMEZONE").startswith("mend the name of the time zone")
    assert "yyyy-MM-dd" in way_out("INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION")
    assert way_out("INVALID_ARRAY_INDEX_IN_ELEMENT_AT").startswith("use try_element_at")
    assert way_out("CAST_OVERFLOW") == WAY_OUT


def test_a_function_that_stops_is_told_as_that_and_as_no_failed_check(landed):
    landed.reload(SOURCE.format(lateness=0, last_day="2011-04-05"))
    landed.publish("silver.orders", DAY)
    table = landed.lake.tables["kpis.daily_sales"]

    def broken(orders, run):
        return table.function(orders, run).withColumn("identified_customers", F.expr("1 div (identified_customers - identified_customers)"))

    landed.lake.tables["kpis.daily_sales"] = replace(table, function=broken, reads={"orders": days("silver.orders")})
    said = stops(landed, "kpis.daily_sales", PublishError)
    where = f"tests/lakehouse/publishing/test_engine_stops.py:{inspect.getsourcelines(broken)[1]}"
    assert said == f"kpis.daily_sales: the engine stops with DIVIDE_BY_ZERO on {DAY}, in broken ({where}); nothing of it was published"
    assert landed.rows("kpis.daily_sales") == []


def test_a_column_that_is_not_there_is_named(landed):
    landed.publish("silver.orders", DAY)
    table = landed.lake.tables["kpis.daily_sales"]
    landed.lake.tables["kpis.daily_sales"] = replace(
        table, function=lambda orders: orders.select("no_such"), reads={"orders": days("silver.orders")}
    )
    assert "the engine stops with UNRESOLVED_COLUMN.WITH_SUGGESTION (no_such) on 2011-03-25, in" in stops(landed, "kpis.daily_sales")


def test_the_clients_lines_stay_silent_when_somebody_configures_logging(spark):
    heard = Heard()
    for name in LOGS:
        logging.getLogger(name).addHandler(heard)
    # As each Dagster run does: every logger there is can speak again.
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})
    with pytest.raises(Exception, match="DIVIDE_BY_ZERO"):
        spark.sql("SELECT 1 / 0").collect()
    for name in LOGS:
        logging.getLogger(name).removeHandler(heard)
    assert heard.records == []


class Heard(logging.Handler):
    """Keeps what a logger says."""

    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record.getMessage())
