"""One feature added over 365 days, audited, the others staying as they stand, against one bare Spark job that computes it from silver."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.compare import ROUNDS, Comparison, compare
from benchmarks.shop import publish_audited, simulated
from lakehouse.days import DayRange
from lakehouse.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AT_MOST = 1.5
TABLE, FEATURE = "features.customer_daily", "spend_30d_gbp"
HISTORY = DayRange.parse("2024-04-01..2025-06-29")
ADDED = DayRange.parse("2024-06-30..2025-06-29")
# The contract's words: money of 30 days for each customer who bought, returned or saw anything in 90, as known by the day.
BARE = """
    WITH lines AS (
      SELECT customer_key, day, greatest(day, known_day) AS since, if(is_return, 0, amount_gbp) AS spend
      FROM silver_orders WHERE is_goods AND customer_key IS NOT NULL),
    present AS (
      SELECT DISTINCT customer_key, explode(sequence(since, date_add(day, 89))) AS day
      FROM (SELECT customer_key, day, since FROM lines
            UNION SELECT customer_key, day, greatest(day, known_day) FROM silver_impressions WHERE customer_key IS NOT NULL)
      WHERE since <= date_add(day, 89)),
    spent AS (
      SELECT customer_key, explode(sequence(since, date_add(day, 29))) AS day, spend FROM lines WHERE since <= date_add(day, 29)),
    sums AS (SELECT customer_key, day, sum(spend) AS spend FROM spent GROUP BY customer_key, day)
    SELECT day, customer_key, cast(coalesce(spend, 0) AS double) AS spend_30d_gbp
    FROM present LEFT JOIN sums USING (customer_key, day) WHERE day BETWEEN date'{first}' AND date'{last}'
"""


def run(spark: SparkSession, folder: Path, rounds: int = ROUNDS) -> Comparison:
    """Both in turn, over a table that stands with all its features, and over silver."""
    shop = simulated(spark, folder, HISTORY)
    shop.build(HISTORY, ("bronze", "silver", "partials"))
    shop.publish(TABLE, ADDED)
    ours, peer = partial(publish_audited, shop.lake, TABLE, ADDED, (FEATURE,)), partial(_alone, shop.lake, str(folder / "alone"))
    return compare("one feature over 365 days beside the others, against it alone in a bare job", ours, peer, rounds, AT_MOST)


def _alone(lake: Lake, to: str) -> None:
    """The feature alone, in one write of one file a day."""
    for table in ("silver.orders", "silver.impressions"):
        lake.read(table).createOrReplaceTempView(table.replace(".", "_"))
    df = lake.spark.sql(BARE.format(first=ADDED.first, last=ADDED.last))
    df.repartition("day").write.format("delta").mode("overwrite").partitionBy("day").save(to)
