"""The formats in which files are delivered: what a file holds, looked at without the engine, and how the engine reads it, all as text.

What is asked of a file's name, day and columns stands in `landed_files`.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Protocol

from lakehouse.landing.location import Location
from lakehouse.names import MALFORMED, quoted

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql.types import StructType

OPENERS = {".gz": gzip.open, ".bz2": bz2.open}


@dataclass(frozen=True)
class Contents:
    """What a file holds: its columns and rows, and in Parquet the columns' types. Nothing, before it was looked at."""

    header: tuple[str, ...] = ()
    rows: int = 0
    kinds: tuple[str, ...] = ()


# What the engine says of a row's file. Like `at`, a name that no column of an input can have.
PLACED = "#placed"


def at(place: int) -> str:
    """What a column of a file is called until its name in bronze is looked up: headers hold what no engine takes for a name."""
    return f"#{place}"


class FileFormat(Protocol):
    """One way in which rows are written down."""

    def look(self, path: Location) -> Contents:
        """Read a file once. Raises OSError, EOFError or ValueError (and their kin) where it cannot be read to its end."""

    def read(self, spark: SparkSession, paths: Sequence[str], contents: Contents) -> DataFrame:
        """The rows of files alike in columns, all as text: column `at(n)` is the header's nth, then `malformed_line` and `PLACED`."""


class Csv:
    """Comma-separated text with a header line, in UTF-8."""

    def look(self, path: Location) -> Contents:
        with _text(path) as text:
            header = next(csv.reader([text.readline()]), [])
            return Contents(tuple(header), sum(1 for line in text if line.strip()))

    def read(self, spark: SparkSession, paths: Sequence[str], contents: Contents) -> DataFrame:
        columns = [at(place) for place in range(len(contents.header))]
        reader = spark.read.schema(_texts([*columns, MALFORMED])).option("header", True).option("mode", "PERMISSIVE")
        reader = reader.option("columnNameOfCorruptRecord", MALFORMED).option("enforceSchema", True).option("escape", '"')
        return placed(reader.csv(list(paths)))


class JsonLines:
    """One JSON object a line; what is nested stays JSON. A column is there if any line has it."""

    def look(self, path: Location) -> Contents:
        rows, names = 0, dict[str, None]()
        with _text(path) as text:
            for line in text:
                if line.strip():
                    rows += 1
                    names |= dict.fromkeys(_names(line))
        return Contents(tuple(names), rows)

    def read(self, spark: SparkSession, paths: Sequence[str], contents: Contents) -> DataFrame:
        malformed = f"#{max(contents.header, key=len)}"  # longer than any key, so it is none
        reader = spark.read.schema(_texts([*contents.header, malformed])).option("mode", "PERMISSIVE")
        df = placed(reader.option("columnNameOfCorruptRecord", malformed).json(list(paths)))
        return df.toDF(*map(at, range(len(contents.header))), MALFORMED, PLACED)


class Parquet:
    """Parquet. Times in nanoseconds, as pandas writes them, are written out with all nine digits."""

    def look(self, path: Location) -> Contents:
        import pyarrow.parquet as pq

        with path.open() as raw, pq.ParquetFile(raw) as file:
            schema = file.schema_arrow
            return Contents(tuple(schema.names), file.metadata.num_rows, tuple(map(str, schema.types)))

    def read(self, spark: SparkSession, paths: Sequence[str], contents: Contents) -> DataFrame:
        from pyspark.sql import functions as F

        spark.conf.set("spark.sql.legacy.parquet.nanosAsLong", "true")  # Spark 4.2 refuses such files otherwise
        df = placed(spark.read.parquet(*paths))
        columns = [_as_text(F.col(quoted(name)), kind) for name, kind in zip(contents.header, contents.kinds, strict=True)]
        by_place = (column.alias(at(place)) for place, column in enumerate(columns))
        return df.select(*by_place, F.lit(None).cast("string").alias(MALFORMED), F.col(PLACED))


FORMATS: dict[str, FileFormat] = {"csv": Csv(), "jsonl": JsonLines(), "parquet": Parquet()}


@contextmanager
def _text(path: Location) -> Iterator[IO[str]]:
    unpacked: Any = OPENERS.get(path.suffix, nullcontext)
    with path.open() as packed, unpacked(packed) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
        yield text


def _texts(names: Sequence[str]) -> StructType:
    from pyspark.sql import types as T

    return T.StructType([T.StructField(name, T.StringType()) for name in names])


def placed(df: DataFrame) -> DataFrame:
    """The rows with what the engine says of their files, as `PLACED`."""
    return df.withColumn(PLACED, df.metadataColumn("_metadata"))  # the file's own column of that name is not meant


def _names(line: str) -> list[str]:
    """The columns of a line; none where it is no JSON object: the engine keeps such a line whole, for quarantine."""
    try:
        found = json.loads(line)
    except json.JSONDecodeError:
        return []
    return list(found) if isinstance(found, dict) else []


def _as_text(value: Column, kind: str) -> Column:
    from pyspark.sql import functions as F

    if kind.startswith("timestamp[ns"):
        second = F.timestamp_seconds(F.floor(value / 1_000_000_000)).cast("string")
        digits = F.lpad(F.pmod(value, F.lit(1_000_000_000)).cast("string"), 9, "0")
        return F.concat(second, F.lit("."), digits)
    if kind.startswith(("struct", "list", "large_list", "map")):
        return F.to_json(value)
    return value.cast("string")
