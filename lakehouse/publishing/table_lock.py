"""Exclusive use of one table while it is published. The engine's own locks stand in `engine/`."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from lakehouse.settings import Settings


@contextmanager
def table_lock(settings: Settings, table: str) -> Iterator[None]:
    """Wait until no other process publishes that table, and hold it; a dead holder frees it at once."""
    folder = settings.home / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / table).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
