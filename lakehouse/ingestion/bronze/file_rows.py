"""The rows of landed files as a frame: every column as text, each row with its file and its number in it.

Few rows are read here, many by the engine's workers, part of a file by part; both by the same readers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from lakehouse.engine.travelling import travelling
from lakehouse.ingestion.files import csv_lines, csv_records, exact_text, file_formats, json_lines, parquet_rows, text_lines
from lakehouse.ingestion.files.file_formats import FORMATS
from lakehouse.shop import layout, location, names
from lakehouse.shop.layout import Layout, Part
from lakehouse.shop.location import Location
from lakehouse.tables import few_rows

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    from lakehouse.shop.inputs import Input
    from lakehouse.shop.landed_file import LandedFile

BY_VALUE = (csv_lines, csv_records, exact_text, file_formats, json_lines, layout, location, names, parquet_rows, text_lines)
MOST_TASKS = 64
LINEAGE = "file_name string, file_sha256 string, file_row bigint, file_day date"


@dataclass(frozen=True)
class Task:
    """A part of a file to be read."""

    path: Location
    name: str
    sha256: str
    day: date
    header: tuple[str, ...]
    part: Part


def read_rows(spark: SparkSession, entry: Input, files: Sequence[LandedFile], most_here: int) -> DataFrame:
    """One row a line: the input's columns, `_rescued`, `malformed_line`, file_name, file_sha256, file_row and file_day."""
    tasks = [
        Task(file.path, file.name, file.sha256, file.day, file.contents.header, part) for file in files for part in file.contents.parts
    ]
    read = _reader(entry.format, entry.layout, tasks)
    if sum(file.contents.rows for file in files) <= most_here:
        return few_rows.in_engine(spark, _together(entry.layout, read(range(len(tasks)))))
    texts = ", ".join(f"`{name}` string" for name in entry.layout.names)
    numbers = spark.range(0, len(tasks), 1, min(len(tasks), MOST_TASKS))
    return numbers.mapInArrow(travelling(_by_number(read), *BY_VALUE, __name__), f"{texts}, {LINEAGE}")


def _reader(form: str, layout: Layout, tasks: Sequence[Task]) -> Callable[[Sequence[int]], Iterator[pa.RecordBatch]]:
    def read(numbers: Sequence[int]) -> Iterator[pa.RecordBatch]:
        for number in numbers:
            row = tasks[number].part.first_row
            for batch in FORMATS[form].batches(tasks[number].path, layout, tasks[number].header, tasks[number].part):
                yield _placed(batch, tasks[number], row)
                row += batch.num_rows

    return read


def _by_number(read: Callable[[Sequence[int]], Iterator[pa.RecordBatch]]) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def read_those(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield from read(batch.column(0).to_pylist())

    return read_those


def _placed(batch: pa.RecordBatch, task: Task, first_row: int) -> pa.RecordBatch:
    import pyarrow as pa

    count = batch.num_rows
    lineage = {
        "file_name": pa.repeat(task.name, count),
        "file_sha256": pa.repeat(task.sha256, count),
        "file_row": pa.array(range(first_row, first_row + count), pa.int64()),
        "file_day": pa.repeat(task.day, count),
    }
    return pa.record_batch([*batch.columns, *lineage.values()], [*batch.schema.names, *lineage])


def _together(layout: Layout, batches: Iterator[pa.RecordBatch]) -> pa.Table:
    import pyarrow as pa

    nothing = _placed(layout.rows({}), Task(Location(""), "", "", date.min, (), Part()), 1)
    return pa.Table.from_batches([nothing, *batches])
