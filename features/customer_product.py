"""Features of a customer and a product together: how often and how lately this customer bought just that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame

from features.feature_version import feature_versions
from features.measures.totals import LONGEST, amounts, bought_on, days_since, group_on, latest_group, shown_as, totals
from features.partials.customer_product_day import KEY
from features.windows import each_day, events, trailing
from lakehouse.tables.reads import days
from lakehouse.tables.registry import table

if TYPE_CHECKING:
    from lakehouse.tables.run import Run

COLUMNS = (
    *totals("orders"),
    *amounts("units", [LONGEST]), *amounts("spend", [LONGEST]), *amounts("returned_units", [LONGEST]),
)  # fmt: skip


@table("features.customer_product_daily", reads={"sums": days("partials.customer_product_day", LONGEST - 1)}, versions=feature_versions)
def customer_product_daily(sums: DataFrame, run: Run) -> DataFrame:
    """One row per day, customer and product that the customer bought in the last 90 days, as known by that day.

    Key day, customer_key, product_id. Counts bigint, units and money double and before returns; windows end on `day`, inclusive.
    """
    each = events(sums.withColumns(bought_on() | group_on()))
    balances = trailing(each, KEY, COLUMNS, ["bought_on", "group_on"], run.days)
    # No shuffle by day: it would move the year's 24 million wide rows, the changes they come from are one million.
    present = each_day(balances.where("orders_90d > 0"), run.days)
    last = days_since("day", "bought_on").alias("days_since_last_order")
    return present.select("day", *KEY, latest_group("day").alias("product_group"), *shown_as(COLUMNS), last)
