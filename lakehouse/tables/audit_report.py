"""What an audit found, and the fingerprint that ties audited rows to written rows. Judging rows belongs in `expectations/`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import TYPE_CHECKING, Any

from lakehouse.contracts.model import Column as ContractColumn
from lakehouse.contracts.model import Contract

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

# The sum takes 28 bits of each hash: it stays inside a bigint (no ANSI overflow) up to 34 billion rows.
SUMMED_BITS = 0xFFFFFFF
NULL_FLAGS_A_WORD = 60
NO_PARTITION = "null"  # among failing days: rows whose partition column is null


@dataclass(frozen=True)
class CheckResult:
    """One named check. `failing_days` are the partition values that do not pass on their own.

    `observed` is a figure (share of failing rows, rows, or what an expectation saw), or the reason it could not be evaluated.
    """

    name: str
    passed: bool
    severity: str
    column: str | None
    rows: int
    failing_rows: int
    failing_days: tuple[str, ...]
    observed: float | str | None
    examples: tuple[str, ...]
    description: str

    @property
    def has_judged(self) -> bool:
        """Whether it found anything: what passed because there were no rows is no result, and is not shown as one."""
        return self.rows > 0 or not self.passed


@dataclass(frozen=True)
class AuditReport:
    """All checks of one table's new rows. `content_hash` is empty where the rows could not be fingerprinted."""

    table: str
    checks: tuple[CheckResult, ...]
    rows: int
    rows_by_day: dict[str, int]
    content_hash: str

    @property
    def failed_errors(self) -> tuple[CheckResult, ...]:
        """The failed checks that block publishing; failed warnings are not among them."""
        return tuple(check for check in self.checks if not check.passed and check.severity == "error")

    @property
    def passed(self) -> bool:
        """Whether the rows may be published. Rows without a fingerprint were not wholly read, so they may not."""
        return not self.failed_errors and bool(self.content_hash)


# The third argument: the partition values that should have rows, as text; empty where the publish owes none.
Auditor = Callable[["DataFrame", Contract, Sequence[str]], AuditReport]


def content_columns(columns: Iterable[ContractColumn]) -> list[Column]:
    """Aggregates (`content_rows`, `content_xor`, `content_sum`) that do not depend on the order of rows.

    For `agg` and for `observe` alike. The xor alone cancels rows that come twice, hence the sum.
    """
    from pyspark.sql import functions as F

    row = F.xxhash64(*_hashable(tuple(columns)))
    return [
        F.count(F.lit(1)).alias("content_rows"),
        F.bit_xor(row).alias("content_xor"),
        F.sum(row.bitwiseAND(F.lit(SUMMED_BITS))).alias("content_sum"),
    ]


def fingerprint(*rows: Mapping[str, Any]) -> str:
    """One text for the figures of `content_columns`; several rows (one a partition) count as the rows together."""
    count = sum(row["content_rows"] or 0 for row in rows)
    mixed = reduce(xor, (row["content_xor"] or 0 for row in rows), 0)
    total = sum(row["content_sum"] or 0 for row in rows)
    return f"{count}-{mixed & 0xFFFFFFFFFFFFFFFF:016x}-{total:x}"


def _hashable(columns: tuple[ContractColumn, ...]) -> list[Column]:
    """The columns' values, and bit words that say which are null: xxhash64 passes over nulls, so (a, null) would equal (null, a)."""
    from pyspark.sql import functions as F

    names = [column.name for column in columns]
    words = [names[at : at + NULL_FLAGS_A_WORD] for at in range(0, len(names), NULL_FLAGS_A_WORD)]
    # One text a word: built of Column objects, a hundred columns would cost the client a tenth of a second.
    flags = (" | ".join(f"if(`{name}` is null, {1 << bit}L, 0L)" for bit, name in enumerate(word)) for word in words)
    return [*(_plain(column) for column in columns), *(F.expr(word) for word in flags), F.lit(len(names))]


def _plain(column: ContractColumn) -> Column:
    """A column xxhash64 can take: maps are refused by it, and nulls inside nested values would be passed over."""
    from pyspark.sql import functions as F

    value, kind = F.col(f"`{column.name}`"), column.spark_type.strip().lower()
    if kind.startswith("map<"):
        value = F.array_sort(F.map_entries(value))
    elif not kind.startswith(("array<", "struct<")):
        return value
    return F.to_json(F.struct(value.alias("v")), {"ignoreNullFields": "false"})
