"""Dagster's SQLite event log, writing a batch of asset events in one statement and one transaction.

A run over a year of days logs thousands of events (one planned and one materialised for each table and day). Dagster's own
storage commits each alone, which took minutes before the first table was begun; its PostgreSQL storage batches as this does.
"""

from collections.abc import Sequence
from typing import Any

from dagster import DagsterEventType, EventLogEntry
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from dagster_shared.record import replace
from sqlalchemy import func, select

BATCH_SIZE = 2000
BULK = {DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_MATERIALIZATION_PLANNED, DagsterEventType.ASSET_OBSERVATION}


class BatchedSqliteEventLogStorage(SqliteEventLogStorage):
    """The same files and tables as Dagster's own; only how many events share a statement differs."""

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> "BatchedSqliteEventLogStorage":
        """As Dagster's own, which always makes its own class."""
        return cls(inst_data=inst_data, **config_value)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store the events: those of assets together, any others one by one."""
        assets = [event for event in events if event.get_dagster_event().event_type in BULK]
        if assets:
            self._store_together(assets)
        for event in events:
            if event.get_dagster_event().event_type not in BULK:
                self.store_event(event)

    def _store_asset_check_evaluation_planned(self, event: EventLogEntry, event_id: int | None) -> None:
        """One row a check of a range, as its evaluation will be: Dagster's own plans one a day, which nothing ever fulfils."""
        planned = event.get_dagster_event().event_specific_data
        subset = planned.partitions_subset
        if subset is not None and len(subset) > 1:
            whole = replace(planned, partitions_subset=None)
            event = event._replace(dagster_event=event.get_dagster_event()._replace(event_specific_data=whole))
        super()._store_asset_check_evaluation_planned(event, event_id)

    def _store_together(self, events: Sequence[EventLogEntry]) -> None:
        rows = [self._event_to_row(event) for event in events]
        with self.run_connection(events[0].run_id) as connection:
            connection.execute(SqlEventLogStorageTable.insert(), rows)
        with self.index_transaction() as connection:
            connection.execute(SqlEventLogStorageTable.insert(), rows)
            # The transaction holds SQLite's only write lock, so the newest ids are these rows', in their order.
            newest = connection.execute(select(func.max(SqlEventLogStorageTable.c.id))).scalar_one()
            ids = range(newest - len(rows) + 1, newest + 1)
            self._store_asset_event_tags(connection, events, ids)
            for event, event_id in _last_of_each_asset(events, ids):
                self._store_asset_event(connection, event, event_id)


def _last_of_each_asset(events: Sequence[EventLogEntry], ids: Sequence[int]) -> list[tuple[EventLogEntry, int]]:
    last: dict[Any, tuple[EventLogEntry, int]] = {}
    for event, event_id in zip(events, ids, strict=True):
        last[event.get_dagster_event().asset_key] = (event, event_id)
    return list(last.values())
