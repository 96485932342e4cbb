"""Features of a customer: what they bought, returned, saw and clicked over the last 7, 30 and 90 days, who they are and how they buy."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from features.feature_version import feature_versions
from features.listings import with_discount
from features.sales import added_up, goods_lines
from features.seasons import season
from features.showings import shown
from features.totals import LONGEST, days_since, shown_as, totals
from features.windows import counted_once, each_day, trailing
from lakehouse.history import as_of
from lakehouse.reads import days, valid
from lakehouse.registry import table

if TYPE_CHECKING:
    from lakehouse.run import Run

KEY = ["customer_key"]
COLUMNS = (
    *totals("orders"), *totals("units"), *totals("spend", "_gbp"), *totals("returned_units"),
    *totals("impressions"), *totals("clicks"), *totals("distinct_products", days=[LONGEST]),
    *totals("distinct_groups", days=[LONGEST]),
)  # fmt: skip
PRESENCE = totals("lines", days=[LONGEST])
DISCOUNT = totals("discount", days=[LONGEST])


@table(
    "features.customer_daily",
    reads={
        "orders": days("silver.orders", LONGEST - 1),
        "impressions": days("silver.impressions", LONGEST - 1),
        "customers": valid("silver.customers"),
        "products": valid("silver.products", LONGEST - 1),
    },
    versions=feature_versions,
)
def customer_daily(orders: DataFrame, impressions: DataFrame, customers: DataFrame, products: DataFrame, run: Run) -> DataFrame:
    """One row per day and customer with a goods order line or an impression of the last 90 days, known by that day.

    Key day, customer_key. Counts bigint, money GBP double and before returns; windows end on `day`, inclusive.
    """
    balances = trailing(customer_events(orders, impressions, products), KEY, (*COLUMNS, *PRESENCE, *DISCOUNT), ["bought_on"], run.days)
    present = each_day(balances.where("lines_90d > 0 OR impressions_90d > 0"), run.days)
    told = as_of(present, customers, KEY, ["region", "first_known_day"])
    return told.select(
        "day", *KEY, *shown_as(COLUMNS),
        days_since("day", "bought_on").alias("days_since_last_order"),
        F.try_divide("units_90d", "orders_90d").alias("mean_basket_90d_units"),
        F.try_divide(F.col("spend_90d_gbp").cast("double"), "orders_90d").alias("mean_basket_90d_gbp"),
        _discount_share().alias("discount_90d_share"),
        F.datediff("day", "first_known_day").alias("tenure_days"),
        "region", season("day", run.lake.shop.hemisphere).alias("season"),
    )  # fmt: skip


def customer_events(orders: DataFrame, impressions: DataFrame, products: DataFrame) -> DataFrame:
    """All that counts for a customer; rows without a customer_key count for nobody."""
    lines = with_discount(goods_lines(orders).where("customer_key IS NOT NULL"), products)
    bought = lines.where("is_bought")
    events = [
        added_up(lines, KEY, ["lines", "units", "spend", "returned_units", "discount"]),
        counted_once(bought, KEY, "order_id", "orders"),
        counted_once(bought, KEY, "product_id", "distinct_products"),
        counted_once(bought.where("product_group IS NOT NULL"), KEY, "product_group", "distinct_groups"),
        shown(impressions.where("customer_key IS NOT NULL"), KEY),
    ]
    return reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), events)


def _discount_share() -> Column:
    """Of what the list prices of all that was bought add up to, the share that was not asked for."""
    listed = F.col("discount_90d") + F.col("spend_90d_gbp")
    return F.try_divide(F.col("discount_90d").cast("double"), listed.cast("double"))
