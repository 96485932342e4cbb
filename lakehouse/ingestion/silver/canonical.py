"""Adds to what a shop selects all that every silver row carries: days, lateness, duplicates, versions. Rules belong in contracts, setting bad rows aside in `quarantine`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from lakehouse.days import DayRange, starts_at
from lakehouse.ingestion.bronze.input_lines import Files
from lakehouse.ingestion.silver import change_capture
from lakehouse.ingestion.silver.look_ups import LookedUp
from lakehouse.ingestion.silver.shop_select import PEOPLE, shop_select
from lakehouse.shop.source import EVENTS
from lakehouse.tables.lake import in_days
from lakehouse.tables.reads import ahead, back

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.shop.source import CanonicalName, Shop
    from lakehouse.tables.registry import Table
    from lakehouse.tables.run import Run

# Columns that the platform adds and the diversion reads; a silver function leaves them alone.
PLATFORM = (
    "source_sha256",
    "delivery_state",
    "file_day",
    "duplicate_key",
    "is_malformed",
    "is_in_time",
    "is_before_first_day",
    "is_written",
)


@dataclass(frozen=True)
class Selected:
    """The shop's own SELECT for a canonical silver table, with the platform's columns."""

    canonical: CanonicalName

    @property
    def table(self) -> None:
        return None

    @property
    def days_back(self) -> int | None:
        return 0

    def upstreams(self, shop: Shop) -> tuple[str, ...]:
        return tuple(f"bronze.{name}" for name in shop.inputs_of(self.canonical))

    def looks_up(self, shop: Shop) -> tuple[LookedUp, ...]:
        late = _late(shop, self.canonical)
        return tuple(LookedUp(name, given.last_days, late) for name, given in shop.looks_up(self.canonical).items())

    def reach(self, days: set[date], shop: Shop) -> set[date]:
        if self.canonical not in EVENTS:
            return days
        return {day for day in back(days, shop.lateness_days) if day >= shop.first_day}

    def looks_at(self, days: Iterable[date]) -> set[date]:
        return set(days)

    def resolve(self, run: Run, name: str) -> DataFrame:
        return select_canonical(run, self.canonical)

    def restated(self, run: Run, days: DayRange) -> set[date]:
        return restated_days(run, self.canonical, days)


def selected(canonical: CanonicalName) -> Selected:
    """Read what the shop's source.yaml selects for a canonical silver table."""
    return Selected(canonical)


def select_canonical(run: Run, canonical: CanonicalName) -> DataFrame:
    """Every row selected: the SELECT's columns, customer_key for customer_id, lineage, known and event days.

    Adds source_file, source_sha256, source_row, file_day, delivery_state, known_at, known_day, for events day, and for
    tables that keep history gone_day: when the source took away what the row tells of. `duplicate_key`: what the source says a line has
    in common with its repetitions; of type void where it says nothing. `is_written`: it belongs to a day being written;
    the others came in the same files, and are there so that every line of these can be accounted for (`conservation`).
    An event outside its lateness allowance, or before the shop's first day, stands on its file's day, where the rules find it.
    """
    from pyspark.sql import functions as F

    shop = run.lake.shop
    if not shop.has(canonical):
        return _nothing(run, canonical)
    df = _with_days(run, shop_select(run, canonical, files_read(run, canonical)), canonical)
    df = _standing(run, df, canonical)
    df = df.withColumn("is_written", F.coalesce(F.expr(_written(run, canonical)), F.lit(False))).drop(*change_capture.COLUMNS)
    declared = any(shop.inputs[name].duplicates for name in shop.inputs_of(canonical))
    return df if declared else df.withColumn("duplicate_key", F.lit(None))


def files_read(run: Run, canonical: CanonicalName) -> Files:
    """The days of the files that may hold lines of the days written."""
    if change_capture.are_pulled(run.lake.shop, canonical):
        # A later version of a row takes the place of an earlier one, and the first says since when it is known.
        return DayRange(_first_version(run, canonical), date.max)
    late = _late(run.lake.shop, canonical)
    return tuple(sorted(ahead(run.written, late)))


def _late(shop: Shop, canonical: CanonicalName) -> int:
    """How many days after a day the files may come that hold lines of it."""
    return shop.lateness_days if canonical in EVENTS else 0


