"""What scoring in the lake costs: 1M rows from Delta to Delta, through Spark and the registry, against the model's bare `predict_proba`.

The rows are as a night's: ten thousand customers, a hundred candidates each. The peer predicts the same rows with the same model in this process, with scikit-learn's own threads on the same cores.
It is given its matrix ready in memory and writes nothing; ours asks the registry, checks the hashes, reads, converts,
predicts and writes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from benchmarks.compare import ROUNDS, Comparison, compare
from models import estimators, registry
from models.matrix import matrix
from models.purchase import CATEGORIES, FEATURE_NAMES, FEATURES, NAME
from models.score import scored

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession
    from sklearn.pipeline import Pipeline

ROWS, LEARNT_FROM, FILES, AT_MOST = 1_000_000, 100_000, 8, 1.5
CANDIDATES = 100
COUNTS = ("orders_7d", "orders_30d", "orders_90d", "_order", "_sale", "rank_30d")


def run(spark: SparkSession, folder: Path, rounds: int = ROUNDS, scored_rows: int = ROWS) -> Comparison:
    """Both in turn; the rows and the model are made below `folder` first."""
    uri, given, out = f"sqlite:///{folder}/mlflow.db", str(folder / "rows"), str(folder / "scores")
    _rows(spark, scored_rows).repartition(FILES).write.format("delta").mode("overwrite").save(given)
    rows = spark.read.format("delta").load(given).toArrow()
    features = matrix(rows, FEATURE_NAMES, CATEGORIES)
    model = _trained(features[:LEARNT_FROM])
    made = registry.register(uri, NAME, model, {}, {})

    def ours() -> None:
        data = made.files[registry.FILE]
        done = scored(spark.read.format("delta").load(given), data, FEATURES, ["customer_key", "product_id"])
        done.write.format("delta").mode("overwrite").save(out)

    return compare(f"scoring {scored_rows:,} rows, Delta to Delta", ours, lambda: model.predict_proba(features), rounds, AT_MOST)


def _rows(spark: SparkSession, rows: int) -> DataFrame:
    customer = F.sha2(F.floor(F.col("id") / CANDIDATES).cast("string"), 256)
    keys = [customer.alias("customer_key"), (F.col("id") % 3000).cast("string").alias("product_id")]
    return spark.range(rows).select(*keys, *(_figure(feature.name, number) for number, feature in enumerate(FEATURES)))


def _figure(name: str, number: int) -> Column:
    drawn = F.pmod(F.xxhash64("id", F.lit(number)), F.lit(200))
    if name in CATEGORIES:
        return F.concat(F.lit("group-"), drawn).alias(name)
    known = drawn if name.endswith(COUNTS) else drawn.cast("double") / 7
    return F.when(drawn > 5, known).alias(name)


def _trained(features):  # type: ignore[no-untyped-def]  # numpy array -> Pipeline
    import numpy as np
    from threadpoolctl import threadpool_limits

    chance = 1 / (1 + np.exp(-(np.nan_to_num(features[:, 1]) - np.nan_to_num(features[:, 2]) + np.nan_to_num(features[:, 20]) - 150) / 40))
    labels = (np.random.default_rng(1).random(len(features)) < chance).astype(int)
    with threadpool_limits(1):
        fitted: Pipeline = estimators.fit(estimators.model(), features, labels, np.ones(len(features)))
    return fitted
