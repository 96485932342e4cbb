"""What a table promises: the dataclasses every other part reads. Parsing YAML belongs in `odcs`, rules in `rules`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from lakehouse.contracts.currency import Currency

RuleKind = Literal["present", "unique", "between", "in_set", "matches", "sql", "row_count", "gx", "expected"]
WriteMode = Literal["replace_days", "merge", "history", "append", "ledger"]
PERSONAL = ("pii", "sensitive")
CURRENCY = "currency"  # the unit of money, until a shop says which it is
MONEY = "money"  # the type of money to the smallest coin, likewise
SMALLEST = ":smallest"  # that coin, in a rule
# Of a table that keeps history: from and until which day a version stands, and whether it still does.
VALID_FROM, VALID_TO, IS_CURRENT = "valid_from", "valid_to", "is_current"
HISTORY_COLUMNS = (VALID_FROM, VALID_TO, IS_CURRENT)


@dataclass(frozen=True)
class Expected:
    """What a column looks like on a day that is well: (figure, lowest, highest), of the rows `among` holds for (all where None)."""

    figures: tuple[tuple[str, float, float], ...]
    among: str | None = None


@dataclass(frozen=True)
class Column:
    """One column: its Spark type, meaning, unit and limits."""

    name: str
    spark_type: str
    description: str = ""
    unit: str | None = None
    required: bool = False
    unique: bool = False
    primary_key: bool = False
    enum: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    classification: str = "internal"
    merge: str = "newest"
    expected: Expected | None = None

    def in_currency(self, currency: Currency) -> Column:
        """The column of a shop with that currency: its unit, and of MONEY its type."""
        own_type = currency.spark_type if self.spark_type == MONEY else self.spark_type
        return replace(self, unit=currency.code if self.unit == CURRENCY else self.unit, spark_type=own_type)

    @property
    def is_personal(self) -> bool:
        """Whether its values may never be shown (pii or sensitive)."""
        return self.classification in PERSONAL


@dataclass(frozen=True)
class Rule:
    """One named check. `allowed_share` is the share of a day's rows that may break it (0 to 1)."""

    name: str
    kind: RuleKind
    column: str | None = None
    columns: tuple[str, ...] = ()
    arguments: dict[str, Any] = field(default_factory=dict, hash=False)
    severity: Literal["error", "warning"] = "error"
    allowed_share: float = 0.0
    line: int = 0

    def in_currency(self, currency: Currency) -> Rule:
        """The rule of a shop with that currency, whose smallest coin it may name as SMALLEST."""
        if self.kind != "sql":
            return self
        return replace(self, arguments={**self.arguments, "query": self.arguments["query"].replace(SMALLEST, currency.smallest)})

    @property
    def is_row_level(self) -> bool:
        """Whether one row alone can break it, so that a silver table may divert that row."""
        return self.kind in ("present", "between", "in_set", "matches", "sql")


@dataclass(frozen=True)
class Contract:
    """One table: its columns, key, partitions, write mode, rules and owner."""

    table: str
    layer: str
    name: str
    description: str
    version: str
    owner: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    partition: str | None = None
    write: WriteMode = "replace_days"
    rules: tuple[Rule, ...] = ()
    freshness_days: int | None = None
    retention_days: int | None = None
    subject_key: str | None = None
    quarantine_share: float | None = None
    path: Path | None = None

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.table} has no column {name}")

    def in_currency(self, currency: Currency) -> Contract:
        """The contract of a shop with that currency."""
        columns = tuple(column.in_currency(currency) for column in self.columns)
        return replace(self, columns=columns, rules=tuple(rule.in_currency(currency) for rule in self.rules))

    @property
    def merges(self) -> bool:
        """Whether new rows are merged with those that stand, by key."""
        return self.write in ("merge", "history")

    @property
    def keeps_history(self) -> bool:
        """Whether a row is a version of its key (slowly changing dimension, type 2)."""
        return self.write == "history"

    @property
    def entity_key(self) -> tuple[str, ...]:
        """What the rows are about: the primary key, without the day from which a version is valid."""
        return tuple(name for name in self.primary_key if name != VALID_FROM)

    @property
    def summary(self) -> str:
        """What the description says first, up to its first full stop or colon."""
        return self.description.split(": ")[0].split(". ")[0]

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def personal_columns(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.is_personal)
