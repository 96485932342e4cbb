"""What an impression is worth: shown, clicked, and bought after. Order lines belong in `sales`, daily sums in `partials`."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

IMPRESSION = ("source_file", "source_row")


def showings(impressions: DataFrame) -> DataFrame:
    """Impressions with what each counts for: `impressions` is 1, `clicks` 1 where it was clicked (bigint)."""
    counts = {"impressions": F.lit(1).cast("bigint"), "clicks": F.col("is_clicked").cast("bigint")}
    return impressions.select("day", "known_day", "customer_key", "product_id", "product_group", "is_clicked").withColumns(counts)


def bought_after_shown(impressions: DataFrame, lines: DataFrame) -> DataFrame:
    """Pairs of an impression and an order line: the same customer bought that product on that day, not before seeing it.

    `known_day` is the day by which both were known.
    """
    seen = impressions.select(
        *IMPRESSION, "day", "channel", "customer_key", "product_id",
        F.col("event_at").alias("shown_at"), F.col("known_day").alias("shown_known_day"),
    )  # fmt: skip
    bought = lines.where("is_bought").select("day", "customer_key", "product_id", "order_id", "event_at", "known_day")
    pairs = seen.join(bought, ["day", "customer_key", "product_id"]).where("event_at >= shown_at")
    return pairs.withColumn("known_day", F.greatest("known_day", "shown_known_day")).drop("shown_known_day")


def converted(impressions: DataFrame, lines: DataFrame) -> DataFrame:
    """Impressions that were followed by a purchase: `conversions` is 1, known once both sides are."""
    pairs = bought_after_shown(impressions, lines).groupBy(*IMPRESSION, "product_id", "day")
    return pairs.agg(F.min("known_day").alias("known_day"), F.lit(1).cast("bigint").alias("conversions"))
