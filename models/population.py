"""The pairs that examples are made of: those shown, or a weighted sample of the candidates. Training and drift both take them here.

What a label is stands in `labels`; features are joined by `pair_features`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from models.candidates import KEYS, among, candidates, count
from models.consent import asks_each
from models.pair_features import with_features
from models.purchase import LABEL, NEGATIVES_PER_CUSTOMER, SEED

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakehouse.shop.source import Shop
    from models.feature_list import FeatureList


@dataclass(frozen=True)
class Tables:
    """The tables a population is made of: `silver.impressions`, `silver.customers` and the three of `features`."""

    impressions: DataFrame
    consents: DataFrame
    customers: DataFrame
    products: DataFrame
    purchases: DataFrame


def population(shop: Shop, days: Sequence[date], tables: Tables, bought: DataFrame | None, features: FeatureList) -> DataFrame:
    """day, customer_key, product_id, bought, weight and each of those features, as known at the end of the day before.

    Pairs of customers who consent to training, where the shop states a consent basis (of all, where it selects no customers). With impressions those shown on
    each day, else sampled from the candidates. `bought` None: labels are not known yet, the same population without.
    """
    from pyspark.sql import functions as F

    days = list(days) if shop.consent_basis else []
    eve = [day - timedelta(days=1) for day in days]
    before = [table.where(F.col("day").isin(eve)) for table in (tables.customers, tables.products, tables.purchases)]
    consenting = tables.consents.where("consents_to_training").select("customer_key") if asks_each(shop) else None
    if shop.has("impressions"):
        pairs = _shown(tables.impressions.where(F.col("day").isin(days)), consenting, bought)
    else:
        before[0] = _of(before[0], consenting)
        pairs = _sampled_of(before, days, bought)
    return with_features(pairs.withColumn("feature_day", F.date_sub("day", 1)), before[0], before[1], before[2], features).drop(
        "feature_day"
    )


def _of(rows: DataFrame, customers: DataFrame | None) -> DataFrame:
    """The rows of those customers; of every known one where they are not told."""
    return rows.where("customer_key IS NOT NULL") if customers is None else rows.join(customers, "customer_key", "left_semi")


def _shown(impressions: DataFrame, consenting: DataFrame | None, bought: DataFrame | None) -> DataFrame:
    pairs = shown(impressions, consenting)
    return _labelled(pairs, pairs.limit(0) if bought is None else bought)


def _sampled_of(before: list[DataFrame], days: list[date], bought: DataFrame | None) -> DataFrame:
    from pyspark.sql import functions as F

    everyone = _next_day(candidates(*before))
    if bought is None:
        yes = everyone.limit(0)
    else:
        then = bought.where(F.col("day").isin(days)).withColumn("day", F.date_sub("day", 1))
        yes = _next_day(among(then, *before))
    return sampled(everyone, yes, _next_day(count(*before)))


def shown(impressions: DataFrame, consenting: DataFrame | None) -> DataFrame:
    """day, customer_key, product_id, weight: every pair shown on a day, once, each standing for itself."""
    from pyspark.sql import functions as F

    pairs = _of(impressions.select(*KEYS).distinct(), consenting)
    return pairs.select(*KEYS, F.lit(1.0).alias("weight"))


def sampled(
    candidates: DataFrame, bought: DataFrame, counts: DataFrame, per_customer: int = NEGATIVES_PER_CUSTOMER, seed: int = SEED
) -> DataFrame:
    """Every candidate bought, with weight 1, and of the others a sample of about `per_customer` a customer.

    Whether a pair is taken depends on its ids, its day and the seed alone. Given that k of a day's n were taken, each
    had the chance k/n (a Poisson sample of given size, all chances equal, is a simple random one: Tillé, Sampling
    Algorithms, 2006, 5.4), so each weighs n/k: a day's weights sum to its number of candidates, exactly.
    `bought` are candidates too; `counts` has day, customers and candidates.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    chosen = _uniform(seed) * F.col("candidates") < per_customer * F.col("customers")
    taken = candidates.join(F.broadcast(counts), "day").where(chosen).select(*KEYS).join(bought, list(KEYS), "left_anti")
    sold = bought.groupBy("day").agg(F.count("*").alias("sold"))
    others = counts.join(sold, "day", "left").select("day", (F.col("candidates") - F.coalesce("sold", F.lit(0))).alias("n"))
    k = F.count("*").over(Window.partitionBy("day"))
    no = taken.join(F.broadcast(others), "day").select(*KEYS, F.lit(0).alias(LABEL), (F.col("n") / k).alias("weight"))
    return no.unionByName(bought.select(*KEYS, F.lit(1).alias(LABEL), F.lit(1.0).alias("weight")))


def _next_day(pairs: DataFrame) -> DataFrame:
    from pyspark.sql import functions as F

    return pairs.withColumn("day", F.date_add("day", 1))


def _labelled(pairs: DataFrame, bought: DataFrame) -> DataFrame:
    from pyspark.sql import functions as F

    joined = pairs.join(bought.select(*KEYS, F.lit(1).alias(LABEL)), list(KEYS), "left")
    return joined.withColumn(LABEL, F.coalesce(LABEL, F.lit(0)))


def _uniform(seed: int) -> Column:
    from pyspark.sql import functions as F

    return F.pmod(F.xxhash64(*KEYS, F.lit(seed)), F.lit(2**40)) / F.lit(float(2**40))
