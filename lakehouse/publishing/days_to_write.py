"""Which days a publish writes: those asked for, those that nights before left unbuilt, the earlier ones that late rows restate, and none
that retention has passed; which of them owe rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from lakehouse.days import DayRange, as_ranges, as_spans, partition_values
from lakehouse.publishing import invalidation
from lakehouse.publishing.built_days import BuiltDays
from lakehouse.publishing.write_modes import mode_of

if TYPE_CHECKING:
    from lakehouse.contracts.model import Contract
    from lakehouse.tables.run import Run


@dataclass(frozen=True)
class Plan:
    """The days a publish writes, in order, and the marks that it makes good."""

    days: tuple[date, ...]
    marks: tuple[invalidation.Mark, ...] = ()


def planned(run: Run, known: BuiltDays) -> Plan:
    """The days asked for, those caught up, the earlier days that rows known on them belong to, and those marked stale."""
    if run.table.plan:
        return Plan(run.table.plan(run))
    days = set(run.asked) | _caught_up(run, known)
    late = _known_late(run, as_ranges(days)) - days
    if run.table.layer == "silver":
        # No line may be lost, but such a day is not built yet: its own file may tell of days before it.
        run.unfinished = frozenset(late - run.built)
    else:
        late &= run.built
    marks = tuple(mark for mark in invalidation.due(run) if run.refused.keys().isdisjoint(mark.days))
    days |= late | {day for each in marks for day in each.days}
    run.is_rebuild = mode_of(run.lake.contract(run.table.name)).is_rebuild(run, marks, days)
    days |= run.built if run.is_rebuild else set()
    return Plan(tuple(sorted(day for day in days if known.is_kept(run.table.name, day))), marks)


def _caught_up(run: Run, known: BuiltDays) -> set[date]:
    """What could have been built before and was not; a run that does not catch up says what is left."""
    for told in dict.fromkeys(run.refused.values()):
        run.note(f"left unbuilt once more: {told}")
    missing = known.missing(run.table.name, run.asked.last) - {*run.asked, *run.refused}
    if not missing:
        return set()
    spans = ", ".join(as_spans(sorted(missing)))
    if run.info.catches_up and not run.info.only_columns:
        run.note(f"{run.table.name} is built for {spans} as well, which no night had built")
        return missing
    run.note(f"{run.table.name} is still not built for {spans}: ./greenhouse run builds what is missing")
    return set()


def partitions_owed(run: Run, contract: Contract) -> tuple[str, ...]:
    """The partition values in which the days written should have rows, as text: a day on which the shop is closed owes none."""
    if contract.partition is None:
        return ()
    owed = set(run.written).intersection(run.lake.shop.open_days(run.days))
    return tuple(map(str, partition_values(contract.partition, owed)))


def _known_late(run: Run, ranges: Iterable[DayRange]) -> set[date]:
    if not run.table.restates or not run.lake.shop.lateness_days:
        return set()
    return set().union(*(read.restated(run, days) for read in run.table.reads.values() for days in ranges))
