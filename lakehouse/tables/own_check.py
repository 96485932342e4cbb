"""A check that a table makes of its rows beyond its contract: of them and what they were made from. Rules over the rows alone belong in contracts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse.tables.audit_report import AuditReport, CheckResult

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.tables.run import Run


@dataclass(frozen=True)
class Failing:
    """How many rows fail a check, and what is wrong with them, worst first."""

    rows: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class OwnCheck:
    """An `error`: where rows fail, nothing is published. `failing` is asked only where there are rows."""

    name: str
    sentence: str
    failing: Callable[[Run, DataFrame], Failing]

    def judge(self, run: Run, df: DataFrame, report: AuditReport) -> CheckResult:
        """The check's result over the rows of that report."""
        found = self.failing(run, df) if report.rows else Failing()
        return CheckResult(
            self.name, not found.rows, "error", None, report.rows, found.rows, (), None, found.examples, self.sentence
        )  # fmt: skip
