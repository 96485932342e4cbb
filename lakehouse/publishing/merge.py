"""Merges rows of one key by the contract's merge rules. They commute, so the order in which days are run does not matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse.contracts.model import Contract
from lakehouse.tables import scd2

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

ORDER = "known_at"


def merged(incoming: DataFrame, standing: DataFrame, contract: Contract) -> DataFrame:
    """The rows of `incoming`'s keys: its own and the standing ones, merged.

    A column's rule is `newest` (the row known last wins; of lines that became known together the last was picked by `quarantine`; what is still equal is settled by content) or `earliest` (the smallest).
    Where the table keeps history, `incoming` must be newer than all that stands: only the last version can still end.
    """
    keys = list(contract.entity_key)
    touched = standing.join(incoming.select(*keys).distinct(), keys, "left_semi")
    touched = scd2.last(touched, contract) if contract.write == "history" else touched
    return reduce_by_key(incoming.unionByName(touched), contract)


def reduce_by_key(df: DataFrame, contract: Contract) -> DataFrame:
    """One row per key by the merge rules; of a table that keeps history, one per version."""
    from pyspark.sql import functions as F

    newest = [column.name for column in contract.columns if not column.primary_key and column.merge == "newest"]
    order = [ORDER] if ORDER in contract.column_names else []
    winner = F.max_by(F.struct(*newest), F.struct(*order, *[F.col(name).cast("string") for name in newest])).alias("winner")
    earliest = [F.min(column.name).alias(column.name) for column in contract.columns if column.merge == "earliest"]
    kept = df.groupBy(*contract.primary_key).agg(winner, *earliest)
    one_each = kept.select(*[F.col(f"winner.{name}") if name in newest else F.col(name) for name in contract.column_names])
    return scd2.in_versions(one_each, contract) if contract.write == "history" else one_each
