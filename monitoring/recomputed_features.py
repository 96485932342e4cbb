"""The model's features a second time: plain sums over the events of each window, as the contracts' words have them.

Shares those words with `features/`, and nothing else, so that what is wrong there is not wrong here too. Which events a day sees belongs
in `past_events`, which rows are compared, and how, in `parity`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

from monitoring.past_events import seen

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    Side = tuple[DataFrame, list[str]]  # figures, and the keys by which they stand beside the pairs

PAIR, CUSTOMER_DAY, PRODUCT_DAY = ["day", "customer_key", "product_id"], ["day", "customer_key"], ["day", "product_id"]
# `age`: whole days from the event to the feature day, 0 to 89. An event is a goods order line, bought or returned, or an impression.
CUSTOMER = {
    "customer_orders_7d": "count(DISTINCT order_id, event_day) FILTER (WHERE is_bought AND age < 7)",
    "customer_orders_30d": "count(DISTINCT order_id, event_day) FILTER (WHERE is_bought AND age < 30)",
    "customer_orders_90d": "count(DISTINCT order_id, event_day) FILTER (WHERE is_bought)",
    "customer_units_90d": "cast(sum(if(is_bought, quantity, 0)) AS double)",
    "customer_spend_30d": "cast(sum(if(is_bought AND age < 30, amount, 0)) AS double)",
    "customer_spend_90d": "cast(sum(if(is_bought, amount, 0)) AS double)",
    "customer_returned_units_90d": "cast(sum(if(is_returned, -quantity, 0)) AS double)",
    "customer_days_since_last_order": "min(if(is_bought, age, NULL))",
    "customer_distinct_products_90d": "count(DISTINCT product_id) FILTER (WHERE is_bought)",
    "customer_impressions_30d": "count_if(is_shown AND age < 30)",
    "customer_clicks_30d": "count_if(is_clicked AND age < 30)",
}
PRODUCT = {
    "product_units_7d": "cast(sum(if(is_bought AND age < 7, quantity, 0)) AS double)",
    "product_units_30d": "cast(sum(if(is_bought AND age < 30, quantity, 0)) AS double)",
    "product_units_90d": "cast(sum(if(is_bought, quantity, 0)) AS double)",
    "product_buyers_7d": "count(DISTINCT customer_key) FILTER (WHERE is_bought AND age < 7)",
    "product_buyers_30d": "count(DISTINCT customer_key) FILTER (WHERE is_bought AND age < 30)",
    "product_buyers_90d": "count(DISTINCT customer_key) FILTER (WHERE is_bought)",
    "product_revenue_30d": "cast(sum(if(is_bought AND age < 30, amount, 0)) AS double)",
    "product_returned_units_90d": "cast(sum(if(is_returned, -quantity, 0)) AS double)",
    "product_days_since_last_sale": "min(if(is_bought, age, NULL))",
    "product_impressions_30d": "count_if(is_shown AND age < 30)",
    "product_clicks_30d": "count_if(is_clicked AND age < 30)",
    "product_group": "max_by(product_group, struct(event_day, product_group)) FILTER (WHERE product_group IS NOT NULL)",
    "shown_90d": "count_if(is_shown)",
}
OWN = {
    "pair_orders_7d": "count(DISTINCT order_id, event_day) FILTER (WHERE is_bought AND age < 7)",
    "pair_orders_30d": "count(DISTINCT order_id, event_day) FILTER (WHERE is_bought AND age < 30)",
    "pair_orders_90d": "count(DISTINCT order_id, event_day) FILTER (WHERE is_bought)",
    "pair_units_90d": "cast(sum(if(is_bought, quantity, 0)) AS double)",
    "pair_spend_90d": "cast(sum(if(is_bought, amount, 0)) AS double)",
    "pair_returned_units_90d": "cast(sum(if(is_returned, -quantity, 0)) AS double)",
    "pair_days_since_last_order": "min(if(is_bought, age, NULL))",
    "own_group": "max_by(product_group, struct(event_day, product_group)) FILTER (WHERE product_group IS NOT NULL)",
}
HELPERS = {"shown_90d", "own_group"}
FROM_SEVERAL = {"product_conversion_30d", "product_mean_price_30d", "product_popularity_rank_30d", "pair_group_orders_90d"}
# Every feature that has its words here.
RECOMPUTED = frozenset({*CUSTOMER, *PRODUCT, *OWN, *FROM_SEVERAL} - HELPERS)
# A pair that was never bought was bought 0 times.
ZERO_WHERE_ABSENT = [name for name in RECOMPUTED if name.startswith("pair_") and name != "pair_days_since_last_order"]


def recomputed(pairs: DataFrame, events: DataFrame, sold: DataFrame, names: Sequence[str]) -> DataFrame:
    """The pairs (day, customer_key, product_id) with the named features, all of `RECOMPUTED`, by the end of that day.

    `events` are those of the pairs' customers and products, `sold` the units of every product, both as `past_events` makes them.
    """
    sides = [*_of_customer_and_product(pairs, events, sold), *_of_pair(pairs, events)]
    joined = reduce(lambda df, side: df.join(side[0], side[1], "left"), sides, pairs)
    return joined.withColumns(_ratios()).fillna(0, ZERO_WHERE_ABSENT).select(*PAIR, *names)


def _of_customer_and_product(pairs: DataFrame, events: DataFrame, sold: DataFrame) -> list[Side]:
    customers = _figures(seen(pairs, events, ["customer_key"]), CUSTOMER_DAY, CUSTOMER)
    products = _figures(seen(pairs, events, ["product_id"]), PRODUCT_DAY, PRODUCT).where("product_units_90d > 0 OR shown_90d > 0")
    beside = [products, _conversions(pairs, events), _ranks(pairs, sold)]
    return [(customers, CUSTOMER_DAY), *((side, PRODUCT_DAY) for side in beside)]


def _of_pair(pairs: DataFrame, events: DataFrame) -> list[Side]:
    """What the day's customers bought, of each product and of each group."""
    from pyspark.sql import functions as F

    lines = events.where("is_bought OR is_returned")
    bought = _figures(seen(pairs, lines, ["customer_key"]), PAIR, OWN).where("pair_orders_90d > 0")
    groups = bought.groupBy(*CUSTOMER_DAY, F.col("own_group").alias("product_group"))
    orders = groups.agg(F.sum("pair_orders_90d").alias("pair_group_orders_90d"))
    return [(bought, PAIR), (orders, [*CUSTOMER_DAY, "product_group"])]


