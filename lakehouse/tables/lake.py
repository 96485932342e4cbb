"""The lake: where tables stand, at which version, and how they are read. Writing belongs in `publish` and `ledger`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lakehouse.contracts.model import Contract
from lakehouse.days import DAY, DayRange, grain_of, partition_values
from lakehouse.errors import LakeError
from lakehouse.settings import Settings
from lakehouse.shop.source import Shop
from lakehouse.tables import few_rows
from lakehouse.tables.commit_record import Commit, Published
from lakehouse.tables.registry import Table

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.dataset as ds
    from deltalake import DeltaTable
    from pyspark.sql import DataFrame, SparkSession

# How far back a log is read at once: the newest commit, the nights that windows look back on, all.
COMMITS_READ = (1, 200, None)


@dataclass
class Lake:
    """One shop's lake: its settings, shop, contracts and tables. The engine is asked for at the first use of `spark`."""

    settings: Settings
    shop: Shop
    contracts: dict[str, Contract]
    tables: dict[str, Table]
    connect: Callable[[Settings], SparkSession]

    @property
    def spark(self) -> SparkSession:
        """The engine's session, healthy."""
        return self.connect(self.settings)

    @property
    def retention_counts_from(self) -> date | None:
        """The day back from which tables keep their days, where that is another than the newest landed."""
        return None

    def path(self, table: str) -> str:
        """Where a table stands."""
        layer, _, name = table.partition(".")
        return f"{str(self.settings.lake).rstrip('/')}/{layer}/{name}"

    def contract(self, table: str) -> Contract:
        """A table's contract. Raises LakeError with the names there are."""
        if table not in self.contracts:
            raise LakeError(f"there is no table {table}; `greenhouse tables` lists them")
        return self.contracts[table]

    def delta(self, table: str, version: int | None = None) -> DeltaTable:
        """The table through `deltalake` (no JVM). Raises LakeError where it was never published."""
        from deltalake import DeltaTable
        from deltalake.exceptions import TableNotFoundError

        try:
            return DeltaTable(self.path(table), version=version)
        except TableNotFoundError as error:
            raise LakeError(f"{table} was never published; ./greenhouse run builds what was delivered") from error

    def exists(self, table: str) -> bool:
        """Whether the table was ever created."""
        from deltalake import DeltaTable

        return bool(DeltaTable.is_deltatable(self.path(table)))

    def version(self, table: str) -> int:
        """The newest Delta version."""
        return self.delta(table).version()

    def read(self, table: str, version: int | None = None, days: DayRange | Sequence[date] | None = None) -> DataFrame:
        """The table as a frame of the engine, at a version, only the partitions of those days."""
        return self.read_counted(table, version, days)[0]

    def read_counted(
        self, table: str, version: int | None = None, days: DayRange | Sequence[date] | None = None
    ) -> tuple[DataFrame, int | None]:
        """What `read` reads, and how many rows that is; None where they are not few."""
        here = self.read_here(table, version, days)
        return (self.scan(table, version, days), None) if here is None else (few_rows.in_engine(self.spark, here), here.num_rows)

    def read_here(self, table: str, version: int | None = None, days: DayRange | Sequence[date] | None = None) -> pa.Table | None:
        """What `read` reads, as Arrow, where it is few rows; else None."""
        most = self.settings.few_rows
        return few_rows.read_here(self.delta(table, version), self.contract(table).partition, days, most) if most else None

    def count(self, table: str, version: int | None = None, days: DayRange | Sequence[date] | None = None) -> int:
        """The rows that `read` reads, as far as the log tells: it reads none."""
        return few_rows.size(self.delta(table, version), self.contract(table).partition, days).rows

    def scan(self, table: str, version: int | None = None, days: DayRange | Sequence[date] | None = None) -> DataFrame:
        """What `read` reads, by the engine's own scan."""
        reader = self.spark.read.format("delta")
        reader = reader.option("versionAsOf", version) if version is not None else reader
        df = reader.load(self.path(table))
        partition = self.contract(table).partition
        return df if days is None or partition is None else df.where(in_days(partition, days))

    def arrow(self, table: str, version: int | None = None, columns: list[str] | None = None, filter: Any = None) -> pa.Table:
        """The table as Arrow without a JVM; `filter` is a pyarrow.dataset expression."""
        return self.dataset(table, version).to_table(columns=columns, filter=filter)

    def dataset(self, table: str, version: int | None = None) -> ds.Dataset:
        """The table as a dataset of Arrow, of which only what is asked for is read."""
        return few_rows.as_dataset(self.delta(table, version))

    def partition_days(self, table: str, version: int | None = None) -> set[date]:
        """The days of which a table partitioned by day holds rows."""
        return {date.fromisoformat(str(partition["day"])) for partition in self.delta(table, version).partitions()}

    def commits(self, table: str, limit: int | None = None) -> list[Commit]:
        """The table's commits, newest first, of publishes and of others."""
        return [Commit.of_entry(entry) for entry in self.delta(table).history(limit)]

    def files(self, table: str, version: int | None = None) -> pa.Table:
        """The files of a version, one a row: path, size_bytes, num_records and what else the log says of them."""
        import pyarrow as pa

        return pa.table(self.delta(table, version).get_add_actions(flatten=True))

    def publishes(self, table: str) -> Iterator[Published]:
        """The commits that publishes made, newest first, read only as far as asked.

        Creating or tending a table is none, nor is what a RESTORE undid.
        """
        restored_to = None
        for commit in self._newest_first(table):
            if restored_to is not None and commit.version > restored_to:
                continue
            if commit.restored_to is not None:
                restored_to = commit.restored_to
            elif commit.record:
                yield Published(commit.version, commit.record)

    def _newest_first(self, table: str) -> Iterator[Commit]:
        if not self.exists(table):
            return
        read = 0
        for limit in COMMITS_READ:
            entries = self.commits(table, limit)
            yield from entries[read:]
            if limit is None or len(entries) < limit:
                return
            read = len(entries)

    @cached_property
    def secrets(self) -> Secrets:
        return Secrets(self.settings)


@dataclass(frozen=True)
class Secrets:
    """Keys of the home, outside the lake."""

    settings: Settings

    def customer_key(self) -> bytes:
        """The key of the customers' pseudonyms: 32 random bytes, made once, readable by its owner only."""
        import os
        import secrets

        path = self.settings.home / "secrets" / "customer_key"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = path.with_name(f".{os.getpid()}.key")
            draft.touch(mode=0o600)
            draft.write_bytes(secrets.token_bytes(32))
            try:
                os.link(draft, path)  # a second process keeps the first one's key
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_bytes()


def in_days(partition: str, days: DayRange | Sequence[date]) -> str:
    """A SQL predicate over a day or month partition. `BETWEEN` is not among its forms: Delta's replaceWhere refuses it."""
    if isinstance(days, DayRange) and grain_of(partition) == DAY:
        return f"{partition} >= date'{days.first}' and {partition} <= date'{days.last}'"
    listed = partition_values(partition, days)
    if not listed:
        return "false"
    if len(listed) > 1 and (listed[-1] - listed[0]).days == len(listed) - 1:
        return f"{partition} >= date'{listed[0]}' and {partition} <= date'{listed[-1]}'"
    return f"{partition} in ({', '.join(f'date{chr(39)}{day}{chr(39)}' for day in listed)})"
