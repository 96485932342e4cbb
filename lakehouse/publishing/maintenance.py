"""Keeps tables quick and small: merges their small files, and removes files that no kept version needs. What is pinned, the caller says."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakehouse.errors import LakeError
from lakehouse.publishing.table_lock import table_lock

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake

KEPT_DAYS = 30
# A reader that began before a version was replaced may go on for so long.
LEAST_DAYS = 1


@dataclass(frozen=True)
class Size:
    """What the newest version of a table takes."""

    files: int
    size_bytes: int
    versions: int


@dataclass(frozen=True)
class Tended:
    """What was done to a table, or, as a rehearsal, what would be."""

    table: str
    merged_files: int
    removed_files: int
    removed_bytes: int


def size_of(lake: Lake, table: str) -> Size:
    """Files and bytes of the newest version, and how many versions there were. Raises LakeError where the table was never published."""
    added = lake.files(table)
    return Size(added.num_rows, sum(added["size_bytes"].to_pylist()), lake.version(table) + 1)


def tend(lake: Lake, table: str, pinned: Collection[int], kept_days: int = KEPT_DAYS, *, is_rehearsal: bool = False) -> Tended:
    """Merge a table's small files and remove what no pinned version, and none of the last `kept_days` days, needs.

    Rows, and the versions kept, read the same before and after. Raises LakeError where fewer days are asked for than readers need.
    """
    if kept_days < LEAST_DAYS:
        raise LakeError(f"{table}: at least {LEAST_DAYS} day of versions is kept, for whoever is reading them")
    with table_lock(lake.settings, table):
        merged = 0 if is_rehearsal else int(lake.delta(table).optimize.compact()["numFilesRemoved"])
        delta = lake.delta(table)
        asked: dict[str, Any] = {
            "retention_hours": kept_days * 24, "enforce_retention_duration": False, "full": True, "keep_versions": sorted(pinned) or None,
        }  # fmt: skip
        doomed = delta.vacuum(dry_run=True, **asked)
        size_bytes = sum(_bytes(Path(lake.path(table), name)) for name in doomed)
        if doomed and not is_rehearsal:
            delta.vacuum(dry_run=False, **asked)
    return Tended(table, merged, len(doomed), size_bytes)


def megabytes(size_bytes: int) -> float:
    """Bytes as megabytes, to a tenth."""
    return round(size_bytes / 1e6, 1)


def _bytes(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
