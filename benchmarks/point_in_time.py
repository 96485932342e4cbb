"""The point-in-time join, 100,000 examples to ten tables of a million feature rows each, against DuckDB's ASOF joins over the same Parquet.

Both read the same files and write what they found as Parquet. The peer is given the one time that its join can take, the later of
`event_at` and `known_at`, ready made; ours takes both, and breaks ties.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.compare import ROUNDS, Comparison, compare
from features.point_in_time import FeatureRows, point_in_time

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AT_MOST = 5.0
TABLES = 10
SECONDS = int(timedelta(days=365).total_seconds())
FILES = 4


@dataclass(frozen=True)
class Size:
    """How much is joined: rows of each of the ten tables, examples, and the customers they are about."""

    rows: int = 1_000_000
    examples: int = 100_000
    customers: int = 50_000

    def __mul__(self, times: int) -> Size:
        return Size(self.rows * times, self.examples * times, self.customers * times)

    def __str__(self) -> str:
        return f"a point-in-time join of {self.examples:,} examples with ten tables of {self.rows:,} rows"


FULL = Size()


def run(spark: SparkSession, folder: Path, rounds: int = ROUNDS, size: Size = FULL) -> Comparison:
    """Both in turn, over files made first."""
    deliver(folder, size)
    ours, peer = partial(join, spark, folder), partial(_asof, folder)
    return compare(f"{size}, against DuckDB", ours, peer, rounds, AT_MOST)


def deliver(folder: Path, size: Size) -> None:
    """The files of examples and tables, by DuckDB: who and when follow from the row's number."""
    _write(folder / "examples", f"i AS example, {_who(99, size.customers)}, {_when(99)} AS as_of", size.examples)
    for n in range(TABLES):
        known = f"{_when(n)} + to_hours(i % 48)"
        said = f"{_when(n)} AS event_at, {known} AS known_at, {known} AS visible_at, (i % 1000)::double AS value_{n}"
        _write(folder / f"table_{n}", f"{_who(n, size.customers)}, {said}", size.rows)


def _write(folder: Path, columns: str, rows: int) -> None:
    import duckdb

    folder.mkdir(parents=True)
    for file in range(FILES):
        each = f"SELECT {columns} FROM range({file * rows // FILES}, {(file + 1) * rows // FILES}) t(i)"
        duckdb.sql(f"COPY ({each}) TO '{folder}/{file}.parquet'")


def _who(seed: int, customers: int) -> str:
    return f"'c' || (hash(i, {seed} + 100) % {customers}) AS customer"


def _when(seed: int) -> str:
    return f"timestamptz '2025-01-01 00:00:00+00' + to_seconds(hash(i, {seed}) % {SECONDS})"


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
