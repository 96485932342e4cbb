"""Whether each table holds the newest day it should: judged by what is published, not by when something last ran.

A `FreshnessPolicy` is of the asset, so that backfilling an old partition turns it green; this looks at the newest partition.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import dagster as dg

from lakehouse.days import DayRange
from lakehouse.publishing.built_days import newest_day
from lakehouse.shop.source import Shop
from lakehouse.tables.lake import Lake
from orchestration.keys import key_of
from orchestration.schedules import after_the_night

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition as AssetJob

CHECK = "newest_day_is_published"
HOURS_AFTER = 4  # by then the night has ended


@dataclass(frozen=True)
class Freshness:
    """The newest day of a table that is published, and the one that is due (None: none is yet)."""

    newest: date
    due: date | None

    @property
    def is_fresh(self) -> bool:
        return self.due is None or self.newest >= self.due

    def __str__(self) -> str:
        stands = "nothing was published yet" if self.newest == date.min else f"the newest day published is {self.newest}"
        return stands if self.is_fresh else f"{stands}, {self.due} is due: ./greenhouse run builds it"


def watched(lake: Lake) -> list[str]:
    """The tables of days that say how often they come."""
    kept = {name: lake.contract(name) for name in lake.tables}
    return [name for name, contract in kept.items() if contract.freshness_days and contract.partition in ("day", "file_day")]


def freshness(lake: Lake, table: str, now: datetime) -> Freshness:
    """How fresh a table is at that moment, by the shop's own clock."""
    return Freshness(newest_day(lake, table), _due(lake.shop, lake.contract(table).freshness_days or 1, now))


def _due(shop: Shop, every_days: int, now: datetime) -> date | None:
    """The newest open day that must be there: that of last night, or as many days before as the contract leaves."""
    begins = timedelta(hours=shop.night_begins.hour + HOURS_AFTER, minutes=shop.night_begins.minute)
    last_night = (now.astimezone(ZoneInfo(shop.time_zone)) - begins).date() - timedelta(days=1)
    last = min(last_night, shop.last_day or last_night) - timedelta(days=every_days - 1)
    return max(shop.open_days(DayRange(shop.first_day, last)), default=None) if last >= shop.first_day else None


def freshness_checks(lake: Lake) -> dg.AssetChecksDefinition:
    """One check a table, none of which blocks; each may be judged alone."""

    @dg.multi_asset_check(name="freshness", specs=[dg.AssetCheckSpec(CHECK, asset=key_of(name)) for name in watched(lake)], can_subset=True)
    def judge(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        for key in sorted(context.selected_asset_check_keys):
            found = freshness(lake, ".".join(key.asset_key.path), datetime.now(UTC))
            yield dg.AssetCheckResult(
                passed=found.is_fresh,
                asset_key=key.asset_key,
                check_name=CHECK,
                severity=dg.AssetCheckSeverity.WARN,
                description=str(found),
            )

    return judge


def judged_apart(lake: Lake) -> dg.AssetSelection:
    """All checks of freshness, for jobs to leave out: they are judged once the night is over, not within it."""
    return dg.AssetSelection.checks(*(dg.AssetCheckKey(key_of(name), CHECK) for name in watched(lake)))


def freshness_job(checks: dg.AssetChecksDefinition) -> "AssetJob":
    """Judges all tables."""
    return dg.define_asset_job(
        "watch_freshness",
        selection=dg.AssetSelection.checks(checks),
        description="Is the newest day of every table there?",
        executor_def=dg.in_process_executor,
    )


def freshness_schedule(lake: Lake, job: "AssetJob") -> dg.ScheduleDefinition:
    """Every morning, once the night should have ended."""
    return dg.ScheduleDefinition(
        job=job,
        name="daily_freshness",
        description="Each morning, once the night should have ended: is the newest day of every table there?",
        cron_schedule=f"{after_the_night(lake.shop, HOURS_AFTER)} * * *",
        execution_timezone=lake.shop.time_zone,
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )
