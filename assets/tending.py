"""Tends every table of a lake, ledgers too, and keeps the versions that live models stand on. One table's care stands in `lakehouse.publishing.maintenance`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lakehouse.publishing.maintenance import KEPT_DAYS, Tended, tend
from models.pins import pins

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake


def tend_all(lake: Lake, kept_days: int = KEPT_DAYS, *, is_rehearsal: bool = False) -> Iterator[Tended]:
    """Tend each table that was ever published, one after the other."""
    pinned = pins(lake)
    for table in lake.contracts:
        if lake.exists(table):
            yield tend(lake, table, pinned.get(table, {}), kept_days, is_rehearsal=is_rehearsal)
