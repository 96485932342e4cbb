"""Features of a customer: what they bought, returned, saw and clicked over the last 7, 30 and 90 days."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame

from features.feature_version import feature_versions
from features.sales import added_up, goods_lines
from features.showings import shown
from features.totals import LONGEST, days_since, shown_as, totals
from features.windows import counted_once, each_day, trailing
from lakehouse.reads import days
from lakehouse.registry import table

if TYPE_CHECKING:
    from lakehouse.run import Run

KEY = ["customer_key"]
COLUMNS = (
    *totals("orders"), *totals("units"), *totals("spend", "_gbp"), *totals("returned_units"),
    *totals("impressions"), *totals("clicks"), *totals("distinct_products", days=[LONGEST]),
)  # fmt: skip
PRESENCE = totals("lines", days=[LONGEST])


@table(
    "features.customer_daily",
    reads={"orders": days("silver.orders", LONGEST - 1), "impressions": days("silver.impressions", LONGEST - 1)},
    versions=feature_versions,
)
def customer_daily(orders: DataFrame, impressions: DataFrame, run: Run) -> DataFrame:
    """One row per day and customer with a goods order line or an impression of the last 90 days, known by that day.

    Key day, customer_key. Counts bigint, money GBP double and before returns; windows end on `day`, inclusive.
    """
    balances = trailing(customer_events(orders, impressions), KEY, (*COLUMNS, *PRESENCE), ["bought_on"], run.days)
    present = each_day(balances.where("lines_90d > 0 OR impressions_90d > 0"), run.days)
    last = days_since("day", "bought_on").alias("days_since_last_order")
    return present.select("day", *KEY, *shown_as(COLUMNS), last)


def customer_events(orders: DataFrame, impressions: DataFrame) -> DataFrame:
    """All that counts for a customer; rows without a customer_key count for nobody."""
    lines = goods_lines(orders).where("customer_key IS NOT NULL")
    bought = lines.where("is_bought")
    events = [
        added_up(lines, KEY, ["lines", "units", "spend", "returned_units"]),
        counted_once(bought, KEY, "order_id", "orders"),
        counted_once(bought, KEY, "product_id", "distinct_products"),
        shown(impressions.where("customer_key IS NOT NULL"), KEY),
    ]
    return reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), events)
