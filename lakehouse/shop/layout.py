"""How a delivered file's rows are laid out in bronze, and which part of a file a task reads. It travels to the engine's workers with the readers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lakehouse.shop.names import MALFORMED, RESCUED

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written; the defaults are those of RFC 4180, in UTF-8."""

    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    skip_lines: int = 0


@dataclass(frozen=True)
class Layout:
    """`sources`: by its name in bronze, what the file calls each of the input's columns."""

    sources: Mapping[str, str]
    dialect: Dialect = field(default_factory=Dialect)

    def rows(self, columns: Mapping[str, Any], malformed: Any = None, count: int = 0) -> pa.RecordBatch:
        """A batch of `count` rows from columns of texts by the file's names: the input's, the others as JSON, and the malformed lines."""
        import pyarrow as pa

        nothing = pa.nulls(count, pa.string())
        own = [columns.get(source, nothing) for source in self.sources.values()]
        others = {name: column for name, column in columns.items() if name not in self.sources.values()}
        rescued = pa.array(map(as_json, _by_row(others)), pa.string()) if others and count else nothing
        texts = [pa.array(column, pa.string()) if isinstance(column, list) else column for column in own]
        return pa.record_batch([*texts, rescued, nothing if malformed is None else pa.array(malformed, pa.string())], self.names)

    @property
    def names(self) -> list[str]:
        """The columns of a batch."""
        return [*self.sources, RESCUED, MALFORMED]


@dataclass(frozen=True)
class Part:
    """Whole rows of a file that one task reads: bytes of plain text, row groups of Parquet. `end` is None at the file's end."""

    start: int = 0
    end: int | None = None
    first_row: int = 1


@dataclass(frozen=True)
class Contents:
    """What a file holds, by looking at it: its columns, rows and parts. Nothing, before it was looked at."""

    header: tuple[str, ...] = ()
    rows: int = 0
    parts: tuple[Part, ...] = ()


def as_json(told: Mapping[str, str | None]) -> str | None:
    """What a row says in columns that the input does not name, without those in which it says nothing."""
    said = {name: text for name, text in told.items() if text is not None}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")) if said else None


def _by_row(columns: Mapping[str, Any]) -> Sequence[dict[str, str | None]]:
    lists = [column if isinstance(column, list) else column.to_pylist() for column in columns.values()]
    return [dict(zip(columns, texts, strict=True)) for texts in zip(*lists, strict=True)]
