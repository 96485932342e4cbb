"""One feature added over 365 days, audited, the others staying as they stand, against two peers that write it as it comes.

The first computes it as the table's own function does, from the daily sums; the second is one bare Spark job over silver.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.compare import ROUNDS, Comparison, compare
from benchmarks.shop import CUSTOMERS, asked, publish_audited, simulated
from lakehouse.days import DayRange
from lakehouse.tables.lake import Lake
from lakehouse.tables.run import Run

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

AT_MOST = 1.5
TABLE, FEATURE = "features.customer_daily", "spend_30d"
ADDED = DayRange.parse("2024-06-30..2025-06-29")
LOOKS_BACK = 90
# The contract's words: money of 30 days for each customer who bought, returned or saw anything in 90, as known by the day.
BARE = """
    WITH lines AS (
      SELECT customer_key, day, greatest(day, known_day) AS since, if(is_return, 0, amount) AS spend
      FROM silver_orders WHERE is_goods AND customer_key IS NOT NULL),
    present AS (
      SELECT DISTINCT customer_key, explode(sequence(since, date_add(day, 89))) AS day
      FROM (SELECT customer_key, day, since FROM lines
            UNION SELECT customer_key, day, greatest(day, known_day) FROM silver_impressions WHERE customer_key IS NOT NULL)
      WHERE since <= date_add(day, 89)),
    spent AS (
      SELECT customer_key, explode(sequence(since, date_add(day, 29))) AS day, spend FROM lines WHERE since <= date_add(day, 29)),
    sums AS (SELECT customer_key, day, sum(spend) AS spend FROM spent GROUP BY customer_key, day)
    SELECT day, customer_key, cast(coalesce(spend, 0) AS double) AS spend_30d
    FROM present LEFT JOIN sums USING (customer_key, day) WHERE day BETWEEN date'{first}' AND date'{last}'
"""


def run(
    spark: SparkSession, folder: Path, rounds: int = ROUNDS, added: DayRange = ADDED, customers: int = CUSTOMERS, before: int = LOOKS_BACK
) -> tuple[Comparison, Comparison]:
    """Ours and each peer in turn, over a table that stands with all its features, and over what it is made of."""
    history = added.widen(before=before)
    shop = simulated(spark, folder, history, customers)
    shop.build_for(TABLE, history)
    shop.publish(TABLE, added)
    name = f"one feature over {len(added)} days beside the others, against it alone"
    ours, to = partial(publish_audited, shop.lake, TABLE, added, (FEATURE,)), str(folder / "alone")
    own, bare = partial(_by_its_function, shop.lake, added, to), partial(_by_a_bare_job, shop.lake, added, to)
    return (
        compare(f"{name}, by its own function", ours, own, rounds, AT_MOST),
        compare(f"{name}, in a bare job over silver", ours, bare, rounds, AT_MOST),
    )


def _by_its_function(lake: Lake, added: DayRange, to: str) -> None:
    """The feature's own function, nothing else of its table."""
    run = Run(lake, lake.tables[TABLE], added, asked((FEATURE,)), "benchmark")
    _write(run.table.compute(run).select("day", "customer_key", FEATURE), to)


def _by_a_bare_job(lake: Lake, added: DayRange, to: str) -> None:
    for table in ("silver.orders", "silver.impressions"):
        lake.read(table).createOrReplaceTempView(table.replace(".", "_"))
    _write(lake.spark.sql(BARE.format(first=added.first, last=added.last)), to)


def _write(df: DataFrame, to: str) -> None:
    """One write of one file a day."""
    df.repartition("day").write.format("delta").mode("overwrite").partitionBy("day").save(to)
