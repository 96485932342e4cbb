"""The atomic commit of few rows, without the engine, and its proof: what the predicate names afterwards is, row by row, what was audited.

For many rows, and for merges, see `commit`.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from lakehouse.errors import PublishError

if TYPE_CHECKING:
    import pyarrow as pa

    from lakehouse.contract import Contract
    from lakehouse.lake import Lake


def replace_here(lake: Lake, rows: pa.Table, contract: Contract, where: str, metadata: dict[str, Any]) -> None:
    """Replace the rows that the SQL predicate `where` names by these.

    Raises PublishError, with the table as it was, where the rows that stand afterwards are not these.
    """
    import pyarrow as pa
    from deltalake import CommitProperties, write_deltalake

    delta = lake.delta(contract.table)
    before, rows = delta.version(), _as_told(rows, pa.schema(delta.schema().to_arrow()))
    said = CommitProperties(custom_metadata={"userMetadata": json.dumps(metadata, default=str)})
    write_deltalake(delta, rows, mode="overwrite", predicate=where, commit_properties=said)
    if _counted(_standing(delta, where, rows.column_names)) != _counted(rows):
        delta.restore(before)
        raise PublishError(f"{contract.table}: the rows written were not the rows audited; version {before} was restored")


def _as_told(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """The rows in the table's columns and types; columns that the contract lost stay empty."""
    import pyarrow as pa

    lost = [field for field in schema if field.name not in rows.column_names]
    for field in lost:
        rows = rows.append_column(field, pa.nulls(rows.num_rows, field.type))
    return rows.select(schema.names).cast(schema)


def _standing(delta: Any, where: str, columns: list[str]) -> pa.Table:
    import pyarrow as pa
    from deltalake import QueryBuilder

    found = QueryBuilder().register("standing", delta).execute(f"SELECT * FROM standing WHERE {where}")
    return pa.table(found).select(columns)


def _counted(rows: pa.Table) -> Counter[str]:
    return Counter(map(repr, rows.to_pylist()))
