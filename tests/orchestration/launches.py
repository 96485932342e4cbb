"""The ways in which a night is launched; a shop here has `lake`, `instance` and `definitions`."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from orchestration.keys import key_of
from orchestration.partitions import shop_days
from orchestration.runs import QUIET


def scheduled(shop, day):
    """What the schedule asks for in the night after a day."""
    schedule = shop.definitions.resolve_schedule_def("nightly")
    at = datetime.fromisoformat(f"{day}T02:00:00").replace(tzinfo=ZoneInfo(shop.lake.shop.time_zone)) + timedelta(days=1)
    with dg.build_schedule_context(instance=shop.instance, scheduled_execution_time=at) as context:
        (asked,) = schedule.evaluate_tick(context).run_requests
    return run(shop, "nightly", asked.tags | {"dagster/partition": asked.partition_key})


def clicked(shop, day):
    """The job materialised for a day in the UI."""
    return run(shop, "nightly", {"dagster/partition": day})


def clicked_alone(shop, day, tables):
    """Some tables materialised for a day in the UI."""
    return run(shop, None, {"dagster/partition": day}, [key_of(table) for table in tables])


def commanded(shop, day):
    """The job as `./greenhouse run` starts it."""
    return run(shop, "build_history", {"dagster/asset_partition_range_start": day, "dagster/asset_partition_range_end": day})


def run(shop, job, tags, selection=None):
    """Run a job, or the tables selected, in this process."""
    chosen = shop.definitions.resolve_job_def(job) if job else shop.definitions.resolve_implicit_global_asset_job_def()
    return chosen.execute_in_process(run_config=QUIET, instance=shop.instance, tags=tags, raise_on_error=False, asset_selection=selection)


def statuses(shop, table, days):
    """By day, what the UI shows of a table's partition."""
    found = shop.instance.get_status_by_partition(key_of(table), list(days), shop_days(shop.lake.shop))
    return {day: each and each.value for day, each in found.items()}
