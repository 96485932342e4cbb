"""A lake whose log says that days landed and were built, without an engine: what is asked of days alone is tested on it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime

import pyarrow as pa
from deltalake import CommitProperties, write_deltalake

from lakehouse.ingestion.files.delivery_ledger import FILES
from lakehouse.tables import ledger
from lakehouse.tables.lake import Lake

AT = datetime(2011, 4, 1, tzinfo=UTC)


def land(lake: Lake, name: str, days: Iterable[date]) -> None:
    """A file of each day, as landing tells of it."""
    ledger.append(
        lake,
        FILES,
        [
            {
                "input": name, "file_name": f"{name}/{day}.csv", "file_day": day, "size_bytes": 1, "modified_at": AT, "sha256": f"{name} {day}",
                "rows": 1, "outcome": "landed", "same_as": None, "rescued_columns": [], "landed_at": AT, "publish_id": "p", "run_id": "r",
            }
            for day in days
        ],
    )  # fmt: skip


def build(lake: Lake, table: str, days: Iterable[date]) -> None:
    """A publish of a table by the day, after which those days are built."""
    found = sorted(days)
    told = json.dumps({"publish_id": "p", "days": list(map(str, found)), "built": list(map(str, found))})
    rows = pa.table({"day": found, "n": [1] * len(found)})
    properties = CommitProperties(custom_metadata={"userMetadata": told})
    write_deltalake(lake.path(table), rows, partition_by="day", mode="overwrite", commit_properties=properties)
