"""The rows for which a day was refused, kept in the home until the day is judged again: nothing of such a day is in the lake, and it must be looked at.

Rows and privacy are the quarantine's (`row_json` holds pseudonyms, and personal columns that no command shows); files are their owner's alone.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakehouse.publishing.quarantine import Diversion, share_rule
from lakehouse.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from lakehouse.contracts.model import Contract
    from lakehouse.tables.audit_report import AuditReport
    from lakehouse.tables.run import Run

# A year whose every row is wrong must not fill the home: its rows are alike.
MOST_A_DAY, MOST = 1_000, 10_000
RULES = b"greenhouse.rules"


@dataclass(frozen=True)
class RefusedDay:
    """A day of a silver table that was refused: the rows that broke each rule, of which the file holds the first."""

    name: str
    day: date
    rules: dict[str, int]
    path: Path

    def rows(self) -> list[dict[str, Any]]:
        """The rows kept, as the quarantine's, by file and row."""
        import pyarrow.parquet as pq

        found: list[dict[str, Any]] = pq.read_table(self.path).to_pylist()
        return found


def keep(run: Run, split: Diversion, contract: Contract, report: AuditReport) -> None:
    """Keep the bad rows of the days that have too many, and forget what was kept of the other days that are judged now."""
    share = next(check for check in report.checks if check.name == share_rule(contract).name)
    failing = {date.fromisoformat(day) for day in share.failing_days}
    forget(run.lake.settings, contract.name, set(run.written) - failing)
    if failing:
        for day, rows, rules in _by_day(bad_rows(split, failing), len(failing)):
            _write(_path(run.lake.settings, contract.name, day), rows, rules)


def bad_rows(split: Diversion, days: Collection[date]) -> DataFrame:
    """The rows of those days that broke rules, as quarantine would hold them."""
    from pyspark.sql import functions as F

    return split.diverted.where((F.col("outcome") == "quarantined") & F.col("day").isin(sorted(days)))


def forget(settings: Settings, name: str, days: Collection[date]) -> None:
    """Nothing is kept of those days any more."""
    if _folder(settings, name).is_dir():
        for day in days:
            _path(settings, name, day).unlink(missing_ok=True)


def refused_days(settings: Settings, name: str) -> list[RefusedDay]:
    """The days of a silver table (`orders`) that were refused when they were last judged, in order."""
    return [_read(name, path) for path in sorted(_folder(settings, name).glob("*.parquet"))]


def _by_day(bad: DataFrame, days: int) -> Iterator[tuple[date, pa.Table, dict[str, int]]]:
    """Each day's first rows, and how many of all its rows broke each rule."""
    import pyarrow.compute as pc
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    broken: dict[date, Counter[str]] = {}
    for row in bad.select("day", F.explode("broken_rules").alias("rule")).groupBy("day", "rule").count().collect():
        broken.setdefault(row["day"], Counter())[row["rule"]] = row["count"]
    place = F.row_number().over(Window.partitionBy("day").orderBy("source_file", "source_sha256", "source_row"))
    most = max(1, min(MOST_A_DAY, MOST // days))
    rows = bad.withColumn("#place", place).where(F.col("#place") <= most).orderBy("day", "#place").drop("#place").toArrow()
    for day, rules in broken.items():
        yield day, rows.filter(pc.field("day") == day), dict(rules.most_common())


def _write(path: Path, rows: pa.Table, rules: dict[str, int]) -> None:
    """Whole or not at all, for its owner alone."""
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        pq.write_table(rows.replace_schema_metadata({RULES: json.dumps(rules)}), file)
    draft.replace(path)


def _read(name: str, path: Path) -> RefusedDay:
    import pyarrow.parquet as pq

    rules = json.loads((pq.read_schema(path).metadata or {})[RULES])
    return RefusedDay(name, date.fromisoformat(path.stem), rules, path)


def _folder(settings: Settings, name: str) -> Path:
    return settings.home / "refused" / name


def _path(settings: Settings, name: str, day: date) -> Path:
    return _folder(settings, name) / f"{day}.parquet"
