"""5M lines of CSV, and of JSON, to audited silver, against Spark reading the same file and writing it as Delta once.

Ours lands them in bronze with file and row, judges every line, sets bad ones aside, audits bronze and silver, and proves what it wrote.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.busy_shop import FIRST, busy_lake, deliver
from benchmarks.compare import ROUNDS, Comparison, seconds
from benchmarks.shop import publish_audited
from lakehouse.days import DayRange
from lakehouse.tables.lake import Lake

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

LINES, AT_MOST = 5_000_000, 4.0
FORMS = {"csv": "CSV", "jsonl": "JSON"}


def run(spark: SparkSession, folder: Path, rounds: int = ROUNDS, lines: int = LINES) -> tuple[Comparison, ...]:
    """Each form in its own lake."""
    return tuple(_compared(spark, folder / form, form, rounds, lines) for form in FORMS)


def _compared(spark: SparkSession, folder: Path, form: str, rounds: int, lines: int) -> Comparison:
    """Each round a new day's file, by both in turn; the first warms up."""
    lake = busy_lake(spark, folder / "ours", form)
    pairs = []
    for number in range(rounds + 1):
        day = FIRST + timedelta(days=number)
        deliver(lake.shop.landing_folder, day, lines, form)
        file = Path(str(lake.shop.landing_folder / f"lines/{day}.{form}"))
        pairs.append((seconds(partial(_ours, lake, day)), seconds(partial(_peer, spark, file, folder / "peer"))))
        file.unlink()
    return Comparison.warmed_up(f"{lines:,} {FORMS[form]} lines to audited silver, against reading and writing them once", pairs, AT_MOST)


def _ours(lake: Lake, day: date) -> None:
    for table in ("bronze.lines", "silver.orders"):
        publish_audited(lake, table, DayRange(day, day))


def _peer(spark: SparkSession, file: Path, to: Path) -> None:
    _read(spark, file).write.format("delta").mode("append").save(str(to))


def _read(spark: SparkSession, file: Path) -> DataFrame:
    return spark.read.json(str(file)) if file.suffix == ".jsonl" else spark.read.option("header", True).csv(str(file))
