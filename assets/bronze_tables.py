"""Lands files, and what was pulled, into bronze: one raw table an input, text as it came, with file, row number, day and landing time.

Each content of events is landed once, whatever its files are called, and of all else once a day. Reading files belongs in `file_inspection` and `file_rows`; what a bronze table
promises in `bronze_contracts`; what its columns mean in the source's SELECTs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from lakehouse.errors import LandingError
from lakehouse.ingestion.bronze.file_rows import read_rows
from lakehouse.ingestion.bronze.new_files import arrived
from lakehouse.ingestion.bronze.overwritten_files import settle
from lakehouse.ingestion.connectors.pull import LEDGER as PULLS
from lakehouse.ingestion.connectors.pull import pull
from lakehouse.ingestion.connectors.spooled_rows import read_spooled
from lakehouse.ingestion.files.delivery_ledger import FILES, LANDED, OVERWRITTEN, REPEATED, Delivery
from lakehouse.ingestion.silver.canonical import replaced_days, silver_of
from lakehouse.publishing import invalidation
from lakehouse.publishing.built_days import BuiltDays
from lakehouse.shop.source import CANONICAL, Shop
from lakehouse.tables import ledger
from lakehouse.tables.registry import Table
from lakehouse.tables.run import Landing

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.tables.run import Run


def bronze_tables(shop: Shop) -> dict[str, Table]:
    """One registered table for each input of a shop."""
    return {
        f"bronze.{name}": Table(
            f"bronze.{name}", partial(_land, name=name), {}, plan=partial(_plan, name=name), after=record_landing,
            replaces=landed_again, verify=refuse_lost_lines,
        )
        for name in shop.inputs
    }  # fmt: skip


def record_landing(run: Run) -> None:
    """Append the deliveries just seen to the ledger; mark stale what was made of their days before they came."""
    _write_down(run, run.landing.deliveries)
    ledger.append(run.lake, PULLS, run.landing.pulls)


def _write_down(run: Run, rows: Sequence[dict[str, Any]]) -> None:
    name = run.table.name.partition(".")[2]
    ledger.append(run.lake, FILES, rows)
    overwritten = [row for row in rows if row["outcome"] == OVERWRITTEN]
    for row in overwritten if run.lake.shop.inputs[name].manifest else ():
        settle(run.lake, name, row["file_name"], row["sha256"], "the source's manifest", "the manifest lists this version")
    later = {row["file_day"] for row in rows if row["outcome"] == LANDED}
    # Rows come to what it is read by; where it is looked up, rows that stand become others.
    is_rebuild = run.lake.shop.is_looked_up(name)
    invalidation.mark(run.lake, run.table.name, later, "a file came later", run.run_id, is_rebuild=is_rebuild)
    invalidation.mark(
        run.lake, run.table.name, {row["file_day"] for row in overwritten}, "a file was overwritten", run.run_id, is_rebuild=True
    )
    if rows and run.lake.shop.inputs[name].postgres:
        _mark_replaced(run, name, {row["file_day"] for row in rows})


def _mark_replaced(run: Run, name: str, came: set[date]) -> None:
    """Mark the days of the rows of which other versions came."""
    for canonical in CANONICAL:
        if name in run.lake.shop.inputs_of(canonical):
            days = replaced_days(run, canonical, name, came)
            for table in silver_of(run, canonical):
                invalidation.mark(run.lake, table, days, "rows changed at their source", run.run_id, is_rebuild=True)


def _ledger_row(run: Run, name: str, delivery: Delivery, landed_at: datetime) -> dict[str, Any]:
    file = delivery.file
    return {
        "input": name, "file_name": file.name, "file_day": file.day, "size_bytes": file.size_bytes, "modified_at": file.modified_at,
        "sha256": file.sha256, "rows": file.contents.rows, "outcome": delivery.outcome, "same_as": delivery.same_as,
        "rescued_columns": list(file.rescued(run.lake.shop.inputs[name])), "landed_at": landed_at, "publish_id": run.publish_id, "run_id": run.run_id,
    }  # fmt: skip


def _plan(run: Run, name: str) -> tuple[date, ...]:
    """The days of which there are new lines, up to the last one asked for; every new file is read once before anything is written."""
    _repair_ledger(run)
    pulls = [pull(run, name)] if run.lake.shop.inputs[name].pulled else []
    found, now = arrived(run.lake, name, run.asked, since=partial(_since, run)), datetime.now(UTC)
    if gap := found.gap(run.lake.shop, run.asked):
        raise LandingError(gap[1])
    rows = [_ledger_row(run, name, delivery, now) for delivery in found.deliveries]
    run.notes += [*found.notes, *found.earlier_missing(run.lake.shop, run.asked.first)]
    run.landing = Landing([delivery.file for delivery in found.deliveries if delivery.has_new_lines], rows, pulls, now)
    return tuple(sorted({file.day for file in run.landing.files}))


def _since(run: Run) -> date | None:
    """From which day on the files of an input are taken of which none was: others' may have been, in a night in which this one failed."""
    if run.info.from_first_day:
        return run.lake.shop.first_day
    return BuiltDays(run.lake).first_landed if run.info.catches_up else None


