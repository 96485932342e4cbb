"""Delimited text, read strictly by RFC 4180: a row is published as it is written, or the line is malformed and kept whole.

Beyond the standard one thing is taken: a quote inside a field that does not begin with one is a letter like any other (`a 5" pot`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse.ingestion.files.csv_records import Lines, records_of
from lakehouse.ingestion.files.text_lines import BLANK, Block, Cuts, blocks, lines_in
from lakehouse.shop.layout import Contents, Dialect, Layout, Part

if TYPE_CHECKING:
    import pyarrow as pa

    from lakehouse.shop.location import Location


class Csv:
    """Parts begin at rows of plain UTF-8, some 64 MB apart."""

    has_header = True

    def look(self, path: Location, layout: Layout) -> Contents:
        found, rows, cuts = _Rows(path, layout.dialect, Part()), 0, Cuts(path, layout.dialect.encoding)
        for text in found.pieces():
            rows += found.count(text)
            if not found.open:
                cuts.may_cut(found.end, rows + 1)
        return Contents(found.header, rows, cuts.parts())

    def batches(self, path: Location, layout: Layout, header: tuple[str, ...], part: Part) -> Iterator[pa.RecordBatch]:
        found = _Rows(path, layout.dialect, part, header)
        for text in found.pieces():
            columns, malformed, count = found.columns(text)
            yield layout.rows(dict(zip(header, columns, strict=True)), malformed, count)


@dataclass
class _Rows:
    """The rows of a part of a file, block by block. `open`: the lines of a row whose end the next block holds."""

    path: Location
    dialect: Dialect
    part: Part
    header: tuple[str, ...] = ()
    open: str = ""
    end: int = 0
    is_last: bool = True

    def pieces(self) -> Iterator[str]:
        """The texts of the blocks, each with what the one before left open; the header is taken off the first."""
        is_headed = self.part.start > 0
        for block, is_last in _with_last(blocks(self.path, self.dialect.encoding, self.part)):
            text, self.open, self.end, self.is_last = self.open + block.text, "", block.end, is_last
            if not is_headed:
                rest = self._without_header(text)
                is_headed = rest is not None
                text, self.open = rest or "", "" if is_headed else text
            yield text

    def _without_header(self, text: str) -> str | None:
        """What follows the header; None where that is still to come."""
        lines = Lines(text)
        for _ in range(self.dialect.skip_lines):
            next(lines, None)
        for fields, _ in records_of(lines, self.dialect, None, may_go_on=not self.is_last):
            self.header = tuple(fields or ())
            return lines.rest()
        return None

    def count(self, text: str) -> int:
        """The rows of a piece."""
        return lines_in(text) if self.dialect.quote not in text else len(list(self._records(text)))

    def columns(self, text: str) -> tuple[list[pa.Array | list[str | None]], list[str | None] | None, int]:
        """Its columns, its malformed lines where there are any, and the number of its rows."""
        quick = None if self.dialect.quote in text else _quick(text, self.dialect, len(self.header))
        if quick is not None:
            return list(quick.columns), None, quick.num_rows
        none: list[str | None] = [None] * len(self.header)
        rows, malformed = [], []
        for fields, line in self._records(text):
            rows.append(none if fields is None else [field or None for field in fields])
            malformed.append(line if fields is None else None)
        return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in self.header], malformed, len(rows)

    def _records(self, text: str) -> Iterator[tuple[list[str] | None, str]]:
        lines = Lines(text)
        yield from records_of(lines, self.dialect, len(self.header), may_go_on=not self.is_last)
        self.open = lines.rest()


def _quick(text: str, dialect: Dialect, width: int) -> pa.RecordBatch | None:
    """The columns of lines without a quote, by Arrow's own reader; None where a line is not as wide as the header, or ends oddly."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    if width < 2 or "\x1a" in text or "\x00" in text or text.count("\r") != text.count("\r\n"):
        return None
    names = [str(place) for place in range(width)]
    raw = text.encode()
    if not raw.strip(BLANK.encode()):
        return pa.record_batch([pa.array([], pa.string()) for _ in names], names)
    try:
        found = arrow_csv.read_csv(
            pa.BufferReader(raw),
            arrow_csv.ReadOptions(use_threads=False, block_size=len(raw) + 1, column_names=names),
            arrow_csv.ParseOptions(delimiter=dialect.delimiter, quote_char=False, double_quote=False, ignore_empty_lines=True),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""], check_utf8=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    return found.combine_chunks().to_batches()[0]


def _with_last(found: Iterator[Block]) -> Iterator[tuple[Block, bool]]:
    before = None
    for block in found:
        if before is not None:
            yield before, False
        before = block
    if before is not None:
        yield before, True
