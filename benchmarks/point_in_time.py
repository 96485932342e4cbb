"""The point-in-time join, 100,000 examples to ten tables of a million feature rows each, against DuckDB's ASOF joins over the same Parquet.

Both read the same files and write what they found as Parquet. The peer is given the one time that its join can take, the later of
`event_at` and `known_at`, ready made; ours takes both, and breaks ties.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.compare import ROUNDS, Comparison, compare
from features.point_in_time import FeatureRows, point_in_time

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AT_MOST = 5.0
TABLES, ROWS, EXAMPLES, CUSTOMERS = 10, 1_000_000, 100_000, 50_000
SECONDS = int(timedelta(days=365).total_seconds())
FILES = 4


def run(spark: SparkSession, folder: Path, rounds: int = ROUNDS) -> Comparison:
    """Both in turn, over files made first."""
    deliver(folder)
    ours, peer = partial(join, spark, folder), partial(_asof, folder)
    return compare("a point-in-time join of 100k examples with ten tables of 1M rows, against DuckDB", ours, peer, rounds, AT_MOST)


def deliver(folder: Path, times: int = 1) -> None:
    """The files of examples and tables, by DuckDB: who and when follow from the row's number; `times` as many rows and customers."""
    import duckdb

    when = "timestamptz '2025-01-01 00:00:00+00' + to_seconds(hash(i, {seed}) % " + str(SECONDS) + ")"
    who = f"'c' || (hash(i, {{seed}} + 100) % {CUSTOMERS * times}) AS customer"
    for name in ("examples", *(f"table_{n}" for n in range(TABLES))):
        (folder / name).mkdir(parents=True)
        seed = 99 if name == "examples" else int(name.rpartition("_")[2])
        rows = (EXAMPLES if name == "examples" else ROWS) * times
        columns = (
            f"i AS example, {who}, {when} AS as_of"
            if name == "examples"
            else f"{who}, {when} AS event_at, {when} + to_hours(i % 48) AS known_at, {when} + to_hours(i % 48) AS visible_at, "
            f"(i % 1000)::double AS value_{seed}"
        )
        for file in range(FILES):
            each = f"SELECT {columns.format(seed=seed)} FROM range({file * rows // FILES}, {(file + 1) * rows // FILES}) t(i)"
            duckdb.sql(f"COPY ({each}) TO '{folder}/{name}/{file}.parquet'")


def join(spark: SparkSession, folder: Path) -> None:
    """Ours: from the files to a folder of Parquet."""
    tables = [FeatureRows(spark.read.parquet(f"{folder}/table_{n}"), ("customer",), (f"value_{n}",)) for n in range(TABLES)]
    found = point_in_time(spark.read.parquet(f"{folder}/examples"), tables)
    found.write.mode("overwrite").parquet(f"{folder}/ours")


def _asof(folder: Path) -> None:
    import duckdb

    joins = " ".join(
        f"ASOF LEFT JOIN '{folder}/table_{n}/*.parquet' t{n} ON e.customer = t{n}.customer AND e.as_of >= t{n}.visible_at"
        for n in range(TABLES)
    )
    values = ", ".join(f"t{n}.value_{n}" for n in range(TABLES))
    with duckdb.connect() as connection:
        connection.sql(f"COPY (SELECT e.*, {values} FROM '{folder}/examples/*.parquet' e {joins}) TO '{folder}/peer.parquet'")
