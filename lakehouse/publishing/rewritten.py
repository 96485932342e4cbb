"""Days asked for that were built before, and are now written otherwise: after a changed SELECT or function, say, that no file tells of.

Days that late rows restate are not meant: whoever reads them finds these rows by when they were known. Marking belongs in `invalidation`.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from lakehouse.publishing.built_days import FOLLOWS
from lakehouse.tables.audit_report import content_columns, fingerprint

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.contracts.model import Contract
    from lakehouse.tables.run import Run


def rewritten_days(run: Run, rows: DataFrame, contract: Contract) -> set[date]:
    """The days built before and asked for again whose rows are others now; of a table that is not kept by the day all of them, where any row is.

    None where single columns are written: their versions say of what code they are. Asked only where a table is made of these.
    """
    again = run.built.intersection(run.asked, run.written)
    if not again or run.info.only_columns or not _has_readers(run):
        return set()
    standing = run.lake.read(contract.table, run.lake.version(contract.table), run.written)
    by_day = contract.partition == "day"
    stood, now = (_fingerprints(frame.select(*contract.column_names), contract, by_day) for frame in (standing, rows))
    keys = {day: day if by_day else None for day in again}
    return {day for day, key in keys.items() if stood.get(key) != now.get(key)}


def _has_readers(run: Run) -> bool:
    readers = (table for table in run.lake.tables.values() if table.layer in FOLLOWS)
    return any(run.table.name in table.upstreams(run.lake.shop) for table in readers)


def _fingerprints(rows: DataFrame, contract: Contract, by_day: bool) -> dict[date | None, str]:
    """The rows' fingerprint by day, of all together under None."""
    found = rows.groupBy(*(["day"] if by_day else [])).agg(*content_columns(contract.columns)).collect()
    return {row["day"] if by_day else None: fingerprint(row.asDict()) for row in found}