def _repair_ledger(run: Run) -> None:
    """Write down what the newest commit landed, where a run was killed between the two.

    The files may be gone or overwritten by now: only the commit still knows what their lines are. A commit that does not hold
    every line is left to the landing of the same files.
    """
    newest = next((published.record for published in run.lake.publishes(run.table.name)), None)
    rows = [_as_ledger_row(row) for row in newest.landed] if newest else []
    known = {row["publish_id"] for row in ledger.rows(run.lake, FILES, columns=["publish_id"])}
    if newest and rows and newest.publish_id not in known and _holds(run, rows):
        _write_down(run, rows)


def _as_ledger_row(row: Mapping[str, Any]) -> dict[str, Any]:
    times = {name: datetime.fromisoformat(row[name]) for name in ("modified_at", "landed_at")}
    return {**row, **times, "file_day": date.fromisoformat(row["file_day"])}


def _holds(run: Run, rows: list[dict[str, Any]]) -> bool:
    import pyarrow.dataset as ds

    wanted = ds.field("file_day").isin([row["file_day"] for row in rows])
    lines = run.lake.arrow(run.table.name, columns=["file_day", "file_sha256"], filter=wanted)
    stands = Counter(zip(lines["file_day"].to_pylist(), lines["file_sha256"].to_pylist(), strict=True))
    return all(stands[row["file_day"], row["sha256"]] == row["rows"] for row in rows if row["outcome"] != REPEATED)


def _land(run: Run, name: str) -> DataFrame:
    from pyspark.sql import functions as F

    entry, files = run.lake.shop.inputs[name], run.landing.files
    df = read_spooled(run.spark, entry, files) if entry.pulled else read_rows(run.spark, entry, files, run.lake.settings.few_rows)
    return df.withColumn("landed_at", F.lit(run.landing.landed_at)).select(*run.lake.contract(run.table.name).column_names)


def refuse_lost_lines(run: Run, rows_by_day: dict[str, int]) -> None:
    """Compare the rows read by the engine with the lines counted in the files of each day. Raises LandingError where they differ."""
    counted: dict[str, int] = defaultdict(int)
    for file in run.landing.files:
        counted[str(file.day)] += file.contents.rows
    for day, rows in counted.items():
        if rows_by_day.get(day, 0) != rows:
            names = ", ".join(str(file.path) for file in run.landing.files if str(file.day) == day)
            raise LandingError(
                f"{names}: {rows} rows were counted and {rows_by_day.get(day, 0)} read; run again when the files are at rest"
            )


def landed_again(run: Run) -> str:
    """What a landing that was cut off before the ledger was written may have left: lines of the same contents, of no events of the same day."""
    files = run.landing.files
    if run.lake.shop.holds_events(run.table.name.partition(".")[2]):
        return f"file_sha256 in ({', '.join(repr(file.sha256) for file in files)})"
    return f"concat(cast(file_day as string), file_sha256) in ({', '.join(repr(f'{file.day}{file.sha256}') for file in files)})"
