"""Reads a PostgreSQL table and what its database says of open transactions, through the engine's JDBC."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lakehouse.errors import PullError
from lakehouse.ingestion.connectors.connections import Connection, connection
from lakehouse.shop.inputs import Input, PostgresTable
from lakehouse.shop.names import RESCUED

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.tables.lake import Lake

FETCHED_ROWS = 10_000
# A transaction shows itself a moment after it began.
UNSEEN = timedelta(minutes=1)
# Transaction ids are compared modulo 2^32: half of that apart, they say nothing.
COMPARABLE_TRANSACTIONS = 2**31 - 1

_LOOK = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS oldest_transaction, pg_snapshot_xmax(pg_current_snapshot())::text AS next_transaction,
  (SELECT least(now(), min(xact_start)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type <> 'autovacuum worker')::text AS open_since,
  EXISTS (SELECT FROM pg_prepared_xacts WHERE database = current_database()) AS has_prepared,
  pg_is_in_recovery() AS is_replica, pg_has_role(current_user, 'pg_read_all_stats', 'usage') AS sees_all,
  (SELECT json_agg(attname ORDER BY attnum)::text FROM pg_attribute
    WHERE attrelid = to_regclass('{table}') AND attnum > 0 AND NOT attisdropped) AS column_names
"""


@dataclass(frozen=True)
class Look:
    """What the database shows at one moment.

    `oldest_transaction`: all older ones had ended; `open_since`: when the oldest one still open began, or now.
    """

    oldest_transaction: int
    next_transaction: int
    open_since: str
    has_prepared: bool
    column_names: tuple[str, ...]


@dataclass(frozen=True)
class PostgresReader:
    """One table, over one connection, on the engine; everything comes as text, in UTC."""

    lake: Lake
    entry: Input

    @property
    def table(self) -> PostgresTable:
        assert self.entry.postgres is not None
        return self.entry.postgres

    @cached_property
    def connection(self) -> Connection:
        return connection(self.lake.settings, self.table.connection, "postgresql")

    @cached_property
    def look(self) -> Look:
        """What the database showed first. Raises PullError where it cannot be reached, or what it shows cannot be trusted."""
        with self.told_shortly():
            (row,) = self._query(_LOOK.format(table=self.table.table)).collect()
        if row.column_names is None:
            raise PullError(f"{self.connection}: there is no table {self.table.table}, or {self.connection.user} may not see it")
        names = tuple(json.loads(row.column_names))
        self._refuse_columns(names)
        if self.table.watermark:
            self._refuse_blind(row.is_replica, row.sees_all)
        return Look(int(row.oldest_transaction), int(row.next_transaction), row.open_since, row.has_prepared, names)

    def rows(self, where: str | None = None) -> DataFrame:
        """The input's columns, and in `_rescued` those that source.yaml does not name."""
        own = {column.name: column.source for column in self.entry.columns}
        listed = ", ".join(f't.{_identifier(source)}::text AS "{name}"' for name, source in own.items())
        others = [name for name in self.look.column_names if name not in own.values()]
        rescued = f"(to_jsonb(t) - ARRAY[{', '.join(map(_text, own.values()))}])::text" if others else "NULL::text"
        return self._query(f"SELECT {listed}, {rescued} AS {RESCUED} FROM {self.table.table} t WHERE {where or 'true'}")

    def since(self, state: dict[str, Any], now: Look) -> str:
        """The rows that a pull with that state may not have seen."""
        watermark = f"t.{_identifier(self.entry.sources[str(self.table.watermark)])}"
        since = f"({watermark} >= '{datetime.fromisoformat(state['open_since']) - UNSEEN}' OR {watermark} IS NULL)"
        if now.next_transaction - state["oldest_transaction"] >= COMPARABLE_TRANSACTIONS:
            return since
        return f"{since} AND age(t.xmin) <= age('{state['oldest_transaction'] % 2**32}'::xid)"

    def _query(self, sql: str) -> DataFrame:
        address = self.connection
        reader = self.lake.spark.read.format("jdbc").option("driver", "org.postgresql.Driver").option("fetchsize", FETCHED_ROWS)
        reader = reader.option("url", f"jdbc:postgresql://{address.hosts}{address.url.path}?{address.url.query}")
        reader = reader.option("user", address.user).option("password", address.password)
        return reader.option("sessionInitStatement", "SET TIME ZONE 'UTC'").option("query", sql).load()

    @contextmanager
    def told_shortly(self) -> Iterator[None]:
        """Whatever goes wrong inside is a PullError of one sentence without a secret."""
        from pyspark.errors import PySparkException

        try:
            yield
        except PySparkException as error:
            if error.getCondition() == "FAILED_JDBC.CONNECTION":
                refused = f"does not answer, or refuses {self.connection.user}: check address, user and password"
                raise PullError(f"{self.connection.place} {refused}") from None
            raise PullError(f"{self.connection.place} cannot be read: {self.connection.said(error)}") from None

    def _refuse_columns(self, names: tuple[str, ...]) -> None:
        missing = [column.source for column in self.entry.columns if column.source not in names]
        if missing:
            way_out = f"put it back, or take it out of {self.lake.shop.path}"
            raise PullError(f"{self.connection}: {self.table.table} has no column {', '.join(missing)}; {way_out}")

    def _refuse_blind(self, is_replica: bool, sees_all: bool) -> None:
        if is_replica:
            raise PullError(
                f"{self.connection} is a replica, which does not show the transactions open on its primary; connect to the primary"
            )
        if not sees_all:
            grant = f"GRANT pg_read_all_stats TO {self.connection.user}"
            raise PullError(
                f"{self.connection}: {self.connection.user} does not see others' open transactions, so rows could be missed; run: {grant}"
            )


def _identifier(name: str) -> str:
    """A column's name as PostgreSQL's SQL writes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
