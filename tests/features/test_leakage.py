"""A feature that holds the future is found and named; honest ones, in any order of time, are not."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from features.leakage import leaks
from features.point_in_time import FeatureRows, point_in_time

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
INSTANT = pa.timestamp("us", tz="UTC")
CUSTOMERS, DAYS, EXAMPLES = 40, 60, 400
WEEK = timedelta(days=7)


def frame(spark, **columns):
    return spark.createDataFrame(pa.table(columns))


@pytest.fixture
def table(spark):
    """What each customer had spent by each day, and how often they had come."""
    draw = random.Random(1)
    each = [(customer, day) for customer in range(CUSTOMERS) for day in range(DAYS)]
    rows = frame(
        spark,
        customer=[customer for customer, _ in each],
        event_at=pa.array([BEGIN + timedelta(days=day) for _, day in each], INSTANT),
        spend=[draw.randrange(10**6) for _ in each],
        visits=[day for _, day in each],
    )
    return FeatureRows(rows, ("customer",), ("spend", "visits"), known_at=None)


def moments(spark, seed):
    """Examples at random moments: another seed is the same customers with their times permuted."""
    draw = random.Random(seed)
    at = [BEGIN + timedelta(hours=draw.randrange(24 * (DAYS - 8))) for _ in range(EXAMPLES)]
    return frame(spark, customer=[n % CUSTOMERS for n in range(EXAMPLES)], as_of=pa.array(at, INSTANT))


def test_a_planted_future_is_found_in_its_own_column_alone(spark, table):
    from pyspark.sql import functions as F

    honest = point_in_time(moments(spark, 2), [table]).drop("spend")
    future = FeatureRows(table.frame, ("customer",), ("spend",), known_at=None)
    planted = point_in_time(honest.withColumn("a_week_on", F.col("as_of") + F.lit(WEEK)), [future], as_of="a_week_on")
    (leak,) = leaks(planted.drop("a_week_on"), [table], later=WEEK)
    assert (leak.column, leak.examples, leak.differing, leak.as_known_later) == ("spend", EXAMPLES, EXAMPLES, EXAMPLES)


@pytest.mark.parametrize("seed", range(3))
def test_honest_features_are_not_suspected_however_time_is_permuted(spark, table, seed):
    assert leaks(point_in_time(moments(spark, seed), [table]), [table]) == []


def test_what_is_wrong_but_was_never_known_later_is_told_as_that(spark, table):
    from pyspark.sql import functions as F

    some = F.when(F.col("customer") < 10, F.col("visits") - 7).otherwise(F.col("visits"))
    wrong = point_in_time(moments(spark, 2), [table]).withColumns({"visits": some, "spend": F.lit(None).cast("bigint")})
    found = [(leak.column, leak.differing, leak.as_known_later) for leak in leaks(wrong, [table], later=WEEK)]
    assert found == [("spend", EXAMPLES, 0), ("visits", EXAMPLES // 4, 0)], "what is missing differs as well, and the worst comes first"


def test_what_stays_as_it_is_counts_as_the_future_nowhere(spark):
    """Honest examples hold the later value too; of those that are wrong it is asked."""
    from pyspark.sql import functions as F

    rows = frame(spark, customer=list(range(CUSTOMERS)), event_at=pa.array([BEGIN] * CUSTOMERS, INSTANT), tier=[1] * CUSTOMERS)
    table = FeatureRows(rows, ("customer",), ("tier",), known_at=None)
    wrong = point_in_time(moments(spark, 2), [table]).withColumn("tier", F.when(F.col("customer") < 10, 7).otherwise(F.col("tier")))
    found = [(leak.column, leak.differing, leak.as_known_later) for leak in leaks(wrong, [table], later=WEEK)]
    assert found == [("tier", EXAMPLES // 4, 0)]
