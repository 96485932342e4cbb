"""The rows that a publish writes, laid out: those computed, merged with those that stand, or beside the columns of theirs that it leaves alone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lakehouse.contracts.model import Contract
from lakehouse.publishing.column_backfill import beside_standing
from lakehouse.publishing.write_modes import mode_of
from lakehouse.tables.run import Run

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

SHUFFLED_FROM_DAYS = 8


def rows_to_write(run: Run, df: DataFrame, contract: Contract) -> DataFrame:
    """The rows to write, laid out: merged with those that stand, or with the columns of theirs that this run leaves alone."""
    df = mode_of(contract).rows(run, df, contract)
    laid_out = partial(_laid_out, run=run, contract=contract)
    if run.info.only_columns:
        # At its version: the publish's own commit must not change what it was made of.
        standing = run.lake.read(contract.table, run.lake.version(contract.table), run.written)
        return beside_standing(df, standing, contract, run.info.only_columns, laid_out)
    return laid_out(df)


def _laid_out(df: DataFrame, run: Run, contract: Contract) -> DataFrame:
    """One file a partition where many days are written together; a night keeps the engine's own tasks."""
    return df.repartition(str(contract.partition)) if is_shuffled(run, contract) else df


def is_shuffled(run: Run, contract: Contract) -> bool:
    return contract.partition is not None and len(run.written) >= SHUFFLED_FROM_DAYS and not run.table.is_laid_out
