"""The rows of a table as they were last pulled, and how the table differs from them now."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from lakehouse.ingestion.connectors import spool

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.shop.inputs import Input
    from lakehouse.tables.lake import Lake

UPSERT, DELETE = "upsert", "delete"


def last_pulled(lake: Lake, name: str, entry: Input, since: date | None = None) -> DataFrame:
    """The last version of each key in bronze and spool: the input's own columns and row_change. Of file days since a day, if one is given."""
    from pyspark.sql import functions as F

    assert entry.postgres is not None
    own = [column.name for column in entry.columns]
    recent = f"file_day >= date'{since}'" if since else "true"
    spooled = lake.spark.read.format("delta").load(lake.path(spool.table(name))).where(recent).select(*entry.column_names)
    bronze = f"bronze.{name}"
    held = set(lake.delta(bronze).schema().to_arrow().names) if lake.exists(bronze) else set()
    versions = spooled
    if held:
        listed = [F.col(f"`{each}`") if each in held else F.lit(None).cast("string").alias(each) for each in entry.column_names]
        versions = spooled.unionByName(lake.read(bronze).where(recent).select(*listed))
    last = F.max_by(F.struct(*(f"`{each}`" for each in (*own, "row_change"))), F.col("row_version").cast("bigint")).alias("last")
    return versions.groupBy(*(F.col(f"`{key}`").alias(f"key_{n}") for n, key in enumerate(entry.postgres.key))).agg(last).select("last.*")


def differences(table: DataFrame, standing: DataFrame, entry: Input, *, is_whole: bool) -> DataFrame:
    """The table's rows that are new or changed, as upserts; of a whole table also the keys of those that are gone, as deletes.

    The table is read once, so that both are of one moment.
    """
    from pyspark.sql import functions as F

    assert entry.postgres is not None
    key, own = entry.postgres.key, [column.name for column in entry.columns]
    then = standing.where(f"row_change = '{UPSERT}'").select(*(F.col(f"`{name}`").alias(_then(name)) for name in own))
    same_key = [F.col(f"`{name}`") == F.col(f"`{_then(name)}`") for name in key]
    both = table.join(then, same_key, "full_outer" if is_whole else "left_outer")
    is_gone, is_new = F.col(f"`{key[0]}`").isNull(), F.col(f"`{_then(key[0])}`").isNull()
    is_changed = F.array_contains(F.array(*(~F.col(f"`{name}`").eqNullSafe(F.col(f"`{_then(name)}`")) for name in own)), True)
    told = [F.coalesce(f"`{name}`", f"`{_then(name)}`").alias(name) if name in key else F.col(f"`{name}`") for name in table.columns]
    return both.where(is_gone | is_new | is_changed).select(*told, F.when(is_gone, DELETE).otherwise(UPSERT).alias("row_change"))


def _then(name: str) -> str:
    return f"#then {name}"  # no column of an input can have such a name
