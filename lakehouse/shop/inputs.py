"""One input of a shop, as its `source.yaml` describes it: files, a PostgreSQL table or a Kafka topic. Bringing its rows belongs elsewhere."""

from __future__ import annotations

import codecs
import re
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from lakehouse.contracts.model import PERSONAL
from lakehouse.shop.layout import Dialect, Layout
from lakehouse.shop.names import ColumnName, Name

NO_PLACE = re.compile(r"^[/~]|\\|(^|/)\.\.(/|$)|://")
# Where a pulled row stands at its source, where that says so itself (a Kafka record: topic/partition and offset); else by its place in the file.
PLACE = {"place_name": "string", "place_row": "bigint"}


class Strict(BaseModel):
    """A part of source.yaml: frozen, and a field nobody knows is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class InputColumn(Strict):
    """One column of an input; all are text in bronze.

    `from`: what files, records or the table call it, exactly so, where that is not its name. `type`: of numbers the marks are those of the
    input's `csv`.
    """

    name: ColumnName
    given_as: str | None = Field(default=None, alias="from")
    description: str
    type: Literal["text", "number"] = "text"
    classification: Literal["public", "internal", "pii", "sensitive"] = "internal"

    @property
    def source(self) -> str:
        """What files, records or the table call it."""
        return self.name if self.given_as is None else self.given_as


class CsvDialect(Strict):
    """How a source writes CSV where it does not follow RFC 4180: one sign between fields, one around them, an encoding, and how many lines
    come before the header. `decimal` and `thousands` are the marks in columns that hold numbers."""

    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', min_length=1, max_length=1)
    encoding: str = "utf-8"
    skip_lines: int = Field(default=0, ge=0, strict=True)
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'", "\u00a0", "\u202f", "\u2019"] = ""

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, value: str) -> str:
        try:
            "".encode(value)
            return codecs.lookup(value).name.removesuffix("-sig")
        except LookupError as error:
            raise ValueError(f"{value} is no encoding; utf-8, utf-16, windows-1252 and iso-8859-1 are some") from error

    @model_validator(mode="after")
    def _marks_differ(self) -> CsvDialect:
        if self.delimiter == self.quote or self.delimiter in "\r\n" or self.quote in "\r\n":
            raise ValueError("delimiter and quote must be two signs, and no line breaks")
        if self.decimal == self.thousands:
            raise ValueError("decimal and thousands must be two marks")
        return self

    @property
    def marks_numbers(self) -> bool:
        """Whether numbers are written otherwise than with a point alone."""
        return (self.decimal, self.thousands) != (".", "")


class Duplicates(Strict):
    """The columns by which the source declares a line delivered again.

    The line of the first file is kept, and in a file the last. A line in quarantine is no delivery, and one without a value in a key column
    repeats none.
    """

    key: tuple[str, ...] = Field(min_length=1)


class PostgresTable(Strict):
    """A table of a PostgreSQL database.

    `watermark`: the column that every insert and update sets to now() (or clock_timestamp()); without it the whole table is read and
    compared at each pull. `compare_every_days`: with a watermark, how often it is compared as well, which is how deletes are seen.
    `created`: the column that says since when a row is known, by which the first pull dates rows; else the watermark does.
    """

    connection: Name
    table: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$")
    key: tuple[str, ...] = Field(min_length=1)
    watermark: Name | None = None
    created: Name | None = None
    compare_every_days: int = Field(default=7, ge=1, strict=True)

    @property
    def columns(self) -> tuple[InputColumn, ...]:
        """What the connector says of each row."""
        return (
            InputColumn(name="row_version", description="The pull that brought this version of the row; a later one is larger."),
            InputColumn(name="row_change", description="upsert, or delete: the row was no longer there; only its key is told."),
        )


class KafkaTopic(Strict):
    """A topic of a Kafka cluster whose records are JSON objects.

    `lost_records`: what to do where the topic's retention passed over records before they were pulled.
    """

    connection: Name
    topic: str = Field(pattern=r"^[A-Za-z0-9._-]+$")
    lost_records: Literal["stop", "go_on"] = "stop"

    @property
    def columns(self) -> tuple[InputColumn, ...]:
        """What the connector says of each record."""
        return (InputColumn(name="record_at", description="The record's own timestamp in Kafka (UTC)."),)


class Input(Strict):
    """One kind of raw row. Exactly one of `files`, `postgres` and `kafka` says where it comes from.

    `files` is a pattern holding {day}, and `*` where several files of a day differ in name. `manifest`: where the source lists the
    hashes of a day's files, holding {day}. `delivers`: a file every open day, or on days alone on which there is something new.
    `empty_files`: whether a file without a byte is a day without rows; where nothing is said, of JSON Lines it is.
    """

    files: str | None = None
    postgres: PostgresTable | None = None
    kafka: KafkaTopic | None = None
    manifest: str | None = None
    delivers: Literal["daily", "when_changed"] = "daily"
    format: Literal["csv", "jsonl", "parquet"] = "csv"
    csv: CsvDialect = CsvDialect()
    empty_files: bool | None = None
    columns: tuple[InputColumn, ...]
    duplicates: Duplicates | None = None

    @field_validator("files", "manifest")
    @classmethod
    def _names_the_day(cls, value: str | None) -> str | None:
        if value is not None and value.count("{day}") != 1:
            raise ValueError("the pattern must hold {day} once")
        if value is not None and NO_PLACE.search(value):
            raise ValueError("it is a place below the landing folder, as sales/{day}.csv: no / or ~ at its beginning, no .., no \\")
        if value is not None and "*" in value.rpartition("/")[0]:
            raise ValueError("* may stand in the file's name only, not in a folder's")
        return value

    @model_validator(mode="after")
    def _comes_from_one_place(self) -> Input:
        if sum(origin is not None for origin in (self.files, self.postgres, self.kafka)) != 1:
            raise ValueError("say one of files, postgres and kafka")
        if self.files is None and self.model_fields_set & {"manifest", "format", "delivers", "empty_files"}:
            raise ValueError("manifest, format, delivers and empty_files are for files")
        if "csv" in self.model_fields_set and (self.files is None or self.format != "csv"):
            raise ValueError("csv says how CSV files are written; the format is another")
        if self.csv.marks_numbers and all(column.type != "number" for column in self.columns):
            raise ValueError("csv.decimal and csv.thousands are for columns of `type: number`, and there is none")
        return self

    @property
    def pulled(self) -> PostgresTable | KafkaTopic | None:
        """Where the rows are pulled from; None where they are delivered as files."""
        return self.postgres or self.kafka

    @property
    def delivers_every_day(self) -> bool:
        """Whether an open day without a file is a day that is still missing."""
        return not self.pulled and self.delivers == "daily"

    @property
    def _told_by_the_connector(self) -> tuple[InputColumn, ...]:
        return self.pulled.columns if self.pulled else ()

    @property
    def taken(self) -> frozenset[str]:
        """The names beside `names.OWN` that its columns may not have."""
        return frozenset({*(column.name for column in self._told_by_the_connector), *(PLACE if self.pulled else ())})

    @property
    def bronze_columns(self) -> tuple[InputColumn, ...]:
        """The columns of its bronze table: its own, and what its connector tells."""
        return self.columns + self._told_by_the_connector

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of `bronze_columns`."""
        return tuple(column.name for column in self.bronze_columns)

    @property
    def open_columns(self) -> tuple[str, ...]:
        """The names of its own columns whose values may be shown: those that tell of nobody."""
        return tuple(column.name for column in self.columns if column.classification not in PERSONAL)

    @cached_property
    def sources(self) -> dict[str, str]:
        """By its name in bronze, what each of `bronze_columns` is called where it comes from."""
        return {column.name: column.source for column in self.bronze_columns}

    @property
    def spellings(self) -> dict[str, str]:
        """By what it is called, there or here, the name of each column."""
        return {spelt: name for name, source in self.sources.items() for spelt in (source, name)}

    @property
    def takes_empty_files(self) -> bool:
        """Whether a file without a byte is a day without rows."""
        return self.format == "jsonl" if self.empty_files is None else self.empty_files

    @property
    def layout(self) -> Layout:
        """How its files are read."""
        return Layout(self.sources, Dialect(self.csv.delimiter, self.csv.quote, self.csv.encoding, self.csv.skip_lines))

    @cached_property
    def name_pattern(self) -> re.Pattern[str]:
        """Matches a file's path below the landing folder and captures its day."""
        before, after = (r"[^/]*".join(map(re.escape, part.split("*"))) for part in str(self.files).split("{day}"))
        return re.compile(rf"^{before}(\d{{4}}-\d{{2}}-\d{{2}}){after}$")
