"""The spool of a pulled input: a Delta table of rows that were brought in and not landed yet, emptied once they are.

A pull is one commit, which also says how far it went; what a reader finds here was brought in whole. The spool is no table of the lake:
it has no contract, and nobody but `ingestion` reads it.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lakehouse.shop.inputs import PLACE, Input
from lakehouse.shop.landed_file import LandedFile
from lakehouse.shop.layout import Contents
from lakehouse.shop.location import Location
from lakehouse.shop.names import MALFORMED, RESCUED

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakehouse.tables.lake import Lake

# A pull makes one commit, emptying the spool another, growing by a column a third.
RECENT_COMMITS = 10


def table(name: str) -> str:
    """The spool of an input, as a name in the lake."""
    return f"spool.{name}"


def checkpoint(lake: Lake, name: str) -> str:
    """Where a stream into the spool remembers how far it came."""
    return lake.path(f"spool._checkpoint_{name}")


def columns(entry: Input) -> dict[str, str]:
    """The spool's columns and types, its partition file_day not among them."""
    return {**dict.fromkeys((*entry.column_names, MALFORMED, RESCUED), "string"), **PLACE}


def ensure(lake: Lake, name: str, entry: Input) -> None:
    """Make the spool, or give it the columns that the input gained."""
    if not lake.exists(table(name)):
        # No statistics: they would keep the smallest and largest value of personal columns in the log.
        lake.spark.sql(
            f"CREATE TABLE IF NOT EXISTS delta.`{lake.path(table(name))}` ({_listed(entry)}, file_day date) USING delta PARTITIONED BY (file_day) "
            "TBLPROPERTIES ('delta.dataSkippingNumIndexedCols' = '0')"
        ).collect()
    gained = set(columns(entry)) - {field.name for field in lake.delta(table(name)).schema().fields}
    if gained:
        listed = ", ".join(f"`{column}` string" for column in sorted(gained))
        lake.spark.sql(f"ALTER TABLE delta.`{lake.path(table(name))}` ADD COLUMNS ({listed})").collect()


def _listed(entry: Input) -> str:
    return ", ".join(f"`{column}` {kind}" for column, kind in columns(entry).items())


def append(lake: Lake, name: str, df: DataFrame, state: dict[str, Any]) -> None:
    """Bring rows in, in one commit that holds the state of the source after them. No rows: no commit, and the state stays the last one."""
    writer = df.repartition("file_day").write.format("delta").mode("append").option("userMetadata", json.dumps({"pull": state}))
    writer.save(lake.path(table(name)))


def state(lake: Lake, name: str) -> dict[str, Any]:
    """The state that the newest pull left; empty before the first, and where many commits were made since: then the ledger has it."""
    for entry in lake.delta(table(name)).history(RECENT_COMMITS) if lake.exists(table(name)) else ():
        if found := json.loads(entry.get("userMetadata") or "{}").get("pull"):
            return dict(found)
    return {}


def rows(spark: SparkSession, files: Sequence[LandedFile], entry: Input) -> DataFrame:
    """The rows of some of its files, with Spark's `_metadata`; a column that a file was written without is null."""
    return spark.read.schema(_listed(entry)).parquet(*(file.path.literal for file in files)).select("*", "_metadata")


def files(lake: Lake, name: str) -> list[LandedFile]:
    """What lies in the spool, a file each, as if it had been delivered."""
    if not lake.exists(table(name)):
        return []
    return sorted((_file(lake, name, row) for row in lake.files(table(name)).to_pylist()), key=lambda file: (file.day, file.name))


def examined(files: Sequence[LandedFile], entry: Input) -> list[LandedFile]:
    """The same files, each with its columns: the named ones, and those its rows hold beside them."""
    import duckdb

    if not files:
        return []
    paths = {str(file.path): file for file in files}
    found: dict[str, list[str]] = defaultdict(list)
    query = f"SELECT DISTINCT filename, unnest(json_keys({RESCUED})) FROM read_parquet(?, filename = true) ORDER BY ALL"
    for path, column in duckdb.execute(query, [list(paths)]).fetchall():
        found[path].append(column)
    return [replace(file, contents=replace(file.contents, header=(*entry.sources.values(), *found[path]))) for path, file in paths.items()]


def _file(lake: Lake, name: str, added: dict[str, Any]) -> LandedFile:
    path = Location(lake.path(table(name))) / unquote(added["path"])
    modified_at = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=added["modification_time"])
    # The engine gives each file it writes a name of its own, which stands for its content: it never changes.
    digest = hashlib.sha256(path.name.encode()).hexdigest()
    label = f"{name}/{path.name}"
    day = date.fromisoformat(str(added["partition.file_day"]))
    return LandedFile(label, path, day, added["size_bytes"], modified_at, Contents(rows=added["num_records"]), digest)


def clear(lake: Lake, name: str, landed: Collection[str]) -> None:
    """Remove the days whose every file was landed, from the disk too: bronze holds their rows now."""
    lying = files(lake, name)
    waiting = {file.day for file in lying if file.name not in landed}
    done = sorted({file.day for file in lying} - waiting)
    if not done:
        return
    delta = lake.delta(table(name))
    delta.delete(f"file_day IN ({', '.join(repr(str(day)) for day in done)})")
    delta.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
