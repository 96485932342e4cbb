"""Few rows are read, held and written here, as Arrow: of a small table the engine's own scan, cache and commit take longer than all the rest.

What is done with the rows is decided elsewhere, by the same code for few and for many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from lakehouse.days import DAY, DayRange, grain_of, partition_values

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.dataset as ds
    from deltalake import DeltaTable
    from pyarrow.fs import SubTreeFileSystem
    from pyspark.sql import DataFrame, SparkSession

MOST_BYTES = 16_000_000  # of compressed files: few rows may be long texts


def read_here(delta: DeltaTable, partition: str | None, days: DayRange | Sequence[date] | None, most: int) -> pa.Table | None:
    """The rows of those days, of all where the table has no partitions; None where they are more than `most`, or the log does not tell."""
    found = size(delta, partition, days)
    if found.rows > most or found.size_bytes > MOST_BYTES or found.is_untold:
        return None
    return as_dataset(delta).to_table(filter=_of_days(partition, days))


@dataclass(frozen=True)
class Size:
    """What the log says of the files of some days: their rows and bytes; `is_untold` where one came without the number of its rows."""

    rows: int
    size_bytes: int
    is_untold: bool


def size(delta: DeltaTable, partition: str | None, days: DayRange | Sequence[date] | None) -> Size:
    """The size of those days, of all where the table has no partitions."""
    import pyarrow as pa

    files, wanted = pa.table(delta.get_add_actions(flatten=True)), _of_days(partition, days)
    if wanted is not None and files.num_rows:
        files = files.rename_columns([name.removeprefix("partition.") for name in files.column_names]).filter(wanted)
    rows = files["num_records"].to_pylist() if "num_records" in files.column_names else [None] * files.num_rows
    return Size(sum(filter(None, rows)), sum(files["size_bytes"].to_pylist()), None in rows)


def as_dataset(delta: DeltaTable) -> ds.Dataset:
    """The table for Arrow, its timestamps whole: the engine's files hold them as INT96, which Arrow would read as nanoseconds, from 1677 to 2262."""
    import pyarrow.dataset as ds

    whole = ds.ParquetReadOptions(coerce_int96_timestamp_unit="us")
    return delta.to_pyarrow_dataset(filesystem=_folder(delta.table_uri), parquet_read_options=whole)


def _folder(uri: str) -> SubTreeFileSystem | None:
    """A table's own folder for Arrow; None where it is none. Left to itself, `deltalake` has Arrow's threads call back into Python for each read,
    and one that does so while the process ends aborts it."""
    from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

    where = urlsplit(uri)
    return SubTreeFileSystem(url2pathname(where.path), LocalFileSystem()) if where.scheme in ("", "file") else None


def fetched(df: DataFrame, most: int) -> pa.Table | None:
    """The frame's rows, computed once; None where they are more than `most`, where Arrow cannot hold them, or the engine stops: asked again, it says why."""
    import pyarrow as pa
    from pyspark.errors import PySparkException

    try:
        rows = df.limit(most + 1).toArrow()
    except (PySparkException, pa.ArrowException):
        return None
    return rows if rows.num_rows <= most else None


def in_engine(spark: SparkSession, rows: pa.Table) -> DataFrame:
    """The rows as a frame of the engine, which holds them with its plan."""
    from pyspark.sql.pandas.types import from_arrow_schema

    return spark.createDataFrame(rows, from_arrow_schema(rows.schema))  # told: of no rows it is not inferred


def _of_days(partition: str | None, days: DayRange | Sequence[date] | None) -> ds.Expression | None:
    import pyarrow.dataset as ds

    if partition is None or days is None:
        return None
    column = ds.field(partition)
    if isinstance(days, DayRange) and grain_of(partition) == DAY:
        return (column >= days.first) & (column <= days.last)
    return column.isin(partition_values(partition, days))
