"""When the night runs: in the shop's own time zone, for the day that has ended."""

from typing import TYPE_CHECKING

import dagster as dg

from lakehouse.shop.source import Shop

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition as AssetJob


def nightly_schedule(shop: Shop, job: "AssetJob") -> dg.ScheduleDefinition:
    """`nightly`, when the shop says that its night begins, for the day before."""
    return dg.build_schedule_from_partitioned_job(
        job,
        name="nightly",
        hour_of_day=shop.night_begins.hour,
        minute_of_hour=shop.night_begins.minute,
        description="Every night, for the shop's day that has ended.",
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )


def after_the_night(shop: Shop, hours: int) -> str:
    """The minute and hour, as cron has them, so many hours after the night begins."""
    return f"{shop.night_begins.minute} {(shop.night_begins.hour + hours) % 24}"
