"""Writes some columns of a table anew and leaves the others as they stand: a feature's whole history without touching its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lakehouse.contracts.model import Contract
from lakehouse.errors import PublishError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

LaidOut = Callable[["DataFrame"], "DataFrame"]
ALONE = "is_alone"


def beside_standing(
    computed: DataFrame, standing: DataFrame, contract: Contract, columns: Sequence[str], laid_out: LaidOut = lambda df: df
) -> DataFrame:
    """The standing rows with `columns` as computed, and `is_alone` where a row only stands or was only computed; both hold the same days.

    Both are `laid_out` as they will be written, and joined as they lie.

    Raises PublishError where a column is unknown or of the key.
    """
    from pyspark.sql import functions as F

    _refuse_unfit(contract, columns)
    keys = list(contract.primary_key)
    fresh = laid_out(computed.select(*keys, *columns, F.lit(True).alias("is_computed")))
    both = laid_out(standing.drop(*columns).withColumn("stands", F.lit(True))).join(fresh, keys, "full")
    return both.select(*contract.column_names, F.expr(f"stands IS NULL OR is_computed IS NULL AS {ALONE}"))


def refuse_alone(both: DataFrame, contract: Contract, columns: Sequence[str]) -> DataFrame:
    """The rows without `is_alone`. Raises PublishError where one is alone: who came or went changes whole rows."""
    alone = both.where(ALONE).count()
    if alone:
        raise PublishError(
            f"{contract.table}: {alone} rows stand or were computed alone, so {', '.join(columns)} cannot be written beside the others; "
            "backfill the whole table"
        )
    return both.drop(ALONE)


def concerned(contract: Contract, columns: Sequence[str], judged: Container[str]) -> Contract:
    """The contract with those rules alone that read one of the columns or were never `judged`: what the others read stays as it stands."""
    wanted = [rule for rule in contract.rules if rule.name not in judged or not {*rule.columns, rule.column}.isdisjoint(columns)]
    return replace(contract, rules=tuple(wanted))


def _refuse_unfit(contract: Contract, columns: Sequence[str]) -> None:
    if contract.write != "replace_days":
        raise PublishError(
            f"{contract.table}: only tables that replace days can be written by the column; it is written by {contract.write}"
        )
    wrong = [name for name in columns if name not in contract.column_names or name in contract.primary_key]
    if wrong:
        others = ", ".join(name for name in contract.column_names if name not in contract.primary_key)
        raise PublishError(f"{contract.table}: {', '.join(wrong)} is no column that can be written alone; these are: {others}")
