"""One publish of three hundred rows under twenty checks, against the bare Spark write of the same frame to its day.

The peer neither conforms nor audits nor proves, and keeps no ledger.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.audit import audited_contract, audited_frame
from benchmarks.busy_shop import FIRST, busy_lake
from benchmarks.compare import ROUNDS, Comparison, compare
from benchmarks.shop import publish_audited
from expectations.audit import warm
from lakehouse.days import DayRange
from lakehouse.publishing.commit import ensure_table
from lakehouse.tables.lake import Lake, in_days
from lakehouse.tables.registry import Table
from lakehouse.tables.run import Run

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

ROWS, CHECKS, AT_MOST = 300, 20, 0.6
OURS, PEERS = "benchmarks.published", "benchmarks.written"


def run(spark: SparkSession, folder: Path, rounds: int = ROUNDS, rows: int = ROWS) -> Comparison:
    """Publish and bare write in turn, each again of the same day."""
    warm()
    lake = _lake(spark, folder, rows)
    for name in (OURS, PEERS):
        ensure_table(lake, name)
    days = DayRange(FIRST, FIRST)
    return compare(
        f"a publish of {rows:,} rows under {CHECKS} checks, against the bare write",
        lambda: publish_audited(lake, OURS, days), lambda: _write(lake, _rows(spark, FIRST, rows)), rounds, AT_MOST,
    )  # fmt: skip


def _lake(spark: SparkSession, folder: Path, rows: int) -> Lake:
    def published(run: Run) -> DataFrame:
        return _rows(run.spark, run.written[0], rows)

    lake, contract = busy_lake(spark, folder), audited_contract()
    few = replace(contract, rules=contract.rules[:CHECKS])
    contracts = {name: replace(few, table=name, name=name.partition(".")[2]) for name in (OURS, PEERS)}
    return replace(lake, tables={**lake.tables, OURS: Table(OURS, published, {})}, contracts={**lake.contracts, **contracts})


def _rows(spark: SparkSession, day: date, rows: int) -> DataFrame:
    from pyspark.sql import functions as F

    return audited_frame(spark, rows).withColumn("day", F.lit(day))


def _write(lake: Lake, df: DataFrame) -> None:
    writer = df.write.format("delta").mode("overwrite").option("replaceWhere", in_days("day", DayRange(FIRST, FIRST)))
    writer.save(lake.path(PEERS))
