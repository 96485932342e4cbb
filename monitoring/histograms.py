"""Counts a day's population into the bins of a reference, in Spark's workers, and scores it on the way. Comparing belongs in `profile`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from models.artifact import TRUSTED_TYPES, sha256
from models.binning import bin_places, bins_of, unseen
from models.matrix import matrix
from models.reference_profile import SCORE
from models.score import pipeline_of, travelling

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from models.feature_list import FeatureList

UNSEEN_BIN = -1
SCHEMA = "day date, feature string, bin int, weight double"


def counted(population: DataFrame, data: bytes, features: FeatureList, reference: dict[str, Any]) -> DataFrame:
    """Of a version's features and score: day, feature, bin, weight: the weight of the day's pairs in each bin; bin -1 is what the reference never saw."""
    import sys

    from pyspark import cloudpickle
    from pyspark.sql import functions as F

    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    columns = population.select("day", "weight", *features.names)
    partial = columns.mapInArrow(travelling(_counter(data, features, reference)), SCHEMA)
    return partial.groupBy("day", "feature", "bin").agg(F.sum("weight").alias("weight"))


def sizes(population: DataFrame) -> DataFrame:
    """day, rows, customer, product, pair: how many pairs, and how many of each stand behind them (pairs: Kish's effective number)."""
    from pyspark.sql import functions as F

    pair = F.floor(F.sum("weight") ** 2 / F.sum(F.col("weight") ** 2))
    return population.groupBy("day").agg(
        F.count("*").alias("rows"),
        F.countDistinct("customer_key").alias("customer"),
        F.countDistinct("product_id").alias("product"),
        pair.alias("pair"),
    )


def _counter(
    data: bytes, features: FeatureList, reference: dict[str, Any]
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    names, score_name, unseen_bin, categories = features.names, SCORE, UNSEEN_BIN, features.categories
    trusted, digest, entries = TRUSTED_TYPES, sha256(data), [reference["features"][name] for name in (*features.names, SCORE)]
    to_matrix, load, place, count, lost = matrix, pipeline_of, bin_places, bins_of, unseen

    def counts(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import numpy as np
        import pyarrow
        from threadpoolctl import threadpool_limits

        pipeline = load(data, digest, trusted)
        for batch in (batch for batch in batches if batch.num_rows):
            values = to_matrix(batch, names, categories)
            with threadpool_limits(1):  # Spark runs a worker on each core already
                columns = np.column_stack([values, pipeline.predict_proba(values)[:, 1]])
            days, which = np.unique(batch.column("day").to_numpy(zero_copy_only=False), return_inverse=True)
            weights = batch.column("weight").to_numpy(zero_copy_only=False)
            found: list[tuple[Any, str, int, float]] = []
            for at, (name, entry) in enumerate(zip((*names, score_name), entries, strict=True)):
                bins = place(columns[:, at], entry)
                for number, day in enumerate(days):
                    mine = which == number
                    mass = np.bincount(bins[mine], weights[mine], minlength=count(entry))
                    found += [(day.item(), name, at_bin, float(w)) for at_bin, w in enumerate(mass) if w]
                    found.append((day.item(), name, unseen_bin, lost(columns[mine, at], weights[mine], entry)))
            arrays = [pyarrow.array(column) for column in zip(*found, strict=True)]
            kinds = [pyarrow.date32(), pyarrow.string(), pyarrow.int32(), pyarrow.float64()]
            yield pyarrow.RecordBatch.from_arrays(
                [a.cast(k) for a, k in zip(arrays, kinds, strict=True)], ["day", "feature", "bin", "weight"]
            )

    return counts
