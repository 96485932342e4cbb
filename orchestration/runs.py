"""Runs a job over a range of days in this process, against the same Dagster instance as the UI, and writes the run ledger."""

from collections.abc import Iterator, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import dagster as dg
from dagster._core.events import RunFailureReason

from lakehouse.code_version import code_version
from lakehouse.days import DayRange
from lakehouse.errors import Interrupted, PublishError
from lakehouse.publishing.publication import Publication
from lakehouse.publishing.publish_ledgers import record_run
from lakehouse.tables.lake import Lake
from lakehouse.tables.run import RunInfo
from orchestration.jobs import catches_up
from orchestration.keys import key_of
from orchestration.partitions import days_of, range_tags

ASKED_BY = "greenhouse/asked_by"
RECORDED = "greenhouse/recorded"
# The listener tells what happens; Dagster's own log of it stands in the instance.
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
PIN = "greenhouse/pin/"
# On a run in the UI: the columns to write, comma-separated, the others staying as they stand. Every table of the run has one of them.
COLUMNS = "greenhouse/columns"


class Listener(Protocol):
    """Whoever wants to know which table a run is at."""

    def started(self, table: str) -> None: ...
    def ended(self, done: Publication) -> None: ...
    def failed(self, table: str, why: str) -> None: ...


class NullListener:
    """The listener of runs that nobody watches from this process."""

    def started(self, table: str) -> None:
        """Nothing to tell."""

    def ended(self, done: Publication) -> None:
        """Nothing to tell."""

    def failed(self, table: str, why: str) -> None:
        """Nothing to tell."""


_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


def listener() -> Listener:
    """The listener of the run in this context."""
    return _LISTENER.get() or NullListener()


@dataclass(frozen=True)
class Outcome:
    """How a run ended: `failures` are the sentences of its failed steps."""

    run_id: str
    succeeded: bool
    failures: tuple[str, ...]
    failing_days: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class TableSelection:
    """One table of a job alone, and the columns of it to be written (none: all)."""

    table: str
    columns: tuple[str, ...] = ()


def info_of(context: dg.AssetExecutionContext, lake: Lake) -> RunInfo:
    """What the run's tables share: who asked, the code, and what is pinned for the whole run."""
    asked_by = context.run.tags.get(ASKED_BY) or _asker(context.run.tags)
    nightly = context.run.job_name == "nightly" and len(days_of(context)) == 1
    return RunInfo(
        context.run_id, asked_by, code_version(), Pins(context.instance, context.run_id), _columns_of(context, lake),
        catches_up=catches_up(context.run, lake), from_first_day=nightly,
    )  # fmt: skip


def _columns_of(context: dg.AssetExecutionContext, lake: Lake) -> tuple[str, ...]:
    """The columns of this table that the run is to write alone; none: the whole table.

    Raises PublishError, in each step and so before anything is written, where a table of the run has none of them or a column no table.
    """
    asked = tuple(dict.fromkeys(name.strip() for name in context.run.tags.get(COLUMNS, "").split(",") if name.strip()))
    if not asked:
        return ()
    held = {table: [name for name in asked if name in lake.contract(table).column_names] for table in _tables_of(context)}
    without, having = ([table for table, names in held.items() if bool(names) is has] for has in (False, True))
    unknown = [name for name in asked if not any(name in names for names in held.values())]
    if unknown or without:
        where = f"materialise {', '.join(having)} alone" if having else "choose the tables that have it"
        raise PublishError(
            f"the tag {COLUMNS} = {', '.join(asked)} was refused, nothing was written: "
            f"{', '.join(unknown or without)} {'is no column of a table of this run' if unknown else 'has no such column'}; {where}"
        )
    return tuple(held[".".join(context.asset_key.path)])


def _tables_of(context: dg.AssetExecutionContext) -> list[str]:
    """All that the run was asked for, not what is left of it where it is done again."""
    keys = context.run.asset_selection or context.job_def.asset_layer.executable_asset_keys
    return sorted(".".join(key.path) for key in keys)


