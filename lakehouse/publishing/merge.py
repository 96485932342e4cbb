"""Merges rows of one key by the contract's merge rules. They commute, so the order in which days are run does not matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse.contracts.model import Contract

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

ORDER = "known_at"


def touched_by(incoming: DataFrame, standing: DataFrame, contract: Contract) -> DataFrame:
    """The standing rows that are about what rows of `incoming` are about."""
    keys = list(contract.entity_key)
    return standing.join(incoming.select(*keys).distinct(), keys, "left_semi")


def reduce_by_key(df: DataFrame, contract: Contract) -> DataFrame:
    """One row per primary key by the columns' merge rules.

    `newest`: the row known last wins; of lines that became known together the last was picked by `quarantine`; what is still equal is settled
    by content. `earliest`: the smallest.
    """
    from pyspark.sql import functions as F

    newest = [column.name for column in contract.columns if not column.primary_key and column.merge == "newest"]
    order = [ORDER] if ORDER in contract.column_names else []
    winner = F.max_by(F.struct(*newest), F.struct(*order, *[F.col(name).cast("string") for name in newest])).alias("winner")
    earliest = [F.min(column.name).alias(column.name) for column in contract.columns if column.merge == "earliest"]
    kept = df.groupBy(*contract.primary_key).agg(winner, *earliest)
    return kept.select(*[F.col(f"winner.{name}") if name in newest else F.col(name) for name in contract.column_names])
