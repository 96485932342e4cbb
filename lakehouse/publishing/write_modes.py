"""How the rows of a publish take their place among those that stand: one class a write mode, which a contract names by `write`.

A ledger is no publish: it is appended to by `tables/ledger`. How rows of one key are merged belongs in `merge`, one commit in `commit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from lakehouse.contracts.spark_schema import conform
from lakehouse.publishing import commit
from lakehouse.publishing.merge import reduce_by_key, touched_by
from lakehouse.tables import scd2
from lakehouse.tables.lake import in_days

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.contracts.model import Contract
    from lakehouse.publishing.held import Held
    from lakehouse.publishing.invalidation import Mark
    from lakehouse.tables.audit_report import AuditReport
    from lakehouse.tables.commit_record import CommitRecord
    from lakehouse.tables.run import Run


class ReplaceDays:
    """The rows of the days written replace those that stand of them."""

    def is_rebuild(self, run: Run, marks: Sequence[Mark], days: set[date]) -> bool:
        """Whether the table is made anew, and with it all days that it was built of."""
        return False

    def rows(self, run: Run, computed: DataFrame, contract: Contract) -> DataFrame:
        """The rows to write, of those computed."""
        return computed

    def commit(self, run: Run, held: Held, contract: Contract, record: CommitRecord, audited: AuditReport) -> int:
        """Write the rows held. Returns the new version; raises PublishError as `commit.replace` does."""
        return commit.replace(run.lake, held, contract, self.replaced(run, contract), record, audited)

    def replaced(self, run: Run, contract: Contract) -> str:
        """Which standing rows the new ones replace, as a SQL predicate."""
        return in_days(str(contract.partition), run.written)


class Append(ReplaceDays):
    """What comes in joins what stands of its days; come in again, it replaces what `Table.replaces` names (whole days where that says nothing)."""

    def replaced(self, run: Run, contract: Contract) -> str:
        days = super().replaced(run, contract)
        return f"{days} and {run.table.replaces(run)}" if run.table.replaces else days


class MergeByKey(ReplaceDays):
    """One row a key: new rows are merged with the standing one by the columns' merge rules; made anew where rows were withdrawn."""

    def is_rebuild(self, run: Run, marks: Sequence[Mark], days: set[date]) -> bool:
        return any(mark.is_rebuild for mark in marks)

    def rows(self, run: Run, computed: DataFrame, contract: Contract) -> DataFrame:
        if run.is_rebuild:
            return conform(self.one_each(computed, contract), contract)
        standing = run.lake.read(contract.table, run.lake.version(contract.table))
        return conform(self.merged(computed, standing, contract), contract)

    def commit(self, run: Run, held: Held, contract: Contract, record: CommitRecord, audited: AuditReport) -> int:
        if run.is_rebuild:
            return super().commit(run, held, contract, record, audited)
        return commit.merge_rows(run.lake, held, contract, record, audited)

    def replaced(self, run: Run, contract: Contract) -> str:
        return "true"

    def merged(self, incoming: DataFrame, standing: DataFrame, contract: Contract) -> DataFrame:
        """The rows of the keys of `incoming`: its own and the standing ones, merged."""
        return self.one_each(incoming.unionByName(touched_by(incoming, standing, contract)), contract)

    def one_each(self, df: DataFrame, contract: Contract) -> DataFrame:
        """One row per key."""
        return reduce_by_key(df, contract)


class Scd2(MergeByKey):
    """One row a version of a key. What a key said between two of its versions is not remembered, so history goes on from its end alone:
    days that are not newer than all that stands make the table anew."""

    def is_rebuild(self, run: Run, marks: Sequence[Mark], days: set[date]) -> bool:
        return min(days) <= max(run.built, default=date.min) or super().is_rebuild(run, marks, days)

    def merged(self, incoming: DataFrame, standing: DataFrame, contract: Contract) -> DataFrame:
        """As above; `incoming` is newer than all that stands, so only the last version can still end."""
        last = scd2.last(touched_by(incoming, standing, contract), contract)
        return self.one_each(incoming.unionByName(last), contract)

    def one_each(self, df: DataFrame, contract: Contract) -> DataFrame:
        """One row per version of a key."""
        return scd2.in_versions(reduce_by_key(df, contract), contract)


MODES = {"replace_days": ReplaceDays(), "append": Append(), "merge": MergeByKey(), "history": Scd2()}


def mode_of(contract: Contract) -> ReplaceDays:
    """How the table's rows are written. Raises KeyError for a ledger, which nobody publishes."""
    return MODES[contract.write]
