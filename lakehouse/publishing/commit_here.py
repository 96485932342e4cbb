"""The atomic commit of few rows, without the engine, and its proof: what the predicate names afterwards is, row by row, what was audited.

For many rows see `commit`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from lakehouse.errors import PublishError
from lakehouse.tables.few_rows import as_dataset

if TYPE_CHECKING:
    import pyarrow as pa

    from lakehouse.contracts.model import Contract
    from lakehouse.tables.commit_record import CommitRecord
    from lakehouse.tables.lake import Lake


def replace_here(lake: Lake, rows: pa.Table, contract: Contract, where: str, record: CommitRecord) -> None:
    """Replace the rows that the SQL predicate `where` names by these.

    Raises PublishError, with the table as it was, where the rows that stand afterwards are not these.
    """
    import pyarrow as pa
    from deltalake import CommitProperties, write_deltalake

    delta = lake.delta(contract.table)
    before, rows = delta.version(), _as_told(rows, pa.schema(delta.schema().to_arrow()))
    said = CommitProperties(custom_metadata={"userMetadata": record.as_json()})
    write_deltalake(delta, rows, mode="overwrite", predicate=where, commit_properties=said)
    if _counted(_standing(delta, where, rows.column_names)) != _counted(rows):
        delta.restore(before)
        raise PublishError(f"{contract.table}: the rows written were not the rows audited; version {before} was restored")


def merge_here(lake: Lake, rows: pa.Table, contract: Contract, record: CommitRecord) -> None:
    """Put these rows in the place of those that stand under their primary keys; a small table is written, and proved, as a whole.

    Raises PublishError as `replace_here` does.
    """
    import pyarrow as pa

    standing, keys = as_dataset(lake.delta(contract.table)).to_table(), list(contract.primary_key)
    came = set(_keyed(rows, keys))
    others = standing.filter(pa.array([key not in came for key in _keyed(standing, keys)], pa.bool_()))
    merged = pa.concat_tables([others, _as_told(rows, standing.schema)])
    replace_here(lake, merged, contract, "true", record)


def _keyed(rows: pa.Table, keys: list[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(rows[key].to_pylist() for key in keys), strict=True))


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
