"""The weekly job `tend`: small files merged, files that no kept version needs removed."""

import dagster as dg

from assets.tending import tend_all
from lakehouse.publishing.maintenance import megabytes
from lakehouse.tables.lake import Lake
from orchestration.schedules import after_the_night

HOURS_AFTER = 3


def tend_job(lake: Lake) -> dg.JobDefinition:
    """One step; its metadata says what was merged and freed."""

    @dg.op(description="Tend every table; versions of 30 days and of live models stay.")
    def tend_tables(context: dg.OpExecutionContext) -> None:
        done = list(tend_all(lake))
        for each in done:
            context.log.info(f"{each.table}: {each.merged_files} files merged, {each.removed_files} removed")
        context.add_output_metadata({"tables": len(done), "freed_mb": megabytes(sum(each.removed_bytes for each in done))})

    @dg.job(name="tend", description="Merge small files and remove those that no kept version needs.")
    def tend() -> None:
        tend_tables()

    return tend


def weekly_schedule(lake: Lake, job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """`tend` early on Sundays, after the night."""
    return dg.ScheduleDefinition(
        job=job,
        name="weekly_tend",
        cron_schedule=f"{after_the_night(lake.shop, HOURS_AFTER)} * * 0",
        execution_timezone=lake.shop.time_zone,
        description="Every Sunday: small files merged, files that no kept version needs removed.",
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )
