"""A shop, read from its `source.yaml`: days, time zone, inputs and canonical SELECTs. Reading its files belongs in `ingestion`."""

from __future__ import annotations

import re
from datetime import date, time
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from zoneinfo import available_timezones

from pydantic import Field, ValidationInfo, field_validator
from sqlglot import exp

from lakehouse.contracts.currency import Currency
from lakehouse.days import DayRange
from lakehouse.errors import SourceError
from lakehouse.shop.inputs import Duplicates, Input, InputColumn, KafkaTopic, PostgresTable, Strict
from lakehouse.shop.location import Location, holds_password, is_url
from lakehouse.shop.names import InputName, Name
from lakehouse.shop.source_fields import as_fields, sound, validated
from lakehouse.shop.source_problems import Parts, problems
from lakehouse.shop.source_text import Problem, SourceText, read_source
from lakehouse.shop.sql_text import parsed_select

CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:00)?")
# The tz database's own that name no zone, or none that the engine knows.
NO_ZONES = frozenset({"Factory", "ROC", "localtime"})
YEARS = range(1900, 2200)
CanonicalName = Literal["customers", "products", "orders", "impressions"]
CANONICAL: tuple[CanonicalName, ...] = ("customers", "products", "orders", "impressions")
EVENTS: tuple[CanonicalName, ...] = ("orders", "impressions")


class LookUp(Strict):
    """What of another input stands beside each line that a SELECT reads, as of the day of the line's file.

    `key`: by columns of the other input, what they equal: SQL over the columns of the line. Where they do, the last row up to that day is
    seen; with `last_days`, all rows of so many days up to and with it.
    """

    key: dict[str, str] = Field(min_length=1)
    last_days: int | None = Field(default=None, ge=1, le=366, strict=True)


class Canonical(Strict):
    """How one canonical silver table is selected, and the input whose lines it accounts for.

    `leaves_out`: the lines of that input that are not for this table, by name a SQL condition over the input's columns. The SELECT never
    sees them, and must pass on every other line. `looks_up`: by its name, each other input that stands beside the lines.
    """

    select: str
    accounts_for: str | None = None
    leaves_out: dict[Name, str] = Field(default_factory=dict)
    looks_up: dict[InputName, LookUp] = Field(default_factory=dict)

    def left_out_of(self, name: str) -> dict[str, str]:
        """The conditions of `leaves_out` on an input: none but the one the table accounts for has any."""
        return self.leaves_out if name == self.accounts_for else {}

    @field_validator("select")
    @classmethod
    def _is_sql(cls, value: str) -> str:
        parsed_select(value)
        return value


