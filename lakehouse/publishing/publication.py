"""What a publish did, and its steps: the rows that were judged and committed, the quarantine that goes with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lakehouse.tables.audit_report import AuditReport, CheckResult
from lakehouse.tables.books import Books


@dataclass(frozen=True)
class Publication:
    """What a publish did. `version` is None where there was nothing to write."""

    table: str
    publish_id: str
    version: int | None
    rows: int
    days: tuple[date, ...]
    checks: tuple[CheckResult, ...]
    rows_by_day: dict[str, int]
    input_versions: dict[str, int]
    quarantined: int
    seconds: float
    notes: tuple[str, ...] = ()
    recomputed: tuple[str, ...] = ()
    books: Books | None = None


@dataclass(frozen=True)
class Audited:
    report: AuditReport
    version: int
    extra_checks: tuple[CheckResult, ...] = ()
    quarantine: QuarantineAt | None = None


@dataclass(frozen=True)
class QuarantineAt:
    """The quarantine's version that goes with a silver publish, its rows of the days written, and what became of every line."""

    version: int
    rows: int
    books: Books | None = None
