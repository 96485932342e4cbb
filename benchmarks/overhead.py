"""The night through Dagster with every audit, against the same functions called in plain Python and written as Delta.

A million new order lines a night, each round a new day in both lakes. Scoring and watching are left out (see `scoring`):
both sides make bronze, silver, features and KPIs.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.busy_shop import FIRST, LINES, busy_lake, deliver
from benchmarks.compare import ROUNDS, Comparison, seconds
from benchmarks.shop import asked
from lakehouse.days import DayRange
from lakehouse.publishing.commit import ensure_table
from lakehouse.publishing.write_modes import MergeByKey, mode_of
from lakehouse.tables.lake import Lake, in_days
from lakehouse.tables.registry import Table, in_order
from lakehouse.tables.run import Run

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AT_MOST = 1.5
LAYERS = ("bronze", "silver", "partials", "features", "kpis")


def run(spark: SparkSession, folder: Path, rounds: int = ROUNDS, lines: int = LINES, at_most: float = AT_MOST) -> Comparison:
    """One night after another in two lakes, in turn; the first warms up."""
    through, plain = _Through(busy_lake(spark, folder / "dagster")), _Plain(busy_lake(spark, folder / "plain"))
    pairs = []
    for number in range(rounds + 1):
        day = FIRST + timedelta(days=number)
        for lake in (through.lake, plain.lake):
            deliver(lake.shop.landing_folder, day, lines)
        pairs.append((seconds(partial(through.night, day)), seconds(partial(plain.night, day))))
    return Comparison.warmed_up(f"the night of {lines:,} new rows through Dagster, audited, against its functions alone", pairs, at_most)


@dataclass(frozen=True)
class _Through:
    """The night as it runs every night."""

    lake: Lake

    def night(self, day: date) -> None:
        from orchestration.definitions import definitions_of
        from orchestration.instance import instance_of
        from orchestration.runs import run_job

        instance = instance_of(self.lake.settings)
        outcome = run_job(definitions_of(self.lake), "build_history", DayRange(day, day), instance, self.lake, asked_by="a benchmark")
        assert outcome.succeeded, outcome.failures


@dataclass(frozen=True)
class _Plain:
    """The same table functions, their frames written as they come: no conforming, no audit, no proof, no ledger."""

    lake: Lake

    def night(self, day: date) -> None:
        for table in _tables(self.lake):
            self._write(table, day)

    def _write(self, table: Table, day: date) -> None:
        contract = self.lake.contract(table.name)
        run = Run(self.lake, table, DayRange(day, day), asked(), uuid.uuid4().hex)
        run.written = table.plan(run) if table.plan else (day,)
        ensure_table(self.lake, table.name)
        df = table.compute(run).select(*contract.column_names)
        mode = mode_of(contract)
        if isinstance(mode, MergeByKey):
            standing = self.lake.read(table.name, self.lake.version(table.name))
            self._merge(mode.merged(df, standing, contract), table.name, contract.primary_key)
        else:
            where = in_days(str(contract.partition), run.written)
            df.write.format("delta").mode("overwrite").option("replaceWhere", where).save(self.lake.path(table.name))

    def _merge(self, df, name: str, keys: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]  # pyspark is imported late
        df.createOrReplaceTempView("new_rows")
        on = " AND ".join(f"t.`{key}` = s.`{key}`" for key in keys)
        self.lake.spark.sql(
            f"MERGE INTO delta.`{self.lake.path(name)}` t USING new_rows s ON {on} WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
        ).collect()


def _tables(lake: Lake) -> Iterator[Table]:
    return (table for table in in_order(lake.tables, lake.shop) if table.layer in LAYERS)