def _first_version(run: Run, canonical: CanonicalName) -> date:
    """The first file day of the rows that have a version on the days written: without it, an update of an old row would look like a late one."""
    from pyspark.sql import functions as F

    first = run.days.first
    for name in run.lake.shop.inputs_of(canonical) if canonical in EVENTS else ():
        entry = run.lake.shop.inputs[name]
        if entry.postgres:
            of_one = run.read(f"bronze.{name}").groupBy(change_capture.entity_key(entry).alias("entity_key"))
            rows = of_one.agg(F.min("file_day").alias("first"), F.max(F.expr(in_days("file_day", run.written))).alias("is_written"))
            found = rows.where("is_written").agg(F.min("first").alias("first")).collect()[0].first
            first = min(first, found or first)
    return first


def restated_days(run: Run, canonical: CanonicalName, files: DayRange) -> set[date]:
    """The earlier days that files of those days have rows for."""
    shop = run.lake.shop
    if canonical not in EVENTS or not shop.has(canonical) or not shop.lateness_days:
        return set()
    df = _with_days(run, shop_select(run, canonical, files), canonical)
    early = df.where(f"day < date'{files.first}'").select("day").distinct().collect()
    return {row.day for row in early if row.day >= shop.first_day}


def replaced_days(run: Run, canonical: CanonicalName, name: str, came: Collection[date]) -> set[date]:
    """The days of which rows change because a pulled input brought other versions of them on those file days.

    Updates of customers and products are merged with what stands; what a delete takes away is computed again, from its own day on.
    """
    brought = run.lake.read(f"bronze.{name}", days=sorted(came))
    if canonical not in EVENTS:
        return {row.file_day for row in brought.where(change_capture.IS_DELETE).select("file_day").distinct().collect()}
    keys = brought.select(change_capture.entity_key(run.lake.shop.inputs[name]).alias("entity_key")).distinct()
    df = shop_select(run, canonical, DayRange(run.lake.shop.first_day, date.max), {name: keys})
    found = _with_days(run, change_capture.of_several(df).where("NOT is_deleted"), canonical).select("day").distinct().collect()
    return {row.day for row in found}


def canonical_of(table: Table) -> CanonicalName | None:
    """The canonical table that a table is selected from; None where it is made of others."""
    return next((read.canonical for read in table.reads.values() if isinstance(read, Selected)), None)


def silver_of(run: Run, canonical: CanonicalName) -> list[str]:
    """The tables made of what the shop selects for a canonical table."""
    return [table.name for table in run.lake.tables.values() if selected(canonical) in table.reads.values()]


def _standing(run: Run, df: DataFrame, canonical: CanonicalName) -> DataFrame:
    from pyspark.sql import functions as F

    if change_capture.are_pulled(run.lake.shop, canonical):
        return change_capture.standing(df, canonical, is_history=run.lake.contract(run.table.name).keeps_history)
    return df.withColumn("gone_day", F.lit(None).cast("date"))


def _with_days(run: Run, df: DataFrame, canonical: CanonicalName) -> DataFrame:
    from pyspark.sql import functions as F

    shop, is_event = run.lake.shop, canonical in EVENTS
    local = F.to_date(F.from_utc_timestamp("event_at", shop.time_zone)) if is_event else None
    known = change_capture.first_known_day(local) if local is not None and change_capture.are_pulled(shop, canonical) else F.col("file_day")
    df = df.withColumn("known_day", known)
    df = df.withColumn("known_at", starts_at(F.date_add("known_day", 1), shop.time_zone) - F.expr("interval 1 microsecond"))
    if local is None:
        return df.withColumns({"is_in_time": F.lit(True), "is_before_first_day": F.lit(False)})
    in_time = F.coalesce(local.between(F.date_sub("known_day", shop.lateness_days), F.col("known_day")), F.lit(False))
    before_first = F.coalesce(local < F.lit(shop.first_day), F.lit(False))
    day = F.when(in_time & ~before_first, local).otherwise(F.col("file_day"))
    return df.withColumns({"is_in_time": in_time, "is_before_first_day": before_first, "day": day})


def _written(run: Run, canonical: CanonicalName) -> str:
    return in_days("day" if canonical in EVENTS else "file_day", run.written)


def _nothing(run: Run, canonical: CanonicalName) -> DataFrame:
    """No rows, with every column a silver function may ask for."""
    names = [f"silver.{canonical}"] + (["silver.customer_identity"] if canonical in PEOPLE else [])
    columns = {c.name: c.spark_type for name in names for c in run.lake.contract(name).columns}
    columns |= {"file_day": "date", "source_row": "bigint", "known_day": "date", "gone_day": "date"}
    columns |= dict.fromkeys(("source_file", "source_sha256", "delivery_state", "duplicate_key"), "string")
    columns |= dict.fromkeys(("is_malformed", "is_in_time", "is_before_first_day", "is_written"), "boolean")
    return run.spark.createDataFrame([], ", ".join(f"`{name}` {kind}" for name, kind in columns.items()))