class Shop(Strict):
    """One shop: the whole of a source.yaml."""

    shop: str
    time_zone: str
    currency: Currency = Field(default_factory=lambda: Currency("GBP"))
    first_day: date
    last_day: date | None = None
    closed_days: tuple[str, ...] = ()
    lateness_days: int = Field(default=0, ge=0, le=60, strict=True)
    night_begins: time = time(2)  # when what the shop delivers for a day is there, by its own clock
    hemisphere: Literal["northern", "southern"] = "northern"  # where its customers' seasons are
    consent_basis: str | None = None
    landing: str = "landing"
    inputs: dict[InputName, Input]
    tables: dict[CanonicalName, Canonical]
    path: Path = Path("source.yaml")

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        zones = available_timezones() - NO_ZONES
        if value not in zones:
            near = get_close_matches(value, zones, n=1, cutoff=0.8)
            raise ValueError(
                f"{value} is no time zone of the tz database{f'; did you mean {near[0]}?' if near else ', as Europe/London is'}"
            )
        return value

    @field_validator("currency", mode="before")
    @classmethod
    def _as_currency(cls, value: Any) -> Currency:
        return Currency(str(value))

    @field_validator("first_day", "last_day", mode="before")
    @classmethod
    def _as_day(cls, value: Any) -> Any:
        """A number would be taken for seconds since 1970, and the first or last day that a date can be has none beside it."""
        try:
            day = None if value is None else date.fromisoformat(str(value))
        except ValueError:
            raise ValueError(f"{value} is no day; write it as 2011-01-31") from None
        if day and day.year not in YEARS:
            raise ValueError(f"{day} lies outside the years {YEARS[0]} to {YEARS[-1]}")
        return day

    @field_validator("last_day")
    @classmethod
    def _is_after_the_first(cls, value: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("first_day")
        if value and first and value < first:
            raise ValueError(f"{value} lies before first_day, {first}")
        return value

    @field_validator("night_begins", mode="before")
    @classmethod
    def _as_clock(cls, value: Any) -> Any:
        """YAML takes 4:30 without quotes for 270. Other numbers, zones and seconds would be read as something nobody wrote."""
        if type(value) is int:
            value = f"{value // 60:02}:{value % 60:02}"
        if not CLOCK.fullmatch(str(value)):
            raise ValueError(f'{value} is no time of day; write it as "04:30"')
        return value

    @field_validator("closed_days", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple | None):
            raise ValueError("write a list of days, as [2011-12-25, 2011-12-27..2011-12-31]")
        days = tuple(str(entry) for entry in value or ())
        if wrong := [entry for entry in days if not _is_range(entry)]:
            raise ValueError(f"{', '.join(wrong)} is no day and no range of days; write 2011-12-25 or 2011-12-27..2011-12-31")
        return days

    @field_validator("landing")
    @classmethod
    def _is_free_of_passwords(cls, value: str) -> str:
        if holds_password(value):
            raise ValueError("a URL here may not hold a password; who may read it is told by the environment")
        return value

    @property
    def landing_folder(self) -> Location:
        """Where files are delivered: a URL, or a folder beside source.yaml."""
        return Location(self.landing if is_url(self.landing) else str((self.path.parent / self.landing).resolve()))

    @cached_property
    def closed(self) -> frozenset[date]:
        """The days on which no file is expected."""
        return frozenset(day for entry in self.closed_days for day in DayRange.parse(entry))

    def has(self, canonical: CanonicalName) -> bool:
        """Whether the shop selects that canonical table."""
        return canonical in self.tables

    def inputs_of(self, canonical: CanonicalName) -> tuple[str, ...]:
        """The inputs whose lines a canonical table is made of, in the order of the source file; none where the shop does not select it."""
        return self._inputs.get(canonical, ())

    def looks_up(self, canonical: CanonicalName) -> dict[str, LookUp]:
        """The inputs that a canonical table looks up, by name."""
        return self.tables[canonical].looks_up if self.has(canonical) else {}

    def holds_events(self, name: str) -> bool:
        """Whether the rows of an input are of their own day, so that no day says again what another said."""
        by_day = (name in given.looks_up and given.looks_up[name].last_days for given in self.tables.values())
        return any(name in self.inputs_of(canonical) for canonical in EVENTS) or any(by_day)

    def is_looked_up(self, name: str) -> bool:
        """Whether any table looks up that input."""
        return any(name in given.looks_up for given in self.tables.values())

    @cached_property
    def _inputs(self) -> dict[CanonicalName, tuple[str, ...]]:
        trees = {canonical: parsed_select(given.select) for canonical, given in self.tables.items()}
        named = {canonical: {found.name for found in tree.find_all(exp.Table)} for canonical, tree in trees.items()}
        return {canonical: tuple(name for name in self.inputs if name in names) for canonical, names in named.items()}

    def clip(self, days: DayRange) -> DayRange | None:
        """The part of a range that lies in the shop's days."""
        return days.clip(self.first_day, self.last_day)

    def open_days(self, days: DayRange) -> list[date]:
        """The days of a range on which a file is expected."""
        clipped = self.clip(days)
        return [day for day in clipped or () if day not in self.closed]


def load_shop(path: Path) -> Shop:
    """Read a source.yaml. Raises SourceError with a line for each thing that is wrong: file, line, place and reason."""
    text = read_source(path)
    shop, found = _validated(text)
    wrong = [*text.flaws, *found]
    refusal = text.refusal([*wrong, *problems(_parts(text.document, wrong))])
    if shop is None or refusal:
        raise refusal or SourceError(f"{path}: cannot be read")
    return shop


def _validated(text: SourceText) -> tuple[Shop | None, list[Problem]]:
    models = (Shop, Canonical, LookUp, Input, InputColumn, Duplicates, PostgresTable, KafkaTopic)
    known = {field.alias or name for model in models for name, field in model.model_fields.items()} - {"path"}
    shop, wrong = validated({**text.document, "path": text.path}, Shop, known)
    # It is a field of Shop, and none of its file.
    return shop, wrong + ([Problem(("path",), "there is no such field here")] if "path" in text.document else [])


def _parts(document: dict[str, Any], wrong: list[Problem]) -> Parts:
    inputs, tables = as_fields(document.get("inputs")), as_fields(document.get("tables"))
    accounts = {name: as_fields(given).get("accounts_for") for name, given in tables.items()}
    return Parts(
        sound(inputs, "inputs", Input, wrong),
        {name: given for name, given in sound(tables, "tables", Canonical, wrong).items() if name in CANONICAL},
        tuple(map(str, inputs)),
        {table: name for table, name in accounts.items() if isinstance(name, str)},
        {str(name) for given in tables.values() for name in as_fields(as_fields(given).get("looks_up"))},
    )


def _is_range(text: str) -> bool:
    try:
        DayRange.parse(text)
    except ValueError:
        return False
    return True
