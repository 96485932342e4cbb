"""Day partitions of the shop, and how a table's reads map onto them."""

from datetime import date, timedelta
from typing import Any

import dagster as dg

from lakehouse.days import DayRange
from lakehouse.shop.source import Shop
from lakehouse.tables.reads import Part

ALL_DAYS = 3650


def shop_days(shop: Shop) -> dg.DailyPartitionsDefinition:
    """One partition a day in the shop's own time zone, from its first day (to its last, where it has one)."""
    end = shop.last_day + timedelta(days=1) if shop.last_day else None
    return dg.DailyPartitionsDefinition(
        start_date=str(shop.first_day), end_date=str(end) if end else None, timezone=shop.time_zone, fmt="%Y-%m-%d"
    )


def mapping_of(read: Part) -> dg.PartitionMapping:
    """Which partitions of the upstream a partition reads."""
    back = ALL_DAYS if read.days_back is None else read.days_back
    return dg.TimeWindowPartitionMapping(start_offset=-back, allow_nonexistent_upstream_partitions=True)


def days_of(context: Any) -> DayRange:
    """The days a run was asked for, one or many."""
    keys = context.partition_key_range
    return DayRange(date.fromisoformat(keys.start), date.fromisoformat(keys.end))


def range_tags(days: DayRange) -> dict[str, str]:
    """The run tags that make one run of a range of days."""
    return {"dagster/asset_partition_range_start": str(days.first), "dagster/asset_partition_range_end": str(days.last)}
