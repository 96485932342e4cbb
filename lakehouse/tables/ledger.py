"""Ledgers: small append-only tables of bookkeeping, written by `deltalake` alone, never by the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lakehouse.contracts.model import Contract
from lakehouse.errors import LedgerError

if TYPE_CHECKING:
    import pyarrow as pa

    from lakehouse.tables.lake import Lake

FILES_BEFORE_COMPACTION = 200


def append(lake: Lake, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Append rows to a ledger in one commit, creating it at first use.

    Raises LedgerError where a row does not fit the contract.
    """
    from deltalake import write_deltalake

    if not rows:
        return
    contract = lake.contract(table)
    write_deltalake(
        lake.path(table),
        _checked(contract, rows),
        mode="append",
        name=contract.table,
        description=contract.description,
        configuration={"delta.logRetentionDuration": "interval 3650 days", "delta.checkpointInterval": "10"},
    )


def compact(lake: Lake, table: str) -> int:
    """Merge a ledger's small files once there are many, so that reading it stays quick. Returns the files removed."""
    if not lake.exists(table):
        return 0
    delta = lake.delta(table)
    if len(delta.file_uris()) < FILES_BEFORE_COMPACTION:
        return 0
    return int(delta.optimize.compact()["numFilesRemoved"])


def rows(lake: Lake, table: str, columns: list[str] | None = None, filter: Any = None) -> list[dict[str, Any]]:
    """A ledger's rows; none where it was never written."""
    return lake.arrow(table, columns=columns, filter=filter).to_pylist() if lake.exists(table) else []


def _checked(contract: Contract, rows: Sequence[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    unknown = {key for row in rows for key in row} - set(contract.column_names)
    if unknown:
        raise LedgerError(f"{contract.table}: columns not in the contract: {', '.join(sorted(unknown))}")
    for column in contract.columns:
        if column.required and any(row.get(column.name) is None for row in rows):
            raise LedgerError(f"{contract.table}: {column.name} is required and missing in a row")
    try:
        return pa.Table.from_pylist([dict(row) for row in rows], schema=_arrow_schema(contract))
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise LedgerError(f"{contract.table}: {error}") from error


def _arrow_schema(contract: Contract) -> pa.Schema:
    import pyarrow as pa

    kinds = {
        "string": pa.string(), "bigint": pa.int64(), "int": pa.int32(), "double": pa.float64(), "boolean": pa.bool_(),
        "date": pa.date32(), "timestamp": pa.timestamp("us", tz="UTC"), "array<string>": pa.list_(pa.string()),
    }  # fmt: skip
    return pa.schema([pa.field(column.name, kinds[column.spark_type], not column.required) for column in contract.columns])
