"""A shop, read from its `source.yaml`: days, time zone, inputs and canonical SELECTs. Reading its files belongs in `landing`."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlglot
import yaml
from pydantic import Field, ValidationError, field_validator
from sqlglot import exp

from lakehouse.days import DayRange
from lakehouse.errors import SourceError
from lakehouse.inputs import Input, Strict
from lakehouse.landing.location import Location, holds_password, is_url

CanonicalName = Literal["customers", "products", "orders", "impressions"]
CANONICAL: tuple[CanonicalName, ...] = ("customers", "products", "orders", "impressions")
EVENTS: tuple[CanonicalName, ...] = ("orders", "impressions")


class Canonical(Strict):
    """How one canonical silver table is selected, and the input whose lines it accounts for."""

    select: str
    accounts_for: str | None = None

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
        if canonical not in self.tables:
            return ()
        tree = sqlglot.parse_one(self.tables[canonical].select, read="spark")
        named = {found.name for found in tree.find_all(exp.Table)}
        return tuple(name for name in self.inputs if name in named)

    def clip(self, days: DayRange) -> DayRange | None:
        """The part of a range that lies in the shop's days."""
        return days.clip(self.first_day, self.last_day)

    def open_days(self, days: DayRange) -> list[date]:
        """The days of a range on which a file is expected."""
        clipped = self.clip(days)
        return [day for day in clipped or () if day not in self.closed]


def load_shop(path: Path) -> Shop:
    """Read a source.yaml. Raises SourceError naming file, place and reason."""
    if not path.is_file():
        raise SourceError(f"{path}: there is no such source file; name one with --source")
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SourceError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    try:
        shop = Shop(**{**(document or {}), "path": path.resolve()})
    except ValidationError as error:
        first = error.errors()[0]
        # Without its cause, which quotes what stands there: a password, it may be.
        raise SourceError(f"{path}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None
    _refuse_wrong(shop)
    return shop


def _refuse_wrong(shop: Shop) -> None:
    accounted = {canonical.accounts_for for canonical in shop.tables.values()} - {None}
    for name in (*accounted, *(n for c in CANONICAL for n in _unknown_tables(shop, c))):
        if name not in shop.inputs:
            raise SourceError(f"{shop.path}: tables: {name} is no input; inputs are {', '.join(shop.inputs)}")
    for name in shop.inputs:
        if name not in accounted:
            raise SourceError(f"{shop.path}: inputs.{name}: no table accounts for it, so its lines could vanish; say accounts_for")
    for name, entry in shop.inputs.items():
        for column in entry.duplicates.key if entry.duplicates else ():
            if column not in entry.column_names:
                raise SourceError(f"{shop.path}: inputs.{name}.duplicates: {column} is no column of it")


def _unknown_tables(shop: Shop, canonical: CanonicalName) -> set[str]:
    if canonical not in shop.tables:
        return set()
    tree = sqlglot.parse_one(shop.tables[canonical].select, read="spark")
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    return {found.name for found in tree.find_all(exp.Table)} - own - set(shop.inputs)
