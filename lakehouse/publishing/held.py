"""The rows of a publish, computed once: what is audited, counted and written is the same. Few are held here, many by the engine."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from lakehouse.engine.few_row_plans import run_for_many
from lakehouse.tables import few_rows

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from lakehouse.contracts.model import Contract
    from lakehouse.tables.run import Run


@dataclass(frozen=True)
class Held:
    """Rows as a frame; `here` are the same rows where they are few, None where the engine holds them."""

    rows: DataFrame
    here: pa.Table | None = None
    is_cached: bool = False

    def picked(self, df: DataFrame) -> Held:
        """Rows picked from these, which the engine need not hold twice."""
        return Held(df) if self.here is None else hold(df, self.here.num_rows)

    def release(self) -> None:
        """Let the engine forget them."""
        if self.is_cached:
            self.rows.unpersist()


def hold(df: DataFrame, most_here: int | None) -> Held:
    """Compute a frame's rows: at once, and here, where they are no more than `most_here`; else, and where None are to be, with the first job
    that reads them."""
    found = None if most_here is None else few_rows.fetched(df, most_here)
    if found is not None:
        return Held(few_rows.in_engine(df.sparkSession, found), found)
    run_for_many(df.sparkSession)
    return Held(df.persist(), is_cached=True)


def most_here(run: Run, contract: Contract) -> int | None:
    """How many rows of a publish may be held here: None where more are to be expected, by `_expected`."""
    most = run.lake.settings.few_rows
    return most if most and _expected(run, contract) <= most else None


def is_of_few_rows(run: Run, contract: Contract) -> bool:
    """Whether a publish may hold its rows here, reads no more of upstreams, and of its own table, where it merges, no more either."""
    most = run.lake.settings.few_rows
    stands = run.lake.count(contract.table) if contract.merges else 0
    return run.most_here is not None and _read(run) <= most and stands <= most


def _expected(run: Run, contract: Contract) -> float:
    """Rows of the files to be landed, else of as many days that stand, and where none do as many as are read."""
    if run.landing.files:
        return float(sum(file.contents.rows for file in run.landing.files))
    a_day = None if contract.merges else _rows_a_day(run, contract)
    return _read(run) if a_day is None else a_day * len(run.written)


def _read(run: Run) -> float:
    """The rows that it reads of upstreams; without bound where they are not few."""
    return sum(inf if rows is None else rows for rows in run.rows_read)


def _rows_a_day(run: Run, contract: Contract) -> float | None:
    """The rows of a partition that stands, on average; None where none does."""
    delta = run.lake.delta(contract.table)
    rows = few_rows.size(delta, None, None).rows
    return rows / (len(delta.partitions()) if contract.partition else 1) if rows else None
