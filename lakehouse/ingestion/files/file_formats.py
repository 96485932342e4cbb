"""The formats in which files are delivered, by the name that source.yaml gives them. What is asked of a file's name, day and columns stands in `file_inspection`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from lakehouse.ingestion.files.csv_lines import Csv
from lakehouse.ingestion.files.json_lines import JsonLines
from lakehouse.ingestion.files.parquet_rows import Parquet

if TYPE_CHECKING:
    import pyarrow as pa

    from lakehouse.shop.layout import Contents, Layout, Part
    from lakehouse.shop.location import Location


class FileFormat(Protocol):
    """One way in which rows are written down. `has_header`: a file says which columns it has, so one that is missing is told."""

    has_header: bool

    def look(self, path: Location, layout: Layout) -> Contents:
        """Read a file once, to its end. Raises OSError, EOFError or ValueError (and their kin) where it cannot be read."""

    def batches(self, path: Location, layout: Layout, header: tuple[str, ...], part: Part) -> Iterator[pa.RecordBatch]:
        """The rows of a part of a file that was looked at, in order, as `Layout.rows` makes them."""


FORMATS: dict[str, FileFormat] = {"csv": Csv(), "jsonl": JsonLines(), "parquet": Parquet()}