class Pins(MutableMapping[str, str]):
    """A run's pins, kept as its tags: every process of the run sees them, and so do people in the UI."""

    def __init__(self, instance: dg.DagsterInstance, run_id: str) -> None:
        self._instance, self._run_id = instance, run_id

    def __getitem__(self, name: str) -> str:
        return self._tags()[PIN + name]

    def __setitem__(self, name: str, value: str) -> None:
        self._instance.add_run_tags(self._run_id, {PIN + name: value})

    def __delitem__(self, name: str) -> None:
        raise TypeError("what a run was pinned to stays so")

    def __iter__(self) -> Iterator[str]:
        return (tag.removeprefix(PIN) for tag in self._tags() if tag.startswith(PIN))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _tags(self) -> dict[str, str]:
        run = self._instance.get_run_by_id(self._run_id)
        return dict(run.tags) if run else {}


def run_job(
    definitions: dg.Definitions,
    job: str,
    days: DayRange,
    instance: dg.DagsterInstance,
    lake: Lake,
    *,
    asked_by: str,
    listener: Listener | None = None,
    only: TableSelection | None = None,
) -> Outcome:
    """Run one job (or one of its tables) for a range of days, as one run. Never raises for a failed step: the outcome says which.

    Raises Interrupted where somebody asked the process to end; the run is recorded as a failure.
    """
    began = datetime.now(UTC)
    all_tags = {**range_tags(days), ASKED_BY: asked_by, RECORDED: "here", **({COLUMNS: ",".join(only.columns)} if only else {})}
    selection = [key_of(only.table)] if only else None
    told = _LISTENER.set(listener)
    try:
        result = definitions.resolve_job_def(job).execute_in_process(
            run_config=QUIET, instance=instance, tags=all_tags, raise_on_error=False, asset_selection=selection
        )
    finally:
        _LISTENER.reset(told)
    failed = result.get_step_failure_events()
    ended = datetime.now(UTC)
    row = ledger_row(result.dagster_run, began, ended, result.success, days)
    record_run(lake, {**row, "tables": len(result.get_asset_materialization_events())})
    if _is_interrupted(result):
        raise Interrupted
    return Outcome(result.run_id, result.success, tuple(map(_failure, failed)), _failing_days(failed), (ended - began).total_seconds())


def _is_interrupted(result: dg.ExecuteInProcessResult) -> bool:
    """Dagster takes an interrupt for one more way to fail, and returns."""
    failures = [event.job_failure_data for event in result.all_events if event.is_job_failure]
    return any(each.failure_reason is RunFailureReason.UNEXPECTED_TERMINATION for each in failures)


def ledger_row(run: dg.DagsterRun, began: datetime, ended: datetime, succeeded: bool, days: DayRange | None) -> dict[str, Any]:
    """One row of `monitoring.runs`."""
    return {
        "run_id": run.run_id, "job": run.job_name, "asked_by": run.tags.get(ASKED_BY) or _asker(run.tags), "started_at": began, "ended_at": ended,
        "outcome": "success" if succeeded else "failure", "first_day": days.first if days else None, "last_day": days.last if days else None,
        "seconds": (ended - began).total_seconds(), "code_version": code_version(),
    }  # fmt: skip


def _asker(tags: dict[str, str]) -> str:
    for key, name in (("dagster/schedule_name", "schedule"), ("dagster/sensor_name", "sensor"), ("dagster/backfill", "backfill")):
        if key in tags:
            return f"{name} {tags[key]}"
    return tags.get("user", "a person in the UI")


def _failing_days(events: list[dg.DagsterEvent]) -> tuple[str, ...]:
    given = [event.step_failure_data.user_failure_data for event in events]
    said = [data.metadata["failing_days"].value for data in given if data and "failing_days" in data.metadata]
    return tuple(sorted({day for text in said for day in str(text).split(", ") if day}))


def _failure(event: dg.DagsterEvent) -> str:
    data = event.step_failure_data
    if data.user_failure_data and data.user_failure_data.description:
        return data.user_failure_data.description
    return (data.error.cause or data.error).message.strip().splitlines()[0] if data.error else "failed without a reason"