def _figures(past: DataFrame, keys: list[str], words: dict[str, str]) -> DataFrame:
    from pyspark.sql import functions as F

    return past.groupBy(*keys).agg(*(F.expr(sql).alias(name) for name, sql in words.items()))


def _conversions(pairs: DataFrame, events: DataFrame) -> DataFrame:
    """conversions: the month's impressions whose customer bought the product on the same day, not before seeing it."""
    from pyspark.sql import functions as F

    shown = seen(pairs, events.where("is_shown"), ["product_id"], days=30).alias("shown")
    bought = events.where("is_bought").alias("bought")
    same = [F.col(f"shown.{name}") == F.col(f"bought.{name}") for name in ("event_day", "customer_key", "product_id")]
    after = F.expr("bought.event_at >= shown.event_at AND bought.known_day <= shown.day")
    return shown.join(bought, [*same, after], "left_semi").groupBy(*PRODUCT_DAY).agg(F.count("*").alias("conversions"))


def _ranks(pairs: DataFrame, sold: DataFrame) -> DataFrame:
    """product_popularity_rank_30d: 1 for the most units sold in the month; equals share a rank."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    units = seen(pairs, sold, [], days=30).groupBy(*PRODUCT_DAY).agg(F.sum("units").alias("units"))
    rank = F.rank().over(Window.partitionBy("day").orderBy(F.desc("units")))
    ranked = units.select(*PRODUCT_DAY, rank.alias("product_popularity_rank_30d"))
    return ranked.join(F.broadcast(pairs.select(*PRODUCT_DAY).distinct()), PRODUCT_DAY, "left_semi")


def _ratios() -> dict[str, Column]:
    from pyspark.sql import functions as F

    return {
        "product_mean_price_30d": F.try_divide("product_revenue_30d", "product_units_30d"),
        "product_conversion_30d": F.try_divide(F.coalesce("conversions", F.lit(0)), "product_impressions_30d"),
    }
