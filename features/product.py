"""Features of a product: what was sold, returned, shown and clicked over the last 7, 30 and 90 days, its price and its stock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from features.feature_version import feature_versions
from features.measures.list_prices import listings, price_change
from features.measures.totals import LONGEST, amounts, bought_on, days_since, group_on, latest_group, ratio, shown_as, totals
from features.partials.product_day import KEY
from features.windows import counted_once, each_day, events, trailing
from lakehouse.tables.reads import days, valid
from lakehouse.tables.registry import table

if TYPE_CHECKING:
    from lakehouse.tables.run import Run

BUYERS = totals("buyers")
COLUMNS = (
    *amounts("units"), *BUYERS, *amounts("revenue"), *amounts("returned_units"),
    *totals("impressions"), *totals("clicks"),
)  # fmt: skip
CONVERSIONS = totals("conversions", days=[30])
LATEST = ["bought_on", "group_on", "restocked_on", "listed_on", "listed_before"]


@table(
    "features.product_daily",
    reads={
        "sums": days("partials.product_day", LONGEST - 1),
        "pairs": days("partials.customer_product_day", LONGEST - 1),
        "products": valid("silver.products", LONGEST),
    },
    versions=feature_versions,
)
def product_daily(sums: DataFrame, pairs: DataFrame, products: DataFrame, run: Run) -> DataFrame:
    """One row per day and product sold or shown in the last 90 days, as known by that day.

    Key day, product_id. Counts bigint, units and money double and before returns; windows end on `day`, inclusive. Buyers are
    identified customers; units and revenue are everybody's.
    """
    bought = run.only_for(pairs, *[total.name for total in BUYERS]).where("units > 0")
    buyers = counted_once(bought, KEY, "customer_key", "buyers")
    each = events(sums.withColumns(bought_on() | group_on()), buyers, listings(products, run.days))
    balances = trailing(each, KEY, (*COLUMNS, *CONVERSIONS), LATEST, run.days)
    present = each_day(balances.where("units_90d > 0 OR impressions_90d > 0"), run.days)
    return present.select(
        "day", *KEY, latest_group("day").alias("product_group"), *shown_as(COLUMNS),
        days_since("day", "bought_on").alias("days_since_last_sale"),
        ratio("revenue_30d", "units_30d").alias("mean_price_30d"),
        _popularity_rank().alias("popularity_rank_30d"),
        F.try_divide("conversions_30d", "impressions_30d").alias("conversion_30d"),
        (ratio("units_7d", "units_30d") * F.lit(30) / F.lit(7)).alias("units_trend_7d_over_30d"),
        F.col("listed_on.price").cast("double").alias("list_price"),
        F.coalesce("listed_on.is_recommendable", F.lit(True)).alias("is_recommendable"),
        price_change().alias("list_price_change_30d_share"),
        days_since("day", "restocked_on").alias("stock_age_days"),
    )  # fmt: skip


def _popularity_rank() -> Column:
    # 1 is the most units sold in 30 days; equals share a rank, and what was not sold has none.
    most_sold_first = Window.partitionBy("day").orderBy(F.desc("units_30d"))
    return F.when(F.col("units_30d") > 0, F.rank().over(most_sold_first))
