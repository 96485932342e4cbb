"""What became of each delivered file: landed, repeated under another name, or overwritten; and which version of a file is right.

Lines are told apart by their file's content (SHA-256), not by its name. Reading files belongs in `landed_files`, their lines in `landing`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakehouse import ledger
from lakehouse.errors import LakeError, LandingError
from lakehouse.landed_files import LandedFile
from lakehouse.source import EVENTS

if TYPE_CHECKING:
    from lakehouse.lake import Lake
    from lakehouse.run import Run

FILES, SETTLED = "monitoring.landed_files", "monitoring.settled_files"
LANDED, REPEATED, OVERWRITTEN = "landed", "repeated", "overwritten"
SUPERSEDED = "superseded"


@dataclass(frozen=True)
class Delivery:
    """A file as it was seen, and what became of it. `same_as`: the file whose content it repeats."""

    file: LandedFile
    outcome: str
    same_as: str | None = None

    @property
    def has_new_lines(self) -> bool:
        return self.outcome != REPEATED


@dataclass
class Known:
    """What was delivered for one input so far: by the ledger, and by what was classified since.

    `days`: those that have a delivery of their own. Where rows are events, a file that repeats another day's is none: the
    day's own events are still to come. Two days' lists of customers or products may well be the same.
    """

    is_events: bool
    stamps: set[tuple[str, int, datetime | None]] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    # The name and day under which each content stands. Files without lines are all alike, and repeat nothing.
    contents: dict[str, tuple[str, date]] = field(default_factory=dict)
    days: set[date] = field(default_factory=set)
    rescued_columns: set[str] = field(default_factory=set)
    # What lies there instead of a day's own file, as a sentence.
    repeats: dict[date, str] = field(default_factory=dict)

    def add(self, file: LandedFile, rows: int, outcome: str) -> None:
        """One more delivery."""
        self.stamps.add(file.stamp)
        self.names.add(file.name)
        if rows and outcome != REPEATED:
            self.contents.setdefault(file.sha256, (file.name, file.day))
        first, day = self.contents.get(file.sha256, (file.name, file.day))
        if outcome != REPEATED or not self.is_events or day == file.day:
            self.days.add(file.day)
        else:
            self.repeats[file.day] = f"{file.name} repeats {first}; deliver the file of {file.day}"


def known_deliveries(lake: Lake, name: str) -> Known:
    """What the ledger holds of an input."""
    known = Known(any(name in lake.shop.inputs_of(canonical) for canonical in EVENTS))
    for row in sorted(landed_rows(lake, name), key=lambda row: (row["landed_at"], row["outcome"] == REPEATED)):
        file = LandedFile(row["file_name"], Path(), row["file_day"], row["size_bytes"], row["modified_at"], sha256=row["sha256"])
        known.add(file, row["rows"], row["outcome"])
        known.rescued_columns |= set(row["rescued_columns"])
    return known


def classified(files: Iterable[LandedFile], known: Known) -> list[Delivery]:
    """What each new delivery is, in the order given, beside those known and those before it. Adds them to `known`."""
    found = []
    for file in files:
        delivery = _classified(file, known)
        known.add(file, file.contents.rows, delivery.outcome)
        found.append(delivery)
    return found


def _classified(file: LandedFile, known: Known) -> Delivery:
    if file.sha256 in known.contents:
        return Delivery(file, REPEATED, known.contents[file.sha256][0])
    return Delivery(file, OVERWRITTEN if file.name in known.names else LANDED)


def landed_rows(lake: Lake, name: str) -> list[dict[str, Any]]:
    """The ledger's rows of an input, one a delivery, in no order."""
    return ledger.rows(lake, FILES, filter=_of_input(name))


def standing(files: Sequence[dict[str, Any]], settled: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The contents whose lines may not be published: SHA-256 → `overwritten` (nobody chose yet) or `superseded` (another was chosen).

    `files` and `settled` are rows of the two ledgers, of one input.
    """
    superseded, overwritten = dict[str, str](), dict[str, str]()
    for name, seen in _versions(files).items():
        if len(seen) < 2:
            continue
        chosen = _chosen(name, max(seen.values()), settled)
        if chosen:
            superseded |= dict.fromkeys(set(seen) - {chosen}, SUPERSEDED)
        else:
            overwritten |= dict.fromkeys(seen, OVERWRITTEN)
    return superseded | overwritten


def _versions(files: Sequence[dict[str, Any]]) -> dict[str, dict[str, datetime]]:
    """File name → SHA-256 → when it was first seen."""
    found: dict[str, dict[str, datetime]] = defaultdict(dict)
    for row in sorted(files, key=lambda row: row["landed_at"]):
        found[row["file_name"]].setdefault(row["sha256"], row["landed_at"])
    return found


def withheld(run: Run, name: str) -> dict[str, str]:
    """As `standing`, by the ledgers as this run sees them.

    Raises LakeError where the newest landing was cut off before it was written down.
    """
    newest = run.lake.commits(f"bronze.{name}", limit=1)[0]["greenhouse"].get("publish_id")
    files = _seen_by(run, FILES, name)
    if newest and newest not in {row["publish_id"] for row in files}:
        raise LakeError(f"bronze.{name}: its last landing was cut off before it was written down; materialise it again")
    return standing(files, _seen_by(run, SETTLED, name))


def overwritten_files(lake: Lake, name: str) -> dict[str, list[dict[str, Any]]]:
    """File name → its versions (rows of the ledger, in order of landing), of the files nobody chose a version of yet."""
    files = landed_rows(lake, name)
    waiting = {digest for digest, state in standing(files, _decisions(lake, name)).items() if state == OVERWRITTEN}
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in sorted(files, key=lambda row: row["landed_at"]):
        found[row["file_name"]].setdefault(row["sha256"], row)
    return {file: list(versions.values()) for file, versions in found.items() if len(versions) > 1 and waiting.issuperset(versions)}


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


def _chosen(name: str, seen_at: datetime, settled: Sequence[dict[str, Any]]) -> str | None:
    """The version last decided on, unless another was seen since."""
    decisions = [row for row in settled if row["file_name"] == name and row["settled_at"] >= seen_at]
    return max(decisions, key=lambda row: row["settled_at"])["sha256"] if decisions else None


def _decisions(lake: Lake, name: str) -> list[dict[str, Any]]:
    return ledger.rows(lake, SETTLED, filter=_of_input(name))


def _seen_by(run: Run, table: str, name: str) -> list[dict[str, Any]]:
    if not run.lake.exists(table):
        return []
    return run.lake.arrow(table, run.version_of(table), filter=_of_input(name)).to_pylist()


def _of_input(name: str) -> Any:
    import pyarrow.dataset as ds

    return ds.field("input") == name
