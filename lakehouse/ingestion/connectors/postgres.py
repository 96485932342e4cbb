"""Pulls a PostgreSQL table into its spool: rows written since the last pull, and now and then the whole table, compared.

Every insert and update sets the watermark to the time at which its transaction began, or later; but a transaction may commit long after.
So a pull begins not at the newest watermark seen, but at the start of the oldest transaction still open at the pull before. Of those rows,
the ones written by transactions that had ended before (older than that pull's `pg_snapshot_xmin`) were seen then and are not read again.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from lakehouse.ingestion.connectors import spool
from lakehouse.ingestion.connectors.changed_rows import UPSERT, differences, last_pulled
from lakehouse.ingestion.connectors.dating import Dating
from lakehouse.ingestion.connectors.postgres_table import Look, PostgresReader
from lakehouse.shop.names import MALFORMED

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakehouse.shop.inputs import Input
    from lakehouse.tables.lake import Lake

State = dict[str, Any]
FIRST, CHANGES, COMPARISON = "first", "changes", "comparison"
LONG_AGO = "1970-01-02 00:00:00+00:00"


def pull(lake: Lake, name: str, dating: Dating, before: State) -> tuple[str, State]:
    """Bring in what changed since the state `before`. Returns the kind of pull and the state after it. Raises PullError."""
    entry = lake.shop.inputs[name]
    reader = PostgresReader(lake, entry)
    look = reader.look  # before the rows are read: what commits in between is read twice rather than never
    kind = _kind(entry, before, look)
    after = _state(before, look, kind)
    version = lake.version(spool.table(name)) + 1
    with reader.told_shortly():
        rows = _rows(lake, name, reader, look, before, kind)
        spool.append(lake, name, _spooled(rows, entry, dating, version, is_first=kind == FIRST), after)
    return kind, after


def _kind(entry: Input, before: State, look: Look) -> str:
    if not before:
        return FIRST
    assert entry.postgres is not None
    due = datetime.fromisoformat(before["compared_at"]) + timedelta(days=entry.postgres.compare_every_days)
    is_other = look.next_transaction < before["oldest_transaction"]  # restored, or another server: its counting began anew
    return COMPARISON if entry.postgres.watermark is None or is_other or datetime.now(UTC) >= due else CHANGES


def _state(before: State, look: Look, kind: str) -> State:
    now = datetime.now(UTC).isoformat()
    # Nobody tells when a prepared transaction began: as long as there is one, the next pull begins where this one did.
    open_since = before.get("open_since", LONG_AGO) if look.has_prepared else look.open_since
    return {
        "pulled_at": now, "compared_at": before["compared_at"] if kind == CHANGES else now,
        "open_since": open_since, "oldest_transaction": look.oldest_transaction,
    }  # fmt: skip


def _rows(lake: Lake, name: str, reader: PostgresReader, look: Look, before: State, kind: str) -> DataFrame:
    from pyspark.sql import functions as F

    if kind == FIRST:
        return reader.rows().withColumn("row_change", F.lit(UPSERT))
    if kind == COMPARISON:
        return differences(reader.rows(), last_pulled(lake, name, reader.entry), reader.entry, is_whole=True)
    recent = last_pulled(lake, name, reader.entry, _compared_since(before))
    return differences(reader.rows(reader.since(before, look)), recent, reader.entry, is_whole=False)


def _compared_since(before: State) -> date:
    """What was written while an older transaction was open is read again; it stands on the day of its watermark, in any zone, or a later one."""
    return datetime.fromisoformat(before["open_since"]).date() - timedelta(days=1)


def _spooled(rows: DataFrame, entry: Input, dating: Dating, version: int, *, is_first: bool) -> DataFrame:
    from pyspark.sql import functions as F

    df = rows.withColumns(
        {"row_version": F.lit(str(version)), MALFORMED: F.lit(None).cast("string"), "file_day": dating.day(_known(entry, is_first))}
    )
    df = df.withColumns({place: F.lit(None).cast(kind) for place, kind in spool.PLACE.items()})
    return df.select(*spool.columns(entry), "file_day")


def _known(entry: Input, is_first: bool) -> Column:
    """When a row became known: by its watermark; at the first pull, which sees only what years have left, since it exists."""
    from pyspark.sql import functions as F

    assert entry.postgres is not None
    told = [name for name in (entry.postgres.created if is_first else None, entry.postgres.watermark) if name]
    return F.coalesce(*(F.try_to_timestamp(F.col(f"`{name}`")) for name in told), F.lit(None).cast("timestamp"))
