"""Overwritten files: whose lines may not be published, and which version a person or a manifest chose. What a delivery is belongs in `delivery_ledger`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from lakehouse.errors import LakeError, LandingError
from lakehouse.ingestion.files.delivery_ledger import FILES, OVERWRITTEN, landed_rows, of_input
from lakehouse.tables import ledger

if TYPE_CHECKING:
    from pyspark.sql import Column

    from lakehouse.tables.lake import Lake
    from lakehouse.tables.run import Run

SETTLED = "monitoring.settled_files"
SUPERSEDED = "superseded"
Row = dict[str, Any]
Version = tuple[str, str]  # the name of a file, and the SHA-256 of what it held


def standing(files: Sequence[Row], settled: Sequence[Row]) -> dict[Version, str]:
    """The versions whose lines may not be published → `overwritten` (nobody chose yet) or `superseded` (another was chosen).

    `files` and `settled` are rows of the two ledgers, of one input.
    """
    superseded, overwritten = dict[Version, str](), dict[Version, str]()
    for name, seen in _versions(files).items():
        if len(seen) < 2:
            continue
        chosen = _chosen(name, max(row["landed_at"] for row in seen.values()), settled)
        if chosen:
            superseded |= {_version(row): SUPERSEDED for row in seen.values() if row["sha256"] != chosen}
        else:
            overwritten |= {_version(row): OVERWRITTEN for row in seen.values()}
    return superseded | overwritten


def is_one_of(versions: Collection[Version]) -> Column:
    """Whether a line of bronze is one of those versions'."""
    from pyspark.sql import functions as F

    return F.concat("file_sha256", "file_name").isin([sha256 + name for name, sha256 in versions])


def _version(row: Row) -> Version:
    """Where the lines of a delivery stand: of one that repeats another file, under that file's name."""
    return row["same_as"] or row["file_name"], row["sha256"]


def _versions(files: Sequence[Row]) -> dict[str, dict[str, Row]]:
    """File name → SHA-256 → the row of its first delivery, in order of landing."""
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in sorted(files, key=lambda row: row["landed_at"]):
        found[row["file_name"]].setdefault(row["sha256"], row)
    return found


def withheld(run: Run, name: str) -> dict[Version, str]:
    """As `standing`, by the ledgers as this run sees them.

    Raises LakeError where the newest landing was cut off before it was written down.
    """
    newest = next((published.record.publish_id for published in run.lake.publishes(f"bronze.{name}")), None)
    files = _seen_by(run, FILES, name)
    if newest and newest not in {row["publish_id"] for row in files}:
        raise LakeError(f"bronze.{name}: its last landing was cut off before it was written down; materialise it again")
    return standing(files, _seen_by(run, SETTLED, name))


def overwritten_files(lake: Lake, name: str) -> dict[str, list[Row]]:
    """File name → its versions (rows of the ledger, in order of landing), of the files nobody chose a version of yet."""
    files = landed_rows(lake, name)
    waiting = {version for version, state in standing(files, _decisions(lake, name)).items() if state == OVERWRITTEN}
    found = {file: list(versions.values()) for file, versions in _versions(files).items() if len(versions) > 1}
    return {file: versions for file, versions in found.items() if waiting.issuperset(map(_version, versions))}


def settle(lake: Lake, name: str, file_name: str, sha256: str, by: str, reason: str) -> set[date]:
    """Write down which version of an overwritten file is right. Returns the days its versions stand under.

    Raises LandingError where the file was not overwritten, or no version's SHA-256 begins so.
    """
    versions = overwritten_files(lake, name).get(file_name)
    if not versions:
        raise LandingError(f"{file_name}: no choice is open on this file of input {name}; `greenhouse files list` names those that wait")
    chosen = [row for row in versions if row["sha256"].startswith(sha256.lower())]
    if len(chosen) != 1:
        raise LandingError(
            f"{file_name}: {len(chosen)} of its versions begin with {sha256}; they are {', '.join(row['sha256'][:12] for row in versions)}"
        )
    row = {
        "input": name,
        "file_name": file_name,
        "sha256": chosen[0]["sha256"],
        "settled_at": datetime.now(UTC),
        "settled_by": by,
        "reason": reason,
    }
    ledger.append(lake, SETTLED, [row])
    return {row["file_day"] for row in versions}


def _chosen(name: str, seen_at: datetime, settled: Sequence[Row]) -> str | None:
    """The version last decided on, unless another was seen since."""
    decisions = [row for row in settled if row["file_name"] == name and row["settled_at"] >= seen_at]
    return max(decisions, key=lambda row: row["settled_at"])["sha256"] if decisions else None


def _decisions(lake: Lake, name: str) -> list[Row]:
    return ledger.rows(lake, SETTLED, filter=of_input(name))


def _seen_by(run: Run, table: str, name: str) -> list[Row]:
    if not run.lake.exists(table):
        return []
    return run.lake.arrow(table, run.version_of(table), filter=of_input(name)).to_pylist()
