"""Features of a customer: what they bought, returned, saw and clicked over the last 7, 30 and 90 days, who they are and how they buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from features.customer_attribute import units_of_values
from features.feature_version import feature_versions
from features.measures.totals import LONGEST, amounts, bought_on, days_since, ratio, shown_as, totals
from features.partials.customer_attribute_day import GROUP
from features.partials.customer_day import KEY
from features.seasons import season
from features.windows import counted_once, each_day, events, trailing
from lakehouse.tables.reads import days, valid
from lakehouse.tables.registry import table
from lakehouse.tables.scd2 import as_of

if TYPE_CHECKING:
    from lakehouse.days import DayRange
    from lakehouse.tables.run import Run

COLUMNS = (
    *totals("orders"), *amounts("units"), *amounts("spend"), *amounts("returned_units"),
    *totals("impressions"), *totals("clicks"), *totals("distinct_products", days=[LONGEST]),
    *totals("distinct_groups", days=[LONGEST]),
)  # fmt: skip
PRESENCE = totals("lines", days=[LONGEST])
DISCOUNT = amounts("discount", days=[LONGEST])


@table(
    "features.customer_daily",
    reads={
        "sums": days("partials.customer_day", LONGEST - 1),
        "pairs": days("partials.customer_product_day", LONGEST - 1),
        "attributes": days("partials.customer_attribute_day", LONGEST - 1),
        "customers": valid("silver.customers"),
    },
    versions=feature_versions,
)
def customer_daily(sums: DataFrame, pairs: DataFrame, attributes: DataFrame, customers: DataFrame, run: Run) -> DataFrame:
    """One row per day and customer with a goods order line or an impression of the last 90 days, known by that day.

    Key day, customer_key. Counts bigint, units and money double and before returns; windows end on `day`, inclusive.
    """
    groups = attributes.where(F.col("attribute") == GROUP)
    each = _events(sums, run.only_for(pairs, "distinct_products_90d"), run.only_for(groups, "distinct_groups_90d"))
    balances = trailing(each, KEY, (*COLUMNS, *PRESENCE, *DISCOUNT), ["bought_on"], run.days)
    present = each_day(balances.where("lines_90d > 0 OR impressions_90d > 0"), run.days)
    told = as_of(present, customers, KEY, ["region", "first_known_day"]).join(_top_groups(groups, run.days), ["day", *KEY], "left")
    return told.select(
        "day", *KEY, *shown_as(COLUMNS),
        days_since("day", "bought_on").alias("days_since_last_order"),
        ratio("units_90d", "orders_90d").alias("mean_basket_90d_units"),
        ratio("spend_90d", "orders_90d").alias("mean_basket_90d_spend"),
        _discount_share().alias("discount_90d_share"),
        ratio("top_group_units", "units_90d").alias("top_group_90d_share"),
        F.datediff("day", "first_known_day").alias("tenure_days"),
        "region", season("day", run.lake.shop.hemisphere).alias("season"),
    )  # fmt: skip


def _events(sums: DataFrame, pairs: DataFrame, groups: DataFrame) -> DataFrame:
    """What each day adds for a customer: its sums, and the products and groups bought, to be counted once a window."""
    return events(
        sums.withColumns(bought_on()),
        counted_once(pairs.where("units > 0"), KEY, "product_id", "distinct_products"),
        counted_once(groups, KEY, "value", "distinct_groups"),
    )


def _top_groups(groups: DataFrame, days: DayRange) -> DataFrame:
    """day, customer_key, top_group_units: the units of the one product group that the customer bought most of in the longest window."""
    return units_of_values(groups, days).groupBy("day", *KEY).agg(F.max("units_90d").alias("top_group_units"))


def _discount_share() -> Column:
    """Of what the list prices of all that was bought add up to, the share that was not asked for."""
    listed = F.col("discount_90d") + F.col("spend_90d")
    return F.try_divide(F.col("discount_90d").cast("double"), listed.cast("double"))
