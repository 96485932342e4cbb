"""kpis.daily_conversion: what showing products led to, channel by channel."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.measures.impressions import IMPRESSION, bought_after_shown
from features.measures.sales import goods_lines
from lakehouse.tables.reads import days
from lakehouse.tables.registry import table


@table(
    "kpis.daily_conversion",
    reads={"impressions": days("silver.impressions", 0), "orders": days("silver.orders", 0)},
    restates=True,
)
def daily_conversion(impressions: DataFrame, orders: DataFrame) -> DataFrame:
    """One row per day and channel with an impression: shown, clicked, bought after, and the shares. Key day, channel.

    An impression converts where its customer buys its product on the same day, not before seeing it.
    """
    shown = impressions.groupBy("day", "channel").agg(F.count("*").alias("impressions"), F.count_if("is_clicked").alias("clicks"))
    led_to = (
        bought_after_shown(impressions, goods_lines(orders))
        .groupBy("day", "channel")
        .agg(F.count_distinct(*IMPRESSION).alias("converted_impressions"), F.count_distinct("order_id").alias("attributed_orders"))
    )
    counts = ["converted_impressions", "attributed_orders"]
    return shown.join(led_to, ["day", "channel"], "left").fillna(0, counts).select(
        "day", "channel", "impressions", "clicks", *counts,
        (F.col("clicks") / F.col("impressions")).alias("click_through_share"),
        (F.col("converted_impressions") / F.col("impressions")).alias("conversion_share"),
    )  # fmt: skip
