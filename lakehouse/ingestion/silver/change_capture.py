"""Versions of rows pulled from a table that changes: which one stands, and since when its row is known.

An updated row takes the place of its earlier versions from the day on which the row was first known; what was made of those is computed
again (`invalidation`). A delete takes all of them away; of a table that keeps history it ends the last. How versions are pulled belongs in `connectors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse.ingestion.bronze.overwritten_files import SUPERSEDED
from lakehouse.shop.source import EVENTS

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakehouse.shop.inputs import Input
    from lakehouse.shop.source import CanonicalName, Shop

DELETED = "deleted"
IS_DELETE = "row_change = 'delete'"  # of a bronze row
COLUMNS = ("entity_key", "row_version", "is_deleted")


def are_pulled(shop: Shop, canonical: CanonicalName) -> bool:
    """Whether a canonical table reads an input whose rows have versions."""
    return any(shop.inputs[name].postgres for name in shop.inputs_of(canonical))


def lineage(entry: Input) -> list[Column]:
    """`COLUMNS` of a bronze row; null and false where its input has no versions."""
    from pyspark.sql import functions as F

    key, version, is_deleted = F.lit(None).cast("string"), F.lit(None).cast("bigint"), F.lit(False)
    if entry.postgres:
        key, version, is_deleted = entity_key(entry), F.col("row_version").cast("bigint"), F.expr(IS_DELETE)
    return [column.alias(name) for column, name in zip((key, version, is_deleted), COLUMNS, strict=True)]


def entity_key(entry: Input) -> Column:
    """The key of a bronze row as one text."""
    from pyspark.sql import functions as F

    assert entry.postgres is not None
    return F.to_json(F.struct(*(f"`{name}`" for name in entry.postgres.key)))


def first_known_day(event_day: Column) -> Column:
    """The file day of the first version of a row on that day."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    first = F.min("file_day").over(Window.partitionBy("entity_key", event_day))
    return F.when(F.col("entity_key").isNull(), F.col("file_day")).otherwise(first)


def of_several(df: DataFrame) -> DataFrame:
    """The rows whose key has more than one version."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    of_one = Window.partitionBy("entity_key")
    marked = df.withColumn("is_one_of_several", F.max("row_version").over(of_one) > F.min("row_version").over(of_one))
    return marked.where("is_one_of_several").drop("is_one_of_several")


def standing(df: DataFrame, canonical: CanonicalName, *, is_history: bool) -> DataFrame:
    """The rows with `delivery_state` deleted or superseded where another version stands, and `gone_day`.

    Events keep the last version, customers and products the last of each day, and a delete takes all before it away. Where the table keeps
    history a delete takes those of its own day only; the earlier ones stand until before `gone_day`, null where the row was not deleted since.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    of_key, version, is_deleted = Window.partitionBy("entity_key"), F.col("row_version"), F.col("is_deleted")
    last = F.max(version).over(of_key if canonical in EVENTS else Window.partitionBy("entity_key", "file_day"))
    if not is_history:
        last = F.greatest(last, F.max(F.when(is_deleted, version)).over(of_key))
    is_replaced = F.col("entity_key").isNotNull() & (version < last)
    state = F.when(is_deleted, DELETED).when(is_replaced, SUPERSEDED).otherwise(F.col("delivery_state"))
    return df.withColumns({"delivery_state": state} | ({"gone_day": _gone_day()} if is_history else {}))


def _gone_day() -> Column:
    """The file day of the first delete after a version."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    later = Window.partitionBy("entity_key").orderBy("row_version").rowsBetween(1, Window.unboundedFollowing)
    return F.min(F.when(F.col("is_deleted"), F.col("file_day"))).over(later)
