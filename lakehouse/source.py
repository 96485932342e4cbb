"""A shop, read from its `source.yaml`: days, time zone, inputs and canonical SELECTs. Reading its files belongs in `landing`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlglot
import yaml
from pydantic import Field, ValidationError, field_validator
from sqlglot import exp

from lakehouse.days import DayRange
from lakehouse.errors import SourceError
from lakehouse.inputs import NAME, Input, Strict
from lakehouse.landing.location import Location, holds_password, is_url
from lakehouse.select_problems import problems

CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:00)?")
CanonicalName = Literal["customers", "products", "orders", "impressions"]
CANONICAL: tuple[CanonicalName, ...] = ("customers", "products", "orders", "impressions")
EVENTS: tuple[CanonicalName, ...] = ("orders", "impressions")


class Canonical(Strict):
    """How one canonical silver table is selected, and the input whose lines it accounts for.

    `leaves_out`: the lines of that input that are not for this table, by name a SQL condition over the input's columns. The SELECT never
    sees them, and must pass on every other line.
    """

    select: str
    accounts_for: str | None = None
    leaves_out: dict[Annotated[str, Field(pattern=NAME)], str] = Field(default_factory=dict)

    def left_out_of(self, name: str) -> dict[str, str]:
        """The conditions of `leaves_out` on an input: none but the one the table accounts for has any."""
        return self.leaves_out if name == self.accounts_for else {}

    @field_validator("select")
    @classmethod
    def _is_sql(cls, value: str) -> str:
        try:
            sqlglot.parse_one(value, read="spark")
        except sqlglot.ParseError as error:
            raise ValueError(f"not SQL: {' '.join(str(error).split())}") from error
        return value


class Shop(Strict):
    """One shop: the whole of a source.yaml."""

    shop: str
    time_zone: str
    currency: Literal["GBP"] = "GBP"
    first_day: date
    last_day: date | None = None
    closed_days: tuple[str, ...] = ()
    lateness_days: int = Field(default=0, ge=0, le=60)
    night_begins: time = time(2)  # when what the shop delivers for a day is there, by its own clock
    hemisphere: Literal["northern", "southern"] = "northern"  # where its customers' seasons are
    consent_basis: str | None = None
    landing: str = "landing"
    inputs: dict[str, Input]
    tables: dict[CanonicalName, Canonical]
    path: Path = Path("source.yaml")

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value} is no time zone of the tz database") from error
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
    def _as_text(cls, value: list[Any]) -> tuple[str, ...]:
        days = tuple(str(entry) for entry in value or ())
        for entry in days:
            DayRange.parse(entry)
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
        """The inputs a canonical table reads, in the order of the source file; none where the shop does not select it."""
        return self._inputs.get(canonical, ())

    @cached_property
    def _inputs(self) -> dict[CanonicalName, tuple[str, ...]]:
        trees = {canonical: sqlglot.parse_one(given.select, read="spark") for canonical, given in self.tables.items()}
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
    """Read a source.yaml. Raises SourceError with a line for each thing that is wrong: file, place and reason."""
    if not path.is_file():
        raise SourceError(f"{path}: there is no such source file; name one with --source")
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SourceError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    try:
        shop = Shop(**{**(document or {}), "path": path.resolve()})
    except ValidationError as error:
        wrong = [f"{'.'.join(str(part) for part in each['loc'])}: {each['msg'].removeprefix('Value error, ')}" for each in error.errors()]
        # Without its cause, which quotes what stands there: a password, it may be.
        raise SourceError(_together(path, wrong)) from None
    if found := list(_wrong(shop)):
        raise SourceError(_together(shop.path, found))
    return shop


def _together(path: Path, wrong: list[str]) -> str:
    """All that is wrong with a source file, a line each, so that it can be mended at once."""
    return "\n".join(f"{path}: {told}" for told in wrong)


def _wrong(shop: Shop) -> Iterator[str]:
    accounted = {canonical.accounts_for for canonical in shop.tables.values()} - {None}
    unknown = {name for c in CANONICAL for name in _unknown_tables(shop, c)}
    for name in sorted({*filter(None, accounted), *unknown} - set(shop.inputs)):
        yield f"tables: {name} is no input; inputs are {', '.join(shop.inputs)}"
    for name, entry in shop.inputs.items():
        if name not in accounted:
            yield f"inputs.{name}: no table accounts for it, so its lines could vanish; say accounts_for"
        for column in entry.duplicates.key if entry.duplicates else ():
            if column not in entry.column_names:
                yield f"inputs.{name}.duplicates: {column} is no column of it"
    for canonical, given in shop.tables.items():
        yield from (f"tables.{canonical}.select: {told}" for told in problems(canonical, given.select, shop.inputs))
        yield from (f"tables.{canonical}.leaves_out{told}" for told in _wrong_conditions(shop, given))


def _wrong_conditions(shop: Shop, canonical: Canonical) -> Iterator[str]:
    """What is wrong with the conditions by which a table leaves lines out."""
    entry = shop.inputs.get(str(canonical.accounts_for))
    if canonical.leaves_out and not canonical.accounts_for:
        yield ": say accounts_for, the input whose lines these are"
    for name, condition in canonical.leaves_out.items():
        if entry is None:
            continue  # said above
        if entry.postgres:
            # A row may become one that is left out; its version before would go on standing.
            yield f".{name}: rows of a database change; pull from a view that leaves them out"
        yield from (f".{name}: {told}" for told in _wrong_condition(condition, str(canonical.accounts_for), entry))


def _wrong_condition(condition: str, name: str, entry: Input) -> Iterator[str]:
    """What makes a condition none over one line of an input alone."""
    try:
        tree = sqlglot.parse_one(condition, read="spark")
    except sqlglot.ParseError as error:
        yield f"not SQL: {' '.join(str(error).split())}"
        return
    if tree.find(exp.Query, exp.AggFunc, exp.Window):
        yield "it must be a condition over the columns of one line"
    elif unknown := {found.name for found in tree.find_all(exp.Column)} - set(entry.column_names):
        yield f"{', '.join(sorted(unknown))} is no column of input {name}"


def _unknown_tables(shop: Shop, canonical: CanonicalName) -> set[str]:
    if canonical not in shop.tables:
        return set()
    tree = sqlglot.parse_one(shop.tables[canonical].select, read="spark")
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    return {found.name for found in tree.find_all(exp.Table) if not found.find_ancestor(exp.Hint)} - own - set(shop.inputs)
