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

from assets.house import open_lake
from benchmarks.compare import ROUNDS, Comparison, seconds
from lakehouse.commit import ensure_table
from lakehouse.days import DayRange
from lakehouse.home import adopt_shop
from lakehouse.lake import Lake, in_days
from lakehouse.registry import Table, in_order
from lakehouse.run import Run, RunInfo
from lakehouse.settings import load_settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AT_MOST = 1.5
FIRST = date(2025, 1, 1)
LINES, CUSTOMERS, PRODUCTS = 1_000_000, 100_000, 5_000
LAYERS = ("bronze", "silver", "features", "kpis")
SOURCE = f"""\
shop: busy
time_zone: Europe/London
first_day: {FIRST}
inputs:
  lines:
    files: "lines/{{day}}.csv"
    columns:
      - {{name: line, description: The line.}}
      - {{name: customer, description: Who., classification: pii}}
      - {{name: product, description: What.}}
      - {{name: quantity, description: How many.}}
      - {{name: price, description: For how much.}}
      - {{name: sold_at, description: When.}}
tables:
  orders:
    accounts_for: lines
    select: |
      SELECT line AS order_id, customer AS customer_id, product AS product_id, substr(product, 1, 2) AS product_group,
        try_cast(quantity AS int) AS quantity, try_cast(price AS decimal(18,4)) AS unit_price_gbp, true AS is_goods,
        cast(null AS boolean) AS is_return,
        to_utc_timestamp(try_to_timestamp(sold_at, 'yyyy-MM-dd HH:mm:ss'), :time_zone) AS event_at, lineage
      FROM lines
"""


def run(spark: SparkSession, folder: Path, rounds: int = ROUNDS) -> Comparison:
    """One night after another in two lakes, in turn; the first warms up."""
    through, plain = _Through(_lake(spark, folder / "dagster")), _Plain(_lake(spark, folder / "plain"))
    pairs = []
    for number in range(rounds + 1):
        day = FIRST + timedelta(days=number)
        for lake in (through.lake, plain.lake):
            _deliver(lake.shop.landing_folder, day)
        pairs.append((seconds(partial(through.night, day)), seconds(partial(plain.night, day))))
    ours, peer = zip(*pairs[1:], strict=True)
    return Comparison("the night of 1,000,000 new rows through Dagster, audited, against its functions alone", ours, peer, AT_MOST)


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
        run = Run(self.lake, table, DayRange(day, day), RunInfo("benchmark", "a benchmark", "benchmark"), uuid.uuid4().hex)
        run.written = table.plan(run) if table.plan else (day,)
        ensure_table(self.lake, table.name)
        df = table.compute(run).select(*contract.column_names)
        if contract.write == "merge":
            self._merge(df, table.name, contract.primary_key)
        else:
            where = in_days(str(contract.partition), run.written)
            df.write.format("delta").mode("overwrite").option("replaceWhere", where).save(self.lake.path(table.name))

    def _merge(self, df, name: str, keys: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]  # pyspark is imported late
        df.dropDuplicates(list(keys)).createOrReplaceTempView("new_rows")
        on = " AND ".join(f"t.`{key}` = s.`{key}`" for key in keys)
        self.lake.spark.sql(
            f"MERGE INTO delta.`{self.lake.path(name)}` t USING new_rows s ON {on} WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
        ).collect()


def _tables(lake: Lake) -> Iterator[Table]:
    return (table for table in in_order(lake.tables, lake.shop) if table.layer in LAYERS)


def _lake(spark: SparkSession, folder: Path) -> Lake:
    (folder / "landing" / "lines").mkdir(parents=True)
    (folder / "source.yaml").write_text(SOURCE)
    own = load_settings().model_copy(
        update={"home": folder / "home", "lake": str(folder / "lake"), "dagster_home": folder / "dagster", "executor": "in_process"}
    )
    shop = adopt_shop(own, folder / "source.yaml")
    return open_lake(own, shop, lambda _: spark)


def _deliver(landing: Path, day: date) -> None:
    """A file of a million lines, by DuckDB: who bought what follows from the line's number."""
    import duckdb

    duckdb.sql(
        f"COPY (SELECT i AS line, 'c' || (hash(i) % {CUSTOMERS}) AS customer, 'p' || (hash(i, 1) % {PRODUCTS}) AS product, "
        f"1 + i % 5 AS quantity, '2.50' AS price, '{day} 12:00:00' AS sold_at FROM range({LINES}) lines(i)) "
        f"TO '{landing}/lines/{day}.csv' (HEADER)"
    )
