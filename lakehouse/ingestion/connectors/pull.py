"""One pull of one input: what is new at its source is brought into the spool, dated by the day on which it became known."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from lakehouse.ingestion.connectors import kafka, postgres, spool
from lakehouse.ingestion.connectors.dating import Dating
from lakehouse.ingestion.files.delivery_ledger import landed_rows, of_input
from lakehouse.tables import ledger

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake
    from lakehouse.tables.run import Run

LEDGER = "monitoring.pulls"


def pull(run: Run, name: str) -> dict[str, Any]:
    """Bring in what is new. Returns the ledger's row of it, to be written once it is landed. Raises PullError."""
    lake, entry = run.lake, run.lake.shop.inputs[name]
    spool.clear(lake, name, {row["file_name"] for row in landed_rows(lake, name)})
    spool.ensure(lake, name, entry)
    before, began = {file.name for file in spool.files(lake, name)}, datetime.now(UTC)
    bring = postgres.pull if entry.postgres else kafka.pull
    kind, state = bring(lake, name, _dating(run, name, began), _state(lake, name))
    rows = sum(file.contents.rows for file in spool.files(lake, name) if file.name not in before)
    return {
        "input": name, "pulled_at": began, "kind": kind, "rows_brought": rows, "state_json": json.dumps(state),
        "closed_until": min(run.asked.last, _yesterday(lake, began)), "run_id": run.run_id,
    }  # fmt: skip


def ready_until(lake: Lake) -> date:
    """The last day that is over: a pull brings in all that was known by its end."""
    return max(min(_yesterday(lake, datetime.now(UTC)), lake.shop.last_day or date.max), lake.shop.first_day - timedelta(days=1))


def closed_until(lake: Lake, name: str) -> date | None:
    """The last day of which a pull brought in all that was known; None before the first pull."""
    return max((row["closed_until"] for row in _rows(lake, name)), default=None)


def _dating(run: Run, name: str, now: datetime) -> Dating:
    shop = run.lake.shop
    closed = closed_until(run.lake, name)
    first_open = closed + timedelta(days=1) if closed else shop.first_day
    today = _today(run.lake, now)
    return Dating(shop.time_zone, first_open, max(first_open, min(run.asked.last, today)), today)


def _state(lake: Lake, name: str) -> dict[str, Any]:
    """The state the last pull left: in its commit, or, where it found nothing, in the ledger."""
    told = [json.loads(row["state_json"]) for row in _rows(lake, name)]
    return max([spool.state(lake, name), *told], key=lambda state: str(state.get("pulled_at", "")))


def _rows(lake: Lake, name: str) -> list[dict[str, Any]]:
    return ledger.rows(lake, LEDGER, filter=of_input(name))


def _today(lake: Lake, now: datetime) -> date:
    return now.astimezone(ZoneInfo(lake.shop.time_zone)).date()


def _yesterday(lake: Lake, now: datetime) -> date:
    return _today(lake, now) - timedelta(days=1)
