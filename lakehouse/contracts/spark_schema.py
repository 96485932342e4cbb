"""From a contract to Spark: columns, DDL, and the strict conforming of a frame. Nothing is cast silently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse.contracts.model import Column, Contract
from lakehouse.errors import ContractError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

LOG_RETENTION = "interval 3650 days"
CHECKPOINT_INTERVAL = "20"  # for both writers, whose own defaults differ


def ddl_columns(contract: Contract) -> str:
    """`name type` of every column, comma-separated."""
    return ", ".join(f"`{column.name}` {column.spark_type}" for column in contract.columns)


def create_statement(contract: Contract, path: str) -> str:
    """CREATE TABLE with comments, NOT NULL and the properties every reader can live with."""
    columns = ", ".join(_column_ddl(column) for column in contract.columns)
    partitioned = f" PARTITIONED BY (`{contract.partition}`)" if contract.partition else ""
    properties = ", ".join(f"'{key}'='{value}'" for key, value in _properties(contract).items())
    return (
        f"CREATE TABLE IF NOT EXISTS delta.`{path}` ({columns}) USING DELTA{partitioned} "
        f"COMMENT '{_quoted(contract.description)}' TBLPROPERTIES ({properties})"
    )


def add_statement(contract: Contract, names: set[str], path: str) -> str:
    """ALTER TABLE for columns that the contract gained. Raises ContractError where one is required: rows that stand have no value."""
    added = [column for column in contract.columns if column.name in names]
    required = [column.name for column in added if column.required]
    if required:
        raise ContractError(
            f"{contract.table}: {', '.join(required)} cannot be added as required, because rows stand that have no value; "
            "add it as optional, or build the table anew in an empty home"
        )
    return f"ALTER TABLE delta.`{path}` ADD COLUMNS ({', '.join(_column_ddl(column) for column in added)})"


def release_statement(name: str, path: str) -> str:
    """ALTER TABLE for a column that no contract asks for any more, so that rows without it can be written."""
    return f"ALTER TABLE delta.`{path}` ALTER COLUMN `{name}` DROP NOT NULL"


def _column_ddl(column: Column) -> str:
    required = " NOT NULL" if column.required else ""
    return f"`{column.name}` {column.spark_type}{required} COMMENT '{_quoted(column.description)}'"


def _properties(contract: Contract) -> dict[str, str]:
    # Minima and maxima of personal columns would stand in the Delta log, which outlives an erasure.
    shown = [c.name for c in contract.columns if not c.is_personal and c.name != contract.partition and _has_limits(c)]
    return {
        "delta.enableDeletionVectors": "false",
        "delta.columnMapping.mode": "none",
        "delta.logRetentionDuration": LOG_RETENTION,
        "delta.checkpointInterval": CHECKPOINT_INTERVAL,
        "delta.dataSkippingStatsColumns": ",".join(shown),
        "greenhouse.contract": f"{contract.table} {contract.version}",
    }


def _has_limits(column: Column) -> bool:
    return column.spark_type not in ("boolean", "binary") and "<" not in column.spark_type


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def conform(df: DataFrame, contract: Contract) -> DataFrame:
    """The frame with exactly the contract's columns, in its order and types.

    Raises ContractError naming the columns that are missing, unknown or of another type.
    """
    given = {name: kind for name, kind in df.dtypes}
    missing = [name for name in contract.column_names if name not in given]
    unknown = [name for name in given if name not in contract.column_names]
    if missing or unknown:
        raise ContractError(
            f"{contract.table}: {_format_names('missing', missing)}{_format_names('not in the contract', unknown)}".rstrip("; ")
        )
    wrong = [f"{c.name} is {given[c.name]}, the contract says {c.spark_type}" for c in contract.columns if given[c.name] != c.spark_type]
    if wrong:
        raise ContractError(f"{contract.table}: {'; '.join(wrong)}")
    return df.select(*contract.column_names)


def _format_names(what: str, names: list[str]) -> str:
    return f"columns {what}: {', '.join(names)}; " if names else ""
