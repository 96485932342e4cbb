"""One atomic Delta commit, and proof that what was audited is what it wrote. Deciding whether to commit belongs in `publish`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from lakehouse.contracts.model import Contract
from lakehouse.contracts.spark_schema import add_statement, create_statement, release_statement
from lakehouse.errors import ContractError, PublishError
from lakehouse.publishing.commit_here import merge_here, replace_here
from lakehouse.publishing.held import Held
from lakehouse.tables.audit_report import AuditReport, content_columns, fingerprint
from lakehouse.tables.commit_record import CommitRecord
from lakehouse.tables.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

USER_METADATA = "spark.databricks.delta.commitInfo.userMetadata"


def ensure_table(lake: Lake, table: str) -> int:
    """The table's version; created empty from its contract where it does not exist, and where it does, given the columns that its contract
    gained, and asked no more for those that it lost: these stay, with what they hold, and new rows have none."""
    contract, path = lake.contract(table), lake.path(table)
    if not lake.exists(table):
        lake.spark.sql(create_statement(contract, path)).collect()
    standing = lake.delta(table)
    fields = standing.schema().fields
    gained = set(contract.column_names) - {field.name for field in fields}
    _refuse_another_case(contract, gained, [field.name for field in fields])
    lost = [field.name for field in fields if field.name not in contract.column_names and not field.nullable]
    statements = [*([add_statement(contract, gained, path)] if gained else []), *(release_statement(name, path) for name in lost)]
    for statement in statements:
        lake.spark.sql(statement).collect()
    return lake.version(table) if statements else standing.version()


def _refuse_another_case(contract: Contract, gained: Collection[str], standing: Sequence[str]) -> None:
    known = {name.lower(): name for name in standing}
    if alike := [f"{known[name.lower()]} (not {name})" for name in sorted(gained) if name.lower() in known]:
        told = f"the table has {', '.join(alike)}, and the engine does not tell names apart by case; call it so, as it stands"
        raise ContractError(f"{contract.path or contract.table}: {contract.table}: {told}")


def replace(lake: Lake, held: Held, contract: Contract, where: str, record: CommitRecord, audited: AuditReport) -> int:
    """Replace the rows that the SQL predicate `where` names by those held. Returns the new version.

    Raises PublishError, with the table as it was, where the rows written are not the rows audited.
    """
    before = lake.version(contract.table)
    if held.here is not None:
        replace_here(lake, held.here, contract, where, record)
    else:
        _replace(lake, held.rows, contract, where, record, audited, before)
    return _committed(lake, contract, before, record)


def _replace(lake: Lake, df: DataFrame, contract: Contract, where: str, record: CommitRecord, audited: AuditReport, before: int) -> None:
    from pyspark.sql import Observation

    written = Observation()
    writer = df.observe(written, *content_columns(contract.columns)).write.format("delta").mode("overwrite")
    writer = writer.option("replaceWhere", where).option("userMetadata", record.as_json())
    writer.save(lake.path(contract.table))
    _prove(lake, contract, before, fingerprint(written.get), audited)


def merge_rows(lake: Lake, held: Held, contract: Contract, record: CommitRecord, audited: AuditReport) -> int:
    """Merge rows that are already merged with the standing ones, by primary key. Returns the new version; raises as above."""
    before = lake.version(contract.table)
    if held.here is not None and lake.count(contract.table, before) <= lake.settings.few_rows:
        merge_here(lake, held.here, contract, record)
    else:
        _merge(lake, held.rows, contract, record, audited, before)
    return _committed(lake, contract, before, record)


def _merge(lake: Lake, df: DataFrame, contract: Contract, record: CommitRecord, audited: AuditReport, before: int) -> None:
    df.createOrReplaceTempView("merged_rows")
    _run_with(lake, record, _merge_statement(lake, contract))
    keys = list(contract.primary_key)
    stands = lake.read(contract.table).join(df.select(*keys), keys, "left_semi")
    found = stands.select(*contract.column_names).agg(*content_columns(contract.columns)).collect()[0].asDict()
    _prove(lake, contract, before, fingerprint(found), audited)


def _committed(lake: Lake, contract: Contract, before: int, record: CommitRecord) -> int:
    """The version that tells of the publish. Delta commits nothing where no row came or went, but those days are published all the same."""
    version = lake.version(contract.table)
    if version != before:
        return version
    told = f"'greenhouse.published'='{record.publish_id}'"
    _run_with(lake, record, f"ALTER TABLE delta.`{lake.path(contract.table)}` SET TBLPROPERTIES ({told})")
    return lake.version(contract.table)


def _run_with(lake: Lake, record: CommitRecord, statement: str) -> None:
    lake.spark.conf.set(USER_METADATA, record.as_json())
    try:
        lake.spark.sql(statement).collect()
    finally:
        lake.spark.conf.unset(USER_METADATA)


def _merge_statement(lake: Lake, contract: Contract) -> str:
    on = " AND ".join(f"t.`{key}` = s.`{key}`" for key in contract.primary_key)
    others = [name for name in contract.column_names if name not in contract.primary_key]
    same = " AND ".join(f"t.`{name}` <=> s.`{name}`" for name in others) or "true"
    return (
        f"MERGE INTO delta.`{lake.path(contract.table)}` t USING merged_rows s ON {on} "
        f"WHEN MATCHED AND NOT ({same}) THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )


def _prove(lake: Lake, contract: Contract, before: int, written: str, audited: AuditReport) -> None:
    if written == audited.content_hash:
        return
    lake.spark.sql(f"RESTORE TABLE delta.`{lake.path(contract.table)}` TO VERSION AS OF {before}").collect()
    raise PublishError(
        f"{contract.table}: the rows written ({written}) were not the rows audited ({audited.content_hash}); version {before} was restored. "
        "Is the table function deterministic?"
    )
