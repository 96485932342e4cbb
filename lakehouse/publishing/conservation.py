"""Proves of every silver publish that no line was lost or doubled on the way from bronze, and counts what became of each.

One job over the judged rows, which it makes the engine hold, beside the lines of the files they came from: by file day both must be the
same lines. What was lost is looked for in `lost_lines`, only where they are not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lakehouse.contracts.model import Column, Contract, Rule
from lakehouse.errors import PublishError
from lakehouse.ingestion.silver.canonical import canonical_of, files_read
from lakehouse.ingestion.silver.shop_select import landed_lines
from lakehouse.publishing import left_out, unread_look_ups
from lakehouse.publishing.broken_rules import broken_rules
from lakehouse.publishing.lost_lines import lost_lines
from lakehouse.publishing.quarantine import ELSEWHERE, Diversion, share_rule
from lakehouse.tables.audit_report import Auditor, AuditReport, CheckResult, content_columns, fingerprint
from lakehouse.tables.books import PUBLISHED, Books, FileDay, Written

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.shop.source import CanonicalName, Shop
    from lakehouse.tables.registry import Table
    from lakehouse.tables.run import Run

LINE = (Column("source_file", "string"), Column("source_sha256", "string"), Column("source_row", "bigint"))
GROUP = ("is_landed", "day", "file_day", "outcome")
CONSERVED = Rule("no_line_is_lost_or_doubled", "sql", None, (), {"query": "every line of the files read is selected once"})
Group = dict[str, Any]


@dataclass(frozen=True)
class Counted:
    """What became of the lines: the checks on them, and the figures. `books` is None where the table accounts for no input."""

    report: AuditReport
    books: Books | None
    published: int
    diverted: int


def rules(table: Table, contract: Contract, shop: Shop) -> tuple[Rule, ...]:
    """The checks of a silver table that its kept rows alone cannot tell."""
    canonical = accounted(table, shop)
    return (share_rule(contract), *(_of_input(shop, canonical) if canonical else ()))


def _of_input(shop: Shop, canonical: CanonicalName) -> tuple[Rule, ...]:
    return (CONSERVED, *left_out.rules(shop, canonical), *unread_look_ups.rules(shop, canonical))


def accounted(table: Table, shop: Shop) -> CanonicalName | None:
    """The canonical table that a silver table is made of, where it accounts for an input."""
    name = canonical_of(table)
    return name if name and shop.has(name) and shop.tables[name].accounts_for else None


def counted(run: Run, split: Diversion, contract: Contract) -> Counted:
    """Count the judged rows by what became of them, and compare them with the lines they were selected from."""
    canonical = accounted(run.table, run.lake.shop)
    groups = _groups(run, split, canonical)
    written = [group for group in groups if not group["is_landed"] and group["outcome"] != ELSEWHERE]
    if others := sum(group["other_versions"] for group in written):
        run.note(
            f"{others:,} lines of {contract.table} came again with other values: of each key the last line of the first file counts, the "
            f"others stand in quarantine.{contract.name} as duplicates"
        )
    checks = [_share(run, contract, written, split)]
    books = _books(run, canonical, groups) if canonical else None
    if canonical and books:
        checks += [_conserved(run, split, canonical, groups), *left_out.checked(run, canonical, books)]
        checks += unread_look_ups.checked(run, canonical)
    published = sum(group["content_rows"] for group in written if group["outcome"] == PUBLISHED)
    rows_by_day = _by(written, "day")
    report = AuditReport(contract.table, tuple(checks), sum(rows_by_day.values()), rows_by_day, fingerprint(*written))
    return Counted(report, books, published, report.rows - published)


def holding(auditor: Auditor, counted: Counted) -> Auditor:
    """The auditor, which refuses to judge other rows than were counted. It raises PublishError."""

    def audit(df: DataFrame, contract: Contract, owed: Sequence[str]) -> AuditReport:
        report = auditor(df, contract, owed)
        wanted = counted.diverted if contract.layer == "quarantine" else counted.published
        if not contract.merges and report.content_hash and report.rows != wanted:
            raise PublishError(
                f"{contract.table}: {report.rows} rows were audited where {wanted} were counted; nothing was published. "
                "Is the shop's SELECT deterministic?"
            )
        return report

    return audit


def _groups(run: Run, split: Diversion, canonical: CanonicalName | None) -> list[Group]:
    """Rows and fingerprint of the lines selected, by day, file day and outcome; beside them those landed, by file day."""
    from pyspark.sql import functions as F

    line, day = [column.name for column in LINE], F.when(F.col("is_written"), F.col("day")).alias("day")
    outcome = F.coalesce("outcome", F.lit(PUBLISHED)).alias("outcome")
    lines = split.judged.rows.select(F.lit(False).alias("is_landed"), day, "file_day", outcome, "is_other_version", *line)
    if canonical:
        landed = landed_lines(run, canonical, files_read(run, canonical))
        no_day, left_out = F.lit(None).cast("date").alias("day"), F.col("left_out").alias("outcome")
        lines = lines.unionByName(
            landed.select(F.lit(True).alias("is_landed"), no_day, "file_day", left_out, F.lit(False).alias("is_other_version"), *line)
        )
    other = F.count_if("is_other_version").alias("other_versions")
    return [row.asDict() for row in lines.groupBy(*GROUP).agg(*content_columns(LINE), other).collect()]


def _share(run: Run, contract: Contract, written: Iterable[Group], split: Diversion) -> CheckResult:
    """The check on the share of each day's rows that are quarantined; where too many are, with the rules that they broke."""
    rule = share_rule(contract)
    written = list(written)
    rows, bad = _by(written, "day"), _by([group for group in written if group["outcome"] == "quarantined"], "day")
    failing = tuple(sorted(day for day, count in bad.items() if count > Fraction(str(rule.allowed_share)) * rows[day]))
    total, broken = sum(rows.values()), sum(bad.values())
    said = rule.name.replace("_", " ") + (f": {broken} of {total} rows are, too many on {len(failing)} days" if failing else "")
    examples = broken_rules(run, split, contract, list(map(date.fromisoformat, failing))) if failing else ()
    return CheckResult(
        rule.name, not failing, rule.severity, None, total, broken, failing, broken / total if total else 0.0, examples, said,
    )  # fmt: skip


