"""`predictions.recommendations`: the ten products each active customer is most likely to buy next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse.contracts.spark_schema import ddl_columns
from lakehouse.tables.reads import days
from lakehouse.tables.registry import table
from models.candidates import candidates
from models.feature_list import FeatureList
from models.infinite import refuse_infinite
from models.pair_features import with_features
from models.purchase import POPULARITY, RANK, RECOMMENDATIONS
from models.score import scored
from models.serving import Serving, serving_model

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.tables.run import Run

KEYS = ["day", "customer_key", "product_id"]


@table(
    "predictions.recommendations",
    reads={
        "customers": days("features.customer_daily"),
        "products": days("features.product_daily"),
        "purchases": days("features.customer_product_daily"),
        "serving": serving_model(tells=True),
    },
)
def recommendations(customers: DataFrame, products: DataFrame, purchases: DataFrame, serving: Serving | None, run: Run) -> DataFrame:
    """One row per day, active customer and rank: made after the day, from its features, for the day after.

    The version is the one that served when the run started, scored from its own features; `is_baseline` says where no version
    had won, or the one that had cannot be computed any more (a note says why). Before a shop's first model there are no rows.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    if serving is None:
        return run.spark.createDataFrame([], ddl_columns(run.lake.contract("predictions.recommendations")))
    refuse_infinite(run, serving.features, run.written)
    pairs = candidates(customers, products, purchases).withColumn("feature_day", F.col("day"))
    known = with_features(pairs, customers, products, purchases, serving.features.joined(FeatureList((RANK,))))
    chances = scored(known, serving.data, serving.features, [*KEYS, POPULARITY])
    order = [F.col("score").desc(), F.col(POPULARITY).asc_nulls_last(), F.col("product_id")]
    place = F.row_number().over(Window.partitionBy("day", "customer_key").orderBy(*order))
    best = chances.withColumn("rank", place).where(F.col("rank") <= RECOMMENDATIONS).drop(POPULARITY)
    return best.withColumns({
        "model_name": F.lit(serving.name), "model_version": F.lit(serving.version), "is_baseline": F.lit(serving.is_baseline),
        "prediction_id": F.sha2(F.concat_ws("|", *KEYS, F.lit(serving.name), F.lit(str(serving.version))), 256),
    })  # fmt: skip
