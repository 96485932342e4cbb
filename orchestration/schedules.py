"""When the night runs: in the shop's own time zone, for the day that has ended."""

from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition as AssetJob

HOUR = 2


def nightly_schedule(job: "AssetJob") -> dg.ScheduleDefinition:
    """`nightly` at two in the morning for the day before."""
    return dg.build_schedule_from_partitioned_job(
        job,
        name="nightly",
        hour_of_day=HOUR,
        description="Every night, for the shop's day that has ended.",
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )
