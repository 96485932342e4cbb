"""The pairs that examples are made of: those shown, or a weighted sample of the candidates. Training and drift both take them here.

What a label is stands in `labels`; features are joined by `pair_features`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from models.candidates import KEYS, candidates
from models.pair_features import with_features
from models.purchase import LABEL, NEGATIVES_PER_CUSTOMER, SEED

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakehouse.source import Shop


@dataclass(frozen=True)
class Tables:
    """The tables a population is made of: `silver.impressions`, `silver.customers` and the three of `features`."""

    impressions: DataFrame
    consents: DataFrame
    customers: DataFrame
    products: DataFrame
    purchases: DataFrame


def population(shop: Shop, days: Sequence[date], tables: Tables, bought: DataFrame | None) -> DataFrame:
    """day, customer_key, product_id, bought, weight and every feature, as known at the end of the day before.

    Pairs of customers who consent to training, where the shop states a consent basis. With impressions those shown on
    each day, else sampled from the candidates. `bought` None: labels are not known yet, the same population without.
    """
    from pyspark.sql import functions as F

    days = list(days) if shop.consent_basis else []
    eve = [day - timedelta(days=1) for day in days]
    before = [table.where(F.col("day").isin(eve)) for table in (tables.customers, tables.products, tables.purchases)]
    consenting = tables.consents.where("consents_to_training").select("customer_key")
    if shop.has("impressions"):
        shown_then = tables.impressions.where(F.col("day").isin(days))
        pairs = _labelled(shown(shown_then, consenting), bought, days)
    else:
        before[0] = before[0].join(consenting, "customer_key", "left_semi")
        pairs = sampled(_labelled(_next_day(candidates(*before)), bought, days))
    return with_features(pairs.withColumn("feature_day", F.date_sub("day", 1)), *before).drop("feature_day")


def shown(impressions: DataFrame, consenting: DataFrame) -> DataFrame:
    """day, customer_key, product_id, weight: every pair shown on a day, once, each standing for itself."""
    from pyspark.sql import functions as F

    pairs = impressions.select(*KEYS).distinct().join(consenting, "customer_key", "left_semi")
    return pairs.select(*KEYS, F.lit(1.0).alias("weight"))


def sampled(labelled: DataFrame, per_customer: int = NEGATIVES_PER_CUSTOMER, seed: int = SEED) -> DataFrame:
    """Every pair bought, with weight 1, and of the others a sample of about `per_customer` a customer.

    Whether a pair is taken depends on its ids, its day and the seed alone. Given that k of a day's n were taken, each
    had the chance k/n (a Poisson sample of given size, all chances equal, is a simple random one: Tillé, Sampling
    Algorithms, 2006, 5.4), so each weighs n/k: a day's weights sum to its number of candidates, exactly.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    is_other = F.col(LABEL) == 0
    chosen = _uniform(seed) * F.col("others") < per_customer * F.col("customers")
    taken = labelled.join(F.broadcast(_totals(labelled)), "day").where(~is_other | chosen)
    k = F.sum(is_other.cast("bigint")).over(Window.partitionBy("day"))
    weight = F.when(is_other, F.col("others") / k).otherwise(F.lit(1.0))
    return taken.withColumn("weight", weight).drop("others", "customers")


def _next_day(pairs: DataFrame) -> DataFrame:
    from pyspark.sql import functions as F

    return pairs.withColumn("day", F.date_add("day", 1))


def _labelled(pairs: DataFrame, bought: DataFrame | None, days: Sequence[date]) -> DataFrame:
    from pyspark.sql import functions as F

    if bought is None:
        return pairs.withColumn(LABEL, F.lit(0))
    then = bought.where(F.col("day").isin(list(days))).select(*KEYS, F.lit(1).alias(LABEL))
    # Broadcast: candidates outnumber purchases a hundredfold, and are not worth shuffling.
    joined = pairs.join(F.broadcast(then), list(KEYS), "left")
    return joined.withColumn(LABEL, F.coalesce(LABEL, F.lit(0)))


def _totals(labelled: DataFrame) -> DataFrame:
    from pyspark.sql import functions as F

    others = F.sum((F.col(LABEL) == 0).cast("bigint")).alias("others")
    by_customer = labelled.groupBy("day", "customer_key").agg(others)
    return by_customer.groupBy("day").agg(F.sum("others").alias("others"), F.count("*").alias("customers"))


def _uniform(seed: int) -> Column:
    from pyspark.sql import functions as F

    return F.pmod(F.xxhash64(*KEYS, F.lit(seed)), F.lit(2**40)) / F.lit(float(2**40))
