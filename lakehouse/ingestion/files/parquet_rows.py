"""Parquet of any writer, every value as exact text. How a value is written out belongs in `exact_text`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lakehouse.ingestion.files.exact_text import is_rounded, refusal, texts, texts_of_int96
from lakehouse.shop.layout import Contents, Layout, Part

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from lakehouse.shop.location import Location

ROWS_A_BATCH = 50_000


class Parquet:
    """A part is a row group."""

    has_header = True

    def look(self, path: Location, layout: Layout) -> Contents:
        """Raises ValueError, naming the column, where values have no exact text."""
        with _open(path) as file:
            if wrong := [f"column {field.name} {told}" for field in file.schema_arrow if (told := refusal(field.type))]:
                raise ValueError("; ".join(wrong))
            sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
            rows, rounded = _read_through(file)
            if rounded:
                raise ValueError(f"column {', '.join(rounded)} {ROUNDED}")
            if rows != sum(sizes):
                raise ValueError(f"it tells of {sum(sizes)} rows and holds {rows}")
            parts = (Part(group, group + 1, 1 + sum(sizes[:group])) for group in range(len(sizes)))
            return Contents(tuple(file.schema_arrow.names), sum(sizes), tuple(parts))

    def batches(self, path: Location, layout: Layout, header: tuple[str, ...], part: Part) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        with _open(path, coerce_int96_timestamp_unit="us") as file, _open(path) as by_nanosecond:
            old = _int96(file)
            fine = by_nanosecond.iter_batches(ROWS_A_BATCH, [part.start], columns=old) if old else None
            for batch in file.iter_batches(ROWS_A_BATCH, [part.start]):
                columns = {name: texts(column) for name, column in zip(batch.schema.names, batch.columns, strict=True) if name not in old}
                columns |= {name: texts_of_int96(batch.column(name), column) for name, column in _named(next(fine) if fine else None)}
                yield layout.rows({name: pa.array(column, pa.string()) for name, column in columns.items()}, None, batch.num_rows)


ROUNDED = "holds whole numbers too large for a double, which may be others by now; write it as text, whole or decimal numbers"


@contextmanager
def _open(path: Location, **options: Any) -> Iterator[pq.ParquetFile]:
    import pyarrow.parquet as pq

    with path.open() as raw, pq.ParquetFile(raw, page_checksum_verification=True, **options) as file:
        yield file


def _named(batch: pa.RecordBatch | None) -> Iterator[tuple[str, pa.Array]]:
    if batch is not None:
        yield from zip(batch.schema.names, batch.columns, strict=True)


def _int96(file: pq.ParquetFile) -> list[str]:
    """Columns of times as Hive, Impala and Spark wrote them for years."""
    leaves = {file.schema.column(place).path: file.schema.column(place).physical_type for place in range(len(file.schema))}
    return [name for name in file.schema_arrow.names if leaves.get(name) == "INT96"]


def _read_through(file: pq.ParquetFile) -> tuple[int, list[str]]:
    """The rows that there are, and the columns of doubles that hold whole numbers beyond the exact ones. What is broken is found now."""
    import pyarrow.types as is_

    doubles, found, rows = [field.name for field in file.schema_arrow if is_.is_floating(field.type)], set[str](), 0
    for batch in file.iter_batches(ROWS_A_BATCH):
        rows += batch.num_rows
        found |= {name for name in doubles if is_rounded(batch.column(name))}
    return rows, sorted(found)
