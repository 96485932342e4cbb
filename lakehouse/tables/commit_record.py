"""What a publish says of itself in the commit it makes, to and from the log's JSON. What it found beside that belongs in ledgers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class CommitRecord:
    """One publish: which, by whom, of which code, contract, days and inputs; what its layer says beside that is empty elsewhere.

    `days`, `built`: as spans (`2011-03-28..2011-03-29`); `built` is None in commits of before it was recorded. `only_columns`: written
    beside the others as they stood. `quarantine_version`, `quarantined`, `books`: of silver. `landed`: the delivery ledger's rows, of
    bronze. `column_versions`: of features. `lines_by_day`: in commits of before there were books.
    """

    days: tuple[str, ...]
    publish_id: str = ""
    run_id: str = ""
    asked_by: str = ""
    code_version: str = ""
    contract_version: str = ""
    inputs: Mapping[str, int] = field(default_factory=dict)
    only_columns: tuple[str, ...] = ()
    built: tuple[str, ...] | None = None
    quarantine_version: int | None = None
    quarantined: int | None = None
    books: Mapping[str, Any] | None = None
    model_name: str | None = None
    model_version: int | None = None
    landed: tuple[Mapping[str, Any], ...] = ()
    column_versions: Mapping[str, str] = field(default_factory=dict)
    lines_by_day: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> str:
        """The record for the log, without what is empty."""
        empty = CommitRecord(self.days)
        told = {each.name: getattr(self, each.name) for each in fields(self)}
        return json.dumps({name: value for name, value in told.items() if name == "days" or value != getattr(empty, name)}, default=str)

    @classmethod
    def from_json(cls, text: str | None) -> CommitRecord | None:
        """The record that a commit carries; None where it carries none, or somebody else's words."""
        try:
            found = json.loads(text or "{}")
        except json.JSONDecodeError:
            return None
        if not isinstance(found, dict) or found.keys().isdisjoint(("days", "publish_id")):
            return None
        known = {each.name for each in fields(cls)}
        given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items() if name in known}
        return cls(**{"days": (), **given})


@dataclass(frozen=True)
class Commit:
    """One commit of a table's log. `restored_to`: of a RESTORE, the version that stands again. `writer`: the program that made it."""

    version: int
    timestamp: int
    operation: str
    writer: str
    restored_to: int | None
    record: CommitRecord | None

    @classmethod
    def of_entry(cls, entry: Mapping[str, Any]) -> Commit:
        """A commit as the log tells it."""
        restored_to = entry["operationParameters"]["version"] if entry["operation"] == "RESTORE" else None
        return cls(
            int(entry["version"]), int(entry["timestamp"]), str(entry["operation"]),
            str(entry.get("clientVersion") or entry.get("engineInfo") or ""), None if restored_to is None else int(restored_to),
            CommitRecord.from_json(entry.get("userMetadata")),
        )  # fmt: skip


@dataclass(frozen=True)
class Published:
    """A publish that stands in a table's history: the version it made, and its record."""

    version: int
    record: CommitRecord