def _conserved(run: Run, split: Diversion, canonical: CanonicalName, groups: list[Group]) -> CheckResult:
    """The check that by file day the lines selected are those landed and not left out, each once."""
    landed = [group for group in groups if group["is_landed"] and group["outcome"] is None]
    selected = [group for group in groups if not group["is_landed"]]
    here, there = _by_file_day(landed), _by_file_day(selected)
    wrong = {day for day in here.keys() | there.keys() if fingerprint(*here[day]) != fingerprint(*there[day])}
    lines = sum(group["content_rows"] for group in landed)
    if not wrong:
        return CheckResult(CONSERVED.name, True, "error", None, lines, 0, (), 0.0, (), CONSERVED.name.replace("_", " "))
    lost = lost_lines(run, canonical, split.judged.rows)
    days = tuple(sorted(str(day) for day in wrong if day))
    return CheckResult(CONSERVED.name, False, "error", None, lines, lost.rows, days, float(lost.rows), lost.examples, lost.sentence)


def _books(run: Run, canonical: CanonicalName, groups: list[Group]) -> Books:
    read: dict[date, dict[str | None, int]] = defaultdict(dict)
    written: dict[tuple[date, date], dict[str, int]] = defaultdict(dict)
    for group in groups:
        if group["is_landed"]:
            read[group["file_day"]][group["outcome"]] = group["content_rows"]
        elif group["outcome"] != ELSEWHERE:
            written[group["day"], group["file_day"]][group["outcome"]] = group["content_rows"]
    files = (FileDay(day, sum(of.values()), {name: n for name, n in of.items() if name}) for day, of in sorted(read.items()))
    return Books(
        str(run.lake.shop.tables[canonical].accounts_for), tuple(files), tuple(Written(*days, of) for days, of in sorted(written.items()))
    )


def _by(groups: Iterable[Group], key: str) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for group in groups:
        found[str(group[key])] += group["content_rows"]
    return dict(sorted(found.items()))


def _by_file_day(groups: Iterable[Group]) -> dict[date | None, list[Group]]:
    found: dict[date | None, list[Group]] = defaultdict(list)
    for group in groups:
        found[group["file_day"]].append(group)
    return found
